"""Where the engine writes its measurements: one recorder a worker, in plain Python without locks or queues."""

from typing import Final

from trafficflou.core import Clock
from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.series import MAX_DISTINCT_KEYS, Series
from trafficflou.metrics.snapshot import OTHER_TEMPLATE, Snapshot, add_counts

__all__ = ["MAX_SERIES", "SUBRESOURCE_SERIES", "Recorder"]

MAX_SERIES: Final = 300
"""Templates that are measured apart; a model with more has its tail in `(other)`."""

OTHER_FILES: Final = "(other files)"
SUBRESOURCE_SERIES: Final = {kind: f"({kind})" for kind in ("style", "script", "image", "font", "data")} | {
    "other": OTHER_FILES
}
"""The series of each kind of subresource."""


class Recorder:
    """All measurements of one worker; construct it before its first second, then take a snapshot every second."""

    __slots__ = (
        "_active_visitors",
        "_clock",
        "_foreign_origins",
        "_is_first",
        "_loop_delay",
        "_missing_paths",
        "_schedule_lag",
        "_sessions",
        "_span_began_at_ns",
        "_subresources",
        "_templates",
        "_worker",
    )

    def __init__(self, clock: Clock, worker: int = 0) -> None:
        """Start with nothing measured.

        Args:
            clock: Measures how long each second was.
            worker: The worker's index, 0 first; it names the snapshots.
        """
        self._clock = clock
        self._worker = worker
        self._templates: dict[str, Series] = {}
        self._subresources: dict[str, Series] = {}
        self._active_visitors = 0
        self._is_first = True
        self._span_began_at_ns = clock.now_ns()
        self._reset()

    def _reset(self) -> None:
        self._sessions = [0, 0, 0, 0]
        self._schedule_lag = Histogram()
        self._loop_delay = Histogram()
        self._missing_paths: dict[tuple[str, str, int], int] = {}
        self._foreign_origins: dict[tuple[str, str], int] = {}

    def series(self, template: str) -> Series:
        """Return the series of a template; `(other)` for those beyond the first `MAX_SERIES`."""
        found = self._templates.get(template)
        if found is not None:
            return found
        if len(self._templates) >= MAX_SERIES and template != OTHER_TEMPLATE:
            return self.series(OTHER_TEMPLATE)
        made = self._templates[template] = Series(template)
        return made

    def subresource_series(self, kind: str) -> Series:
        """Return the series of a kind of subresource: `style`, `script`, `image`, `font`, `data`, or any other."""
        found = self._subresources.get(kind)
        if found is not None:
            return found
        if kind not in SUBRESOURCE_SERIES:
            return self.subresource_series("other")
        made = self._subresources[kind] = Series(SUBRESOURCE_SERIES[kind], is_subresource=True)
        return made

    def session_started(self) -> None:
        """Count a session that began."""
        self._sessions[0] += 1

    def session_finished(self) -> None:
        """Count a session that ended as the strategy wanted."""
        self._sessions[1] += 1

    def session_abandoned(self) -> None:
        """Count a session that ended early."""
        self._sessions[2] += 1

    def session_not_started(self) -> None:
        """Count an arrival that the worker could not take in."""
        self._sessions[3] += 1

    def set_active_visitors(self, n: int) -> None:
        """Say how many visitors are in a session now."""
        self._active_visitors = n

    def foreign_origin(self, origin: str, how: str) -> None:
        """Count another origin that was named and not followed.

        Args:
            origin: Scheme, host and port.
            how: `redirect`, `link` or `subresource`.
        """
        add_counts(
            self._foreign_origins, {(origin, how): 1}, limit=MAX_DISTINCT_KEYS, overflow=(OTHER_TEMPLATE, how)
        )

    def missing_path(self, path: str, template: str, status: int) -> None:
        """Count a learned path that the target does not have."""
        add_counts(
            self._missing_paths,
            {(path, template, status): 1},
            limit=MAX_DISTINCT_KEYS,
            overflow=(OTHER_TEMPLATE, OTHER_TEMPLATE, status),
        )

    def record_schedule_lag(self, lag_ns: int) -> None:
        """Record how late due work began, nanoseconds."""
        self._schedule_lag.record(lag_ns)

    def record_loop_delay(self, delay_ns: int) -> None:
        """Record how late the event loop woke a probe, nanoseconds."""
        self._loop_delay.record(delay_ns)

    def take_snapshot(self, second: int, cpu_share: float, rss_bytes: int, final: bool = False) -> Snapshot:
        """Return this second's measurements and start the next.

        Args:
            second: Which second of the run ends, 0 first.
            cpu_share: CPU time of this process by wall time since the last snapshot.
            rss_bytes: Resident memory of this process.
            final: Whether it is the worker's last.
        """
        now_ns = self._clock.now_ns()
        span_s = max(0, now_ns - self._span_began_at_ns) / 1e9
        if self._is_first:
            # The recorder is older than the run: second 0 began when the run did.
            span_s = min(span_s, second + 1.0)
            self._is_first = False
        self._span_began_at_ns = now_ns
        every = (*self._templates.values(), *self._subresources.values())
        started, finished, abandoned, not_started = self._sessions
        snapshot = Snapshot(
            worker=self._worker,
            second=second,
            span_s=span_s,
            final=final,
            series=tuple(taken for series in every if (taken := series.take()) is not None),
            sessions_started=started,
            sessions_finished=finished,
            sessions_abandoned=abandoned,
            sessions_not_started=not_started,
            active_visitors=self._active_visitors,
            schedule_lag=self._schedule_lag,
            loop_delay=self._loop_delay,
            cpu_share=cpu_share,
            rss_bytes=rss_bytes,
            missing_paths=self._missing_paths,
            foreign_origins=self._foreign_origins,
        )
        self._reset()
        return snapshot
