"""Switching strategies while a run is on: on all workers or on none."""

import asyncio
import threading
import time
from typing import Any

import pytest

from trafficflou.core import FleetError, InternalError, ModelError, UsageError
from trafficflou.fleet import Channel, switching
from trafficflou.fleet.frames import DropSwitch, PrepareSwitch, SwitchPrepared, TakeSwitch
from trafficflou.fleet.switching import Switchboard, SwitchingWorker
from trafficflou.traffic import Cast


class Named:
    """Stands for a strategy."""

    def __init__(self, name: str) -> None:
        self.name = name


class Casting:
    """Makes what it is told to, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.thread = threading.current_thread()

    def make_parts(self, spec: str) -> list[tuple[Any, float]]:
        """Make one strategy of that name."""
        self.thread = threading.current_thread()
        if self.error is not None:
            raise self.error
        return [(Named(spec), 1.0)]


class Playground:
    """A run of two workers in this process; what the coordinator sends reaches them at once."""

    def __init__(self, *castings: Casting) -> None:
        self.channel = Channel()
        self.sent: list[object] = []
        self.casts = [Cast.of(Named("old")) for _ in castings]  # type: ignore[arg-type]
        self.workers = [
            SwitchingWorker(casting, cast, self._answer(number))  # type: ignore[arg-type]
            for number, (casting, cast) in enumerate(zip(castings, self.casts, strict=True))
        ]
        self.board = Switchboard(self.channel)
        self.channel.open(self._post, time.monotonic_ns() - 5_000_000_000, len(castings))

    def _answer(self, number: int) -> Any:
        return lambda message: self.channel.take(number, message)

    def _post(self, message: object) -> None:
        self.sent.append(message)
        for worker in self.workers:
            worker.handlers()[type(message)](message)

    def names(self) -> list[list[str]]:
        """Return who plays on each worker."""
        return [[strategy.name for strategy in cast.strategies] for cast in self.casts]


async def test_switch_happens_at_the_same_instant_on_all_workers() -> None:
    """First all make the strategies, beside the visitors, then all take them from one instant a little ahead."""
    casting = Casting()
    run = Playground(casting, Casting())
    at_s = await run.board.switch("new", over_s=2.0)
    assert run.sent == [PrepareSwitch(1, "new"), TakeSwitch(1, at_s, 2.0)]
    assert 5.0 < at_s < 60.0
    assert run.names() == [["old", "new"], ["old", "new"]]
    assert casting.thread is not threading.current_thread()
    later = await run.board.switch("newer")
    assert later > at_s
    assert run.names() == [["old", "new", "newer"]] * 2


@pytest.mark.parametrize(
    ("error", "expected", "match"),
    [
        (ModelError("it needs a model"), ModelError, "it needs a model"),
        (ZeroDivisionError("oh"), InternalError, "a strategy could not be made: ZeroDivisionError"),
    ],
)
async def test_switch_that_one_worker_cannot_make_happens_on_none(
    error: Exception, expected: type[Exception], match: str
) -> None:
    """Its error comes back, the others forget what they made, and the run goes on; a later switch works."""
    broken = Casting(error)
    run = Playground(Casting(), broken)
    with pytest.raises(expected, match=match):
        await run.board.switch("new")
    assert run.sent == [PrepareSwitch(1, "new"), DropSwitch(1)]
    assert run.names() == [["old"], ["old"]]
    broken.error = None
    await run.board.switch("new")
    assert run.names() == [["old", "new"]] * 2


async def test_two_switches_at_once_do_not_mix() -> None:
    """Each has its own answers."""
    run = Playground(Casting(), Casting())
    await asyncio.gather(run.board.switch("one"), run.board.switch("two"))
    assert sorted(run.names()[0]) == ["old", "one", "two"]
    assert run.names()[0] == run.names()[1]


async def test_switch_of_no_run_is_refused() -> None:
    """Neither before it begins nor when it is over."""
    channel = Channel()
    board = Switchboard(channel)
    with pytest.raises(UsageError, match="no run is on"):
        await board.switch("new")
    channel.close()
    with pytest.raises(UsageError, match="no run is on"):
        await board.switch("new")


async def test_switch_ends_with_the_run() -> None:
    """Who waits for workers that are gone is told so."""
    channel = Channel()
    board = Switchboard(channel)

    def end(_message: object) -> None:
        asyncio.get_running_loop().call_soon(channel.close)

    channel.open(end, time.monotonic_ns(), 1)
    with pytest.raises(UsageError, match="the run is over"):
        await board.switch("new")


async def test_switch_gives_silent_workers_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever, and what comes too late is passed over."""
    monkeypatch.setattr(switching, "PREPARE_TIMEOUT_S", 0.01)
    channel, sent = Channel(), list[object]()
    board = Switchboard(channel)
    channel.open(sent.append, time.monotonic_ns(), 2)
    with pytest.raises(FleetError, match="in time"):
        await board.switch("new")
    assert sent == [PrepareSwitch(1, "new"), DropSwitch(1)]
    assert channel.take(0, SwitchPrepared(1, None))


async def test_worker_that_ends_gives_up_what_it_makes() -> None:
    """No task stays behind."""
    worker = SwitchingWorker(Casting(), Cast.of(Named("old")), lambda _message: None)  # type: ignore[arg-type]
    worker.handlers()[PrepareSwitch](PrepareSwitch(1, "new"))
    await worker.aclose()
    await worker.aclose()
