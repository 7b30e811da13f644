"""When things happen by chance at a known, changing rate: the non-homogeneous Poisson process.

Theory of operation
-------------------
The rate is a chain of segments, linear in each. `R(t)`, the rate's integral, says how many events are expected until `t`. An event
process of rate 1 (exponential gaps), mapped through the inverse of `R`, has exactly the wanted rate (Çinlar, Introduction to
Stochastic Processes, 1975, ch. 4; the "inversion" method). In a segment `R` is quadratic, so the inverse is in closed form; nothing is
approximated and no draw is thrown away, as thinning would do. Given the number of events instead of the rate, they are independent
draws from the density `R'(t) / R(end)`: the same inverse applied to sorted uniform numbers, which are drawn in order one by one.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import repeat
from random import Random
from typing import NamedTuple

from trafficflou.behavior import Arrivals
from trafficflou.core import ModelError

__all__ = [
    "RateSegment",
    "constant_segments",
    "hourly_segments",
    "poisson_times",
    "spread_times",
    "utc_offset_s",
]

HOUR_S = 3600.0
DAY_S = 86_400.0


class RateSegment(NamedTuple):
    """A stretch of time in which the rate changes linearly.

    Attributes:
        duration_s: Its length, > 0; infinite only where the rate is constant.
        start_rps: Events per second at its start, >= 0.
        end_rps: Events per second at its end, >= 0.
    """

    duration_s: float
    start_rps: float
    end_rps: float

    @property
    def mass(self) -> float:
        """Events expected in it."""
        total_rps = self.start_rps + self.end_rps
        return self.duration_s * total_rps / 2 if total_rps > 0 else 0.0

    def time_at(self, mass: float) -> float:
        """Return when `mass` events are expected to have happened, seconds from the segment's start."""
        slope = (self.end_rps - self.start_rps) / self.duration_s
        # The root of slope/2 t² + start t = mass in the form that loses no digits where the slope is small.
        root = math.sqrt(max(0.0, self.start_rps * self.start_rps + 2 * slope * mass))
        return min(2 * mass / (self.start_rps + root), self.duration_s)


def constant_segments(rate_rps: float, ramp_s: float) -> Iterator[RateSegment]:
    """Return a rate that rises linearly from 0 over `ramp_s` seconds and then stays for ever."""
    if ramp_s > 0:
        yield RateSegment(ramp_s, 0.0, rate_rps)
    yield RateSegment(math.inf, rate_rps, rate_rps)


def hourly_segments(arrivals: Arrivals, starts_at_s: float, ramp_s: float = 0.0) -> Iterator[RateSegment]:
    """Return the model's arrivals from an instant on, day after day without end; nothing where it has no arrivals.

    Args:
        arrivals: Sessions per day and their shares by hour of the model's clock.
        starts_at_s: The instant of time 0, seconds since the epoch.
        ramp_s: Over so many seconds the rate is scaled linearly from 0 to the model's.

    Raises:
        ModelError: The model's UTC offset is not one.
    """
    local_s = (starts_at_s + utc_offset_s(arrivals)) % DAY_S
    if arrivals.sessions_per_day <= 0:
        return
    at_s = 0.0
    while True:
        hour = int(local_s // HOUR_S) % 24
        rate_rps = arrivals.sessions_per_day * arrivals.by_hour[hour] / HOUR_S
        left_s = HOUR_S - local_s % HOUR_S
        if at_s < ramp_s:
            left_s = min(left_s, ramp_s - at_s)
            end_s = at_s + left_s
            yield RateSegment(left_s, rate_rps * at_s / ramp_s, rate_rps * min(1.0, end_s / ramp_s))
        else:
            yield RateSegment(left_s, rate_rps, rate_rps)
        at_s += left_s
        local_s = (local_s + left_s) % DAY_S


def poisson_times(segments: Iterable[RateSegment], rng: Random) -> Iterator[float]:
    """Yield the instants of a Poisson process with that rate, seconds from the start, increasing."""
    return _at_masses(segments, _unit_process(rng))


def spread_times(segments: Iterable[RateSegment], count: int, rng: Random) -> Iterator[float]:
    """Yield exactly `count` instants over finite segments, as dense as the rate says, not decreasing.

    Takes constant memory whatever the count.

    Raises:
        ValueError: The rate is 0 throughout.
    """
    chain = list(segments)
    total = math.fsum(segment.mass for segment in chain)
    if total <= 0:
        raise ValueError("the rate is 0 throughout, so nothing can be spread over it")
    # Just below the total: rounding in the sum must not push the last event out of the last segment.
    scale = total * (1 - 1e-9)
    return _at_masses(chain, (scale * uniform for uniform in _sorted_uniforms(count, rng)))


def _unit_process(rng: Random) -> Iterator[float]:
    mass = 0.0
    for _ in repeat(None):
        mass -= math.log(1.0 - rng.random())
        yield mass


def _sorted_uniforms(count: int, rng: Random) -> Iterator[float]:
    """Draw order statistics one after another (Bentley and Saxe, Generating Sorted Lists of Random Numbers, 1980)."""
    log_rest = 0.0
    for left in range(count, 0, -1):
        log_rest += math.log(1.0 - rng.random()) / left
        yield -math.expm1(log_rest)


def _at_masses(segments: Iterable[RateSegment], masses: Iterator[float]) -> Iterator[float]:
    """Map expected counts, not decreasing, to the instants at which they are reached."""
    mass = next(masses, None)
    begins_at_s = passed = 0.0
    for segment in segments:
        ends = passed + segment.mass
        while mass is not None and mass < ends:
            yield begins_at_s + segment.time_at(mass - passed)
            mass = next(masses, None)
        if mass is None:
            return
        passed = ends
        begins_at_s += segment.duration_s


def utc_offset_s(arrivals: Arrivals) -> int:
    """Return the offset of the model's clock from UTC, seconds.

    Raises:
        ModelError: It is not within a day.
    """
    sign = -1 if arrivals.utc_offset.startswith("-") else 1
    hours, minutes = map(int, arrivals.utc_offset[1:].split(":"))
    if hours > 23 or minutes > 59:
        raise ModelError(
            f"the model's utc_offset {arrivals.utc_offset!r} is not a clock's",
            hint="Write it such as +02:00.",
        )
    return sign * (hours * 3600 + minutes * 60)
