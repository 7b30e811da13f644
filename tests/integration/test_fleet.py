"""Worker processes: they play, agree, stop, and never stay behind."""

import asyncio
import dataclasses
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trafficflou.core import FleetError, ModelError, UsageError
from trafficflou.fleet import Channel, FleetPlan, Switchboard, run_fleet
from trafficflou.metrics import Snapshot
from trafficflou.security import resolve_permitted
from trafficflou.testing.fault_server import FaultServer
from trafficflou.testing.models import sample_model
from trafficflou.traffic import StrategySwitch


async def plan_for(server: FaultServer, **changes: object) -> FleetPlan:
    """Plan a short run of the sample model without think time."""
    plan = FleetPlan(
        target=await resolve_permitted(server.url),
        model_json=sample_model().to_json(),
        strategy="organic-mimicry",
        think_time="none",
        visitors=4,
        arrivals=None,
        duration_s=1.0,
        ramp_s=0.0,
        seed=5,
        workers=2,
        run_id="test",
        wall_start_s=time.time(),
        subresources="none",
    )
    return dataclasses.replace(plan, **changes)  # type: ignore[arg-type]


def journeys(server: FaultServer) -> dict[str, list[str]]:
    """Return the paths that each visitor asked for, in order."""
    found: dict[str, list[str]] = {}
    for head in server.requests:
        visitor = re.search(rb"X-TrafficFlou-Visitor: (\d+)", head)
        assert visitor is not None
        found.setdefault(visitor[1].decode(), []).append(head.split(b" ", 2)[1].decode())
    return found


