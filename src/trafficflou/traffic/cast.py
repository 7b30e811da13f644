"""Who plays the next visitor: one strategy, a weighted blend of several, and while a run is switched the old and the new one.

A visitor is played by one strategy from its first page to its last, so a switch loses no session: those under way end as they began, and
those that come after are played by the new strategies, at once or, over some time, more and more of them.

Who plays a visitor depends on its own stream of chance and on when it arrives, on nothing else. So the same visitor is played by the same
strategy on 1 worker or 50, and a switch that is known beforehand may be told at any time before it.
"""

from bisect import bisect, insort
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Any, Self

from trafficflou.traffic.strategy import Strategy

__all__ = ["Cast"]


class _Blend:
    """Strategies with their weights, and since when, and how gradually, they play."""

    __slots__ = ("_bounds", "from_s", "over_s", "strategies")

    def __init__(
        self, parts: Sequence[tuple[Strategy[Any], float]], from_s: float = 0.0, over_s: float = 0.0
    ) -> None:
        if not parts or not all(weight > 0 for _, weight in parts):
            raise ValueError("a blend needs at least one strategy, each with a weight above 0")
        total = sum(weight for _, weight in parts)
        self.strategies = tuple(strategy for strategy, _ in parts)
        self._bounds = tuple(value / total for value in accumulate(weight for _, weight in parts))[:-1]
        self.from_s, self.over_s = from_s, over_s

    def choose(self, number: float) -> Strategy[Any]:
        return self.strategies[bisect(self._bounds, number)]

    def share(self, at_s: float) -> float:
        """Return which share of those who come then is played by this blend, the rest by the one before; 1 or more for all."""
        return (at_s - self.from_s) / self.over_s if self.over_s > 0 else 1.0


class Cast:
    """Chooses the strategy of each visitor.

    Attributes:
        sole: Who plays everybody, so that nothing has to be drawn; `None` where there is a choice.
    """

    __slots__ = ("_blends", "sole")

    def __init__(self, parts: Sequence[tuple[Strategy[Any], float]]) -> None:
        """Begin with a blend.

        Args:
            parts: Strategies and their weights, which need not add up to 1.

        Raises:
            ValueError: There is none, or a weight is not above 0.
        """
        self._blends = [_Blend(parts)]
        self.sole: Strategy[Any] | None = parts[0][0] if len(parts) == 1 else None

    @classmethod
    def of(cls, strategy: Strategy[Any]) -> Self:
        """Let one strategy play everybody."""
        return cls([(strategy, 1.0)])

    @property
    def strategies(self) -> tuple[Strategy[Any], ...]:
        """All that play, will play or are being replaced, in the order in which they begin."""
        return tuple(dict.fromkeys(strategy for blend in self._blends for strategy in blend.strategies))

    def choose(self, rng: Random, at_s: float) -> Strategy[Any]:
        """Choose who plays a visitor.

        Args:
            rng: A stream of this visitor's own; one number is taken, two while the cast is switched.
            at_s: When it arrives, in seconds since the start of the run.
        """
        blends = self._blends
        if len(blends) == 1:
            return blends[0].choose(rng.random())
        latest = bisect(blends, at_s, lo=1, key=_from_s) - 1
        share = blends[latest].share(at_s)
        if latest and share < 1.0 and rng.random() >= share:
            latest -= 1
        return blends[latest].choose(rng.random())

    def switch(self, parts: Sequence[tuple[Strategy[Any], float]], at_s: float, over_s: float = 0.0) -> None:
        """Let others play those who come from then on.

        A switch that begins while another is still going on replaces what that one leads to; what it led away from gives way at once.

        Args:
            parts: Strategies and their weights.
            at_s: When, in seconds since the start of the run; above 0, and now or later.
            over_s: Over so many seconds the share of the new ones grows from none to all; 0 for at once.

        Raises:
            ValueError: As for a new cast, or a time is out of bounds.
        """
        if not (at_s > 0 and over_s >= 0):
            raise ValueError("a switch happens after the start, and over 0 s or more")
        insort(self._blends, _Blend(parts, at_s, over_s), key=_from_s)
        self.sole = None


def _from_s(blend: _Blend) -> float:
    return blend.from_s
