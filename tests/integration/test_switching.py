"""Strategies that are switched while visitors are on the way."""

import asyncio

import pytest

import trafficflou
from tests.support.worker_run import ArriveAtOnce, ScriptedStrategy, field_of, lines_of, play
from trafficflou.core import UsageError
from trafficflou.testing.fault_server import FaultServer
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Cast, Step


class Named(ScriptedStrategy):
    """A script of two pages, with a pause between them."""

    def __init__(self, name: str) -> None:
        super().__init__(Step(f"/{name}/1", f"/{name}", 0.0), Step(f"/{name}/2", f"/{name}", 0.25))
        self.name = name


async def test_sessions_never_change_hands() -> None:
    """Who came before the switch ends as it began, though the new strategy plays those who come meanwhile."""
    cast = Cast.of(Named("old"))
    cast.switch([(Named("new"), 1.0)], at_s=0.15)
    async with FaultServer() as server:
        outcome = await play(server, cast, ArriveAtOnce(4, gap_s=0.1), duration_s=1.0)
        ways: dict[str, list[str]] = {}
        for head, line in zip(server.requests, lines_of(server), strict=True):
            ways.setdefault(field_of(head, b"X-TrafficFlou-Visitor") or "", []).append(line)
    assert list(ways.values()) == [["/old/1", "/old/2"]] * 2 + [["/new/1", "/new/2"]] * 2
    sessions = {"old": 0, "new": 0}
    for snapshot in outcome.snapshots:
        for measured in snapshot.strategies:
            sessions[measured.name] += measured.sessions_finished
    assert sessions == {"old": 2, "new": 2}


class Seconds:
    """Waits for seconds of a run."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0
        self._came = asyncio.Event()

    async def wait_for(self, elapsed_s: float) -> None:
        """Return when so much of the run is over."""
        while self.elapsed_s < elapsed_s:
            self._came.clear()
            await asyncio.wait_for(self._came.wait(), 20)

    def run_started(self, info: trafficflou.RunInfo) -> None:
        """Nothing to note."""

    def second_finished(self, live: trafficflou.LiveFigures) -> None:
        """Note that it is over."""
        self.elapsed_s = live.elapsed_s
        self._came.set()

    def run_finished(self, summary: trafficflou.Summary) -> None:
        """Nothing to note."""


async def test_run_is_switched_by_a_command() -> None:
    """A Python program orders it; the summary tells it, and has figures of both; a wrong order changes nothing."""
    control, seconds = trafficflou.RunControl(), Seconds()
    async with FaultServer() as server:
        playing = asyncio.ensure_future(
            trafficflou.run(
                server.url,
                sample_model(),
                visitors=4,
                duration="30s",
                think_time="none",
                subresources="none",
                workers=2,
                seed=3,
                observers=[seconds],
                control=control,
            )
        )
        await seconds.wait_for(1.0)
        with pytest.raises(UsageError, match="there is no file"):
            await control.execute(trafficflou.SwitchStrategy(strategy="missing.py:Buyer"))
        event = await control.execute(trafficflou.SwitchStrategy(strategy="phantom-flair[intensity=0.1]"))
        await seconds.wait_for(event.at_s + 1)
        await control.execute(trafficflou.StopRun())
        summary = await playing
    assert [event.kind for event in summary.events] == ["strategy_switch", "stop"]
    assert {strategy.name for strategy in summary.strategies if strategy.sessions.started} == {
        "organic-mimicry",
        "phantom-flair[intensity=0.1]",
    }
    assert summary.run.stopped_early
    assert [done.error is None for done in control.history] == [False, True, True]
