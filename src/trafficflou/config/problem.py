"""A mistake in the configuration, said so that it can be put right without opening the documentation."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trafficflou.core import ConfigError
from trafficflou.core.secret import redact

__all__ = ["GENERAL_HINT", "Problem", "as_error", "in_plain_words", "nearest"]

MAX_SHOWN_CHARS = 80
MAX_SHOWN_PROBLEMS = 30

GENERAL_HINT = "`trafficflou config show` prints every setting and where its value came from."

_PLAIN_WORDS = {
    "int_parsing": "it is not a whole number",
    "int_type": "it is not a whole number",
    "int_from_float": "it is not a whole number",
    "bool_parsing": "it is neither true nor false",
    "bool_type": "it is neither true nor false",
    "greater_than": "it is too small",
    "greater_than_equal": "it is too small",
    "less_than": "it is too large",
    "less_than_equal": "it is too large",
    "literal_error": "it is none of the words that are known here",
    "string_pattern_mismatch": "it has characters that are not allowed, or too many",
}


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
    """Return the known word most like `word`, or an empty text where none comes near."""
    by_folded = {name.lower().replace("-", "_"): name for name in known}
    found = difflib.get_close_matches(word.lower().replace("-", "_")[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def in_plain_words(kind: str, message: str) -> str:
    """Say what pydantic found, by the kind of its error, or its own message where ours is no better."""
    return _PLAIN_WORDS.get(kind) or message.removeprefix("Value error, ")


def as_error(problems: Sequence[Problem], general_hint: str = GENERAL_HINT) -> ConfigError:
    """Put all mistakes into one error, so that one reading mends them all."""
    shown = [redact(str(problem)) for problem in problems[:MAX_SHOWN_PROBLEMS]]
    if len(problems) > MAX_SHOWN_PROBLEMS:
        shown.append(f"... and {len(problems) - MAX_SHOWN_PROBLEMS} more")
    message = (
        shown[0] if len(shown) == 1 else "\n  ".join((f"{len(problems)} mistakes in the settings:", *shown))
    )
    hint = next((problem.hint for problem in problems if problem.hint), "")
    return ConfigError(message, hint=hint or general_hint)


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
