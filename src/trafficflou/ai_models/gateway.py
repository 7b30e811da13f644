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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from pydantic import BaseModel

from trafficflou.ai_models._asking import ask_within, closed, question_digest, with_latency
from trafficflou.ai_models._gateway_figures import GatewayFigures
from trafficflou.ai_models._route import Route
from trafficflou.ai_models._router import Hedging, Router
from trafficflou.ai_models._unwaited import Background, LateAnswer, Unwaited
from trafficflou.ai_models.budget import Budget, Forecast
from trafficflou.ai_models.model import AiModel, Answer
from trafficflou.ai_models.tasks import RequestT, ResultT, Task, TaskName
from trafficflou.core import Clock, ProviderError, ProviderFault, SystemClock
from trafficflou.resilience import Deadline, TaskKeeper

__all__ = ["DEFAULT_MODES", "Background", "Hedging", "LateAnswer", "Mode", "PrimalGenesis", "Route"]

Mode = Literal["wait", "at_once"]

DEFAULT_MODES: Final[Mapping[TaskName, Mode]] = {TaskName.PREFER: "at_once", TaskName.FILL: "at_once"}
"""What a visitor needs in order to go on is answered at once; what is made before or after a run is waited for."""

_KEPT_FOR_FALLBACK_S: Final = 0.5
_KEPT_FOR_FALLBACK_SHARE: Final = 0.2


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
        hedging: Hedging | None = None,
        background: Background | None = None,
        budget: Budget | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._routes = tuple(routes)
        self._fallback = fallback
        self._modes = dict(modes)
        self._budget = budget
        self._clock = clock or SystemClock()
        self._keeper = TaskKeeper("ai-gateway")
        self._figures = GatewayFigures()
        self._router = Router(self._routes, hedging or Hedging(), self._keeper, self._figures, self._clock)
        self._unwaited = Unwaited(
            self._router, background or Background(), self._keeper, self._figures, self._clock
        )
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
            found = await self._router.look_up(task, request, question_digest(task, request))
            if found is None:
                found = await self._unwaited.ask(task, request, deadline)
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
        self._unwaited.subscribe(listener)

    def forecast(self, questions: Iterable[tuple[Task[Any, Any], BaseModel]]) -> Forecast:
        """Say what questions would take now, at the dearest provider and with nothing from the cache."""
        asked = tuple(questions) if self._routes else ()
        budget = self._budget or Budget()
        forecasts = [budget.forecast(asked, route.prices) for route in self._routes]
        dearest = max(forecasts, key=lambda each: each.most.cost_usd, default=budget.forecast(asked))
        return replace(dearest, price_is_known=self._price_is_known)

    def statistics(self) -> dict[str, Any]:
        """Return the figures of `ai` in summary.json, then by provider, route and layer."""
        return self._figures.as_dict() | {
            "price_is_known": self._price_is_known,
            "hedges": self._router.statistics(),
            "background": self._unwaited.statistics(),
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
        return await self._unwaited.wait(timeout_s)

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
        found = await self._router.look_up(task, request, digest)
        if found is not None:
            return found
        if self._modes.get(task.name, "wait") == "at_once":
            if self._unwaited.has_listeners or any(route.lookup is not None for route in self._routes):
                self._unwaited.start(task, request, digest)
            return None  # and where nobody would ever find the answer or hear of it, nobody is asked
        kept_s = min(_KEPT_FOR_FALLBACK_S, deadline.remaining_s * _KEPT_FOR_FALLBACK_SHARE)
        sooner = Deadline(deadline.at_ns - round(kept_s * 1e9), self._clock)
        try:
            return await self._router.ask(task, request, sooner)
        except ProviderError:
            return None  # counted where it was raised


def _check_own(answer: Answer[Any]) -> None:
    """Refuse what somebody else answered in a provider's place: a cassette has such answers, and a gateway behind this one may.

    Raises:
        ProviderError: It is degraded.
    """
    if answer.is_degraded:
        raise ProviderError("no AI provider gave this answer", fault=ProviderFault.UNAVAILABLE)
