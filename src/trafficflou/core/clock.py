"""Time as an argument: code that waits or stamps takes a clock, so tests jump instead of sleeping."""

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """Two clocks in one port: a monotonic one for durations, the wall for stamps that people read."""

    def now_ns(self) -> int:
        """Return monotonic nanoseconds; comparable between the processes of one machine."""
        ...

    def wall_s(self) -> float:
        """Return seconds since the Unix epoch, UTC."""
        ...


class SystemClock:
    """The operating system's clocks (`CLOCK_MONOTONIC`, shared by all processes of a machine)."""

    __slots__ = ()

    # The functions themselves, without a frame of ours around them: the engine asks several times a request.
    now_ns = staticmethod(time.monotonic_ns)
    wall_s = staticmethod(time.time)
