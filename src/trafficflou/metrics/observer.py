"""The Observer pattern: who wants to know of a run is told as it goes, and cannot hurt it.

Observers are free when there are none and harmless when one breaks: an observer that raises is reported and switched off, and
the run goes on (after trio, `_core/_instrumentation.py`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from trafficflou.metrics.load_figures import SecondFigures, SessionFigures
from trafficflou.metrics.run_info import RunInfo
from trafficflou.metrics.summary import Summary

__all__ = ["LiveFigures", "Observers", "RunObserver"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFigures:
    """How a run stands at the end of one of its seconds.

    Attributes:
        latest: The second that ended.
        elapsed_s: How long the run has been on, seconds.
        sessions: Sessions so far, warm-up included.
        requests: Requests so far; this and what follows leaves the warm-up out.
        errors: Errors so far.
        missing: Requests so far for learned paths that the target does not have.
        page_views: Page views so far.
        bytes_received: Bytes received so far.
        p50_ms: Median response time so far; `None` before the first response. Likewise `p95_ms` and `p99_ms`.
        by_error: Errors so far by kind, most frequent first.
    """

    latest: SecondFigures
    elapsed_s: float
    sessions: SessionFigures
    requests: int
    errors: int
    missing: int
    page_views: int
    bytes_received: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    by_error: dict[str, int]


class RunObserver(Protocol):
    """Told of a run as it goes; every call should return within milliseconds."""

    def run_started(self, info: RunInfo) -> None:
        """Take what is known before the first request."""
        ...

    def second_finished(self, live: LiveFigures) -> None:
        """Take the figures of a second for which all workers have reported, in the order of seconds."""
        ...

    def run_finished(self, summary: Summary) -> None:
        """Take the final figures; also after a run that was stopped."""
        ...


class Observers:
    """Tells every observer; is one itself, so that they nest."""

    __slots__ = ("_observers", "_on_failure")

    def __init__(
        self, observers: Iterable[RunObserver] = (), *, on_failure: Callable[[RunObserver, Exception], None]
    ) -> None:
        """Gather observers.

        Args:
            observers: Who is told, in this order.
            on_failure: Told once of each observer that raised; it is where the failure is logged.
        """
        self._observers = list(observers)
        self._on_failure = on_failure

    def add(self, observer: RunObserver) -> None:
        """Tell one more, from now on."""
        self._observers.append(observer)

    def __len__(self) -> int:
        return len(self._observers)

    def run_started(self, info: RunInfo) -> None:
        """Tell all that the run starts."""
        self._tell(lambda observer: observer.run_started(info))

    def second_finished(self, live: LiveFigures) -> None:
        """Tell all that a second ended."""
        self._tell(lambda observer: observer.second_finished(live))

    def run_finished(self, summary: Summary) -> None:
        """Tell all that the run is over."""
        self._tell(lambda observer: observer.run_finished(summary))

    def _tell(self, call: Callable[[RunObserver], None]) -> None:
        for observer in tuple(self._observers):
            try:
                call(observer)
            except Exception as error:  # noqa: BLE001 - whatever an observer raises must not end the run
                self._observers.remove(observer)
                self._on_failure(observer, error)
