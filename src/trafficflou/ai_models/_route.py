"""A way to a provider, and what is known of it lately.

Theory of operation: routes are ranked by what an answer is expected to cost until one succeeds, in USD: the usual price of the question,
plus the time that it is waited for at `_USD_PER_S`, divided by the share of successes. One formula weighs price, latency and health,
and all of it is recent: outcomes lose half their weight every minute, latencies are the last 64 of the same task in ten minutes. A
route of which no latency is known counts as twice as quick as the quickest, so one that was never asked, failed, or was slow long ago
is tried (again) by itself.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from random import Random
from typing import Any, Final

from pydantic import BaseModel

from trafficflou.ai_models._wrapping import WrappingModel
from trafficflou.ai_models.batching import BatchingModel
from trafficflou.ai_models.budget import Budget, BudgetedModel, Prices, usual_of
from trafficflou.ai_models.cached import DEFAULT_TTL_S, CachedModel
from trafficflou.ai_models.limited import LimitedModel, Limits
from trafficflou.ai_models.model import AiModel, Answer
from trafficflou.ai_models.tasks import Task, TaskName
from trafficflou.core import Clock, SystemClock
from trafficflou.stores.ai_cache import AiCache

__all__ = ["BorrowedModel", "Lookup", "Route", "ranked"]

Lookup = Callable[[Task[Any, Any], Any, str | None], Awaitable[Answer[Any] | None]]
"""Looks a question up in a cache without asking anybody."""

_USD_PER_S: Final = 0.001
"""What a second of waiting is worth. A quick small model and a slow cheap one differ by a second and a tenth of a cent."""

_LATENCIES: Final = 64
_LATENCIES_HOLD_NS: Final = 600_000_000_000
_UNKNOWN_LATENCY_S: Final = 1.0
_HALF_LIFE_S: Final = 60.0
_PRIOR_FAILURES: Final = 0.05
_PRIOR_OUTCOMES: Final = 1.0


class BorrowedModel(WrappingModel):
    """Somebody else's model: everything passes through but `aclose`.

    Args:
        inner: The model; who made it closes it.
    """

    def __init__(self, inner: AiModel) -> None:
        super().__init__(inner, "ai-borrowed")

    async def aclose(self) -> None:
        """Do nothing."""


class Route:
    """A model, with what ranking it needs.

    Args:
        model: Asked; usually with layers around the provider's (`Route.build`).
        prices: For ranking and forecasts; `None` where they are not known.
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
        self.prices = prices
        self._is_available = is_available
        self._clock = clock or SystemClock()
        self._latencies_s: dict[TaskName, deque[tuple[int, float]]] = {}
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

    def latency_s(self, task: Task[Any, Any]) -> float | None:
        """Return the mean of recent latencies of a task; `None` where none is known."""
        recent = self._recent(task)
        return sum(recent) / len(recent) if recent else None

    def p95_s(self, task: Task[Any, Any], *, min_samples: int) -> float | None:
        """Return the 95th percentile of recent latencies of a task; `None` where too few are known."""
        recent = sorted(self._recent(task))
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
        latencies = self._latencies_s.setdefault(task.name, deque(maxlen=_LATENCIES))
        latencies.append((self._clock.now_ns(), latency_s))

    def note_waited(self, task: Task[Any, Any], waited_s: float) -> None:
        """Remember that an answer would have taken longer than this; says nothing where answers usually do."""
        if waited_s > (self.latency_s(task) or 0.0):
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

    def expected_usd(self, task: Task[Any, Any], request: BaseModel, unknown_latency_s: float) -> float:
        """Return what an answer is expected to cost, waiting included, until there is one.

        Args:
            task: The kind of question.
            request: The question.
            unknown_latency_s: Stands for the latency where none is known.
        """
        known_s = self.latency_s(task)
        waiting_usd = (unknown_latency_s if known_s is None else known_s) * _USD_PER_S
        price_usd = usual_of(task, request, self.prices).cost_usd
        return (price_usd + waiting_usd) / max(1e-3, 1 - self.failure_share)

    def _recent(self, task: Task[Any, Any]) -> list[float]:
        since_ns = self._clock.now_ns() - _LATENCIES_HOLD_NS
        return [latency_s for at_ns, latency_s in self._latencies_s.get(task.name, ()) if at_ns >= since_ns]

    def _fade(self) -> None:
        now_ns = self._clock.now_ns()
        factor = 0.5 ** ((now_ns - self._weighed_at_ns) / 1e9 / _HALF_LIFE_S)
        self._successes *= factor
        self._failures *= factor
        self._weighed_at_ns = now_ns


def ranked(routes: Iterable[Route], task: Task[Any, Any], request: BaseModel) -> list[Route]:
    """Return the routes that are available, the one with the least expected cost first; in their order where all else is equal."""
    available = [route for route in routes if route.is_available]
    known = [known_s for route in available if (known_s := route.latency_s(task)) is not None]
    unknown_latency_s = min(known, default=_UNKNOWN_LATENCY_S) / 2
    return sorted(available, key=lambda route: route.expected_usd(task, request, unknown_latency_s))
