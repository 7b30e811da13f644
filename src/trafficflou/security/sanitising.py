r"""The one place that cleans text that models and pages gave us.

Whatever a site or a model writes may try to steer who reads it: a terminal (escape sequences), a person (right-to-left overrides,
invisible characters, links), a browser (markup), or the next model (text that poses as instructions). `clean_text` leaves words.
It does not replace escaping where text is shown; it makes sure that what is shown is harmless even where somebody forgot.

The steps, in this order because each could otherwise build what the one before took away:

1. Cut to a multiple of the limit, so that the work is bounded.
2. Take out terminal sequences whole (ECMA-48, section 5.4 and 5.6), introduced by ESC or by the 8-bit C1 characters.
3. Normalise (NFKC), so that look-alikes of `<`, `:`, `@`, `/` and `.` are seen for what they are.
4. Take out every character that is invisible or changes direction (Unicode categories Cc, Cf, Cs, Co, Cn; variation selectors, fillers),
   turn white space into single spaces.
5. Take out markup, and turn what is left of `<` and `>` into `‹` and `›`.
6. Defuse schemes, hosts and addresses: `example.com` becomes `example[.]com`, which nothing links and nobody resolves.
7. Cut to the limit.
"""

import re
import unicodedata
from typing import Final

__all__ = ["UNTRUSTED_BEGIN", "UNTRUSTED_END", "clean_text", "fence_untrusted"]

UNTRUSTED_BEGIN: Final = "<<<untrusted text"
UNTRUSTED_END: Final = "untrusted text>>>"
"""Cleaned text has no `<` and `>`, so it cannot end its own fence."""

ELLIPSIS: Final = "…"
_WORK_PER_CHAR: Final = 8
_MOST_ROUNDS: Final = 8

# OSC, DCS, SOS, PM and APC run to ST or BEL; one that never ends takes the rest of its line with it.
_STRING_SEQUENCE: Final = re.compile(
    "(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\\\|\x9c)?"
)
_CONTROL_SEQUENCE: Final = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]?")
_ESCAPE_SEQUENCE: Final = re.compile("\x1b[ -/]*[0-~]?")

_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffc"
)
_MOST_MARKS: Final = 3
"""Combining characters on one letter that are kept; more climb over the neighbouring lines."""

_COMMENT: Final = re.compile(r"<!--.*?(?:-->|$)")
_HIDDEN_ELEMENT: Final = re.compile(
    r"<(script|style|template|noscript|iframe|object|svg)\b.*?(?:</\1\s*>|$)", re.IGNORECASE
)
_TAG: Final = re.compile(r"</?[A-Za-z!?][^<>]{0,2000}>")
_ANGLES: Final = str.maketrans("<>", "‹›")
_ENTITY: Final = re.compile(r"&(?=#?\w{1,31};)")

_SCHEME: Final = re.compile(r"(?<=[A-Za-z0-9+.-]):(?=/|\\)")
_DANGEROUS_SCHEME: Final = re.compile(
    r"\b(javascript|vbscript|data|file|mailto|tel|blob|about|intent|view-source)\s*:", re.IGNORECASE
)
_AUTHORITY: Final = re.compile(r"(?:(?<=[\s(\"'\[])|^)[/\\]{2}(?=[\w\[])")
_AT: Final = re.compile(r"(?<=[\w.+%-])@(?=[\w\[])")
# A dot between two labels where the last begins with a letter (a host), or in a group of four numbers (an address). Prices, figures and
# version numbers ("12.50", "3.11") keep theirs; so does "etc. and" with its space.
_HOST_DOT: Final = re.compile(r"(?<=\w)\.(?=[^\W\d_][\w-]*)")
# The full stop of Chinese and Japanese divides host names too (IDNA, RFC 5895), but between their own letters it ends a sentence.
_IDEOGRAPHIC_DOT: Final = re.compile(r"(?<=[A-Za-z0-9])\u3002(?=[A-Za-z0-9])")
_NUMERIC_DOT: Final = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w])")
_IPV6: Final = re.compile(r"\[(?=[0-9a-f:.]*:[0-9a-f:.]*:)([0-9a-f:.]{2,45})\]", re.IGNORECASE)
_WHITE: Final = re.compile(r"\s+")


def clean_text(text: str, limit: int) -> str:
    """Return words that may be shown anywhere, on one line.

    Args:
        text: Anything.
        limit: Longest result in characters, >= 1; a text that is cut ends in an ellipsis.

    Returns:
        At most `limit` printable characters without markup, terminal sequences, invisible or direction-changing characters, and
        without anything that opens, links or resolves. Cleaning it again changes nothing.
    """
    cut = text[: limit * _WORK_PER_CHAR]
    cleaned = _clean(cut)
    if len(cut) < len(text) and len(cleaned) <= limit:
        cleaned += ELLIPSIS
    return _shorten(cleaned, limit)


def fence_untrusted(text: str, limit: int) -> str:
    """Return text from a page for a prompt: cleaned, cut, and between marks that it cannot contain.

    The prompt must say that what stands between the marks is data. That alone does not stop a model from obeying it; what does is that
    an answer can only choose among what was offered.
    """
    return f"{UNTRUSTED_BEGIN}\n{clean_text(text, limit)}\n{UNTRUSTED_END}"


def _clean(text: str) -> str:
    """Clean until nothing changes, since taking something out may join what stood around it; two rounds do in practice."""
    for _ in range(_MOST_ROUNDS):
        before = text
        text = _defuse(_without_markup(_visible(_without_sequences(text))))
        if text == before:
            return text
    return text


def _without_sequences(text: str) -> str:
    if not any(char in text for char in "\x1b\x90\x98\x9b\x9d\x9e\x9f"):
        return text
    return _ESCAPE_SEQUENCE.sub("", _CONTROL_SEQUENCE.sub("", _STRING_SEQUENCE.sub("", text)))


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return _WHITE.sub(" ", text).strip()
    kept: list[str] = []
    marks = 0
    # Our own ellipsis stays one character, or cleaning twice would differ from cleaning once.
    for char in ELLIPSIS.join(unicodedata.normalize("NFKC", part) for part in text.split(ELLIPSIS)):
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if char.isspace():
            kept.append(" ")
        elif (
            category not in _INVISIBLE_CATEGORIES
            and char not in _INVISIBLE
            and not _is_selector(char)
            and marks <= _MOST_MARKS
        ):
            kept.append(char)
    return _WHITE.sub(" ", "".join(kept)).strip()


def _is_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _without_markup(text: str) -> str:
    if "<" in text:
        text = _TAG.sub(" ", _HIDDEN_ELEMENT.sub(" ", _COMMENT.sub(" ", text)))
    return _ENTITY.sub("& ", text.translate(_ANGLES))


def _defuse(text: str) -> str:
    text = _DANGEROUS_SCHEME.sub(r"\1[:]", text)
    text = _SCHEME.sub("[:]", text)
    text = _AUTHORITY.sub("", text)
    text = _AT.sub("[at]", text)
    text = _IPV6.sub(lambda match: match[1].replace(":", "[:]"), text)
    text = _NUMERIC_DOT.sub(lambda match: match[0].replace(".", "[.]"), text)
    text = _IDEOGRAPHIC_DOT.sub("[.]", text)
    return _WHITE.sub(" ", _HOST_DOT.sub("[.]", text)).strip()


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return text[: limit - 1].rstrip() + ELLIPSIS
