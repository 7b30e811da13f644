"""Drawing one of several by weight."""

from bisect import bisect
from collections.abc import Sequence
from itertools import accumulate
from random import Random

__all__ = ["draw"]


def draw(weights: Sequence[float], rng: Random) -> int | None:
    """Draw a number in proportion to its weight; `None` where all weights are 0. Takes one number from the generator."""
    bounds = list(accumulate(weights))
    point = rng.random() * (bounds[-1] if bounds else 0.0)
    if not bounds or not bounds[-1] > 0:
        return None
    return min(bisect(bounds, point), len(bounds) - 1)
