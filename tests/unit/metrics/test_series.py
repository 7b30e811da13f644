"""What the engine records of one template."""

import pytest

from trafficflou.core import SystemClock
from trafficflou.metrics import Recorder, Series, SeriesMeasurements
from trafficflou.metrics.series import MAX_DISTINCT_KEYS

MS = 1_000_000


def taken(series: Series) -> SeriesMeasurements:
    """Return what was measured, which must be something."""
    measured = series.take()
    assert measured is not None
    return measured


@pytest.fixture
def series() -> Series:
    """A series of a recorder."""
    return Recorder(SystemClock()).strategy("organic-mimicry").series("/cart")


def test_responses_count_by_status_and_bytes(series: Series) -> None:
    """Every complete response is a request; 400 and above are errors by status."""
    for status in (200, 200, 304, 404, 503):
        series.record_response(status, 2 * MS, MS, MS, 0, 1000)
    measured = taken(series)
    assert measured.by_status == {200: 2, 304: 1, 404: 1, 503: 1}
    assert (measured.requests, measured.answered, measured.errors) == (5, 5, 2)
    assert measured.by_error() == {"http_404": 1, "http_503": 1}
    assert measured.received_bytes == 5000


def test_response_and_service_time_are_kept_apart(series: Series) -> None:
    """Response time counts from the intended start, service time from the send."""
    series.record_response(200, 30 * MS, 10 * MS, 8 * MS, 2 * MS, 1)
    measured = taken(series)
    assert (measured.response.max_ms, measured.service.max_ms) == (30.0, 10.0)
    assert (measured.first_byte.max_ms, measured.download.max_ms) == (8.0, 2.0)
    assert (measured.response.mean_ms, measured.service.mean_ms) == (30.0, 10.0)


def test_response_in_one_piece_has_a_download_of_zero(series: Series) -> None:
    """Responses in one and in two pieces end up in the same histograms."""
    series.record_response(200, 5 * MS, 4 * MS, 4 * MS, 0, 1)
    series.record_response(200, 9 * MS, 8 * MS, 6 * MS, 2 * MS, 1)
    measured = taken(series)
    assert measured.download.count == measured.first_byte.count == measured.service.count == 2
    assert (measured.download.mean_ms, measured.first_byte.mean_ms, measured.service.mean_ms) == (
        1.0,
        5.0,
        6.0,
    )
    assert (measured.download.max_ms, measured.first_byte.max_ms, measured.service.max_ms) == (2.0, 6.0, 8.0)


def test_missing_path_is_a_request_but_no_error(series: Series) -> None:
    """A learned path that the target lacks is told apart from an error of the site."""
    series.record_missing(404, MS, MS, MS, 0, 10)
    series.record_response(404, MS, MS, MS, 0, 10)
    measured = taken(series)
    assert (measured.requests, measured.missing_count, measured.errors) == (2, 1, 1)
    assert measured.by_error() == {"http_404": 1}
    assert measured.by_status == {404: 2}


def test_failure_counts_with_the_time_it_was_waited_for(series: Series) -> None:
    """A timeout belongs into the response times: leaving it out would flatter the site."""
    series.record_response(200, MS, MS, MS, 0, 1)
    series.record_error("timeout", 10_000 * MS, 9_000 * MS)
    measured = taken(series)
    assert measured.by_failure == {"timeout": 1}
    assert (measured.requests, measured.answered, measured.failed, measured.errors) == (2, 1, 1, 1)
    assert (measured.response.max_ms, measured.service.max_ms) == (10_000.0, 9_000.0)
    assert (measured.response.count, measured.service.count, measured.first_byte.count) == (2, 2, 1)


def test_spoiled_response_is_an_error_but_no_second_request(series: Series) -> None:
    """A body that does not decode spoils a request that is counted already."""
    series.record_response(200, MS, MS, MS, 0, 1)
    series.record_spoiled("decoding")
    measured = taken(series)
    assert (measured.requests, measured.errors, measured.by_error()) == (1, 1, {"decoding": 1})


def test_error_kinds_are_bounded(series: Series) -> None:
    """However many kinds there are, few are told apart."""
    for number in range(MAX_DISTINCT_KEYS + 50):
        series.record_error(f"kind{number}", MS, MS)
    measured = taken(series)
    assert len(measured.by_failure) == MAX_DISTINCT_KEYS + 1
    assert measured.by_failure["(other)"] == 50


def test_connection_phases_count_only_where_they_happened(series: Series) -> None:
    """A request that waited for an open connection has no connect and no TLS time."""
    series.record_connection(3 * MS, 0, 0)
    series.record_connection(0, 2 * MS, 4 * MS)
    measured = taken(series)
    assert (measured.blocked.count, measured.connect.count, measured.tls.count) == (2, 1, 1)
    assert (measured.blocked.max_ms, measured.connect.max_ms, measured.tls.max_ms) == (3.0, 2.0, 4.0)


def test_page_views_and_cache_hits_are_no_requests(series: Series) -> None:
    """The visitor's cache answers without a request."""
    series.record_page_view(20 * MS)
    series.record_cache_hit()
    measured = taken(series)
    assert (measured.page_views, measured.cache_hits, measured.requests) == (1, 1, 0)
    assert measured.page_load.max_ms == 20.0


def test_take_starts_anew(series: Series) -> None:
    """What was handed over is not counted again, and nothing recorded is nothing taken."""
    assert series.take() is None
    series.record_response(200, MS, MS, MS, 0, 1)
    series.record_error("reset", MS, MS)
    series.record_page_view(MS)
    series.record_connection(MS, MS, MS)
    series.record_cache_hit()
    first = taken(series)
    assert series.take() is None
    series.record_cache_hit()
    second = taken(series)
    assert (second.requests, second.page_views, second.blocked.count, second.cache_hits) == (0, 0, 0, 1)
    assert (first.requests, first.cache_hits) == (2, 1)
