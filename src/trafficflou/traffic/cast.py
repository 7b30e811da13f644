"""Who plays the next visitor: one strategy, a weighted blend of several, and while a run is switched the old and the new one.

A visitor is played by one strategy from its first page to its last, so a switch loses no session: those under way end as they began, and
those that come after are played by the new strategies, at once or, over some time, more and more of them.
"""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Any, Self

from trafficflou.traffic.strategy import Strategy

__all__ = ["Cast"]


class _Blend:
    """Strategies with their weights."""

    __slots__ = ("_bounds", "strategies")

    def __init__(self, parts: Sequence[tuple[Strategy[Any], float]]) -> None:
        if not parts or not all(weight > 0 for _, weight in parts):
            raise ValueError("a blend needs at least one strategy, each with a weight above 0")
        total = sum(weight for _, weight in parts)
        self.strategies = tuple(strategy for strategy, _ in parts)
        self._bounds = tuple(value / total for value in accumulate(weight for _, weight in parts))[:-1]

    def choose(self, number: float) -> Strategy[Any]:
        return self.strategies[bisect(self._bounds, number)]


class Cast:
    """Chooses the strategy of each visitor."""

    __slots__ = ("_before", "_now", "_switch_at_s", "_switch_over_s")

    def __init__(self, parts: Sequence[tuple[Strategy[Any], float]]) -> None:
        """Begin with a blend.

        Args:
            parts: Strategies and their weights, which need not add up to 1.

        Raises:
            ValueError: There is none, or a weight is not above 0.
        """
        self._now = _Blend(parts)
        self._before: _Blend | None = None
        self._switch_at_s = self._switch_over_s = 0.0

    @classmethod
    def of(cls, strategy: Strategy[Any]) -> Self:
        """Let one strategy play everybody."""
        return cls([(strategy, 1.0)])

    @property
    def strategies(self) -> tuple[Strategy[Any], ...]:
        """All that play now, those that are being replaced last."""
        before = () if self._before is None else self._before.strategies
        return tuple(dict.fromkeys((*self._now.strategies, *before)))

    def choose(self, rng: Random, at_s: float) -> Strategy[Any]:
        """Choose who plays a visitor.

        Args:
            rng: A stream of this visitor's own; one number is taken, two while the cast is switched.
            at_s: Seconds since the start of the run.
        """
        if self._before is not None:
            share = 1.0 if self._switch_over_s <= 0 else (at_s - self._switch_at_s) / self._switch_over_s
            if rng.random() >= share:
                return self._before.choose(rng.random())
        return self._now.choose(rng.random())

    def switch(self, parts: Sequence[tuple[Strategy[Any], float]], at_s: float, over_s: float = 0.0) -> None:
        """Let others play those who come from now on.

        Args:
            parts: Strategies and their weights.
            at_s: Now, in seconds since the start of the run.
            over_s: Over so many seconds the share of the new ones grows from none to all; 0 for at once.

        Raises:
            ValueError: As for a new cast.
        """
        # While a switch is still going on, the one before the last gives way at once.
        self._before, self._now = self._now, _Blend(parts)
        self._switch_at_s, self._switch_over_s = at_s, over_s
