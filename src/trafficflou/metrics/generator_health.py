"""How the generator itself held up: the workers' processor time, memory, and how late they did their work."""

from dataclasses import dataclass, field
from typing import Final

from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.snapshot import Snapshot

__all__ = ["BUSY_CPU_SHARE", "BUSY_LAG_MS", "FLAT_OUT_CPU_SHARE", "GeneratorHealth", "WorkerHealth"]

BUSY_CPU_SHARE: Final = 0.9
"""From here on a worker has no reserve for a burst."""

FLAT_OUT_CPU_SHARE: Final = 0.97
"""From here on a worker does nothing but work: the kernel's accounting leaves a few percent of a full core out."""

BUSY_LAG_MS: Final = 10.0
"""Lag (p95) in a busy second that shows up in the measured times of a fast site."""


@dataclass(slots=True)
class WorkerHealth:
    """One worker's figures over the measured seconds.

    Attributes:
        measured_s: Wall time.
        cpu_s: CPU time.
        busy_late_s: Time in seconds with CPU of at least `BUSY_CPU_SHARE` and lag or loop delay (p95) above `BUSY_LAG_MS`.
        flat_out_s: Time in seconds with CPU of at least `FLAT_OUT_CPU_SHARE`.
        peak_rss_bytes: Most resident memory, warm-up included.
    """

    measured_s: float = 0.0
    cpu_s: float = 0.0
    busy_late_s: float = 0.0
    flat_out_s: float = 0.0
    peak_rss_bytes: int = 0

    @property
    def cpu_share(self) -> float:
        """Mean share of one core."""
        return self.cpu_s / self.measured_s if self.measured_s else 0.0


@dataclass(slots=True)
class GeneratorHealth:
    """All workers' figures; merge snapshots with `add`."""

    workers: dict[int, WorkerHealth] = field(default_factory=dict)
    schedule_lag: Histogram = field(default_factory=Histogram)
    loop_delay: Histogram = field(default_factory=Histogram)

    def add(self, snapshot: Snapshot, *, measured: bool) -> None:
        """Add one worker's second.

        Args:
            snapshot: The second.
            measured: Whether it counts; of warm-up only the memory does.
        """
        worker = self.workers.setdefault(snapshot.worker, WorkerHealth())
        worker.peak_rss_bytes = max(worker.peak_rss_bytes, snapshot.rss_bytes)
        if not measured:
            return
        self.schedule_lag.merge(snapshot.schedule_lag)
        self.loop_delay.merge(snapshot.loop_delay)
        span_s = snapshot.span_s
        worker.measured_s += span_s
        worker.cpu_s += snapshot.cpu_share * span_s
        if snapshot.cpu_share >= FLAT_OUT_CPU_SHARE:
            worker.flat_out_s += span_s
        lag_ms = max(
            snapshot.schedule_lag.percentile_ms(95) or 0.0, snapshot.loop_delay.percentile_ms(95) or 0.0
        )
        if snapshot.cpu_share >= BUSY_CPU_SHARE and lag_ms > BUSY_LAG_MS:
            worker.busy_late_s += span_s

    @property
    def cpu_share(self) -> float:
        """Mean CPU share of the busiest worker, of one core."""
        return max((worker.cpu_share for worker in self.workers.values()), default=0.0)

    @property
    def cpu_share_mean(self) -> float:
        """Mean CPU share over all workers, of one core each."""
        shares = [worker.cpu_share for worker in self.workers.values()]
        return sum(shares) / len(shares) if shares else 0.0

    @property
    def peak_rss_bytes(self) -> int:
        """Sum of the workers' peaks of resident memory."""
        return sum(worker.peak_rss_bytes for worker in self.workers.values())