def child_workers() -> list[int]:
    """Return the process ids of worker processes that are children of this one."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            command = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and b"trafficflou.fleet.worker" in command:
            found.append(int(stat.parent.name))
    return found


async def test_fleet_plays_the_same_visitors_on_any_number_of_workers() -> None:
    """One seed, one population: visitor i makes the same choices on 1 worker or 2.

    Who comes in the last moments, and how far each gets, depends on the machine: of two journeys one is the other's beginning.
    """
    seen = []
    for workers in (1, 2):
        async with FaultServer() as server:
            plan = await plan_for(server, workers=workers, visitors=None, arrivals="40/s")
            snapshots: list[Snapshot] = []
            await run_fleet(plan, snapshots.append, asyncio.Event())
            assert {snapshot.worker for snapshot in snapshots} == set(range(workers))
            assert sum(snapshot.final for snapshot in snapshots) == workers
            seen.append(journeys(server))
    common = seen[0].keys() & seen[1].keys()
    assert len(common) > 10
    for visitor in common:
        shorter, longer = sorted((seen[0][visitor], seen[1][visitor]), key=len)
        assert longer[: len(shorter)] == shorter
    assert child_workers() == []


def sessions_started(snapshots: list[Snapshot]) -> dict[str, int]:
    """Return how many sessions each strategy began."""
    started: dict[str, int] = {}
    for snapshot in snapshots:
        for measured in snapshot.strategies:
            started[measured.name] = started.get(measured.name, 0) + measured.sessions_started
    return started


async def test_fleet_switches_as_planned_on_any_number_of_workers() -> None:
    """Each visitor is played by the same strategy on 1 worker or 2, in a blend and while it is switched."""
    seen = []
    for workers in (1, 2):
        async with FaultServer() as server:
            plan = await plan_for(
                server,
                workers=workers,
                visitors=None,
                arrivals="60/s",
                duration_s=2.0,
                strategy="organic-mimicry:0.5,phantom-flair:0.5",
                switches=(StrategySwitch(strategy="phantom-flair[intensity=0]", at_s=0.3, over_s=0.6),),
            )
            snapshots: list[Snapshot] = []
            await run_fleet(plan, snapshots.append, asyncio.Event())
            names = {name for name, count in sessions_started(snapshots).items() if count}
            assert names == {"organic-mimicry", "phantom-flair", "phantom-flair[intensity=0]"}
            # The last ones may be cut short by the end.
            seen.append({visitor: pages for visitor, pages in journeys(server).items() if int(visitor) < 60})
    assert seen[0] == seen[1]
    assert len(seen[0]) == 60


async def test_fleet_switches_while_it_plays_and_loses_nobody() -> None:
    """A switch is taken by all workers; one that cannot be made changes nothing; every session has an end."""
    async with FaultServer() as server:
        channel, stop, snapshots = Channel(), asyncio.Event(), list[Snapshot]()
        board, began = Switchboard(channel), asyncio.Event()

        def take(snapshot: Snapshot) -> None:
            snapshots.append(snapshot)
            began.set()

        plan = await plan_for(server, duration_s=30.0)
        playing = asyncio.ensure_future(run_fleet(plan, take, stop, channel))
        await asyncio.wait_for(began.wait(), 20)
        assert sessions_started(snapshots).keys() == {"organic-mimicry"}
        with pytest.raises(UsageError, match="'nobody' at character 1: there is no such strategy"):
            await board.switch("nobody")
        at_s = await board.switch("phantom-flair")
        assert 1.0 < at_s < 30.0
        while not all(
            any(snapshot.worker == worker and snapshot.second > at_s + 1 for snapshot in snapshots)
            for worker in range(2)
        ):
            began.clear()
            await asyncio.wait_for(began.wait(), 10)
        stop.set()
        await playing
    last = [snapshot for snapshot in snapshots if snapshot.second > at_s + 1]
    assert {name for name, count in sessions_started(last).items() if count} == {"phantom-flair"}
    ended = sum(snapshot.sessions_finished + snapshot.sessions_abandoned for snapshot in snapshots)
    assert ended == sum(snapshot.sessions_started for snapshot in snapshots)
    assert child_workers() == []


async def test_fleet_stops_when_it_is_told_to() -> None:
    """A stopped run keeps what it measured and leaves no process behind."""
    async with FaultServer() as server:
        stop = asyncio.Event()
        snapshots: list[Snapshot] = []
        stopped_at: list[float] = []

        def take(snapshot: Snapshot) -> None:
            snapshots.append(snapshot)
            stopped_at.append(time.monotonic())
            stop.set()

        await run_fleet(await plan_for(server, duration_s=60.0), take, stop)
        assert time.monotonic() - stopped_at[0] < 10
    assert sum(snapshot.sessions_started for snapshot in snapshots) > 0
    assert child_workers() == []


@pytest.mark.parametrize("delay_s", [0.0, 0.1, 0.4])
async def test_fleet_can_be_stopped_before_it_has_begun(delay_s: float) -> None:
    """A stop while the workers get ready is no error: they end, and no request was sent if none had begun."""
    async with FaultServer() as server:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(delay_s, stop.set)
        began = time.monotonic()
        await run_fleet(await plan_for(server, duration_s=60.0), lambda _: None, stop)
        assert time.monotonic() - began < 10
    assert child_workers() == []


async def test_fleet_names_a_worker_that_died_and_keeps_what_it_measured() -> None:
    """A killed worker ends the run as an error; its finished seconds are kept, the other worker does not stay behind."""
    async with FaultServer() as server:
        snapshots: list[Snapshot] = []

        def take(snapshot: Snapshot) -> None:
            if not snapshots:
                os.kill(child_workers()[0], signal.SIGKILL)
            snapshots.append(snapshot)

        with pytest.raises(FleetError, match=r"worker \d died"):
            await run_fleet(await plan_for(server, duration_s=20.0), take, asyncio.Event())
    assert snapshots
    assert child_workers() == []


async def test_fleet_gives_up_a_worker_in_which_a_strategy_never_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of hours does not wait for its end to find out that nobody plays; the process does not stay behind."""
    monkeypatch.setattr("trafficflou.fleet.coordinator.SILENCE_S", 1.5)
    script = tmp_path / "endless.py"
    script.write_text("class Endless:\n    def next_step(self, visit, page):\n        while True: pass\n")
    async with FaultServer() as server:
        plan = await plan_for(server, strategy=f"{script}:Endless", workers=1, duration_s=3600.0)
        with pytest.raises(FleetError, match="worker 0 has said nothing") as caught:
            await run_fleet(plan, lambda _: None, asyncio.Event())
    assert "computes without end" in caught.value.hint
    assert child_workers() == []


def test_worker_that_computes_without_end_does_not_outlive_its_coordinator() -> None:
    """Nobody reads the end of its standard input, and yet it ends."""
    program = "from trafficflou.fleet.pipes import end_with_peer\nend_with_peer(0, 0.05)\nwhile True: pass"
    with subprocess.Popen((sys.executable, "-c", program), stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=20) == 1


async def test_fleet_leaves_nothing_behind_when_it_is_cancelled() -> None:
    """Whoever cancels a run gets all processes ended first."""
    async with FaultServer() as server:
        began = asyncio.Event()
        plan = await plan_for(server, duration_s=20.0)
        task = asyncio.ensure_future(run_fleet(plan, lambda _: began.set(), asyncio.Event()))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert child_workers() == []


async def test_fleet_passes_on_what_a_worker_cannot_use() -> None:
    """A broken model and a broken CA file come back as their own errors."""
    async with FaultServer() as server:
        with pytest.raises(ModelError):
            await run_fleet(await plan_for(server, model_json="{}"), lambda _: None, asyncio.Event())
        secure = dataclasses.replace((await plan_for(server)).target, scheme="https")
        with pytest.raises(UsageError, match="CA file"):
            await run_fleet(
                await plan_for(server, target=secure, ca_file="/nonexistent.pem"),
                lambda _: None,
                asyncio.Event(),
            )
    assert child_workers() == []
