"""Commands on a run that is on."""

import asyncio
import time
from typing import Any

import pytest

from trafficflou.control import commands
from trafficflou.control.commands import AbortRun, RunControl, StopRun, SwitchStrategy
from trafficflou.core import UsageError
from trafficflou.fleet.frames import PrepareSwitch, SwitchPrepared, TakeSwitch
from trafficflou.metrics import RunEvent
from trafficflou.traffic import StrategySwitch


def running(workers: int = 2, error: Any = None) -> tuple[RunControl, list[object]]:
    """Make the control of a run that is on for 20 s, and the list of what its workers are told; they answer at once."""
    control, told = RunControl(), list[object]()

    def post(message: object) -> None:
        told.append(message)
        if isinstance(message, PrepareSwitch):
            for worker in range(workers):
                control.channel.take(worker, SwitchPrepared(message.number, error))

    control.channel.open(post, time.monotonic_ns() - 20_000_000_000, workers)
    return control, told


async def test_switch_is_taken_by_all_workers_and_noted() -> None:
    """The event tells when and who; the history what was ordered."""
    control, told = running()
    command = SwitchStrategy(strategy=" phantom-flair[intensity = 0.2] ", over_s=90)
    event = await control.execute(command)
    assert isinstance(told[0], PrepareSwitch)
    assert told[0].strategy == "phantom-flair[intensity=0.2]"
    assert isinstance(told[1], TakeSwitch)
    assert (told[1].over_s, round(told[1].at_s, 3)) == (90, event.at_s)
    assert event.kind == "strategy_switch"
    assert event.message == (
        "From here on phantom-flair[intensity=0.2] plays those who come, more and more of them over 1 min 30 s."
    )
    assert 20 < event.at_s < 60
    assert control.events == (event,)
    assert [(done.command, done.event, done.error) for done in control.history] == [(command, event, None)]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (SwitchStrategy(strategy="nobody"), "there is no such strategy"),
        (SwitchStrategy(strategy="phantom-flair:0"), "this is no weight"),
        (SwitchStrategy(strategy="phantom-flair", over_s=-1), "over -1 seconds"),
        (SwitchStrategy(strategy="phantom-flair", over_s=float("nan")), "over nan seconds"),
    ],
)
async def test_switch_that_is_wrong_reaches_no_worker(command: SwitchStrategy, expected: str) -> None:
    """It is refused, kept with its error, and noted nowhere."""
    control, told = running()
    with pytest.raises(UsageError, match=expected) as caught:
        await control.execute(command)
    assert told == []
    assert control.events == ()
    assert [done.error for done in control.history] == [caught.value]


async def test_switch_that_a_worker_cannot_make_leaves_the_run_as_it_was() -> None:
    """Its error comes back."""
    control, _ = running(error=UsageError("it cannot"))
    with pytest.raises(UsageError, match="it cannot"):
        await control.execute(SwitchStrategy(strategy="phantom-flair"))
    assert control.events == ()


async def test_run_is_stopped_and_aborted_by_commands() -> None:
    """They set what the run follows, its owner's own events where it has some."""
    stop, abort = asyncio.Event(), asyncio.Event()
    control = RunControl(stop=stop, abort=abort)
    assert (await control.execute(StopRun())).kind == "stop"
    assert (stop.is_set(), abort.is_set()) == (True, False)
    assert (await control.execute(AbortRun())).kind == "abort"
    assert abort.is_set()
    assert [event.at_s for event in control.events] == [0.0, 0.0]


async def test_planned_switches_are_noted_when_their_time_has_come() -> None:
    """Among the others, in the order of time."""
    control, _ = running()
    control.expect([StrategySwitch(strategy="a", at_s=5), StrategySwitch(strategy="b", at_s=10.5, over_s=2)])
    control.pass_time(5.0)
    assert not list(control.events)
    await control.execute(SwitchStrategy(strategy="phantom-flair"))
    control.pass_time(11.0)
    control.pass_time(12.0)
    assert [event.message for event in control.events] == [
        "From here on a plays those who come.",
        "From here on b plays those who come, more and more of them over 2 s.",
        "From here on phantom-flair plays those who come.",
    ]


async def test_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sends commands for ever does not fill the memory."""
    monkeypatch.setattr(commands, "MAX_HISTORY", 3)
    control = RunControl()
    for _ in range(5):
        await control.execute(StopRun())
    assert len(control.history) == len(control.events) == 3


async def test_foreign_command_is_carried_out_like_ours() -> None:
    """Whatever has a name and can be executed is a command."""

    class Mark:
        name = "mark"

        async def execute(self, run: RunControl) -> RunEvent:
            return RunEvent(at_s=run.elapsed_s, kind="mark", message="Here.")

    control, _ = running()
    await control.execute(Mark())
    assert [event.kind for event in control.events] == ["mark"]
