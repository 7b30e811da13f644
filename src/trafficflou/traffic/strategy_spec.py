r"""How people write who plays: one strategy, or several with weights, each with its own settings.

    organic-mimicry
    organic-mimicry:0.8,phantom-flair:0.2
    phantom-flair[intensity=0.4,patterns="research,social"]
    (phantom-flair[intensity=0.9]:0.5,phantom-flair[intensity=0.2]:0.5):0.3,organic-mimicry:0.7
    shop.py:Buyer:0.3,organic-mimicry:0.7

The grammar, in which a weight that is left out is 1, and weights need not add up to anything:

    spec     = part {"," part}
    part     = (strategy | "(" spec ")") [":" weight]
    strategy = source [":" class] ["[" [setting {"," setting}] "]"]
    setting  = key "=" value
    source   = a name, a file or a module; in quotes where it holds one of , : = ( ) [ ] or a quote
    value    = text; in quotes where it holds one of , [ ] or a quote, or begins or ends with a space

Quotes are double ones, with `\"` and `\\` inside. A class follows what can have one: a source with a dot or a slash. Reading goes on after a
mistake at the next comma, so that all mistakes are told at once, each with its place.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Final, NoReturn, Self, TypeVar
from unicodedata import category

from trafficflou.core import UsageError
from trafficflou.core.problem import Problem

__all__ = [
    "MAX_SPEC_CHARS",
    "PartSetting",
    "StrategyGroup",
    "StrategyPart",
    "StrategySpec",
    "as_spec_error",
    "place",
]

MAX_SPEC_CHARS: Final = 4000
MAX_PARTS: Final = 100
MAX_DEPTH: Final = 10
MAX_SHOWN_PROBLEMS: Final = 20

CUSTOM_SUFFIXES: Final = frozenset({".py", ".yaml", ".yml", ".har"})
"""Of files that can hold a strategy."""

_BLANKS: Final = " \t\r\n"
_SOURCE: Final = re.compile(r'[^,:=()\[\]"\r\n]*')
_CLASS: Final = re.compile(r"\s*:\s*([^\W\d][\w.]*)")
_KEY: Final = re.compile(r"[^\W\d][\w-]*")
_VALUE: Final = re.compile(r'[^,\[\]"\r\n]*')
_WEIGHT: Final = re.compile(r'[^,:=()\[\]"\s]*')
_NUMBER: Final = re.compile(r"\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?", re.IGNORECASE)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\["\\])*+)"')

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSetting:
    """A setting as it is written.

    Attributes:
        key: Its name, with underscores.
        value: Its value.
        at: Where it stands in the text, 1 first; 0 where there is no text.
    """

    key: str
    value: str
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.key}={_quoted_unless(_VALUE, self.value)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyPart:
    """One strategy of a spec.

    Attributes:
        source: A name, or where it is: a file or a module.
        attribute: The class in it; empty where none is named.
        settings: What it is set to.
        weight: How many visitors it plays, beside those that stand with it.
        at: Where it stands in the text, 1 first; 0 where there is no text.
    """

    source: str
    attribute: str = ""
    settings: tuple[PartSetting, ...] = ()
    weight: float = 1.0
    at: int = field(default=0, compare=False)

    @property
    def reference(self) -> str:
        """The strategy alone: `phantom-flair`, `shop.py:Buyer`."""
        return f"{self.source}:{self.attribute}" if self.attribute else self.source

    @property
    def is_custom(self) -> bool:
        """Whether it names a file or a module of the user's rather than a strategy by its name."""
        return bool(self.attribute) or self.is_file

    @property
    def is_file(self) -> bool:
        """Whether its source is a file rather than a module or a name."""
        return "/" in self.source or PurePath(self.source).suffix in CUSTOM_SUFFIXES

    @property
    def label(self) -> str:
        """The name under which its figures stand: the same for the same strategy with the same settings, whatever its weight."""
        settings = sorted(self.settings, key=lambda setting: setting.key)
        return self.reference + (f"[{','.join(map(str, settings))}]" if settings else "")

    def found_from(self, folder: Path) -> Self:
        """Return the same with its file found from a folder."""
        return replace(self, source=str(folder / self.source)) if self.is_file else self

    def __str__(self) -> str:
        source = _quoted_unless(_SOURCE, self.source)
        attribute = f":{self.attribute}" if self.attribute else ""
        settings = f"[{','.join(map(str, self.settings))}]" if self.settings else ""
        return f"{source}{attribute}{settings}{_weight_text(self.weight)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyGroup:
    """Strategies that share a weight."""

    parts: "tuple[StrategyPart | StrategyGroup, ...]"
    weight: float = 1.0

    def found_from(self, folder: Path) -> Self:
        """Return the same with all files found from a folder."""
        return replace(self, parts=tuple(part.found_from(folder) for part in self.parts))

    def __str__(self) -> str:
        return f"({','.join(map(str, self.parts))}){_weight_text(self.weight)}"

    def shares(self) -> Iterator[tuple[StrategyPart, float]]:
        """Yield each strategy below with its share of the group's visitors; they add up to 1."""
        total = sum(part.weight for part in self.parts)
        for part in self.parts:
            share = part.weight / total
            if isinstance(part, StrategyPart):
                yield part, share
            else:
                yield from ((below, share * of_part) for below, of_part in part.shares())


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySpec:
    """Who plays a run: one strategy or a blend."""

    parts: tuple[StrategyPart | StrategyGroup, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a spec.

        Raises:
            UsageError: It is not one; the message tells every mistake with its place.
        """
        spec, problems = cls.read(text)
        if problems:
            raise as_spec_error(problems)
        return spec

    @classmethod
    def read(cls, text: str) -> tuple[Self, list[Problem]]:
        """Read what can be understood of a spec, and tell what cannot; with problems there may be no parts."""
        if len(text) > MAX_SPEC_CHARS:
            return cls(parts=()), [
                Problem(where="the strategy", message=f"it has more than {MAX_SPEC_CHARS} characters")
            ]
        reader = _Reader(text)
        parts = reader.read()
        return cls(parts=tuple(parts)), reader.problems

    def shares(self) -> Iterator[tuple[StrategyPart, float]]:
        """Yield each strategy with its share of all visitors: weights of groups multiply, and the shares add up to 1."""
        return StrategyGroup(parts=self.parts).shares()

    def found_from(self, folder: Path) -> Self:
        """Return the same with all files found from a folder."""
        return replace(self, parts=tuple(part.found_from(folder) for part in self.parts))

    def __str__(self) -> str:
        return ",".join(map(str, self.parts))


def as_spec_error(problems: Sequence[Problem], hint: str = "") -> UsageError:
    """Put all mistakes of a spec into one error."""
    shown = [str(problem) for problem in problems[:MAX_SHOWN_PROBLEMS]]
    if len(problems) > MAX_SHOWN_PROBLEMS:
        shown.append(f"... and {len(problems) - MAX_SHOWN_PROBLEMS} more")
    message = (
        shown[0] if len(shown) == 1 else "\n  ".join((f"{len(problems)} mistakes in the strategy:", *shown))
    )
    hint = hint or next((problem.hint for problem in problems if problem.hint), "")
    return UsageError(
        message.removesuffix("."),
        hint=hint
        or "`trafficflou strategies` lists the strategies, `trafficflou strategies NAME` its settings.",
    )


def place(word: str, at: int) -> str:
    """Say where a word of a spec stands."""
    shown = word if len(word) <= 60 else word[:59] + "…"
    return f"{shown!r} at character {at}" if at else repr(shown)


def _quoted_unless(plain: re.Pattern[str], text: str) -> str:
    if text and plain.fullmatch(text) and text == text.strip():
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _weight_text(weight: float) -> str:
    return "" if weight == 1 else f":{repr(weight).removesuffix('.0')}"


class _Mistake(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class _Reader:
    """Reads a text from left to right; where it cannot go on, it notes why and goes on at the next comma."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._parts = 0
        self.problems: list[Problem] = []

    def read(self) -> "list[StrategyPart | StrategyGroup]":
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

    def _read_parts(self, depth: int) -> "list[StrategyPart | StrategyGroup]":
        parts: list[StrategyPart | StrategyGroup] = []
        while True:
            part = self._attempt(lambda: self._read_part(depth), ",)")
            if part is not None:
                parts.append(part)
            if not self._takes(","):
                return parts

    def _read_part(self, depth: int) -> "StrategyPart | StrategyGroup":
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
        source = self._read_quoted() if self._peek() == '"' else self._read_bare(_SOURCE)
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
        value = self._read_quoted() if self._peek() == '"' else self._read_bare(_VALUE)
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
