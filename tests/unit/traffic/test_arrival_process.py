"""The arrival process: the right number of events at the right times."""

import math
from collections import Counter
from itertools import islice, takewhile
from random import Random

import pytest

from trafficflou.behavior import Arrivals
from trafficflou.core import ModelError
from trafficflou.testing.models import sample_model
from trafficflou.traffic.arrival_process import (
    RateSegment,
    constant_segments,
    hourly_segments,
    poisson_times,
    spread_times,
    utc_offset_s,
)

FLAT = (1 / 24,) * 24


def arrivals(per_day: float = 24_000, by_hour: tuple[float, ...] = FLAT, offset: str = "+00:00") -> Arrivals:
    """Return arrivals of a model."""
    return Arrivals(sessions_per_day=per_day, by_hour=by_hour, utc_offset=offset)


@pytest.mark.parametrize(
    "segment", [RateSegment(10, 0, 4), RateSegment(10, 4, 0), RateSegment(10, 1, 3), RateSegment(10, 2, 2)]
)
@pytest.mark.parametrize("share", [1e-6, 0.25, 0.5, 0.999])
def test_segment_inverse_undoes_its_integral(segment: RateSegment, share: float) -> None:
    """The time at which a mass is reached is the one up to which the rate integrates to it."""
    at_s = segment.time_at(share * segment.mass)
    slope = (segment.end_rps - segment.start_rps) / segment.duration_s
    assert segment.start_rps * at_s + slope * at_s**2 / 2 == pytest.approx(share * segment.mass)


def test_poisson_process_has_mean_and_variance_of_its_rate() -> None:
    """Counts per second of a constant rate have mean and variance alike: arrivals do not wait for one another."""
    times = takewhile(lambda at_s: at_s < 4000, poisson_times(constant_segments(5.0, 0.0), Random(1)))
    counts = Counter(int(at_s) for at_s in times)
    per_second = [counts[second] for second in range(4000)]
    mean = sum(per_second) / 4000
    assert mean == pytest.approx(5, rel=0.03)
    assert sum((count - mean) ** 2 for count in per_second) / 4000 == pytest.approx(5, rel=0.1)


def test_ramp_raises_the_rate_linearly() -> None:
    """During the ramp the first half has a quarter of the arrivals; after it the rate is full."""
    times = list(
        takewhile(lambda at_s: at_s < 2000, poisson_times(constant_segments(10.0, 1000.0), Random(2)))
    )
    first_half = sum(at_s < 500 for at_s in times)
    ramp = sum(at_s < 1000 for at_s in times)
    assert ramp == pytest.approx(5000, rel=0.05)
    assert first_half == pytest.approx(1250, rel=0.1)
    assert len(times) - ramp == pytest.approx(10_000, rel=0.05)
    assert times == sorted(times)


def test_hours_follow_the_clock_of_the_model() -> None:
    """The shape is read on the model's clock: 12:30 UTC is 14:30 at +02:00."""
    by_hour = tuple(1.0 if hour == 15 else 0.0 for hour in range(24))
    noon_thirty_s = 12.5 * 3600
    segments = hourly_segments(arrivals(100_000, by_hour, "+02:00"), noon_thirty_s)
    times = list(islice(poisson_times(segments, Random(3)), 2000))
    assert 1800 <= times[0] < 1900
    assert all(1800 <= at_s < 5400 for at_s in times)


def test_next_day_repeats_the_shape() -> None:
    """The process goes on over midnight with the same shape, and skips hours without sessions."""
    by_hour = tuple(1.0 if hour == 0 else 0.0 for hour in range(24))
    times = list(islice(poisson_times(hourly_segments(arrivals(10, by_hour), 0.0), Random(4)), 100))
    assert {int(at_s % 86_400 // 3600) for at_s in times} == {0}
    assert times[-1] == pytest.approx(10 * 86_400, rel=0.4)


def test_ramp_over_several_hours_scales_the_learned_rate() -> None:
    """A ramp longer than an hour scales each hour's rate by the time since the start."""
    chain = list(islice(hourly_segments(arrivals(24 * 3600), 1800.0, ramp_s=7200.0), 4))
    assert [segment.duration_s for segment in chain] == [1800, 3600, 1800, 1800]
    assert [(segment.start_rps, segment.end_rps) for segment in chain] == [
        (0, 0.25),
        (0.25, 0.75),
        (0.75, 1),
        (1, 1),
    ]


def test_model_without_sessions_has_no_arrivals() -> None:
    """A level of 0 ends at once instead of searching for ever."""
    assert list(poisson_times(hourly_segments(arrivals(0), 0.0), Random(5))) == []


def test_spread_gives_the_exact_count_in_order_and_as_dense_as_the_rate() -> None:
    """Exactly the wanted number of events, in order, within the segments, in proportion to their mass."""
    chain = [RateSegment(100, 1, 1), RateSegment(50, 0, 0), RateSegment(100, 3, 3)]
    times = list(spread_times(chain, 10_000, Random(6)))
    assert len(times) == 10_000
    assert times == sorted(times)
    assert not [at_s for at_s in times if 100 <= at_s < 150]
    assert sum(at_s < 100 for at_s in times) == pytest.approx(2500, rel=0.07)
    assert 240 < times[-1] < 250


def test_spread_over_a_rate_of_zero_is_refused() -> None:
    """Nothing can be spread where nothing happens."""
    with pytest.raises(ValueError, match="0 throughout"):
        spread_times([RateSegment(10, 0, 0)], 1, Random(7))


@pytest.mark.parametrize(
    ("text", "offset_s"), [("+00:00", 0), ("-05:00", -18_000), ("+05:30", 19_800), ("-00:30", -1800)]
)
def test_utc_offset_is_read_in_seconds(text: str, offset_s: int) -> None:
    """The offset of the model's clock in seconds."""
    assert utc_offset_s(arrivals(offset=text)) == offset_s


@pytest.mark.parametrize("text", ["+24:00", "-01:60"])
def test_utc_offset_that_no_clock_has_is_refused(text: str) -> None:
    """An offset of a day or more, or of 60 minutes, is a damaged model."""
    with pytest.raises(ModelError, match="utc_offset"):
        utc_offset_s(arrivals(offset=text))


def test_unit_process_survives_the_smallest_draws() -> None:
    """A random number of 0 is a gap of 0, not an error."""

    class Zero(Random):
        def random(self) -> float:
            return 0.0

    assert list(islice(poisson_times(constant_segments(1.0, 0.0), Zero()), 3)) == [0, 0, 0]
    assert math.isfinite(next(spread_times([RateSegment(1, 1, 1)], 1, Zero())))


def test_sample_model_has_a_day_of_its_level() -> None:
    """A day of the sample's arrivals has about its sessions per day."""
    model = sample_model()
    times = poisson_times(hourly_segments(model.arrivals, 0.0), Random(8))
    assert sum(1 for _ in takewhile(lambda at_s: at_s < 86_400, times)) == pytest.approx(1200, rel=0.1)
