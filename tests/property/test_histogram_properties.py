"""Properties of the histogram, against sorted lists."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficflou.core import SystemClock
from trafficflou.metrics import Histogram, Recorder, bucket_of
from trafficflou.metrics.histogram import MAX_BUCKET, RELATIVE_ERROR, bucket_middle_ns

HOUR_NS = 3600 * 10**9
durations = st.integers(min_value=0, max_value=HOUR_NS) | st.floats(0, 41).map(lambda power: round(2**power))


def filled(values: list[int]) -> Histogram:
    """Record all values."""
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


@given(durations)
def test_bucket_middle_is_within_the_documented_error(value_ns: int) -> None:
    """The middle of a value's bucket differs from the value by 0.4 % at most."""
    assert abs(bucket_middle_ns(bucket_of(value_ns)) - value_ns) <= value_ns * RELATIVE_ERROR


@given(st.integers(min_value=-10, max_value=1 << 60), st.integers(min_value=0, max_value=1 << 60))
def test_bucket_never_decreases_and_stays_in_range(value_ns: int, more_ns: int) -> None:
    """A longer duration never has a lower bucket, and no bucket leaves the range."""
    assert 0 <= bucket_of(value_ns) <= bucket_of(value_ns + more_ns) <= MAX_BUCKET


@given(st.integers(min_value=0, max_value=MAX_BUCKET))
def test_bucket_middle_lies_in_its_bucket(bucket: int) -> None:
    """Every bucket is reachable and holds its own middle: the scheme has no gaps."""
    assert bucket_of(bucket_middle_ns(bucket)) == bucket


@given(st.lists(durations, min_size=1, max_size=200), st.floats(min_value=0, max_value=100))
def test_percentile_agrees_with_the_sorted_list(values: list[int], percent: float) -> None:
    """A percentile is within 1 % of the value at its nearest rank."""
    rank = max(1, ceil(len(values) * percent / 100 - 1e-9))
    exact_ns = sorted(values)[rank - 1]
    found_ms = filled(values).percentile_ms(percent)
    assert found_ms is not None
    assert abs(found_ms * 1e6 - exact_ns) <= exact_ns * 0.01 + 1e-6


@given(
    st.lists(durations, max_size=100), st.lists(durations, max_size=100), st.lists(durations, max_size=100)
)
def test_merge_is_the_histogram_of_all_values_in_any_order(a: list[int], b: list[int], c: list[int]) -> None:
    """Merging gives what one histogram of all the values would hold, exact sum and maximum included."""
    merged = Histogram.merged([filled(c), filled(a), filled(b)])
    assert merged == filled(a + b + c)
    assert (merged.count, merged.sum_ns, merged.max_ns) == (
        len(a + b + c),
        sum(a + b + c),
        max(a + b + c, default=0),
    )


pieces = st.tuples(durations, durations, durations | st.just(0))


@given(st.lists(pieces, min_size=1, max_size=60))
def test_recorder_agrees_with_plain_histograms(responses: list[tuple[int, int, int]]) -> None:
    """The written-out arithmetic of the hot path counts exactly what plain histograms count."""
    recorder = Recorder(SystemClock())
    series = recorder.strategy("organic-mimicry").series("/")
    for waited_ns, first_byte_ns, download_ns in responses:
        service_ns = first_byte_ns + download_ns
        series.record_response(200, waited_ns + service_ns, service_ns, first_byte_ns, download_ns, 1)
    (taken,) = recorder.take_snapshot(0, 0.0, 0).series
    assert taken.response == filled([sum(response) for response in responses])
    assert taken.service == filled([first + rest for _, first, rest in responses])
    assert taken.first_byte == filled([first for _, first, _ in responses])
    assert taken.download == filled([rest for _, _, rest in responses])


@pytest.mark.parametrize("value_ns", [1 << 42, 1 << 50, 10 * HOUR_NS])
def test_longer_than_the_range_counts_in_the_last_bucket(value_ns: int) -> None:
    """A duration beyond 73 minutes is clamped, its maximum and sum stay exact."""
    histogram = filled([value_ns])
    assert histogram.counts == {MAX_BUCKET: 1}
    assert histogram.max_ns == histogram.sum_ns == value_ns
