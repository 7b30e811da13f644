"""A model that is asked each question once.

Theory of operation: a question's name is a hash of the task, the version of its prompt, the request, the provider and the model, so whatever
changes the answer changes the name. Equal questions that come while the first is under way wait for that one ("single flight"); each has
its own deadline, and one that leaves does not take the others with it; when the last leaves, the call is cancelled. Failures that
would repeat are remembered for a short time, in this process only: a restart with another key must find nothing of them.
"""

import asyncio
import copy
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from trafficflou.ai_models._asking import (
    answer_key,
    ask_within,
    closed,
    question_digest,
    start_call,
    timed_out,
    with_latency,
    with_usage,
)
from trafficflou.ai_models._wrapping import WrappingModel
from trafficflou.ai_models.model import AiModel, Answer, Usage
from trafficflou.ai_models.tasks import RequestT, ResultT, Task, TaskName
from trafficflou.core import Clock, ProviderError, ProviderFault, StoreError, SystemClock
from trafficflou.metrics.histogram import Histogram
from trafficflou.resilience import Deadline
from trafficflou.stores.ai_cache import AiCache

__all__ = ["CachedModel"]

DEFAULT_TTL_S: Final = 7 * 86_400.0
DEFAULT_NEGATIVE_TTL_S: Final = 30.0
MAX_REMEMBERED_FAILURES: Final = 1000

_REPEATING_FAULTS: Final = frozenset(
    {
        ProviderFault.NO_KEY,
        ProviderFault.WRONG_KEY,
        ProviderFault.NO_MODEL,
        ProviderFault.NO_QUOTA,
        ProviderFault.BAD_REQUEST,
        ProviderFault.BAD_ANSWER,
        ProviderFault.TOO_LARGE,
        ProviderFault.REDIRECTED,
    }
)


class _Flight:
    """A question under way, and how many wait for it."""

    __slots__ = ("task", "waiting")

    def __init__(self, task: asyncio.Task[Answer[Any]]) -> None:
        self.task = task
        self.waiting = 0


