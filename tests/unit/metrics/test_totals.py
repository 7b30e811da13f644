"""The coordinator's merge."""

from typing import Any

import pytest

from trafficflou.metrics import LiveFigures, RunTotals
from trafficflou.metrics.series import MAX_DISTINCT_KEYS
from trafficflou.metrics.strategy_recorder import MAX_SERIES, SUBRESOURCE_SERIES
from trafficflou.metrics.totals import GRACE_SECONDS


def test_totals_add_up_over_workers_and_templates(make_snapshot: Any, make_series: Any) -> None:
    """Every request is in the overall figures and in its template's."""
    totals = RunTotals(workers=2)
    totals.add(make_snapshot(0, make_series("/a", by_status={200: 3}, page_views=1), worker=0, started=2))
    totals.add(
        make_snapshot(
            0,
            make_series("/a", by_status={500: 1}),
            make_series("/b", by_failure={"reset": 2}),
            worker=1,
            finished=1,
        )
    )
    assert (totals.overall.requests, totals.overall.errors, totals.overall.page_views) == (7, 3, 1)
    assert totals.templates["/a"].by_status == {200: 3, 500: 1}
    assert totals.templates["/b"].requests == 3
    assert (totals.sessions().started, totals.sessions().finished) == (2, 1)


def test_totals_leave_the_snapshots_as_they_are(make_snapshot: Any, make_series: Any) -> None:
    """Merging the same snapshot into two totals gives the same twice."""
    snapshot = make_snapshot(0, make_series("/a", by_status={200: 3}))
    first, second = RunTotals(workers=1), RunTotals(workers=1)
    for totals in (first, second):
        totals.add(snapshot)
        totals.add(make_snapshot(1, make_series("/a", by_status={200: 4})))
    assert first.overall == second.overall
    assert snapshot.series[0].requests == 3


def test_second_is_finished_when_every_worker_reported(make_snapshot: Any, make_series: Any) -> None:
    """A second's figures are told once, complete and in order."""
    totals = RunTotals(workers=2)
    assert totals.add(make_snapshot(0, make_series(by_status={200: 1}), worker=0)) == ()
    assert totals.add(make_snapshot(1, make_series(by_status={200: 1}), worker=0)) == ()
    (live,) = totals.add(make_snapshot(0, make_series(by_status={200: 5}), worker=1))
    assert (live.latest.second, live.latest.requests, live.elapsed_s) == (0, 6, 2.0)
    (live,) = totals.add(make_snapshot(1, worker=1))
    assert (live.latest.second, live.latest.requests, live.requests) == (1, 1, 7)


def test_second_is_finished_without_a_silent_worker(make_snapshot: Any) -> None:
    """A worker that died holds the series up for some seconds only."""
    totals = RunTotals(workers=2)
    finished = [
        live.latest.second
        for second in range(GRACE_SECONDS + 2)
        for live in totals.add(make_snapshot(second))
    ]
    assert finished == [0, 1]


def test_second_does_not_wait_for_a_worker_that_ended(make_snapshot: Any) -> None:
    """After its final snapshot a worker is not waited for."""
    totals = RunTotals(workers=2)
    totals.add(make_snapshot(0, worker=1, final=True))
    assert [live.latest.second for live in totals.add(make_snapshot(0, worker=0))] == [0]
    assert [live.latest.second for live in totals.add(make_snapshot(1, worker=0))] == [1]


def test_late_snapshot_counts_in_the_totals(make_snapshot: Any, make_series: Any) -> None:
    """What arrives for a second that is closed is not lost, though the series has passed on."""
    totals = RunTotals(workers=2)
    for second in range(GRACE_SECONDS + 1):
        totals.add(make_snapshot(second))
    assert totals.add(make_snapshot(0, make_series(by_status={200: 4}), worker=1)) == ()
    assert totals.overall.requests == 4
    assert totals.series.entries()[0].requests == 0


def test_finish_closes_what_is_open(make_snapshot: Any) -> None:
    """At the end of a run every second is told, also those a dead worker never reported."""
    totals = RunTotals(workers=2)
    for second in range(3):
        totals.add(make_snapshot(second))
    assert [live.latest.second for live in totals.finish()] == [0, 1, 2]
    assert totals.finish() == ()


def test_warmup_counts_in_the_series_only(make_snapshot: Any, make_series: Any) -> None:
    """Seconds before the warm-up's end are drawn, and counted nowhere but in sessions."""
    totals = RunTotals(workers=1, warmup_s=1.5)
    finished: list[LiveFigures] = []
    for second in range(3):
        finished += totals.add(
            make_snapshot(second, make_series(by_status={500: 10}), started=1, lag_ms=5, span_s=1.0)
        )
    assert totals.overall.requests == finished[-1].requests == 10
    assert [figures.warmup for figures in totals.series.entries()] == [True, True, False]
    assert [figures.requests for figures in totals.series.entries()] == [10, 10, 10]
    assert (totals.sessions().started, totals.health.schedule_lag.count) == (3, 1)
    assert (totals.elapsed_s, totals.measured_s) == (3.0, 1.0)


def test_live_figures_tell_how_the_run_stands(make_snapshot: Any, make_series: Any) -> None:
    """Percentiles, errors by kind and counts are those of the run so far."""
    totals = RunTotals(workers=1)
    series = make_series(by_status={200: 8, 404: 1, 503: 1}, missing={404: 1}, response_ms=20, page_views=3)
    (live,) = totals.add(make_snapshot(0, series))
    assert (live.p50_ms, live.p95_ms, live.p99_ms) == pytest.approx((20.0, 20.0, 20.0), rel=0.004)
    assert (live.requests, live.errors, live.missing, live.page_views) == (10, 1, 1, 3)
    assert (live.by_error, live.bytes_received) == ({"http_503": 1}, 1000)


def test_empty_totals_have_no_time_and_no_percentiles(make_snapshot: Any) -> None:
    """Before the first snapshot nothing is known; an idle second has no percentile."""
    totals = RunTotals(workers=1)
    assert (totals.elapsed_s, totals.measured_s, totals.finish()) == (0.0, 0.0, ())
    (live,) = totals.add(make_snapshot(0))
    assert (live.p50_ms, live.latest.p50_ms) == (None, None)


def test_templates_are_capped_over_all_workers(make_snapshot: Any, make_series: Any) -> None:
    """Workers that cap different templates cannot make the totals grow."""
    totals = RunTotals(workers=1)
    count = MAX_SERIES + len(SUBRESOURCE_SERIES) + 40
    totals.add(make_snapshot(0, *(make_series(f"/{number}") for number in range(count))))
    assert len(totals.templates) == MAX_SERIES + len(SUBRESOURCE_SERIES) + 1
    assert totals.templates["(other)"].requests == 40
    assert totals.overall.requests == count


def test_paths_and_origins_are_capped_over_all_seconds(make_snapshot: Any) -> None:
    """New names every second do not fill the coordinator's memory."""
    totals = RunTotals(workers=1)
    for second in range(3):
        numbers = range(second * MAX_DISTINCT_KEYS, (second + 1) * MAX_DISTINCT_KEYS)
        totals.add(
            make_snapshot(
                second,
                missing_paths={(f"/{number}", "/{n}", 404): 1 for number in numbers},
                foreign_origins={(f"http://{number}.example", "link"): 1 for number in numbers},
            )
        )
    assert len(totals.missing_paths) == len(totals.foreign_origins) == MAX_DISTINCT_KEYS + 1
    assert sum(totals.missing_paths.values()) == sum(totals.foreign_origins.values()) == 3 * MAX_DISTINCT_KEYS
