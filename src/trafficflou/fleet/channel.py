"""What is said between whoever steers a run and its workers while it is on, besides measurements.

The fleet opens the channel when its workers begin to play and closes it when the first of them has ended. Messages to workers reach
all of them in the order in which they were sent; what was sent before the opening waits for it.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["Channel"]

T = TypeVar("T")


class Channel:
    """Both directions of one run; used in the event loop of the fleet only.

    Attributes:
        workers: How many hear it; 0 before they do.
        is_closed: They hear no more.
    """

    __slots__ = ("_on_close", "_post", "_start_at_ns", "_takers", "_waiting", "is_closed", "workers")

    def __init__(self) -> None:
        """Begin closed, as the run has not begun."""
        self._waiting: list[object] = []
        self._post: Callable[[object], None] | None = None
        self._takers: dict[type, Callable[[int, Any], None]] = {}
        self._start_at_ns = 0
        self._on_close: list[Callable[[], None]] = []
        self.workers = 0
        self.is_closed = False

    @property
    def is_open(self) -> bool:
        """Whether workers play and hear what is sent."""
        return self._post is not None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began; 0 before."""
        return max(0.0, (time.monotonic_ns() - self._start_at_ns) / 1e9) if self.is_open else 0.0

    def send(self, message: object) -> None:
        """Tell all workers something; does nothing when the run is over."""
        if self._post is not None:
            self._post(message)
        elif not self.is_closed:
            self._waiting.append(message)

    def on(self, kind: type[T], take: Callable[[int, T], None]) -> None:
        """Call `take` with the number of the worker and the message, for each message of a kind."""
        self._takers[kind] = take

    def when_closed(self, call: Callable[[], None]) -> None:
        """Call this once when workers hear no more."""
        self._on_close.append(call)

    def open(self, post: Callable[[object], None], start_at_ns: int, workers: int) -> None:
        """Connect the workers (the fleet's call).

        Args:
            post: Tells all of them something; returns at once.
            start_at_ns: Monotonic instant at which the run begins.
            workers: How many they are.
        """
        self._post, self._start_at_ns, self.workers = post, start_at_ns, workers
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            post(message)

    def close(self) -> None:
        """Disconnect the workers (the fleet's call); idempotent."""
        self._post = None
        self._waiting.clear()
        self.is_closed = True
        calls, self._on_close = self._on_close, []
        for call in calls:
            call()

    def take(self, worker: int, message: object) -> bool:
        """Hand on what a worker said (the fleet's call); answers whether anybody wanted to know."""
        taker = self._takers.get(type(message))
        if taker is None:
            return False
        taker(worker, message)
        return True
