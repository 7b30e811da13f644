"""The parts of what people write for who plays: strategies with their settings, and groups of them; read by `strategy_spec`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Final, Self

__all__ = [
    "CUSTOM_SUFFIXES",
    "PLAIN_SOURCE",
    "PLAIN_VALUE",
    "PartSetting",
    "StrategyGroup",
    "StrategyPart",
    "place",
]

CUSTOM_SUFFIXES: Final = frozenset({".py", ".yaml", ".yml", ".har"})
"""Of files that can hold a strategy."""

PLAIN_SOURCE: Final = re.compile(r'[^,:=()\[\]"\r\n]*')
PLAIN_VALUE: Final = re.compile(r'[^,\[\]"\r\n]*')
"""What needs no quotes, unless it is empty or has blanks at its ends."""


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
        return f"{self.key}={_quoted_unless(PLAIN_VALUE, self.value)}"


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
        source = _quoted_unless(PLAIN_SOURCE, self.source)
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


def _quoted_unless(plain: re.Pattern[str], text: str) -> str:
    if text and plain.fullmatch(text) and text == text.strip():
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _weight_text(weight: float) -> str:
    return "" if weight == 1 else f":{repr(weight).removesuffix('.0')}"


def place(word: str, at: int) -> str:
    """Say where a word of a spec stands."""
    shown = word if len(word) <= 60 else word[:59] + "…"
    return f"{shown!r} at character {at}" if at else repr(shown)
