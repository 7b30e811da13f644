"""A switch of strategies that is known before the run: `phantom-flair at 30s over 10s`."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from trafficflou.core import UsageError
from trafficflou.core.units import parse_duration_s
from trafficflou.traffic.strategy_spec import StrategySpec

__all__ = ["StrategySwitch"]

_AT: Final = re.compile(r"\sat\s", re.IGNORECASE)
_OVER: Final = re.compile(r"\sover\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySwitch:
    """Others play those who come from some time on.

    Attributes:
        strategy: Who, as for a run.
        at_s: When, in seconds since the start of the run; above 0.
        over_s: Over so many seconds their share grows from none to all; 0 for at once.
    """

    strategy: str
    at_s: float
    over_s: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a switch.

        Raises:
            UsageError: It has another form; the strategy itself is not looked at.
        """
        strategy, at_s, over_s = cls._split(text)
        if not at_s > 0:
            raise UsageError(
                "a switch at 0s is none", hint="Whoever plays from the start is the run's strategy."
            )
        return cls(strategy=strategy, at_s=at_s, over_s=over_s)

    @staticmethod
    def _split(text: str) -> tuple[str, float, float]:
        found = list(_AT.finditer(text))
        if not found or not text[: found[-1].start()].strip():
            raise UsageError(
                "it does not say who plays and from when",
                hint="Write a strategy and a time, such as 'phantom-flair at 30s' or 'phantom-flair at 30s over 10s'.",
            )
        times = _OVER.split(text[found[-1].end() :], maxsplit=1)
        try:
            at_s = parse_duration_s(times[0])
            over_s = parse_duration_s(times[1]) if len(times) > 1 else 0.0
        except ValueError as error:
            raise UsageError(str(error)) from error
        return text[: found[-1].start()].strip(), at_s, over_s

    def found_from(self, folder: Path) -> Self:
        """Return the same with its files found from a folder.

        Raises:
            UsageError: The strategy is not one that can be read.
        """
        return replace(self, strategy=str(StrategySpec.parse(self.strategy).found_from(folder)))

    def __str__(self) -> str:
        over = f" over {_seconds(self.over_s)}" if self.over_s else ""
        return f"{self.strategy} at {_seconds(self.at_s)}{over}"


def _seconds(duration_s: float) -> str:
    return f"{duration_s:.9f}".rstrip("0").rstrip(".") + "s"
