"""The series: one small entry a second, merged from all workers, bounded for runs of any length."""

from typing import Final

from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.load_figures import SecondFigures
from trafficflou.metrics.snapshot import Snapshot

__all__ = ["MAX_ENTRIES", "OpenSecond", "SecondSeries"]

MAX_ENTRIES: Final = 7200
"""Two hours of single seconds; after that neighbours are merged, so a day is kept in steps of 16 s."""

_SHORTEST_SPAN_S: Final = 0.01
"""After a stalled event loop a worker hands over several seconds at once; the later ones cover no time and have no rate."""


class OpenSecond:
    """A second for which not every worker has reported yet."""

    __slots__ = (
        "_active_visitors",
        "_bytes_received",
        "_cpu_share",
        "_errors",
        "_loop_delay",
        "_missing",
        "_page_load",
        "_requests",
        "_response",
        "_schedule_lag",
        "_service",
        "_sessions_ended",
        "_sessions_started",
        "_span_s",
        "second",
        "workers",
    )

    def __init__(self, second: int) -> None:
        self.second = second
        self.workers: set[int] = set()
        self._active_visitors: dict[int, int] = {}
        self._span_s = self._cpu_share = 0.0
        self._requests = self._errors = self._missing = self._bytes_received = 0
        self._sessions_started = self._sessions_ended = 0
        self._response, self._service, self._page_load = Histogram(), Histogram(), Histogram()
        self._schedule_lag, self._loop_delay = Histogram(), Histogram()

    def add(self, snapshot: Snapshot) -> None:
        """Add one worker's part."""
        self.workers.add(snapshot.worker)
        self._active_visitors[snapshot.worker] = snapshot.active_visitors
        self._span_s = max(self._span_s, snapshot.span_s)
        if snapshot.span_s >= _SHORTEST_SPAN_S:
            self._cpu_share = max(self._cpu_share, snapshot.cpu_share)
        self._sessions_started += snapshot.sessions_started
        self._sessions_ended += snapshot.sessions_finished + snapshot.sessions_abandoned
        self._schedule_lag.merge(snapshot.schedule_lag)
        self._loop_delay.merge(snapshot.loop_delay)
        for series in snapshot.series:
            self._requests += series.requests
            self._errors += series.errors
            self._missing += series.missing_count
            self._bytes_received += series.received_bytes
            self._response.merge(series.response)
            self._service.merge(series.service)
            self._page_load.merge(series.page_load)

    def figures(self, *, warmup: bool) -> SecondFigures:
        """Return the entry of the series."""
        return SecondFigures(
            second=self.second,
            span_s=round(self._span_s, 3),
            warmup=warmup,
            requests=self._requests,
            rate_rps=_rate_rps(self._requests, self._span_s),
            errors=self._errors,
            missing=self._missing,
            bytes_received=self._bytes_received,
            page_views=self._page_load.count,
            active_visitors=sum(self._active_visitors.values()),
            sessions_started=self._sessions_started,
            sessions_ended=self._sessions_ended,
            p50_ms=_rounded(self._response.percentile_ms(50)),
            p95_ms=_rounded(self._response.percentile_ms(95)),
            p99_ms=_rounded(self._response.percentile_ms(99)),
            service_p95_ms=_rounded(self._service.percentile_ms(95)),
            page_load_p95_ms=_rounded(self._page_load.percentile_ms(95)),
            cpu_share=round(self._cpu_share, 4),
            loop_delay_p99_ms=_rounded(self._loop_delay.percentile_ms(99)),
            schedule_lag_p95_ms=_rounded(self._schedule_lag.percentile_ms(95)),
        )


class SecondSeries:
    """Entries in time order, never more than `MAX_ENTRIES`.

    An entry that covers several seconds has their sums, and of percentiles and gauges the worst second's: a peak that was once
    drawn is not averaged away later.
    """

    __slots__ = ("_entries", "_max_entries", "step_s")

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self._entries: list[SecondFigures] = []
        self._max_entries = max_entries
        self.step_s = 1

    def append(self, figures: SecondFigures) -> None:
        """Add the next second."""
        entries = self._entries
        if entries and entries[-1].second // self.step_s == figures.second // self.step_s:
            entries[-1] = _merged(entries[-1], figures)
            return
        entries.append(figures)
        if len(entries) > self._max_entries:
            self._halve()

    def entries(self) -> tuple[SecondFigures, ...]:
        """Return all entries, in time order."""
        return tuple(self._entries)

    def _halve(self) -> None:
        entries, self._entries = self._entries, []
        self.step_s *= 2
        for figures in entries:
            self.append(figures)


_SUMS = (
    "span_s",
    "requests",
    "errors",
    "missing",
    "bytes_received",
    "page_views",
    "sessions_started",
    "sessions_ended",
)
_WORST = (
    "active_visitors",
    "p50_ms",
    "p95_ms",
    "p99_ms",
    "service_p95_ms",
    "page_load_p95_ms",
    "cpu_share",
    "loop_delay_p99_ms",
    "schedule_lag_p95_ms",
)


def _merged(first: SecondFigures, then: SecondFigures) -> SecondFigures:
    changes: dict[str, float | None] = {name: getattr(first, name) + getattr(then, name) for name in _SUMS}
    for name in _WORST:
        values = [value for value in (getattr(first, name), getattr(then, name)) if value is not None]
        changes[name] = max(values, default=None)
    span_s = first.span_s + then.span_s
    changes["span_s"] = round(span_s, 3)
    changes["rate_rps"] = _rate_rps(first.requests + then.requests, span_s)
    return first.model_copy(update=changes)


def _rate_rps(requests: int, span_s: float) -> float:
    return round(requests / span_s, 2) if span_s >= _SHORTEST_SPAN_S else 0.0


def _rounded(value_ms: float | None) -> float | None:
    return None if value_ms is None else round(value_ms, 3)
