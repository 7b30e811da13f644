"""A model that is asked with restraint: not too much at once, not too fast, not while it is down, and never for too long.

Theory of operation: each attempt passes the circuit breaker, then waits for its share of the provider's limits (requests and tokens a minute,
calls at once), then asks; all of it within one deadline, and what cannot be had within it fails at once, so that somebody else can be
asked. A failure that may pass is tried again after a pause with jitter that is no shorter than the provider asks for. The vendors'
libraries have their own retries switched off: these are the only ones.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from trafficflou.ai_models._asking import (
    FINAL_FAULTS,
    OUR_FAULTS,
    RETRYABLE_FAULTS,
    ask_within,
    timed_out,
    usage_of,
    with_latency,
    with_usage,
)
from trafficflou.ai_models._wrapping import WrappingModel
from trafficflou.ai_models.budget import usual_of
from trafficflou.ai_models.model import AiModel, Answer, Usage
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.core import Clock, ProviderError, ProviderFault, SystemClock
from trafficflou.resilience import (
    BreakerSettings,
    BreakerState,
    CircuitBreaker,
    Deadline,
    RetryPolicy,
    TokenBucket,
)

__all__ = ["LimitedModel", "Limits"]

MAX_UNENDING_CALLS: Final = 32
"""Calls that swallowed their cancellation; with that many, something is wrong that more calls make worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a provider may be asked.

    Attributes:
        max_concurrency: Calls at once.
        max_waiting: Questions that wait for one of those; more are refused.
        requests_per_min: The provider's limit; `None` for none.
        tokens_per_min: The provider's limit, sent and received together; `None` for none.
        attempt_s: Longest time of one attempt, seconds; `None` for the whole deadline.
        retry: How often and how fast.
        breaker: When the provider counts as down.
    """

    max_concurrency: int = 8
    max_waiting: int = 256
    requests_per_min: float | None = None
    tokens_per_min: float | None = None
    attempt_s: float | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    breaker: BreakerSettings = field(default_factory=BreakerSettings)


class LimitedModel(WrappingModel):
    """Asks with restraint, and keeps the deadline whatever the inner model does.

    Args:
        inner: Who is asked.
        limits: How.
        clock: Tells the time.
        rng: Draws the jitter.
    """

    def __init__(
        self,
        inner: AiModel,
        limits: Limits | None = None,
        *,
        clock: Clock | None = None,
        rng: Random | None = None,
    ) -> None:
        super().__init__(inner, "ai")
        self._limits = limits or Limits()
        self._clock = clock or SystemClock()
        self._rng = rng or Random()
        self._breaker = CircuitBreaker(self._limits.breaker, self._clock)
        self._slots = asyncio.Semaphore(self._limits.max_concurrency)
        self._requests = _bucket(self._limits.requests_per_min, self._clock)
        self._tokens = _bucket(self._limits.tokens_per_min, self._clock)
        self._waiting = self._asking = 0
        self._faults: Counter[str] = Counter()
        self._attempts = self._retries = 0

    @property
    def is_available(self) -> bool:
        """Whether a question would be passed on now: the breaker is not open."""
        return self._breaker.would_enter

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task, with retries.

        Raises:
            ProviderError: The last attempt's, with what all of them took; or a limit of ours cannot be kept within the deadline.
        """
        begun_at_ns = self._clock.now_ns()
        deadline = Deadline.after(task.deadline_s if deadline_s is None else deadline_s, self._clock)
        failed = 0
        wasted = Usage()
        while True:
            try:
                answer = await self._attempt(task, request, deadline)
                answer = replace(answer, usage=answer.usage + wasted)
                return with_latency(answer, begun_at_ns, self._clock)
            except ProviderError as error:
                failed += 1
                wasted += usage_of(error)
                self._faults[error.fault] += 1
                pause_s = self._pause_s(error, failed, deadline)
                if pause_s is None:
                    if wasted == usage_of(error):
                        raise
                    raise with_usage(error, wasted) from error
            self._retries += 1
            await asyncio.sleep(pause_s)

    def statistics(self) -> dict[str, Any]:
        """Return the counters, and the inner model's."""
        return {
            "attempts": self._attempts,
            "retries": self._retries,
            "faults": dict(self._faults),
            "breaker_opened": self._breaker.opened,
            "breaker_refused": self._breaker.refused,
            "is_down": int(self._breaker.state is BreakerState.OPEN),
            "unending_calls": self._unending,
            "inner": self._inner.statistics(),
        }

    @property
    def _unending(self) -> int:
        return max(0, len(self._keeper) - self._asking)

    def _pause_s(self, error: ProviderError, failed: int, deadline: Deadline) -> float | None:
        if error.fault not in RETRYABLE_FAULTS or isinstance(error, _RefusedByUsError):
            return None
        return self._limits.retry.pause_s(
            failed, rng=self._rng, remaining_s=deadline.remaining_s, retry_after_s=error.retry_after_s
        )

    async def _attempt(
        self, task: Task[RequestT, ResultT], request: RequestT, deadline: Deadline
    ) -> Answer[ResultT]:
        if self._unending >= MAX_UNENDING_CALLS:
            raise _RefusedByUsError(f"{self.provider} has {self._unending} calls that do not end")
        passage = self._breaker.try_enter()
        if passage is None:
            raise _RefusedByUsError(
                f"{self.provider} has failed too often and is left alone for {self._breaker.retry_in_s:.0f} s",
                retry_after_s=self._breaker.retry_in_s,
            )
        try:
            answer = await self._ask_in_turn(task, request, deadline)
            passage.succeeded()
        except ProviderError as error:
            if not isinstance(error, _RefusedByUsError) and error.fault not in OUR_FAULTS:
                passage.failed(retry_after_s=error.retry_after_s, is_final=error.fault in FINAL_FAULTS)
            raise
        finally:
            passage.left()  # counts only where neither of the above did: cancelled, or not about the provider
        return answer

    async def _ask_in_turn(
        self, task: Task[RequestT, ResultT], request: RequestT, deadline: Deadline
    ) -> Answer[ResultT]:
        usual = usual_of(task, request)
        estimate = usual.input_tokens + usual.output_tokens
        await self._wait_for_rate(estimate, deadline)
        await self._wait_for_slot(deadline)
        self._asking += 1
        self._attempts += 1
        try:
            answer = await ask_within(self._keeper, self._inner, task, request, self._attempt_end(deadline))
        finally:
            self._asking -= 1
            self._slots.release()
        if self._tokens is not None:
            self._tokens.settle(estimate, answer.usage.input_tokens + answer.usage.output_tokens)
        return answer

    def _attempt_end(self, deadline: Deadline) -> Deadline:
        if self._limits.attempt_s is None or self._limits.attempt_s >= deadline.remaining_s:
            return deadline
        return Deadline.after(self._limits.attempt_s, self._clock)

    async def _wait_for_rate(self, tokens: int, deadline: Deadline) -> None:
        """Wait until the limits per minute allow another call."""
        wait_s = 0.0
        if self._requests is not None:
            wait_s = self._taken(self._requests.reserve(1, max_wait_s=deadline.remaining_s), "requests")
        if self._tokens is not None:
            for_tokens_s = self._tokens.reserve(tokens, max_wait_s=deadline.remaining_s)
            if for_tokens_s is None and self._requests is not None:
                self._requests.settle(1, 0)
            wait_s = max(wait_s, self._taken(for_tokens_s, "tokens"))
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def _taken(self, wait_s: float | None, what: str) -> float:
        if wait_s is None:
            raise _RefusedByUsError(
                f"the limit of {what} a minute for {self.provider} leaves no room within the deadline",
                fault=ProviderFault.RATE_LIMITED,
            )
        return wait_s

    async def _wait_for_slot(self, deadline: Deadline) -> None:
        """Wait until fewer than `max_concurrency` calls are under way."""
        if self._slots.locked() and self._waiting >= self._limits.max_waiting:
            raise _RefusedByUsError(f"{self._waiting} questions wait for {self.provider} already")
        self._waiting += 1
        waits_s = deadline.remaining_s
        try:
            async with asyncio.timeout(waits_s):
                await self._slots.acquire()
        except TimeoutError:
            error = timed_out(self.provider, waits_s)
            raise _RefusedByUsError(error.message, fault=error.fault) from None
        finally:
            self._waiting -= 1


class _RefusedByUsError(ProviderError):
    """The provider was not asked."""


def _bucket(per_min: float | None, clock: Clock) -> TokenBucket | None:
    """A minute's limit, a quarter of which may be used at once: providers measure shorter spans than they say."""
    return None if per_min is None else TokenBucket(per_min / 60, max(1.0, per_min / 4), clock)
