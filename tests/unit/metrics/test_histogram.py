"""The histogram's edges; its properties are in tests/property."""

import pickle

import pytest

from trafficflou.metrics import Histogram, bucket_of
from trafficflou.metrics.histogram import MAX_BUCKET


def test_empty_histogram_has_no_figures() -> None:
    """What was never measured is None, not zero."""
    empty = Histogram()
    assert (empty.percentile_ms(50), empty.mean_ms, empty.max_ms, empty.count) == (None, None, None, 0)


def test_percentile_of_one_value_is_that_value() -> None:
    """With one value every percentile is exact."""
    one = Histogram()
    one.record(123_456_789)
    assert [one.percentile_ms(percent) for percent in (0, 50, 99.9, 100)] == [123.456789] * 4


def test_percentile_takes_the_nearest_rank() -> None:
    """The 50th percentile of 100 values is the 50th of them, the 99.9th of 1000 is the 999th."""
    histogram = Histogram()
    for value_us in range(1, 1001):
        histogram.record(value_us * 1000)
    assert histogram.percentile_ms(50) == pytest.approx(0.5, rel=0.004)
    assert histogram.percentile_ms(99.9) == pytest.approx(0.999, rel=0.004)
    assert histogram.percentile_ms(100) == 1.0


def test_percentile_never_exceeds_the_maximum() -> None:
    """The middle of a bucket may lie above every value in it: then the maximum is reported."""
    histogram = Histogram()
    for _ in range(10):
        histogram.record(1 << 30)
    assert histogram.percentile_ms(50) == histogram.max_ms == (1 << 30) / 1e6


def test_negative_duration_counts_as_zero() -> None:
    """A clock that stepped back does not make negative times."""
    histogram = Histogram()
    histogram.record(-5)
    assert (histogram.counts, histogram.sum_ns, histogram.max_ms) == ({0: 1}, 0, 0.0)
    assert bucket_of(-5) == 0


def test_foreign_buckets_are_clamped_into_the_range() -> None:
    """Counts made elsewhere cannot enlarge the histogram."""
    histogram = Histogram({MAX_BUCKET + 100: 2, MAX_BUCKET: 1, -3: 4, 7: 1}, 10, 9)
    assert histogram.counts == {MAX_BUCKET: 3, 0: 4, 7: 1}
    assert histogram.count == 8


def test_histogram_survives_pickling() -> None:
    """It travels between processes."""
    histogram = Histogram({100: 3}, 300, 100)
    assert pickle.loads(pickle.dumps(histogram)) == histogram  # noqa: S301 - our own bytes


def test_histogram_equals_only_histograms() -> None:
    """Comparing with something else is not an error."""
    assert Histogram() != {}
    assert repr(Histogram({10: 1}, 2_000_000, 2_000_000)) == "Histogram(count=1, mean_ms=2.0, max_ms=2.0)"
