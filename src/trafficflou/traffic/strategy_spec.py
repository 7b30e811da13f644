r"""How people write who plays: one strategy, or several with weights, each with its own settings.

    organic-mimicry
    organic-mimicry:0.8,phantom-flair:0.2
    phantom-flair[intensity=0.4,pattern=research]
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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from trafficflou.core import UsageError
from trafficflou.core.problem import Problem
from trafficflou.traffic._spec_reader import SpecReader
from trafficflou.traffic.strategy_part import StrategyGroup, StrategyPart

__all__ = ["MAX_SPEC_CHARS", "StrategySpec", "as_spec_error"]

MAX_SPEC_CHARS: Final = 4000
MAX_SHOWN_PROBLEMS: Final = 20


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
        reader = SpecReader(text)
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
