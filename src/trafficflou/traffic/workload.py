"""Workloads: how many visitors arrive, and when.

Every worker generates the whole stream of arrivals and keeps its own share. Drawing an arrival costs about a microsecond, and in
return visitor *i* arrives at the same instant on 1 worker or on 50, with nothing to agree upon; the workers' numbers of visitors differ by one at
most.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from trafficflou.behavior import Arrivals, TrafficModel
from trafficflou.core import UsageError, derive_rng
from trafficflou.core.units import parse_rate_rps
from trafficflou.traffic.arrival_process import constant_segments, hourly_segments, poisson_times

__all__ = ["Arrival", "ClosedWorkload", "LearnedWorkload", "PartlyOpenWorkload", "Workload", "make_workload"]


class Arrival(NamedTuple):
    """A visitor comes.

    Attributes:
        index: Number of the visitor in the run, from 0; names the random stream `("visitor", index)`.
        at_s: Seconds from the start of the run.
    """

    index: int  # type: ignore[assignment]  # tuple.index gives way: nobody searches in an arrival
    at_s: float


class Workload(Protocol):
    """How many visitors arrive, and when; pure, and safe to send to other processes."""

    @property
    def replaces(self) -> bool:
        """A visitor whose session ended is followed by another at once."""
        ...

    def arrivals(self, seed: int, worker: int, workers: int) -> Iterator[Arrival]:
        """Yield the arrivals of one worker in increasing time, without end unless the workload has one.

        Args:
            seed: The run's seed.
            worker: Which worker, 0 to `workers` - 1.
            workers: How many workers share the workload.

        Raises:
            ValueError: There is no such worker.
        """
        ...

    def successor(self, index: int) -> int | None:
        """Return the visitor who takes the place of a finished one, on the same worker; `None` where nobody does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedWorkload:
    """A fixed number of visitors at once: whoever leaves is replaced by a new visitor.

    The visitors of slot `s` are `s`, `s + visitors`, `s + 2 * visitors` and so on; a slot stays on worker `s % workers`.

    Attributes:
        visitors: How many at once, >= 1.
        ramp_s: Over so many seconds the slots are filled, evenly.
    """

    visitors: int
    ramp_s: float = 0.0

    def __post_init__(self) -> None:
        if self.visitors < 1:
            raise ValueError(f"a closed workload needs at least 1 visitor, not {self.visitors}")
        _check_not_negative("ramp_s", self.ramp_s)

    @property
    def replaces(self) -> bool:
        """A closed workload replaces."""
        return True

    def arrivals(self, seed: int, worker: int, workers: int) -> Iterator[Arrival]:
        """Yield the first visitor of each of the worker's slots; the seed has no part in it."""
        _check_worker(worker, workers)
        gap_s = self.ramp_s / self.visitors
        return (Arrival(slot, slot * gap_s) for slot in range(worker, self.visitors, workers))

    def successor(self, index: int) -> int:
        """Return the next visitor of the same slot."""
        return index + self.visitors


@dataclass(frozen=True, slots=True, kw_only=True)
class PartlyOpenWorkload:
    """Sessions arrive by a Poisson process that does not wait for the site.

    Attributes:
        rate_rps: Sessions per second, > 0.
        ramp_s: Over so many seconds the rate rises linearly from 0.
    """

    rate_rps: float
    ramp_s: float = 0.0

    def __post_init__(self) -> None:
        if not (self.rate_rps > 0 and math.isfinite(self.rate_rps)):
            raise ValueError(f"rate_rps must be above 0 and finite, not {self.rate_rps}")
        _check_not_negative("ramp_s", self.ramp_s)

    @property
    def replaces(self) -> bool:
        """Arrivals do not depend on who left."""
        return False

    def arrivals(self, seed: int, worker: int, workers: int) -> Iterator[Arrival]:
        """Yield the worker's share of the arrivals, without end."""
        _check_worker(worker, workers)
        times = poisson_times(constant_segments(self.rate_rps, self.ramp_s), derive_rng(seed, "arrivals"))
        return _share(times, worker, workers)

    def successor(self, index: int) -> None:
        """Nobody follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedWorkload:
    """Sessions arrive as the model says for this hour of the day, by a non-homogeneous Poisson process.

    Attributes:
        learned: The model's arrivals.
        wall_start_s: When the run starts, seconds since the epoch; decides the hour. The same on every worker.
        ramp_s: Over so many seconds the rate is scaled linearly from 0 to the model's.
    """

    learned: Arrivals
    wall_start_s: float
    ramp_s: float = 0.0

    def __post_init__(self) -> None:
        _check_not_negative("ramp_s", self.ramp_s)

    @property
    def replaces(self) -> bool:
        """Arrivals do not depend on who left."""
        return False

    def arrivals(self, seed: int, worker: int, workers: int) -> Iterator[Arrival]:
        """Yield the worker's share of the arrivals, without end; none where the model has none."""
        _check_worker(worker, workers)
        segments = hourly_segments(self.learned, self.wall_start_s, self.ramp_s)
        return _share(poisson_times(segments, derive_rng(seed, "arrivals")), worker, workers)

    def successor(self, index: int) -> None:
        """Nobody follows."""


def make_workload(
    *,
    visitors: int | None,
    arrivals: str | None,
    ramp_s: float,
    model: TrafficModel | None,
    wall_start_s: float,
) -> Workload:
    """Make a workload from a run's settings.

    Args:
        visitors: Visitors at once, for a closed workload; else `None`.
        arrivals: A rate such as `10/s`, or `model`, for a partly-open one; else `None`.
        ramp_s: Seconds until the workload is at its level.
        model: The run's traffic model; `None` where it has none.
        wall_start_s: When the run starts, seconds since the epoch.

    Raises:
        UsageError: There is no model, or it has no arrivals to follow.
        ValueError: Both or neither of `visitors` and `arrivals`, or a value that is not valid.
    """
    if (visitors is None) == (arrivals is None):
        raise ValueError("a workload has either visitors (closed) or arrivals (partly open)")
    if visitors is not None:
        return ClosedWorkload(visitors=visitors, ramp_s=ramp_s)
    if arrivals != "model":
        return PartlyOpenWorkload(rate_rps=parse_rate_rps(str(arrivals)), ramp_s=ramp_s)
    if model is None:
        raise UsageError(
            "arrivals as in the model need a traffic model, and none is given",
            hint="Give it with --model FILE, or the arrivals as a rate such as 10/s.",
        )
    if model.arrivals.sessions_per_day <= 0:
        raise UsageError(
            "the traffic model says that no sessions arrive (sessions_per_day is 0)",
            hint="Give the arrivals as a rate such as 10/s, or edit the model.",
        )
    return LearnedWorkload(learned=model.arrivals, wall_start_s=wall_start_s, ramp_s=ramp_s)


def _share(times: Iterator[float], worker: int, workers: int) -> Iterator[Arrival]:
    """Number the arrivals of all workers and keep every `workers`-th."""
    for index, at_s in enumerate(times):
        if index % workers == worker:
            yield Arrival(index, at_s)


def _check_worker(worker: int, workers: int) -> None:
    if not 0 <= worker < workers:
        raise ValueError(f"there is no worker {worker} of {workers}")


def _check_not_negative(name: str, value: float) -> None:
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"{name} must be >= 0 and finite, not {value}")
