"""Reads what people write for who plays; the grammar stands in `strategy_spec`.

Where it cannot go on, it notes why and goes on at the next comma that is in no bracket, so that all mistakes are told at once.
"""

import re
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar
from unicodedata import category

from trafficflou.core.problem import Problem
from trafficflou.traffic.strategy_part import (
    PLAIN_SOURCE,
    PLAIN_VALUE,
    PartSetting,
    StrategyGroup,
    StrategyPart,
    place,
)

__all__ = ["MAX_DEPTH", "MAX_PARTS", "SpecReader"]

MAX_PARTS: Final = 100
MAX_DEPTH: Final = 10

_BLANKS: Final = " \t\r\n"
_CLASS: Final = re.compile(r"\s*:\s*([^\W\d][\w.]*)")
_KEY: Final = re.compile(r"[^\W\d][\w-]*")
_WEIGHT: Final = re.compile(r'[^,:=()\[\]"\s]*')
_NUMBER: Final = re.compile(r"\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?", re.IGNORECASE)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\["\\])*+)"')

T = TypeVar("T")


class _Mistake(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class SpecReader:
    """Reads one text from left to right.

    Attributes:
        problems: What was wrong.
    """

    def __init__(self, text: str) -> None:
        """Stand at the beginning of a text."""
        self._text = text
        self._at = 0
        self._parts = 0
        self.problems: list[Problem] = []

    def read(self) -> list[StrategyPart | StrategyGroup]:
        """Return what could be understood."""
        strange = next((at for at, char in enumerate(self._text) if not _is_text(char)), None)
        if strange is not None:
            self._note(self._problem("a control character has no place here", strange))
            return []
        parts = self._read_parts(0)
        while self._peek():  # only a bracket that was never opened stops the reading
            self._note(self._problem("this bracket was not opened", self._at))
            self._at += 1
            if self._takes(","):
                parts += self._read_parts(0)
            else:
                self._skip(",)")
        return parts

    def _read_parts(self, depth: int) -> list[StrategyPart | StrategyGroup]:
        parts: list[StrategyPart | StrategyGroup] = []
        while True:
            part = self._attempt(lambda: self._read_part(depth), ",)")
            if part is not None:
                parts.append(part)
            if not self._takes(","):
                return parts

    def _read_part(self, depth: int) -> StrategyPart | StrategyGroup:
        self._parts += 1
        if self._parts > MAX_PARTS:
            self._fail(f"there are more than {MAX_PARTS} strategies")
        return self._read_group(depth + 1) if self._peek() == "(" else self._read_strategy()

    def _read_group(self, depth: int) -> StrategyGroup:
        opened_at = self._at
        self._at += 1
        if depth > MAX_DEPTH:
            self._fail(f"brackets are nested more than {MAX_DEPTH} deep")
        parts = self._read_parts(depth)
        if not self._takes(")"):
            self._fail("this bracket is not closed", opened_at)
        return StrategyGroup(
            parts=tuple(parts), weight=self._weight("settings belong to one strategy, not to a group")
        )

    def _read_strategy(self) -> StrategyPart:
        self._peek()
        at = self._at
        source = self._read_quoted() if self._peek() == '"' else self._read_bare(PLAIN_SOURCE)
        if not source:
            self._fail("a strategy is missing", valid="a name such as organic-mimicry, or shop.py:Buyer")
        attribute = ""
        named = _CLASS.match(self._text, self._at)
        if named and any(sign in source for sign in "./\\"):
            attribute, self._at = named[1], named.end()
        settings = self._read_settings() if self._peek() == "[" else ()
        return StrategyPart(
            source=source,
            attribute=attribute,
            settings=settings,
            weight=self._weight("settings stand before the weight"),
            at=at + 1,
        )

    def _weight(self, if_settings_follow: str) -> float:
        """Read a weight; a wrong one does not keep what it belongs to from being judged."""
        return self._attempt(lambda: self._read_weight(if_settings_follow), ",)") or 1.0

    def _read_weight(self, if_settings_follow: str) -> float:
        weight = 1.0
        if self._takes(":"):
            self._peek()
            at, text = self._at, self._read_bare(_WEIGHT)
            weight = float(text) if _NUMBER.fullmatch(text) else 0.0
            if not 0 < weight < float("inf"):
                problem = "this is no weight" if text else "a weight is missing"
                self._fail(problem, at, valid="a number above 0, such as 0.3")
        if self._peek() == "[":
            self._fail(if_settings_follow, valid="name[key=value]:0.3")
        if self._peek() not in {"", ",", ")"}:
            self._fail(
                "this was not expected", valid="a comma before the next strategy, a colon before a weight"
            )
        return weight

    def _read_settings(self) -> tuple[PartSetting, ...]:
        opened_at = self._at
        self._at += 1
        settings: dict[str, PartSetting] = {}
        while self._peek() != "]":
            setting = self._attempt(self._read_setting, ",]")
            if setting is not None:
                if setting.key in settings:
                    self._note(self._problem(f"{setting.key} is set twice", setting.at - 1))
                settings[setting.key] = setting
            if not self._takes(","):
                break
        if not self._takes("]"):
            self._fail("this bracket is not closed", opened_at)
        return tuple(settings.values())

    def _read_setting(self) -> PartSetting:
        self._peek()
        at, key = self._at, self._read_bare(_KEY)
        if not key:
            self._fail("the name of a setting is missing", valid="key=value")
        if not self._takes("="):
            self._fail(f"{key} has no value", at, valid="key=value")
        value = self._read_quoted() if self._peek() == '"' else self._read_bare(PLAIN_VALUE)
        if self._peek() not in {"", ",", "]"}:
            self._fail("this was not expected", valid='a comma or ], or the whole value in "quotes"')
        return PartSetting(key=key.replace("-", "_"), value=value, at=at + 1)

    # -- characters ----------------------------------------------------------------------------------------------------

    def _peek(self) -> str:
        """Return the next character that is no blank, and stand on it; empty at the end."""
        while self._at < len(self._text) and self._text[self._at] in _BLANKS:
            self._at += 1
        return self._text[self._at : self._at + 1]

    def _takes(self, char: str) -> bool:
        if self._peek() != char:
            return False
        self._at += 1
        return True

    def _read_bare(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        text = found[0] if found else ""
        self._at += len(text)
        return text.strip()

    def _read_quoted(self) -> str:
        found = _QUOTED.match(self._text, self._at)
        if found is None:
            at, self._at = self._at, len(self._text)
            self._fail('this quote is not closed, or holds a \\ that is neither \\" nor \\\\', at)
        self._at = found.end()
        return _ESCAPED.sub(r"\1", found[1])

    # -- mistakes ------------------------------------------------------------------------------------------------------

    def _attempt(self, read: Callable[[], T], ends: str) -> T | None:
        try:
            return read()
        except _Mistake as mistake:
            self._note(mistake.problem)
            self._skip(ends)
            return None

    def _skip(self, ends: str) -> None:
        """Go to the next of these characters that is in no bracket or quote."""
        depth = 0
        while char := self._peek():
            quoted = _QUOTED.match(self._text, self._at) if char == '"' else None
            if quoted:
                self._at = quoted.end()
                continue
            if not depth and char in ends:
                return
            depth = max(0, depth + (char in "([") - (char in ")]"))
            self._at += 1

    def _fail(self, message: str, at: int | None = None, *, valid: str = "") -> NoReturn:
        raise _Mistake(self._problem(message, self._at if at is None else at, valid))

    def _problem(self, message: str, at: int, valid: str = "") -> Problem:
        rest = self._text[at:].split(",")[0].strip()
        word = rest if len(rest) <= 20 else rest[:19] + "…"
        where = place(word, at + 1) if word else f"at character {at + 1}"
        return Problem(where=where, message=message, valid=valid)

    def _note(self, problem: Problem) -> None:
        self.problems.append(problem)


def _is_text(char: str) -> bool:
    return char.isprintable() or char in _BLANKS or category(char) == "Zs"
