"""Asks the providers of several routes until one answers: ranked, failing over, hedged (see `gateway`)."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic

from trafficflou.ai_models._asking import OUR_FAULTS, ask_within, result_of, start_call, with_usage
from trafficflou.ai_models._gateway_figures import GatewayFigures
from trafficflou.ai_models._route import Route, ranked
from trafficflou.ai_models.model import Answer
from trafficflou.ai_models.tasks import Preferences, PreferRequest, RequestT, ResultT, Task, TaskName
from trafficflou.core import Clock, ProviderError, ProviderFault
from trafficflou.resilience import Deadline, TaskKeeper

__all__ = ["Hedging", "Router"]

_HEDGE_AFTER_P95: Final = 1.1
"""Where all answers take the same time, the 95th percentile itself is no sign of anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hedging:
    """When a second provider is asked beside the first.

    Attributes:
        tasks: For which tasks; none switches it off.
        max_share: Of all questions that are put to providers, 0..1.
        min_samples: Latencies of a provider that must be known before its 95th percentile says anything.
    """

    tasks: frozenset[TaskName] = frozenset({TaskName.PREFER, TaskName.FILL, TaskName.NAME_GROUPS})
    max_share: float = 0.1
    min_samples: int = 10


@dataclass(slots=True, kw_only=True)
class _Call:
    """A call under way."""

    route: Route
    begun_at_ns: int
    is_hedge: bool


@dataclass(slots=True, kw_only=True)
class _Race(Generic[RequestT, ResultT]):
    """A question on its way through the routes.

    Attributes:
        task: The kind of question.
        request: The question.
        deadline: When it has to be answered.
        waiting: The routes that were not tried yet, best first.
        running: The calls under way.
    """

    task: Task[RequestT, ResultT]
    request: RequestT
    deadline: Deadline
    waiting: deque[Route]
    running: dict[asyncio.Task[Answer[ResultT]], _Call] = field(default_factory=dict)


class Router:
    """Asks providers.

    Args:
        routes: In order of preference where nothing else decides.
        hedging: When a second provider is asked beside the first.
        keeper: Owns the calls.
        figures: Count what fails.
        clock: Tells the time.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        hedging: Hedging,
        keeper: TaskKeeper,
        figures: GatewayFigures,
        clock: Clock,
    ) -> None:
        self._routes = routes
        self._hedging = hedging
        self._keeper = keeper
        self._figures = figures
        self._clock = clock
        self._asked = self._hedges = self._hedges_won = 0

    def statistics(self) -> dict[str, int]:
        """Return how many questions were put to providers, and what became of the hedges among them."""
        return {"asked": self._asked, "started": self._hedges, "won": self._hedges_won}

    async def look_up(
        self, task: Task[RequestT, ResultT], request: RequestT, digest: str
    ) -> Answer[ResultT] | None:
        """Return the answer of the first route whose cache has it."""
        for route in self._routes:
            if route.lookup is not None:
                found = await route.lookup(task, request, digest)
                if found is not None:
                    return found
        return None

    async def ask(
        self, task: Task[RequestT, ResultT], request: RequestT, deadline: Deadline
    ) -> Answer[ResultT]:
        """Ask one provider after the other, or two at once, until one answers.

        Raises:
            ProviderError: None did; the last one's.
        """
        race = _Race(
            task=task, request=request, deadline=deadline, waiting=deque(ranked(self._routes, task, request))
        )
        error = ProviderError("no AI provider is available now", fault=ProviderFault.UNAVAILABLE)
        self._asked += 1
        try:
            while race.waiting or race.running:
                if not race.running:
                    self._start(race)
                done = await self._wait(race)
                if not done:
                    self._hedges += 1
                    self._start(race, is_hedge=True)
                for each in done:
                    call = race.running.pop(each)
                    try:
                        return self._accepted(race, each, call)
                    except ProviderError as failure:
                        error = failure
                        self._note_failure(task, call, failure)
            raise error
        finally:
            self._leave(race)

    def _start(self, race: _Race[RequestT, ResultT], *, is_hedge: bool = False) -> None:
        route = race.waiting.popleft()
        deadline = race.deadline
        if race.waiting and not is_hedge and self._hedge_after_s(race.task, route) is None:
            deadline = Deadline.after(deadline.remaining_s / 2, self._clock)
        asking = ask_within(self._keeper, route.model, race.task, race.request, deadline)
        call = start_call(self._keeper, asking, route.model.provider)
        race.running[call] = _Call(route=route, begun_at_ns=self._clock.now_ns(), is_hedge=is_hedge)

    async def _wait(self, race: _Race[RequestT, ResultT]) -> set[asyncio.Task[Answer[ResultT]]]:
        """Wait for the first call to end; return nothing where it is time for a hedge."""
        hedge_after_s = None
        if len(race.running) == 1 and race.waiting:
            (call,) = race.running.values()
            hedge_after_s = self._hedge_after_s(race.task, call.route)
        done, _ = await asyncio.wait(race.running, timeout=hedge_after_s, return_when=asyncio.FIRST_COMPLETED)
        return done

    def _hedge_after_s(self, task: Task[Any, Any], route: Route) -> float | None:
        """Return after how long a second provider is asked; `None` for never."""
        is_allowed = self._hedges < self._hedging.max_share * self._asked
        if task.name not in self._hedging.tasks or not is_allowed:
            return None
        p95_s = route.p95_s(task, min_samples=self._hedging.min_samples)
        return None if p95_s is None else p95_s * _HEDGE_AFTER_P95

    def _accepted(
        self, race: _Race[RequestT, ResultT], ended: asyncio.Task[Answer[ResultT]], call: _Call
    ) -> Answer[ResultT]:
        """Return an answer that fits its question, and remember it to the provider's credit.

        Raises:
            ProviderError: It does not fit, or there is none.
        """
        answer = result_of(ended, call.route.model.provider)
        if not _fits(race.task, race.request, answer.value):
            unfit = ProviderError(
                f"the answer of {call.route.model.provider} does not fit the question",
                fault=ProviderFault.BAD_ANSWER,
            )
            raise with_usage(unfit, answer.usage)
        call.route.note_success(race.task, (self._clock.now_ns() - call.begun_at_ns) / 1e9)
        self._hedges_won += call.is_hedge
        return answer

    def _note_failure(self, task: Task[Any, Any], call: _Call, error: ProviderError) -> None:
        self._figures.provider_failed(call.route.model.provider, error)
        if error.fault not in OUR_FAULTS:
            call.route.note_failure()
        if error.fault is ProviderFault.TIMEOUT:
            call.route.note_waited(task, (self._clock.now_ns() - call.begun_at_ns) / 1e9)

    def _leave(self, race: _Race[RequestT, ResultT]) -> None:
        """Stop waiting for calls that are still under way; that they took so long is remembered.

        One that ended at the same moment as the accepted one is paid for all the same.
        """
        for each, call in race.running.items():
            if each.done() and not each.cancelled() and each.exception() is None:
                self._figures.spent(each.result())
            each.cancel()
            call.route.note_waited(race.task, (self._clock.now_ns() - call.begun_at_ns) / 1e9)


def _fits(task: Task[Any, Any], request: object, value: object) -> bool:
    """Whether an answer can be used at all; providers check more, but a foreign one may not."""
    if not isinstance(value, task.result_type):
        return False
    if isinstance(request, PreferRequest) and isinstance(value, Preferences):
        return len(value.weights) == len(request.offers)
    return True
