"""A clock that tests move, and snapshots made to order."""

from collections.abc import Callable

import pytest

from trafficflou.metrics import Histogram, RunInfo, SeriesMeasurements, Snapshot, StrategyMeasurements

MS = 1_000_000
SECOND = 1_000_000_000
STRATEGY = "organic-mimicry"


class SteppedClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.at_ns = 1_000 * SECOND

    def now_ns(self) -> int:
        """Return the instant that the test set."""
        return self.at_ns

    def wall_s(self) -> float:
        """Return a fixed day."""
        return 1_700_000_000.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.at_ns += round(seconds * SECOND)


@pytest.fixture
def clock() -> SteppedClock:
    """A clock that the test moves."""
    return SteppedClock()


def times(*values_ms: float) -> Histogram:
    """Make a histogram of some durations."""
    histogram = Histogram()
    for value_ms in values_ms:
        histogram.record(round(value_ms * MS))
    return histogram


def measurements(
    template: str = "/",
    *,
    by_status: dict[int, int] | None = None,
    missing: dict[int, int] | None = None,
    by_failure: dict[str, int] | None = None,
    response_ms: float = 10.0,
    page_views: int = 0,
    is_subresource: bool = False,
) -> SeriesMeasurements:
    """Make a series whose requests all took the same time."""
    by_status = {200: 1} if by_status is None else by_status
    by_failure = by_failure or {}
    count = sum(by_status.values()) + sum(by_failure.values())
    return SeriesMeasurements(
        template=template,
        is_subresource=is_subresource,
        strategy=STRATEGY,
        by_status=by_status,
        missing=missing or {},
        by_failure=by_failure,
        received_bytes=100 * count,
        response=times(*[response_ms] * count),
        service=times(*[response_ms / 2] * count),
        page_load=times(*[response_ms * 2] * page_views),
    )


def snapshot(
    second: int = 0,
    *series: SeriesMeasurements,
    worker: int = 0,
    final: bool = False,
    span_s: float = 1.0,
    cpu_share: float = 0.1,
    rss_bytes: int = 1000,
    active_visitors: int = 1,
    lag_ms: float | None = None,
    loop_delay_ms: float | None = None,
    started: int = 0,
    finished: int = 0,
    abandoned: int = 0,
    not_started: int = 0,
    missing_paths: dict[tuple[str, str, int], int] | None = None,
    foreign_origins: dict[tuple[str, str], int] | None = None,
) -> Snapshot:
    """Make one second of one worker."""
    return Snapshot(
        worker=worker,
        second=second,
        span_s=span_s,
        final=final,
        series=series,
        sessions_started=started,
        sessions_finished=finished,
        sessions_abandoned=abandoned,
        sessions_not_started=not_started,
        active_visitors=active_visitors,
        schedule_lag=times() if lag_ms is None else times(lag_ms),
        loop_delay=times() if loop_delay_ms is None else times(loop_delay_ms),
        cpu_share=cpu_share,
        rss_bytes=rss_bytes,
        missing_paths=missing_paths or {},
        foreign_origins=foreign_origins or {},
        strategies=(
            StrategyMeasurements(
                name=STRATEGY,
                sessions_started=started,
                sessions_finished=finished,
                sessions_abandoned=abandoned,
            ),
        ),
    )


@pytest.fixture
def make_snapshot() -> Callable[..., Snapshot]:
    """Snapshots made to order."""
    return snapshot


@pytest.fixture
def make_series() -> Callable[..., SeriesMeasurements]:
    """Series made to order."""
    return measurements


@pytest.fixture
def make_times() -> Callable[..., Histogram]:
    """Histograms made to order."""
    return times


@pytest.fixture
def run_info() -> RunInfo:
    """A run as planned."""
    return RunInfo(
        id="r1",
        target="http://127.0.0.1:8080",
        seed=7,
        strategy="organic-mimicry",
        started_at="2026-01-02T03:04:05Z",
        planned_duration_s=10,
        workers=1,
        model="model.json",
    )
