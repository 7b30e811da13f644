"""What the visitors of a worker have learned of the site together: adaptation by Thompson sampling.

Theory of operation
-------------------
For each persona and template there is a Beta distribution of how well going there turns out: a page that is there, quick, and a step towards the goal is
a success, an error or a dead end a failure, a slow page part of each. A visitor draws its belief from it once, when it first considers such pages, and keeps to it
for the visit (posterior sampling for reinforcement learning: Osband, Russo and Van Roy, 2013): that explores by itself, since what is little
known is drawn high or low by chance, and it costs a draw for each kind of page and visit instead of one for each link and click.

The same belief serves two ends. Most visitors *avoid*: they are drawn to what works, as people are. Some *explore*: they are drawn to what fails, and to what
nobody has seen yet (`frontier`), and so find weak spots.

Old outcomes fade: beyond `_MEMORY` of them the counts are scaled down, so that a page that breaks, or is mended, is noticed.
"""

import math
from random import Random
from typing import Final

from trafficflou.traffic.flair.lru import LruCache

__all__ = ["Experience", "outcome_of", "pull_of"]

_MEMORY: Final = 40.0
_MAX_KINDS: Final = 4096
_STRENGTH: Final = 2.5
_QUICK_S: Final = 0.5

Key = tuple[int, str]


def outcome_of(*, is_ok: bool, is_dead_end: bool, is_step: bool, load_s: float) -> float:
    """Return how well opening a page turned out, 0..1."""
    if not is_ok or is_dead_end:
        return 0.0
    return (1.0 if is_step else 0.7) / (1.0 + max(0.0, load_s - _QUICK_S))


class Experience:
    """Outcomes by persona and template; bounded."""

    __slots__ = ("_outcomes",)

    def __init__(self) -> None:
        self._outcomes: LruCache[Key, list[float]] = LruCache(_MAX_KINDS)

    def learn(self, persona: int, template: str, outcome: float) -> None:
        """Take what became of opening a page."""
        key = (persona, template)
        counts = self._outcomes.find(key) or self._outcomes.keep(key, [1.0, 1.0])
        counts[0] += outcome
        counts[1] += 1.0 - outcome
        total = counts[0] + counts[1]
        if total > _MEMORY:
            counts[0] *= _MEMORY / total
            counts[1] *= _MEMORY / total

    def believe(self, persona: int, template: str, rng: Random) -> float:
        """Draw how well going to such pages will turn out, 0..1."""
        counts = self._outcomes.find((persona, template))
        if counts is None:
            return rng.random()
        return rng.betavariate(counts[0], counts[1])


def pull_of(belief: float, *, explores: bool) -> float:
    """Return the factor by which a belief changes a link's weight."""
    return math.exp(_STRENGTH * ((0.5 - belief) if explores else (belief - 0.5)))
