"""Primal Genesis: one model in front of several, which always answers.

Theory of operation. A question is looked up in the caches of all routes first. In the mode `wait` the providers are asked in the order of
their rank (`_route`): the next one as soon as one has failed, or, for quick tasks, beside the first when that takes longer than 95 % of
its recent answers ("hedging", J. Dean and L. Barroso, "The Tail at Scale", 2013; bounded to a share of the questions, because both
may be paid for). While others are left, one provider gets half of the remaining time at most. In the mode `at_once` nobody is
waited for: the fallback answers, and a provider is asked in the background so that the next equal question finds
its answer in the cache; who subscribed is told of it. Whatever happens, the fallback has the last word, and some time is kept for it.

Who waits for nothing and has a fallback elsewhere (a run, whose visitors decide by themselves meanwhile) asks the providers alone:
`ask_provider`.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from pydantic import BaseModel

from trafficflou.ai_models._asking import (
    OUR_FAULTS,
    ask_within,
    closed,
    question_digest,
    result_of,
    start_call,
    timed_out,
    with_latency,
)
from trafficflou.ai_models._gateway_figures import GatewayFigures
from trafficflou.ai_models._route import Route, ranked
from trafficflou.ai_models.budget import Budget, Forecast
from trafficflou.ai_models.model import AiModel, Answer
from trafficflou.ai_models.tasks import Preferences, PreferRequest, RequestT, ResultT, Task, TaskName
from trafficflou.core import Clock, ProviderError, ProviderFault, SystemClock
from trafficflou.logs import get_logger
from trafficflou.resilience import Deadline, TaskKeeper

__all__ = ["DEFAULT_MODES", "Background", "Hedging", "LateAnswer", "Mode", "PrimalGenesis", "Route"]

LateAnswer = Callable[[Task[Any, Any], Any, Answer[Any]], None]
"""Told what a provider said to a question that was answered at once without it; must not block."""

Mode = Literal["wait", "at_once"]

DEFAULT_MODES: Final[Mapping[TaskName, Mode]] = {TaskName.PREFER: "at_once", TaskName.FILL: "at_once"}
"""What a visitor needs in order to go on is answered at once; what is made before or after a run is waited for."""

_log = get_logger(__name__)

_KEPT_FOR_FALLBACK_S: Final = 0.5
_KEPT_FOR_FALLBACK_SHARE: Final = 0.2

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """How much is asked that nobody waits for.

    Attributes:
        max_waiting: Questions under way or waiting; more are dropped.
        max_concurrency: Questions under way; above the number of calls that limits allow, because batches join several.
    """

    max_waiting: int = 512
    max_concurrency: int = 64


@dataclass(slots=True)
class _Counts:
    asked: int = 0
    hedges: int = 0
    hedges_won: int = 0
    background_asked: int = 0
    background_answered: int = 0
    background_failed: int = 0
    background_dropped: int = 0
    background: dict[str, asyncio.Task[None]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Call:
    route: Route
    begun_at_ns: int
    is_hedge: bool


class PrimalGenesis:
    """Routes over providers and ends in the fallback.

    Args:
        routes: In order of preference where nothing else decides.
        fallback: Answers where no provider does; Athena.
        modes: The mode of each task; `wait` where it is not named.
        hedging: When a second provider is asked beside the first.
        background: How much is asked that nobody waits for.
        budget: The run's, for the statistics.
        clock: Tells the time.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        fallback: AiModel,
        *,
        modes: Mapping[TaskName, Mode] = DEFAULT_MODES,
        hedging: Hedging = Hedging(),
        background: Background = Background(),
        budget: Budget | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._routes = tuple(routes)
        self._fallback = fallback
        self._modes = dict(modes)
        self._hedging = hedging
        self._background = background
        self._budget = budget
        self._clock = clock or SystemClock()
        self._keeper = TaskKeeper("ai-gateway")
        self._background_slots = asyncio.Semaphore(background.max_concurrency)
        self._figures = GatewayFigures()
        self._counts = _Counts()
        self._listeners: list[LateAnswer] = []
        self._is_closed = False

    @property
    def provider(self) -> str:
        """`primal-genesis`; each answer names the provider that gave it."""
        return "primal-genesis"

    @property
    def model(self) -> str:
        """The providers in order, such as `openai,anthropic,athena`."""
        return ",".join([*(route.model.provider for route in self._routes), self._fallback.provider])

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task: from a cache, from a provider, or from the fallback, in that order.

        Raises:
            ProviderError: The fallback failed too, or the gateway is closed.
        """
        if self._is_closed:
            raise closed(self.provider)
        begun_at_ns = self._clock.now_ns()
        deadline = Deadline.after(task.deadline_s if deadline_s is None else deadline_s, self._clock)
        try:
            found = await self._from_routes(task, request, deadline) if self._routes else None
            if found is None:
                found = await ask_within(self._keeper, self._fallback, task, request, deadline)
                found = replace(found, is_degraded=bool(self._routes))
        except ProviderError:
            self._figures.failed(task.name)
            raise
        answer = with_latency(found, begun_at_ns, self._clock)
        self._figures.answered(task.name, answer)
        return answer

    async def ask_provider(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task from a cache or by a provider, whatever its mode, and never by the fallback.

        Counted among the questions that are asked in the background: how long they take says nothing about what anybody waited for.

        Raises:
            ProviderError: There is no provider, none gave a valid answer within the deadline, or the gateway is closed.
        """
        if self._is_closed:
            raise closed(self.provider)
        if not self._routes:
            raise ProviderError("no AI provider is configured", fault=ProviderFault.UNAVAILABLE)
        begun_at_ns = self._clock.now_ns()
        deadline = Deadline.after(task.deadline_s if deadline_s is None else deadline_s, self._clock)
        try:
            found = await self._look_up(task, request, question_digest(task, request))
            if found is None:
                self._counts.background_asked += 1
                found = await self._ask_unwaited(task, request, deadline)
            _check_own(found)
        except ProviderError:
            self._figures.failed(task.name)
            raise
        answer = with_latency(found, begun_at_ns, self._clock)
        self._figures.answered(task.name, answer, was_waited_for=False)
        return answer

    @property
    def has_providers(self) -> bool:
        """Whether anybody but the fallback can be asked."""
        return bool(self._routes)

    def subscribe(self, listener: LateAnswer) -> None:
        """Tell somebody of each provider's answer in the background; one that raises is logged and told nothing more."""
        self._listeners.append(listener)

    def forecast(self, questions: Iterable[tuple[Task[Any, Any], BaseModel]]) -> Forecast:
        """Say what questions would take now, at the dearest provider and with nothing from the cache."""
        asked = tuple(questions) if self._routes else ()
        budget = self._budget or Budget()
        forecasts = [budget.forecast(asked, route.prices) for route in self._routes]
        dearest = max(forecasts, key=lambda each: each.most.cost_usd, default=budget.forecast(asked))
        return replace(dearest, price_is_known=self._price_is_known)

    def statistics(self) -> dict[str, Any]:
        """Return the figures of `ai` in summary.json, then by provider, route and layer."""
        counts = self._counts
        return self._figures.as_dict() | {
            "price_is_known": self._price_is_known,
            "hedges": {"asked": counts.asked, "started": counts.hedges, "won": counts.hedges_won},
            "background": {
                "asked": counts.background_asked,
                "answered": counts.background_answered,
                "failed": counts.background_failed,
                "dropped": counts.background_dropped,
                "waiting": len(counts.background),
            },
            "budget": None if self._budget is None else self._budget.statistics(),
            "routes": [route.statistics() for route in self._routes],
            "fallback": self._fallback.statistics(),
        }

    async def wait_background(self, timeout_s: float | None = None) -> bool:
        """Wait until everything that is asked in the background now has ended; a run may do so before its last report.

        Args:
            timeout_s: Longest wait, seconds; `None` for the deadlines of the tasks. What is not ended goes on.

        Returns:
            Whether all of it has ended.
        """
        if not self._counts.background:
            return True
        _, going_on = await asyncio.wait(self._counts.background.values(), timeout=timeout_s)
        return not going_on

    async def aclose(self) -> None:
        """End everything and close the routes and the fallback, whatever becomes of each; idempotent."""
        self._is_closed = True
        await self._keeper.aclose()
        closing = [route.model.aclose() for route in self._routes]
        results = await asyncio.gather(*closing, self._fallback.aclose(), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    @property
    def _price_is_known(self) -> bool:
        return all(route.prices is not None for route in self._routes)

    async def _from_routes(
        self, task: Task[RequestT, ResultT], request: RequestT, deadline: Deadline
    ) -> Answer[ResultT] | None:
        digest = question_digest(task, request)
        found = await self._look_up(task, request, digest)
        if found is not None:
            return found
        if self._modes.get(task.name, "wait") == "at_once":
            self._ask_in_background(task, request, digest)
            return None
        kept_s = min(_KEPT_FOR_FALLBACK_S, deadline.remaining_s * _KEPT_FOR_FALLBACK_SHARE)
        sooner = Deadline(deadline.at_ns - round(kept_s * 1e9), self._clock)
        try:
            return await self._ask_providers(task, request, sooner)
        except ProviderError:
            return None  # counted where it was raised

    async def _look_up(
        self, task: Task[RequestT, ResultT], request: RequestT, digest: str
    ) -> Answer[ResultT] | None:
        for route in self._routes:
            if route.lookup is not None:
                found = await route.lookup(task, request, digest)
                if found is not None:
                    return found
        return None

    # -- in the background -----------------------------------------------------------------------------------------

    def _ask_in_background(self, task: Task[Any, Any], request: Any, digest: str) -> None:
        counts = self._counts
        if digest in counts.background or not self._is_anybody_told:
            return
        if len(counts.background) >= self._background.max_waiting:
            counts.background_dropped += 1
            return
        counts.background_asked += 1
        work = self._keeper.start(self._tell_later(task, request), f"background:{task.name}")
        counts.background[digest] = work
        work.add_done_callback(lambda _: counts.background.pop(digest, None))

    @property
    def _is_anybody_told(self) -> bool:
        """Whether an answer in the background would ever be found or heard of."""
        return bool(self._listeners) or any(route.lookup is not None for route in self._routes)

    async def _tell_later(self, task: Task[Any, Any], request: Any) -> None:
        try:
            answer = await self._ask_unwaited(task, request, None)
        except ProviderError:
            return  # counted where it was raised
        self._figures.spent(answer)
        for listener in tuple(self._listeners):
            try:
                listener(task, request, answer)
            except Exception as error:  # noqa: BLE001 - somebody else's code; the answer is in the cache all the same
                _log.warning("a listener to AI answers broke and hears no more", exc_info=error)
                self._listeners.remove(listener)

    async def _ask_unwaited(
        self, task: Task[RequestT, ResultT], request: RequestT, deadline: Deadline | None
    ) -> Answer[ResultT]:
        """Ask providers when it is the question's turn; without a deadline, that of the task holds from then on.

        Raises:
            ProviderError: None answered.
        """
        try:
            await self._wait_for_turn(deadline)
            try:
                deadline = deadline or Deadline.after(task.deadline_s, self._clock)
                answer = await self._ask_providers(task, request, deadline)
            finally:
                self._background_slots.release()
        except ProviderError:
            self._counts.background_failed += 1
            raise
        self._counts.background_answered += 1
        return answer

    async def _wait_for_turn(self, deadline: Deadline | None) -> None:
        waits_s = None if deadline is None else deadline.remaining_s
        try:
            async with asyncio.timeout(waits_s):
                await self._background_slots.acquire()
        except TimeoutError:
            raise timed_out(self.provider, waits_s or 0.0) from None

    # -- asking providers ------------------------------------------------------------------------------------------

    async def _ask_providers(
        self, task: Task[RequestT, ResultT], request: RequestT, deadline: Deadline
    ) -> Answer[ResultT]:
        """Ask one provider after the other, or two at once, until one answers.

        Raises:
            ProviderError: None did; the last one's.
        """
        waiting = deque(ranked(self._routes, task, request))
        running: dict[asyncio.Task[Answer[ResultT]], _Call] = {}
        error = ProviderError("no AI provider is available now", fault=ProviderFault.UNAVAILABLE)
        self._counts.asked += 1
        try:
            while waiting or running:
                if not running:
                    self._start(running, waiting, task, request, deadline)
                done = await self._wait(running, waiting, task)
                if not done:
                    self._counts.hedges += 1
                    self._start(running, waiting, task, request, deadline, is_hedge=True)
                for each in done:
                    call = running.pop(each)
                    try:
                        return self._accepted(task, request, each, call)
                    except ProviderError as failure:
                        error = failure
                        self._note_failure(task, call, failure)
            raise error
        finally:
            self._leave(running, task)

    def _start(
        self,
        running: dict[asyncio.Task[Answer[ResultT]], _Call],
        waiting: deque[Route],
        task: Task[RequestT, ResultT],
        request: RequestT,
        deadline: Deadline,
        *,
        is_hedge: bool = False,
    ) -> None:
        route = waiting.popleft()
        if waiting and not is_hedge and self._hedge_after_s(task, route) is None:
            deadline = Deadline.after(deadline.remaining_s / 2, self._clock)
        call = start_call(
            self._keeper, ask_within(self._keeper, route.model, task, request, deadline), route.model.provider
        )
        running[call] = _Call(route=route, begun_at_ns=self._clock.now_ns(), is_hedge=is_hedge)

    async def _wait(
        self,
        running: dict[asyncio.Task[Answer[ResultT]], _Call],
        waiting: deque[Route],
        task: Task[RequestT, ResultT],
    ) -> set[asyncio.Task[Answer[ResultT]]]:
        """Wait for the first call to end; return nothing where it is time for a hedge."""
        hedge_after_s = None
        if len(running) == 1 and waiting:
            (call,) = running.values()
            hedge_after_s = self._hedge_after_s(task, call.route)
        done, _ = await asyncio.wait(running, timeout=hedge_after_s, return_when=asyncio.FIRST_COMPLETED)
        return done

    def _hedge_after_s(self, task: Task[Any, Any], route: Route) -> float | None:
        """Return after how long a second provider is asked; `None` for never."""
        is_allowed = self._counts.hedges < self._hedging.max_share * self._counts.asked
        if task.name not in self._hedging.tasks or not is_allowed:
            return None
        p95_s = route.p95_s(task, min_samples=self._hedging.min_samples)
        return None if p95_s is None else p95_s * _HEDGE_AFTER_P95

    def _accepted(
        self, task: Task[Any, Any], request: Any, ended: asyncio.Task[Answer[ResultT]], call: _Call
    ) -> Answer[ResultT]:
        """Return an answer that fits its question, and remember it to the provider's credit.

        Raises:
            ProviderError: It does not fit, or there is none.
        """
        answer = result_of(ended, call.route.model.provider)
        if not _fits(task, request, answer.value):
            raise ProviderError(
                f"the answer of {call.route.model.provider} does not fit the question",
                fault=ProviderFault.BAD_ANSWER,
            )
        call.route.note_success(task, (self._clock.now_ns() - call.begun_at_ns) / 1e9)
        self._counts.hedges_won += call.is_hedge
        return answer

    def _note_failure(self, task: Task[Any, Any], call: _Call, error: ProviderError) -> None:
        self._figures.provider_failed(call.route.model.provider, error)
        if error.fault not in OUR_FAULTS:
            call.route.note_failure()
        if error.fault is ProviderFault.TIMEOUT:
            call.route.note_waited(task, (self._clock.now_ns() - call.begun_at_ns) / 1e9)

    def _leave(self, running: Mapping[asyncio.Task[Any], _Call], task: Task[Any, Any]) -> None:
        """Stop waiting for calls that are still under way; that they took so long is remembered."""
        for each, call in running.items():
            each.cancel()
            call.route.note_waited(task, (self._clock.now_ns() - call.begun_at_ns) / 1e9)


def _check_own(answer: Answer[Any]) -> None:
    """Refuse what somebody else answered in a provider's place: a cassette has such answers, and a gateway behind this one may.

    Raises:
        ProviderError: It is degraded.
    """
    if answer.is_degraded:
        raise ProviderError("no AI provider gave this answer", fault=ProviderFault.UNAVAILABLE)


def _fits(task: Task[Any, Any], request: object, value: object) -> bool:
    """Whether an answer can be used at all; providers check more, but a foreign one may not."""
    if not isinstance(value, task.result_type):
        return False
    if isinstance(request, PreferRequest) and isinstance(value, Preferences):
        return len(value.weights) == len(request.offers)
    return True
