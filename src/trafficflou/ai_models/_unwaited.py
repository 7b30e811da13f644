"""Questions that nobody waits for: bounded, each asked once at a time, their answers told to those who subscribed (see `gateway`)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from trafficflou.ai_models._asking import timed_out
from trafficflou.ai_models._gateway_figures import GatewayFigures
from trafficflou.ai_models._router import Router
from trafficflou.ai_models.model import Answer
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.core import Clock, ProviderError
from trafficflou.logs import get_logger
from trafficflou.resilience import Deadline, TaskKeeper

__all__ = ["Background", "LateAnswer", "Unwaited"]

_log = get_logger(__name__)

LateAnswer = Callable[[Task[Any, Any], Any, Answer[Any]], None]
"""Told what a provider said to a question that was answered at once without it; must not block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """How much is asked that nobody waits for.

    Attributes:
        max_waiting: Questions under way or waiting; more are dropped.
        max_concurrency: Questions under way; above the number of calls that limits allow, because batches join several.
    """

    max_waiting: int = 512
    max_concurrency: int = 64


class Unwaited:
    """Asks providers in the background.

    Args:
        router: Asks them.
        limits: How much of it.
        keeper: Owns the questions.
        figures: Count what they cost.
        clock: Tells the time.
    """

    def __init__(
        self, router: Router, limits: Background, keeper: TaskKeeper, figures: GatewayFigures, clock: Clock
    ) -> None:
        self._router = router
        self._limits = limits
        self._keeper = keeper
        self._figures = figures
        self._clock = clock
        self._slots = asyncio.Semaphore(limits.max_concurrency)
        self._going_on: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[LateAnswer] = []
        self._asked = self._answered = self._failed = self._dropped = 0

    @property
    def has_listeners(self) -> bool:
        """Whether somebody subscribed."""
        return bool(self._listeners)

    def subscribe(self, listener: LateAnswer) -> None:
        """Tell somebody of each answer to what was begun with `start`; one that raises is logged and told nothing more."""
        self._listeners.append(listener)

    def start(self, task: Task[Any, Any], request: Any, digest: str) -> None:
        """Begin to ask, unless this very question is under way, or too many are.

        Args:
            task: The kind of question.
            request: The question.
            digest: Its name.
        """
        if digest in self._going_on:
            return
        if len(self._going_on) >= self._limits.max_waiting:
            self._dropped += 1
            return
        work = self._keeper.start(self._tell_later(task, request), f"background:{task.name}")
        self._going_on[digest] = work
        work.add_done_callback(lambda _: self._going_on.pop(digest, None))

    async def ask(
        self, task: Task[RequestT, ResultT], request: RequestT, deadline: Deadline | None = None
    ) -> Answer[ResultT]:
        """Ask providers when it is the question's turn; without a deadline, that of the task holds from then on.

        Raises:
            ProviderError: None answered, or its turn did not come in time.
        """
        self._asked += 1
        try:
            await self._wait_for_turn(deadline)
            try:
                deadline = deadline or Deadline.after(task.deadline_s, self._clock)
                answer = await self._router.ask(task, request, deadline)
            finally:
                self._slots.release()
        except ProviderError:
            self._failed += 1
            raise
        self._answered += 1
        return answer

    async def wait(self, timeout_s: float | None) -> bool:
        """Wait until what was begun with `start` has ended; return whether all of it has."""
        if not self._going_on:
            return True
        _, going_on = await asyncio.wait(self._going_on.values(), timeout=timeout_s)
        return not going_on

    def statistics(self) -> dict[str, int]:
        """Return the counters."""
        return {
            "asked": self._asked,
            "answered": self._answered,
            "failed": self._failed,
            "dropped": self._dropped,
            "waiting": len(self._going_on),
        }

    async def _tell_later(self, task: Task[Any, Any], request: Any) -> None:
        try:
            answer = await self.ask(task, request)
        except ProviderError:
            return  # counted where it was raised
        self._figures.spent(answer)
        for listener in tuple(self._listeners):
            try:
                listener(task, request, answer)
            except Exception as error:  # noqa: BLE001 - somebody else's code; the answer is in the cache all the same
                _log.warning("a listener to AI answers broke and hears no more", exc_info=error)
                self._listeners.remove(listener)

    async def _wait_for_turn(self, deadline: Deadline | None) -> None:
        waits_s = None if deadline is None else deadline.remaining_s
        try:
            async with asyncio.timeout(waits_s):
                await self._slots.acquire()
        except TimeoutError:
            raise timed_out("the AI gateway", waits_s or 0.0) from None
