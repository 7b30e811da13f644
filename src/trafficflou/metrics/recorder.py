"""Where the engine writes its measurements: one recorder a worker, in plain Python without locks or queues."""

from collections.abc import Mapping

from trafficflou.core import Clock
from trafficflou.metrics.counts import add_counts
from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.journal import Journal
from trafficflou.metrics.series import MAX_DISTINCT_KEYS
from trafficflou.metrics.snapshot import OTHER_TEMPLATE, Snapshot
from trafficflou.metrics.strategy_recorder import StrategyRecorder

__all__ = ["Recorder"]


class Recorder:
    """All measurements of one worker; construct it before its first second, then take a snapshot every second."""

    __slots__ = (
        "_active_visitors",
        "_clock",
        "_foreign_origins",
        "_is_first",
        "_loop_delay",
        "_missing_paths",
        "_not_started",
        "_schedule_lag",
        "_span_began_at_ns",
        "_strategies",
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
        self._strategies: dict[str, StrategyRecorder] = {}
        self._active_visitors = 0
        self._is_first = True
        self._span_began_at_ns = clock.now_ns()
        self._reset()

    def _reset(self) -> None:
        self._not_started = 0
        self._schedule_lag = Histogram()
        self._loop_delay = Histogram()
        self._missing_paths: dict[tuple[str, str, int], int] = {}
        self._foreign_origins: dict[tuple[str, str], int] = {}

    def strategy(self, name: str) -> StrategyRecorder:
        """Return where the visitors of a strategy are measured, made where it is new."""
        found = self._strategies.get(name)
        if found is None:
            found = self._strategies[name] = StrategyRecorder(name)
        return found

    def session_not_started(self) -> None:
        """Count an arrival that the worker could not take in."""
        self._not_started += 1

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

    def take_snapshot(
        self,
        second: int,
        cpu_share: float,
        rss_bytes: int,
        final: bool = False,
        journals: Mapping[str, Journal] | None = None,
    ) -> Snapshot:
        """Return this second's measurements and start the next.

        Args:
            second: Which second of the run ends, 0 first.
            cpu_share: CPU time of this process by wall time since the last snapshot.
            rss_bytes: Resident memory of this process.
            final: Whether it is the worker's last.
            journals: What the strategies themselves have to tell, by name.
        """
        now_ns = self._clock.now_ns()
        span_s = max(0, now_ns - self._span_began_at_ns) / 1e9
        if self._is_first:
            # The recorder is older than the run: second 0 began when the run did.
            span_s = min(span_s, second + 1.0)
            self._is_first = False
        self._span_began_at_ns = now_ns
        told = journals or {}
        recorders = self._strategies.values()
        strategies = tuple([recorder.take(told.get(recorder.name)) for recorder in recorders])
        snapshot = Snapshot(
            worker=self._worker,
            second=second,
            span_s=span_s,
            final=final,
            series=tuple([taken for recorder in recorders for taken in recorder.take_series()]),
            sessions_started=sum(each.sessions_started for each in strategies),
            sessions_finished=sum(each.sessions_finished for each in strategies),
            sessions_abandoned=sum(each.sessions_abandoned for each in strategies),
            sessions_not_started=self._not_started,
            active_visitors=self._active_visitors,
            schedule_lag=self._schedule_lag,
            loop_delay=self._loop_delay,
            cpu_share=cpu_share,
            rss_bytes=rss_bytes,
            missing_paths=self._missing_paths,
            foreign_origins=self._foreign_origins,
            strategies=strategies,
        )
        self._reset()
        return snapshot