class CachedModel(WrappingModel):
    """Answers from the cache where it can.

    Args:
        inner: Asked where the cache has nothing.
        cache: May be shared with other models; who made it closes it.
        ttl_s: How long an answer holds, seconds.
        ttl_by_task_s: Other times for some tasks.
        negative_ttl_s: How long a failure that would repeat is remembered; 0 for not at all.
        clock: Tells the time.
    """

    def __init__(
        self,
        inner: AiModel,
        cache: AiCache,
        *,
        ttl_s: float = DEFAULT_TTL_S,
        ttl_by_task_s: Mapping[TaskName, float] | None = None,
        negative_ttl_s: float = DEFAULT_NEGATIVE_TTL_S,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(inner, "ai-cache")
        self._cache = cache
        self._ttl_s = ttl_s
        self._ttl_by_task_s = dict(ttl_by_task_s or {})
        self._negative_ttl_ns = round(negative_ttl_s * 1e9)
        self._clock = clock or SystemClock()
        self._flights: dict[str, _Flight] = {}
        self._landed = 0
        self._failures: OrderedDict[str, tuple[int, ProviderError]] = OrderedDict()
        self._hits = self._misses = self._joined = self._negative_hits = self._store_errors = 0
        self._hit_times = Histogram()

    async def lookup(
        self, task: Task[RequestT, ResultT], request: RequestT, digest: str | None = None
    ) -> Answer[ResultT] | None:
        """Return the answer where the cache has it, without asking anybody; counts hits only.

        Args:
            task: The kind of question.
            request: The question.
            digest: Its name (`question_digest`), where it is known already.
        """
        return await self._find(task, self._key(digest or question_digest(task, request)))

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task, from the cache where it can.

        Raises:
            ProviderError: The inner model's, also a remembered one; or the deadline has passed.
        """
        deadline = Deadline.after(task.deadline_s if deadline_s is None else deadline_s, self._clock)
        key = self._key(question_digest(task, request))
        landed = self._landed
        found = await self._find(task, key)
        if found is None and landed != self._landed:
            found = await self._find(task, key)  # it may have landed while we looked
        if found is not None:
            return found
        self._raise_remembered(key)
        return await self._fly_or_join(task, request, key, deadline)

    def statistics(self) -> dict[str, Any]:
        """Return the counters, the cache's and the inner model's."""
        return {
            "hits": self._hits,
            "misses": self._misses,
            "joined": self._joined,
            "negative_hits": self._negative_hits,
            "store_errors": self._store_errors,
            "hit_p50_ms": self._hit_times.percentile_ms(50),
            "hit_p95_ms": self._hit_times.percentile_ms(95),
            "store": self._cache.statistics(),
            "inner": self._inner.statistics(),
        }

    def _key(self, digest: str) -> str:
        return answer_key(digest, self._inner.provider, self._inner.model)

    async def _find(self, task: Task[RequestT, ResultT], key: str) -> Answer[ResultT] | None:
        begun_at_ns = self._clock.now_ns()
        try:
            found = await self._cache.get(key)
        except StoreError:
            self._store_errors += 1
            return None
        answer = None if found is None else _unpack(found.value, task)
        if answer is None:
            return None
        self._hits += 1
        self._hit_times.record(self._clock.now_ns() - begun_at_ns)
        return with_latency(answer, begun_at_ns, self._clock)

    async def _fly_or_join(
        self, task: Task[RequestT, ResultT], request: RequestT, key: str, deadline: Deadline
    ) -> Answer[ResultT]:
        begun_at_ns = self._clock.now_ns()
        while True:
            flight = self._flights.get(key)
            is_first = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight(
                    start_call(self._keeper, self._fly(task, request, key, deadline), self.provider)
                )
                self._misses += 1
            else:
                self._joined += 1
            await self._wait(flight, key, deadline)
            error = flight.task.exception()
            if error is None:
                answer: Answer[ResultT] = flight.task.result()
                return answer if is_first else self._shared(answer, begun_at_ns)
            if not is_first and _is_timeout(error) and not deadline.is_over:
                continue  # the first one's deadline was shorter than ours
            if isinstance(error, ProviderError) and not is_first:
                raise with_usage(error, Usage())  # the first one's failure says what it took
            raise copy.copy(error) if isinstance(error, ProviderError) else error

    async def _wait(self, flight: _Flight, key: str, deadline: Deadline) -> None:
        """Wait for a flight's end; where nobody else waits and we leave, it ends with us."""
        flight.waiting += 1
        waits_s = deadline.remaining_s
        try:
            await asyncio.wait({flight.task}, timeout=waits_s)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                self._land(key, flight.task)
        if not flight.task.done():
            raise timed_out(self.provider, waits_s)
        if flight.task.cancelled():
            raise closed(self.provider)

    async def _fly(
        self, task: Task[RequestT, ResultT], request: RequestT, key: str, deadline: Deadline
    ) -> Answer[ResultT]:
        try:
            answer = await ask_within(self._keeper, self._inner, task, request, deadline)
            if not answer.is_degraded:
                await self._keep(key, answer, self._ttl_by_task_s.get(task.name, self._ttl_s))
        except ProviderError as error:
            self._remember(key, error)
            raise
        finally:
            self._land(key, asyncio.current_task())
        return answer

    def _land(self, key: str, task: object) -> None:
        flight = self._flights.get(key)
        if flight is not None and flight.task is task:
            del self._flights[key]
            self._landed += 1

    async def _keep(self, key: str, answer: Answer[Any], ttl_s: float) -> None:
        try:
            await self._cache.put(key, _pack(answer), ttl_s)
        except StoreError:
            self._store_errors += 1

    def _shared(self, answer: Answer[ResultT], begun_at_ns: int) -> Answer[ResultT]:
        """Return a flight's answer for those who joined it: they paid nothing."""
        return with_latency(replace(answer, source="cache", usage=Usage()), begun_at_ns, self._clock)

    def _remember(self, key: str, error: ProviderError) -> None:
        if error.fault in _REPEATING_FAULTS and self._negative_ttl_ns > 0:
            self._failures[key] = (self._clock.now_ns() + self._negative_ttl_ns, with_usage(error, Usage()))
            self._failures.move_to_end(key)
            while len(self._failures) > MAX_REMEMBERED_FAILURES:
                self._failures.popitem(last=False)

    def _raise_remembered(self, key: str) -> None:
        until_ns, error = self._failures.get(key, (0, None))
        if error is None:
            return
        if self._clock.now_ns() < until_ns:
            self._negative_hits += 1
            raise copy.copy(error)
        del self._failures[key]


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, ProviderError) and error.fault is ProviderFault.TIMEOUT


def _pack(answer: Answer[Any]) -> bytes:
    """Write an answer as two lines of JSON: who gave it, and what it is."""
    head = json.dumps({"provider": answer.provider, "model": answer.model})
    return f"{head}\n{answer.value.model_dump_json()}".encode("utf-8", errors="surrogatepass")


def _unpack(packed: bytes, task: Task[Any, ResultT]) -> Answer[ResultT] | None:
    """Read an answer; `None` where somebody else wrote it or it does not hold by today's rules."""
    first, _, rest = packed.partition(b"\n")
    try:
        head = json.loads(first)
        return Answer(
            value=task.result_type.model_validate_json(rest),
            provider=str(head["provider"]),
            model=str(head["model"]),
            source="cache",
        )
    except (ValueError, KeyError, TypeError, ValidationError):
        return None
