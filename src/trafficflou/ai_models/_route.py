"""A way to a provider, and what is known of it lately.

Theory of operation: routes are ranked by what an answer is expected to cost until one succeeds, in USD: the usual price of the question,
plus the time that it is waited for at `_USD_PER_S`, divided by the share of successes. One formula weighs price, latency and health,
and all three are recent: outcomes lose half their weight every minute (so a route that failed is tried again by itself), latencies are
the last 64 of the same task.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Final

from pydantic import BaseModel

from trafficflou.ai_models.batching import BatchingModel
from trafficflou.ai_models.budget import Budget, BudgetedModel, Prices, usual_of
from trafficflou.ai_models.cached import DEFAULT_TTL_S, CachedModel
from trafficflou.ai_models.limited import LimitedModel, Limits
from trafficflou.ai_models.model import AiModel, Answer
from trafficflou.ai_models.tasks import RequestT, ResultT, Task, TaskName
from trafficflou.core import Clock, SystemClock
from trafficflou.stores.ai_cache import AiCache

__all__ = ["BorrowedModel", "Lookup", "Route"]

Lookup = Callable[[Task[Any, Any], Any, str | None], Awaitable[Answer[Any] | None]]
"""Looks a question up in a cache without asking anybody."""

_USD_PER_S: Final = 0.001
"""What a second of waiting is worth. A quick small model and a slow cheap one differ by a second and a tenth of a cent."""

_LATENCIES: Final = 64
_LATENCY_BEFORE_ANY_S: Final = 1.0
_HALF_LIFE_S: Final = 60.0
_PRIOR_FAILURES: Final = 0.05
_PRIOR_OUTCOMES: Final = 1.0


class BorrowedModel:
    """Somebody else's model: everything passes through but `aclose`.

    Args:
        inner: The model; who made it closes it.
    """

    def __init__(self, inner: AiModel) -> None:
        self._inner = inner

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return self._inner.provider

    @property
    def model(self) -> str:
        """The name of the provider's model."""
        return self._inner.model

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task."""
        return await self._inner.answer(task, request, deadline_s=deadline_s)

    def statistics(self) -> dict[str, Any]:
        """Return the inner model's counters."""
        return self._inner.statistics()

    async def aclose(self) -> None:
        """Do nothing."""


class Route:
    """A model, with what ranking it needs.

    Args:
        model: Asked; usually with layers around the provider's (`Route.build`).
        prices: For ranking; nothing where they are not known.
        lookup: Looks into its cache; `None` where it has none.
        is_available: Whether it would be asked now; that of its circuit breaker.
        clock: Tells the time.
    """

    def __init__(
        self,
        model: AiModel,
        *,
        prices: Prices | None = None,
        lookup: Lookup | None = None,
        is_available: Callable[[], bool] = lambda: True,
        clock: Clock | None = None,
    ) -> None:
        self.model = model
        self.lookup = lookup
        self._prices = prices
        self._is_available = is_available
        self._clock = clock or SystemClock()
        self._latencies_s: dict[TaskName, deque[float]] = {}
        self._successes = self._failures = 0.0
        self._weighed_at_ns = self._clock.now_ns()

    @classmethod
    def build(
        cls,
        model: AiModel,
        *,
        cache: AiCache | None = None,
        ttl_s: float = DEFAULT_TTL_S,
        budget: Budget | None = None,
        prices: Prices | None = None,
        limits: Limits | None = None,
        batching: bool = False,
        clock: Clock | None = None,
        rng: Random | None = None,
    ) -> "Route":
        """Put the layers around a provider's model, outermost first: cache, batches, limits, budget.

        Args:
            model: The provider's.
            cache: Keeps answers; `None` for no caching.
            ttl_s: How long they hold, seconds.
            budget: The run's; each attempt counts.
            prices: The model's; `None` where they are not known.
            limits: How it may be asked.
            batching: Whether the provider can answer batches.
            clock: Tells the time.
            rng: Draws the jitter.

        Raises:
            ConfigError: The budget is in USD, and the prices are not known.
        """
        asked: AiModel = model if budget is None else BudgetedModel(model, budget, prices)
        limited = LimitedModel(asked, limits, clock=clock, rng=rng)
        outer: AiModel = BatchingModel(limited, clock=clock) if batching else limited
        lookup: Lookup | None = None
        if cache is not None:
            cached = CachedModel(outer, cache, ttl_s=ttl_s, clock=clock)
            outer, lookup = cached, cached.lookup
        return cls(
            outer,
            prices=prices,
            lookup=lookup,
            is_available=lambda: limited.is_available,
            clock=clock,
        )

    @property
    def is_available(self) -> bool:
        """Whether it would be asked now."""
        return self._is_available()

    @property
    def failure_share(self) -> float:
        """Share of recent questions that failed, 0..1; a little above 0 where nothing is known."""
        self._fade()
        outcomes = self._successes + self._failures + _PRIOR_OUTCOMES
        return (self._failures + _PRIOR_FAILURES) / outcomes

    def expected_usd(self, task: Task[Any, Any], request: BaseModel) -> float:
        """Return what an answer is expected to cost, waiting included, until there is one."""
        recent = self._latencies_s.get(task.name)
        latency_s = sum(recent) / len(recent) if recent else _LATENCY_BEFORE_ANY_S
        price_usd = usual_of(task, request, self._prices).cost_usd
        return (price_usd + latency_s * _USD_PER_S) / max(1e-3, 1 - self.failure_share)

    def p95_s(self, task: Task[Any, Any], *, min_samples: int) -> float | None:
        """Return the 95th percentile of recent latencies of a task; `None` where too few are known."""
        recent = sorted(self._latencies_s.get(task.name, ()))
        if len(recent) < max(1, min_samples):
            return None
        return recent[min(len(recent) - 1, int(len(recent) * 0.95))]

    def note_success(self, task: Task[Any, Any], latency_s: float) -> None:
        """Remember an answer."""
        self._fade()
        self._successes += 1
        self.note_latency(task, latency_s)

    def note_failure(self) -> None:
        """Remember that there was none."""
        self._fade()
        self._failures += 1

    def note_latency(self, task: Task[Any, Any], latency_s: float) -> None:
        """Remember how long an answer took."""
        self._latencies_s.setdefault(task.name, deque(maxlen=_LATENCIES)).append(latency_s)

    def note_waited(self, task: Task[Any, Any], waited_s: float) -> None:
        """Remember that an answer would have taken longer than this; says nothing where answers usually do."""
        recent = self._latencies_s.get(task.name)
        if not recent or waited_s > sum(recent) / len(recent):
            self.note_latency(task, waited_s)

    def statistics(self) -> dict[str, Any]:
        """Return who it leads to, how it is, and the counters of its layers."""
        return {
            "provider": self.model.provider,
            "model": self.model.model,
            "is_available": self.is_available,
            "failure_share": self.failure_share,
            "layers": self.model.statistics(),
        }

    def _fade(self) -> None:
        now_ns = self._clock.now_ns()
        factor = 0.5 ** ((now_ns - self._weighed_at_ns) / 1e9 / _HALF_LIFE_S)
        self._successes *= factor
        self._failures *= factor
        self._weighed_at_ns = now_ns
