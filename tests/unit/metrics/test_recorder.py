"""What a worker records besides its series."""

import pickle
from typing import Any

from trafficflou.metrics import Recorder
from trafficflou.metrics.series import MAX_DISTINCT_KEYS
from trafficflou.metrics.strategy_recorder import MAX_SERIES

MS = 1_000_000


def test_series_is_the_same_for_the_same_template(clock: Any) -> None:
    """Measurements of a template come together."""
    recorder = Recorder(clock)
    assert recorder.strategy("organic-mimicry").series("/a") is recorder.strategy("organic-mimicry").series(
        "/a"
    )
    assert recorder.strategy("organic-mimicry").series("/a") is not recorder.strategy(
        "organic-mimicry"
    ).series("/b")


def test_series_beyond_the_cap_share_one(clock: Any) -> None:
    """A model with too many templates has its tail in (other), and known templates stay apart."""
    recorder = Recorder(clock)
    known = [recorder.strategy("organic-mimicry").series(f"/{number}") for number in range(MAX_SERIES)]
    other = recorder.strategy("organic-mimicry").series("/one-more")
    assert other.template == "(other)"
    assert recorder.strategy("organic-mimicry").series("/and-another") is other
    assert recorder.strategy("organic-mimicry").series("/7") is known[7]


def test_subresource_series_are_named_by_kind(clock: Any) -> None:
    """Files of pages are measured by kind; what is not known is among the other files."""
    recorder = Recorder(clock)
    names = [
        recorder.strategy("organic-mimicry").subresource_series(kind).template
        for kind in ("style", "font", "other", "video")
    ]
    assert names == ["(style)", "(font)", "(other files)", "(other files)"]
    assert recorder.strategy("organic-mimicry").subresource_series("video") is recorder.strategy(
        "organic-mimicry"
    ).subresource_series("other")
    assert recorder.strategy("organic-mimicry").subresource_series("image").is_subresource
    assert not recorder.strategy("organic-mimicry").series("/image").is_subresource


def test_snapshot_holds_the_second(clock: Any) -> None:
    """A snapshot has all counts of its second, and the next starts from zero."""
    recorder = Recorder(clock, worker=3)
    recorder.strategy("organic-mimicry").series("/a").record_response(200, MS, MS, MS, 0, 1)
    recorder.strategy("organic-mimicry").series("/idle")
    recorder.strategy("organic-mimicry").subresource_series("style").record_cache_hit()
    for _ in range(4):
        recorder.strategy("organic-mimicry").session_started()
    recorder.strategy("organic-mimicry").session_finished()
    recorder.strategy("organic-mimicry").session_finished()
    recorder.strategy("organic-mimicry").session_abandoned()
    recorder.session_not_started()
    recorder.set_active_visitors(9)
    recorder.set_active_visitors(5)
    recorder.record_schedule_lag(2 * MS)
    recorder.record_loop_delay(MS)
    recorder.missing_path("/gone", "/a", 404)
    recorder.missing_path("/gone", "/a", 404)
    recorder.foreign_origin("https://cdn.example", "subresource")
    clock.advance(1.0)
    first = recorder.take_snapshot(0, 0.25, 4096)
    assert [series.template for series in first.series] == ["/a", "(style)"]
    assert (first.worker, first.second, first.span_s, first.final) == (3, 0, 1.0, False)
    assert (first.sessions_started, first.sessions_finished) == (4, 2)
    assert (first.sessions_abandoned, first.sessions_not_started) == (1, 1)
    assert (first.active_visitors, first.cpu_share, first.rss_bytes) == (5, 0.25, 4096)
    assert (first.schedule_lag.max_ms, first.loop_delay.max_ms) == (2.0, 1.0)
    assert first.missing_paths == {("/gone", "/a", 404): 2}
    assert first.foreign_origins == {("https://cdn.example", "subresource"): 1}
    clock.advance(0.4)
    second = recorder.take_snapshot(1, 0.0, 4096, final=True)
    assert second.series == ()
    assert (second.sessions_started, second.schedule_lag.count, second.missing_paths) == (0, 0, {})
    assert (second.active_visitors, second.final, round(second.span_s, 6)) == (5, True, 0.4)


def test_first_second_begins_with_the_run(clock: Any) -> None:
    """The time between the making of the recorder and the start of the run is not measured time."""
    recorder = Recorder(clock)
    clock.advance(7.0)
    assert recorder.take_snapshot(0, 0.0, 0).span_s == 1.0


def test_distinct_paths_and_origins_are_bounded(clock: Any) -> None:
    """A hostile site cannot fill the memory with names."""
    recorder = Recorder(clock)
    for number in range(MAX_DISTINCT_KEYS + 10):
        recorder.missing_path(f"/{number}", "/{n}", 404)
        recorder.foreign_origin(f"https://{number}.example", "link")
    snapshot = recorder.take_snapshot(0, 0.0, 0)
    assert len(snapshot.missing_paths) == len(snapshot.foreign_origins) == MAX_DISTINCT_KEYS + 1
    assert snapshot.missing_paths["(other)", "(other)", 404] == 10
    assert snapshot.foreign_origins["(other)", "link"] == 10


def test_snapshot_survives_pickling(clock: Any) -> None:
    """It travels from the worker to the coordinator unchanged, and small."""
    recorder = Recorder(clock)
    for number in range(1000):
        recorder.strategy("organic-mimicry").series("/a").record_response(200, MS + number, MS, MS, 0, 1)
    snapshot = recorder.take_snapshot(0, 0.5, 1)
    frame = pickle.dumps(snapshot)
    assert pickle.loads(frame) == snapshot  # noqa: S301 - our own bytes
    assert len(frame) < 2000
