"""A point in time by which something must have ended, handed down through all layers."""

from typing import Self

from trafficflou.core import Clock

__all__ = ["Deadline"]


class Deadline:
    """A monotonic instant that does not move.

    Args:
        at_ns: The instant, on the clock's monotonic scale.
        clock: Tells the time.
    """

    __slots__ = ("_clock", "at_ns")

    def __init__(self, at_ns: int, clock: Clock) -> None:
        self.at_ns = at_ns
        self._clock = clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Self:
        """Make a deadline that many seconds from now; a negative number is over at once."""
        return cls(clock.now_ns() + round(seconds * 1e9), clock)

    def __repr__(self) -> str:
        return f"<Deadline in {self.remaining_s:.3f} s>"

    @property
    def remaining_s(self) -> float:
        """What is left, seconds; 0 where it is over."""
        return max(0, self.at_ns - self._clock.now_ns()) / 1e9

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return self._clock.now_ns() >= self.at_ns
