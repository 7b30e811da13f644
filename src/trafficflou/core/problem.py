"""A mistake of the operator, said so that it can be put right without opening the documentation."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Problem", "in_plain_words", "nearest"]

MAX_SHOWN_CHARS = 80

_LEAST_BEGINNING = 3
"""Characters from which on a part of a word says what was meant."""

_PLAIN_WORDS = {
    "int_parsing": "it is not a whole number",
    "int_type": "it is not a whole number",
    "int_from_float": "it is not a whole number",
    "float_parsing": "it is not a number",
    "bool_parsing": "it is neither true nor false",
    "bool_type": "it is neither true nor false",
    "greater_than": "it is too small",
    "greater_than_equal": "it is too small",
    "less_than": "it is too large",
    "less_than_equal": "it is too large",
    "finite_number": "it is not a finite number",
    "literal_error": "it is none of the words that are known here",
    "enum": "it is none of the words that are known here",
    "string_pattern_mismatch": "it has characters that are not allowed, or too many",
}
"""By the kind of an error of pydantic's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake.

    Attributes:
        where: Where the value came from: `trafficflou.toml:4 [run] duration`, `TRAFFICFLOU_SEED`, `--ramp`.
        message: What is wrong.
        value: The value, as it was written; `None` where there is none.
        valid: What may be written there; empty where the message says it.
        suggestion: What was probably meant; empty where nothing comes near.
        hint: What to do, where it is something else than to look at the settings.
    """

    where: str
    message: str
    value: object = None
    valid: str = ""
    suggestion: str = ""
    hint: str = ""

    def __str__(self) -> str:
        shown = "" if self.value is None else f" = {_shorten(self.value)}"
        meant = f" Did you mean {self.suggestion}?" if self.suggestion else ""
        valid = f" Valid: {self.valid}." if self.valid else ""
        return f"{self.where}{shown}: {self.message}.{meant}{valid}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word most like `word`, or most like it in its beginning, or an empty text where none comes near."""
    by_folded = {_folded(name): name for name in known}
    meant = _folded(word[:100])
    found = difflib.get_close_matches(meant, by_folded, n=1, cutoff=0.6)
    if not found and len(meant) >= _LEAST_BEGINNING:
        by_beginning = {name[: len(meant)]: name for name in reversed(by_folded)}
        near = difflib.get_close_matches(meant, by_beginning, n=1, cutoff=0.8)
        found = [by_beginning[beginning] for beginning in near] or [
            name for name in by_folded if meant in name
        ]
    return by_folded[found[0]] if found else ""


def in_plain_words(kind: str, message: str) -> str:
    """Say what pydantic found, by the kind of its error, or its own message where ours is no better."""
    return _PLAIN_WORDS.get(kind) or message.removeprefix("Value error, ")


def _folded(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")


def _shorten(value: object) -> str:
    text = (
        f'"{value}"'
        if isinstance(value, str)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 1] + "…"
