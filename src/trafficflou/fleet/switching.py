"""Switching strategies while a run is on, in two steps, so that it happens on all workers or on none.

Theory of operation: the coordinator has every worker make the new strategies, which may take some tenths of a second, in a thread beside
the visitors. Only when all have answered that they could, it names the instant of the run at which they take over, a little ahead, so
that it is the same on all workers. If one could not, its error comes back, the others forget what they made, and the run goes on as it was.
"""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any, Final

from trafficflou.core import FleetError, InternalError, TrafficFlouError, UsageError
from trafficflou.fleet.casting import Casting
from trafficflou.fleet.channel import Channel
from trafficflou.fleet.frames import DropSwitch, PrepareSwitch, SwitchPrepared, TakeSwitch
from trafficflou.logs import get_logger
from trafficflou.resilience import TaskKeeper
from trafficflou.traffic import Cast, Strategy

__all__ = ["Switchboard", "SwitchingWorker"]

log = get_logger(__name__)

PREPARE_TIMEOUT_S: Final = 60.0
LEAD_S: Final = 0.1
"""How far ahead of the instant workers are told of it; a message takes well under a millisecond on an idle worker."""


class SwitchingWorker:
    """A worker's side."""

    def __init__(self, casting: Casting, cast: Cast, answer: Callable[[object], None]) -> None:
        """Stand ready to switch.

        Args:
            casting: Makes strategies.
            cast: Chooses who plays the worker's visitors.
            answer: Sends a message to the coordinator.
        """
        self._casting = casting
        self._cast = cast
        self._answer = answer
        self._prepared: dict[int, list[tuple[Strategy[Any], float]]] = {}
        self._tasks = TaskKeeper("switches")

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """Return who takes which kind of message; each returns at once."""
        return {PrepareSwitch: self._prepare, TakeSwitch: self._take, DropSwitch: self._drop}

    async def aclose(self) -> None:
        """End what is being made; idempotent."""
        await self._tasks.aclose()

    def _prepare(self, message: PrepareSwitch) -> None:
        self._tasks.start(self._make(message), str(message.number))

    async def _make(self, message: PrepareSwitch) -> None:
        error: TrafficFlouError | None = None
        try:
            parts = await asyncio.to_thread(self._casting.make_parts, message.strategy)
            self._prepared[message.number] = parts
        except TrafficFlouError as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001 - the run must go on as it was, whatever a strategy raises
            error = InternalError(f"a strategy could not be made: {failure!r}")
        self._answer(SwitchPrepared(message.number, error))

    def _take(self, message: TakeSwitch) -> None:
        parts = self._prepared.pop(message.number)
        self._cast.switch(parts, message.at_s, message.over_s)
        log.info("strategies switched", at_s=round(message.at_s, 3), over_s=message.over_s)

    def _drop(self, message: DropSwitch) -> None:
        self._prepared.pop(message.number, None)


class Switchboard:
    """The coordinator's side: asks all workers, waits for all of them, then lets it happen."""

    def __init__(self, channel: Channel) -> None:
        """Take over a channel's messages about switches.

        Args:
            channel: Of the run.
        """
        self._channel = channel
        self._waiting: list[_Waiting] = []
        self._numbers = itertools.count(1)
        channel.on(SwitchPrepared, self._take_answer)
        channel.when_closed(self._give_up)

    async def switch(self, strategy: str, over_s: float = 0.0) -> float:
        """Let others play those who come from now on; returns when all workers know.

        Args:
            strategy: Who, as people write it.
            over_s: Over so many seconds their share grows from none to all; 0 for at once.

        Returns:
            When it happens, in seconds since the start of the run.

        Raises:
            UsageError: No run is on, or it is over before that can happen.
            TrafficFlouError: A worker could not make a strategy (its own error); nothing has changed.
            FleetError: A worker does not answer; nothing has changed.
        """
        if not self._channel.is_open:
            raise UsageError("no run is on", hint="Strategies can be switched while visitors are played.")
        number = next(self._numbers)
        waiting = _Waiting(number, self._channel.workers)
        self._waiting.append(waiting)
        self._channel.send(PrepareSwitch(number, strategy))
        try:
            async with asyncio.timeout(PREPARE_TIMEOUT_S):
                await waiting.outcome
        except TimeoutError as error:
            self._channel.send(DropSwitch(number))
            raise FleetError("the workers did not make the strategies in time") from error
        except BaseException:
            self._channel.send(DropSwitch(number))
            raise
        finally:
            self._waiting.remove(waiting)
        at_s = self._channel.elapsed_s + LEAD_S
        self._channel.send(TakeSwitch(number, at_s, over_s))
        return at_s

    def _take_answer(self, worker: int, message: SwitchPrepared) -> None:
        for waiting in self._waiting:
            if waiting.number == message.number:
                waiting.take(worker, message.error)

    def _give_up(self) -> None:
        for waiting in self._waiting:
            waiting.fail(UsageError("the run is over before the strategies could be switched"))


class _Waiting:
    """A switch for which not all workers have answered."""

    def __init__(self, number: int, workers: int) -> None:
        self.number = number
        self.outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._silent = set(range(workers))

    def take(self, worker: int, error: TrafficFlouError | None) -> None:
        self._silent.discard(worker)
        if error is not None:
            self.fail(error)
        elif not self._silent and not self.outcome.done():
            self.outcome.set_result(None)

    def fail(self, error: TrafficFlouError) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)
