"""An event loop whose clock jumps: a test of an hour's waiting takes a millisecond.

Where nothing is ready, the loop does not sleep until the next timer but sets its clock to it. Everything that waits through asyncio
(`sleep`, `timeout`, `wait`) therefore keeps its order and its durations, exactly, without any real time. Threads and sockets
still work, but time does not wait for them: with those, use a real loop.
"""

import asyncio
import functools
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, Final, ParamSpec, TypeVar

__all__ = ["LoopClock", "VirtualTimeLoop", "virtual_time"]

P = ParamSpec("P")
T = TypeVar("T")

STALLED_AFTER_S: Final = 5.0
"""Real seconds without a timer, a thread or a socket after which nothing will ever happen again."""

WALL_AT_START_S: Final = 1_767_225_600.0
"""2026-01-01T00:00:00Z."""


class _JumpingSelector(selectors.DefaultSelector):
    """Never sleeps for a timer."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready; where nothing is, jump to the end of `timeout`."""
        if timeout is None:
            ready = super().select(STALLED_AFTER_S)
            if not ready:
                raise RuntimeError("the test waits for something that never happens")
            return ready
        ready = super().select(0)
        if not ready and timeout > 0:
            self.now_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop with its own time, beginning at 0 s."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return virtual seconds."""
        return self._jumping.now_s


class LoopClock:
    """The clock of the running event loop, as a port; virtual where the loop is."""

    __slots__ = ()

    def now_ns(self) -> int:
        """Return the loop's time, nanoseconds."""
        return round(asyncio.get_running_loop().time() * 1e9)

    def wall_s(self) -> float:
        """Return the loop's time after the first second of 2026, seconds since the Unix epoch."""
        return WALL_AT_START_S + asyncio.get_running_loop().time()


def virtual_time(test: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Run a coroutine function, such as a test, to its end in virtual time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
            return runner.run(test(*args, **kwargs))

    return run
