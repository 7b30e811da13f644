"""The state of one visit."""

from random import Random

from trafficflou.traffic.flair.memory import Memory
from trafficflou.traffic.flair.mind import Mind

__all__ = ["FlairVisit"]


class FlairVisit:
    """A visitor on the site.

    Attributes:
        rng: Its own generator.
        mind: Whose persona it has.
        slowness: How slow it is among those of its persona, as a standard normal score.
        memory: What it remembers.
        pages: Page views begun so far.
    """

    __slots__ = ("memory", "mind", "pages", "rng", "slowness")

    def __init__(self, rng: Random, mind: Mind, slowness: float) -> None:
        self.rng = rng
        self.mind = mind
        self.slowness = slowness
        self.memory = Memory()
        self.pages = 0

    @property
    def device(self) -> str:
        """`desktop`, `mobile` or `tablet`."""
        return self.mind.persona.device
