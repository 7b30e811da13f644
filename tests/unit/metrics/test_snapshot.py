"""Merging of measurements."""

from typing import Any

from trafficflou.metrics import SeriesMeasurements
from trafficflou.metrics.counts import add_counts


def test_add_counts_drops_what_does_not_fit_without_an_overflow() -> None:
    """With a limit and no overflow key, further keys are dropped and known ones still count."""
    into = {"a": 1}
    add_counts(into, {"a": 2, "b": 5}, limit=1)
    assert into == {"a": 3}


def test_add_counts_moves_the_overflow() -> None:
    """With an overflow key, nothing is lost."""
    into = {"a": 1}
    add_counts(into, {"b": 5, "c": 6}, limit=1, overflow="rest")
    assert into == {"a": 1, "rest": 11}


def test_merge_adds_every_measurement(make_times: Any) -> None:
    """No field is forgotten: merging two equal series doubles every count."""

    def one() -> SeriesMeasurements:
        return SeriesMeasurements(
            template="/",
            by_status={200: 3, 404: 2},
            missing={404: 1},
            by_failure={"reset": 1},
            spoiled={"decoding": 1},
            cache_hits=4,
            received_bytes=50,
            **{
                phase: make_times(1, 2)
                for phase in (
                    "response",
                    "service",
                    "blocked",
                    "connect",
                    "tls",
                    "first_byte",
                    "download",
                    "page_load",
                )
            },
        )

    merged, other = one(), one()
    merged.merge(other)
    assert merged.by_status == {200: 6, 404: 4}
    assert (merged.missing, merged.by_failure, merged.spoiled) == ({404: 2}, {"reset": 2}, {"decoding": 2})
    assert (merged.cache_hits, merged.received_bytes) == (8, 100)
    for phase in ("response", "service", "blocked", "connect", "tls", "first_byte", "download", "page_load"):
        assert getattr(merged, phase).count == 4
    assert other == one()


def test_errors_are_listed_most_frequent_first(make_series: Any) -> None:
    """The kind that matters most comes first; equal ones by name."""
    series = make_series(by_status={200: 1, 500: 2, 503: 7}, by_failure={"timeout": 2})
    assert list(series.by_error().items()) == [("http_503", 7), ("http_500", 2), ("timeout", 2)]
