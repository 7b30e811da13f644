"""The words of a page: runs of text joined, decoded, cleaned and cut."""

import re
from html import unescape
from typing import Final

from trafficflou.http._markup import TAG_REST
from trafficflou.http._page_veil import SPOKEN_ONLY

__all__ = [
    "GLUE_NAMES",
    "LONGEST_TEXT_CHARS",
    "PageText",
    "clean",
    "clean_value",
    "decoded",
    "raw_words",
    "words",
]

LONGEST_TEXT_CHARS: Final = 200
# White space and references can make a text longer than it looks; this much of it is looked at.
_LONGEST_RAW_BYTES: Final = 4096
_MOST_RUNS: Final = 128

GLUE_NAMES: Final = (
    "abbr",
    "b",
    "bdi",
    "bdo",
    "big",
    "em",
    "font",
    "i",
    "mark",
    "small",
    "strong",
    "sub",
    "sup",
    "tt",
    "u",
    "wbr",
)
"""Elements that stand inside of words: "<b>B</b>asket" is one word. Their tags are part of the text until it is read."""

_GLUE_TAG: Final = re.compile(rb"</?+(?i:%b)(?=[\s/>])" % "|".join(GLUE_NAMES).encode() + TAG_REST)
_PLAIN: Final = re.compile(rb"[\t\n\r !-%'-;=-~]{1,200}")
# Controls, and what changes the direction of the text around it or is not seen at all (Unicode's bidirectional algorithm, UAX 9).
_UNSEEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_UNSEEN_IN_VALUES: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


class PageText:
    """The text of a page in document order, cut where tags stand; places in it are indices.

    Attributes:
        runs: The pieces, none of them white space alone.
        veils: Of those that not everyone sees, who does (`http/_page_veil.py`); what nobody sees is not here.
        has_spoken: Some are for screen readers only.
    """

    __slots__ = ("has_spoken", "runs", "veils")

    def __init__(self) -> None:
        self.runs: list[bytes] = []
        self.veils: dict[int, int] = {}
        self.has_spoken = False

    def add(self, run: bytes, veil: int) -> None:
        """Take the next piece, and who sees it."""
        if veil:
            self.veils[len(self.runs)] = veil
            self.has_spoken = self.has_spoken or veil & SPOKEN_ONLY != 0
        self.runs.append(run)

    def words(self, begin: int, end: int) -> str:
        """Return a part of the text as one line of at most 200 characters; what is for screen readers only where there is nothing else."""
        veils, runs = self.veils, self.runs
        if self.has_spoken:
            end = min(end, begin + _MOST_RUNS)
            seen = [runs[index] for index in range(begin, end) if not veils.get(index, 0) & SPOKEN_ONLY]
            if len(seen) < end - begin and (shown := words(seen, 0, len(seen))):
                return shown
        return words(runs, begin, end)


def words(runs: list[bytes], begin: int, end: int) -> str:
    """Return the text of some runs as one line of at most 200 characters, without control and direction characters."""
    if end - begin == 1 and _PLAIN.fullmatch(runs[begin]):
        # Most texts are like this: one short piece with nothing to decode.
        return " ".join(runs[begin].decode("ascii").split())
    return clean(raw_words(runs, begin, end))


def raw_words(runs: list[bytes], begin: int, end: int) -> str:
    """Return the text of some runs with its references decoded; of a long text the beginning."""
    if end - begin > _MOST_RUNS:
        end = begin + _MOST_RUNS
    joined = runs[begin] if end - begin == 1 else b" ".join(runs[begin:end])
    if b"<" in joined:
        joined = _GLUE_TAG.sub(b"", joined[: 4 * _LONGEST_RAW_BYTES])
    return decoded(joined[:_LONGEST_RAW_BYTES], is_cut=len(joined) > _LONGEST_RAW_BYTES)


def decoded(content: bytes, *, is_cut: bool = False) -> str:
    """Return bytes of a page as text, its references decoded; of a text that is cut, a character cut in two is left out."""
    text = content.decode("utf-8", "ignore" if is_cut else "replace")
    return unescape(text) if "&" in text else text


def clean(text: str) -> str:
    """Return a text on one line, white space collapsed, cut to 200 characters, without control and direction characters."""
    line = " ".join(text[:_LONGEST_RAW_BYTES].split())
    if not line.isprintable():
        line = " ".join(_UNSEEN.sub("", line).split())
    return line if len(line) <= LONGEST_TEXT_CHARS else line[:LONGEST_TEXT_CHARS].rstrip()


def clean_value(value: str) -> str:
    """Return a field's name or value as it stands but for control and direction characters; tabs and line ends stay."""
    return value if value.isprintable() else _UNSEEN_IN_VALUES.sub("", value)
