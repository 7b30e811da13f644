"""Workloads: who arrives when, the same however many workers share it."""

import pickle
from itertools import islice, takewhile

import pytest

from trafficflou.behavior import Arrivals
from trafficflou.core import UsageError
from trafficflou.testing.models import sample_model
from trafficflou.traffic import (
    Arrival,
    ClosedWorkload,
    LearnedWorkload,
    PartlyOpenWorkload,
    Workload,
    make_workload,
)

LEARNED = sample_model().arrivals
WORKLOADS: list[Workload] = [
    ClosedWorkload(visitors=97, ramp_s=10.0),
    ClosedWorkload(visitors=2),
    PartlyOpenWorkload(rate_rps=20.0, ramp_s=2.0),
    LearnedWorkload(learned=LEARNED, wall_start_s=1_770_000_000.0, ramp_s=60.0),
]


@pytest.mark.parametrize("workload", WORKLOADS, ids=repr)
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_workers_share_exactly_the_arrivals_of_one(workload: Workload, workers: int) -> None:
    """The arrivals of all workers together are those of a single worker, each exactly once."""
    alone = list(islice(workload.arrivals(7, 0, 1), 200))
    shared: list[Arrival] = []
    for worker in range(workers):
        own = list(
            takewhile(lambda arrival: arrival.index <= alone[-1].index, workload.arrivals(7, worker, workers))
        )
        assert all(arrival.index % workers == worker for arrival in own)
        assert own == sorted(own, key=lambda arrival: arrival.at_s)
        shared += own
    assert sorted(shared) == alone


@pytest.mark.parametrize("workload", WORKLOADS, ids=repr)
def test_arrivals_are_numbered_from_zero_in_increasing_time(workload: Workload) -> None:
    """Visitors are numbered in the order of their arrival."""
    arrivals = list(islice(workload.arrivals(3, 0, 1), 50))
    assert [arrival.index for arrival in arrivals] == list(range(len(arrivals)))
    assert [arrival.at_s for arrival in arrivals] == sorted(arrival.at_s for arrival in arrivals)


@pytest.mark.parametrize("workload", WORKLOADS[2:], ids=repr)
def test_seed_decides_the_arrivals(workload: Workload) -> None:
    """Equal seeds arrive equally, others do not."""
    first, again, other = (list(islice(workload.arrivals(seed, 0, 1), 20)) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("workload", WORKLOADS, ids=repr)
@pytest.mark.parametrize(("worker", "workers"), [(1, 1), (-1, 2), (0, 0)])
def test_worker_that_is_none_is_refused(workload: Workload, worker: int, workers: int) -> None:
    """A worker outside the fleet is a mistake."""
    with pytest.raises(ValueError, match="no worker"):
        workload.arrivals(1, worker, workers)


@pytest.mark.parametrize("workload", WORKLOADS, ids=repr)
def test_workload_crosses_to_other_processes(workload: Workload) -> None:
    """A workload is a plain value."""
    copy: Workload = pickle.loads(pickle.dumps(workload))  # noqa: S301 - our own bytes
    assert list(islice(copy.arrivals(1, 0, 1), 5)) == list(islice(workload.arrivals(1, 0, 1), 5))


def test_closed_workload_fills_its_slots_evenly_over_the_ramp() -> None:
    """Starts are spread evenly, the first at once and none at the ramp's end."""
    arrivals = list(ClosedWorkload(visitors=4, ramp_s=8.0).arrivals(1, 0, 1))
    assert arrivals == [Arrival(0, 0.0), Arrival(1, 2.0), Arrival(2, 4.0), Arrival(3, 6.0)]


def test_closed_workload_replaces_with_a_new_visitor_of_the_same_slot() -> None:
    """A slot's visitors are numbered apart by the number of slots, so no two visitors share a number."""
    workload = ClosedWorkload(visitors=3)
    assert workload.replaces
    assert [workload.successor(index) for index in (0, 1, 2, 3)] == [3, 4, 5, 6]


@pytest.mark.parametrize("workload", WORKLOADS[2:], ids=repr)
def test_open_workload_replaces_nobody(workload: Workload) -> None:
    """Arrivals do not depend on who left."""
    assert not workload.replaces
    assert workload.successor(0) is None


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_rate_that_is_none_is_refused(value: float) -> None:
    """A rate is above 0 and finite."""
    with pytest.raises(ValueError, match="rate_rps"):
        PartlyOpenWorkload(rate_rps=value)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_ramp_that_is_none_is_refused(value: float) -> None:
    """A ramp is not negative and ends."""
    for make in (
        lambda: ClosedWorkload(visitors=1, ramp_s=value),
        lambda: PartlyOpenWorkload(rate_rps=1.0, ramp_s=value),
        lambda: LearnedWorkload(learned=LEARNED, wall_start_s=0.0, ramp_s=value),
    ):
        with pytest.raises(ValueError, match="ramp_s"):
            make()


def test_closed_workload_needs_a_visitor() -> None:
    """Nobody is no workload."""
    with pytest.raises(ValueError, match="at least 1"):
        ClosedWorkload(visitors=0)


def test_make_workload_chooses_by_the_settings() -> None:
    """Visitors make a closed workload, a rate or the model a partly-open one."""
    model = sample_model()

    def made(visitors: int | None, arrivals: str | None) -> Workload:
        return make_workload(visitors=visitors, arrivals=arrivals, ramp_s=3.0, model=model, wall_start_s=9.0)

    assert made(5, None) == ClosedWorkload(visitors=5, ramp_s=3.0)
    assert made(None, "600/min") == PartlyOpenWorkload(rate_rps=10.0, ramp_s=3.0)
    assert made(None, "model") == LearnedWorkload(learned=model.arrivals, wall_start_s=9.0, ramp_s=3.0)
    for visitors, arrivals in ((None, None), (5, "10/s")):
        with pytest.raises(ValueError, match="either"):
            made(visitors, arrivals)
    with pytest.raises(ValueError, match="not a rate"):
        made(None, "often")


def test_make_workload_refuses_a_model_without_arrivals() -> None:
    """A run that would never have a visitor is told so before it begins."""
    silent = Arrivals(sessions_per_day=0, by_hour=LEARNED.by_hour, utc_offset="+00:00")
    with pytest.raises(UsageError, match="no sessions") as caught:
        make_workload(
            visitors=None, arrivals="model", ramp_s=0.0, model=sample_model(arrivals=silent), wall_start_s=0.0
        )
    assert "10/s" in caught.value.hint
