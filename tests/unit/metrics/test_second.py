"""The series of seconds."""

from typing import Any

import pytest

from trafficflou.metrics import SecondFigures
from trafficflou.metrics.second import OpenSecond, SecondSeries


def test_second_merges_all_workers(make_snapshot: Any, make_series: Any) -> None:
    """Counts and visitors add up over workers; percentiles are those of all requests together."""
    second = OpenSecond(4)
    slow = make_series(by_status={200: 50}, response_ms=100, page_views=2)
    fast = make_series(by_status={200: 49, 500: 1}, response_ms=10)
    second.add(make_snapshot(4, slow, worker=0, active_visitors=7, cpu_share=0.3, started=2, finished=1))
    second.add(make_snapshot(4, fast, worker=1, active_visitors=5, cpu_share=0.6, lag_ms=8, abandoned=1))
    figures = second.figures(warmup=True)
    assert (figures.second, figures.span_s, figures.warmup) == (4, 1.0, True)
    assert (figures.requests, figures.errors, figures.rate_rps) == (100, 1, 100.0)
    assert (figures.active_visitors, figures.cpu_share, figures.page_views) == (12, 0.6, 2)
    assert (figures.sessions_started, figures.sessions_ended, figures.bytes_received) == (2, 2, 10_000)
    assert figures.p50_ms == pytest.approx(10, rel=0.004)
    assert (figures.p95_ms, figures.service_p95_ms) == pytest.approx((100, 50), rel=0.004)
    assert (figures.schedule_lag_p95_ms, figures.loop_delay_p99_ms) == (8.0, None)


def test_rate_of_a_short_last_second_counts_its_real_length(make_snapshot: Any, make_series: Any) -> None:
    """Ten requests in a fifth of a second are fifty a second; an instant has no rate."""
    second = OpenSecond(9)
    second.add(make_snapshot(9, make_series(by_status={200: 10}), span_s=0.2))
    assert second.figures(warmup=False).rate_rps == 50.0
    instant = OpenSecond(9)
    instant.add(make_snapshot(9, make_series(by_status={200: 10}), span_s=0.0))
    assert instant.figures(warmup=False).rate_rps == 0.0


def entry(second: int, requests: int = 10, p95_ms: float | None = 1.0) -> SecondFigures:
    """Make one second's entry."""
    return SecondFigures(
        second=second, requests=requests, rate_rps=requests, p95_ms=p95_ms, active_visitors=second
    )


def test_series_keeps_single_seconds_while_there_is_room() -> None:
    """A short run has one entry a second."""
    series = SecondSeries(max_entries=4)
    for second in range(4):
        series.append(entry(second))
    assert [figures.second for figures in series.entries()] == [0, 1, 2, 3]
    assert series.step_s == 1


def test_series_halves_when_it_is_full_and_loses_no_request() -> None:
    """A long run has an entry for 2, 4... seconds: sums stay exact, a peak stays a peak."""
    series = SecondSeries(max_entries=4)
    for second in range(1000):
        series.append(entry(second, p95_ms=900.0 if second == 13 else 1.0))
        assert len(series.entries()) <= 4
    entries = series.entries()
    assert sum(figures.requests for figures in entries) == 10_000
    assert sum(figures.span_s for figures in entries) == 1000
    assert series.step_s == 256
    assert [figures.second for figures in entries] == [0, 256, 512, 768]
    assert [figures.rate_rps for figures in entries] == [10.0] * 4
    assert [figures.p95_ms for figures in entries] == [900.0, 1.0, 1.0, 1.0]
    assert entries[0].active_visitors == 255


def test_merged_entry_without_measurements_has_no_percentile() -> None:
    """Two empty seconds stay empty; one of two is enough for a figure."""
    series = SecondSeries(max_entries=1)
    for second, p95_ms in enumerate((None, None)):
        series.append(entry(second, 0, p95_ms))
    assert series.entries()[0].p95_ms is None
    series.append(entry(2, 0, 5.0))
    assert [figures.p95_ms for figures in series.entries()] == [5.0]
