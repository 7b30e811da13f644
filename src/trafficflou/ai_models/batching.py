"""Several questions in one call, where that saves money.

Theory of operation: the orders of a prompt and the schema of its answer cost tokens with every call, mostly more than the question itself.
Questions of the kind `prefer` that come within a few milliseconds of each other are therefore asked as one (`PREFER_BATCH`). Each answer
is checked on its own against its own question; one that is missing or does not fit is asked for alone, as is everything where
the whole batch cannot be had because of the batch (too large, not understood). After a few of those in a row the provider counts
as one that cannot do it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from trafficflou.ai_models._asking import (
    ask_within,
    closed,
    start_call,
    timed_out,
    usage_of,
    with_latency,
    with_usage,
)
from trafficflou.ai_models._wrapping import WrappingModel
from trafficflou.ai_models.model import AiModel, Answer, Usage
from trafficflou.ai_models.tasks import (
    MAX_BATCH,
    PREFER,
    PREFER_BATCH,
    NumberedPreferences,
    PreferBatch,
    PreferBatchRequest,
    Preferences,
    PreferRequest,
    RequestT,
    ResultT,
    Task,
)
from trafficflou.core import Clock, ProviderError, ProviderFault, SystemClock
from trafficflou.resilience import Deadline

__all__ = ["BatchingModel"]

MAX_OFFERS: Final = 400
"""Of all questions of a batch together; above, the questions themselves cost more than what is saved."""

MAX_FAILED_BATCHES: Final = 3

_FAULTS_OF_BATCHES: Final = frozenset(
    {ProviderFault.BAD_ANSWER, ProviderFault.BAD_REQUEST, ProviderFault.TOO_LARGE, ProviderFault.OVER_BUDGET}
)
"""A single question may do better; anything else would meet it too."""


@dataclass(slots=True, kw_only=True)
class _Asked:
    """A question that waits for its batch."""

    request: PreferRequest
    deadline: Deadline
    future: "asyncio.Future[Answer[Preferences] | None]"
    surcharge: Usage = field(default_factory=Usage)
    """What a batch took that answered nobody; the first of its questions carries it."""


class _Batch:
    """Questions that are asked together; those that come while it is open join it."""

    def __init__(self) -> None:
        self.asked: list[_Asked] = []
        self.is_closed = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    @property
    def offers(self) -> int:
        """Of all questions together."""
        return sum(len(asked.request.offers) for asked in self.asked)

    def leave_nobody_behind(self) -> None:
        """End the work where nobody waits for it any more."""
        if self.task is not None and all(asked.future.done() for asked in self.asked):
            self.task.cancel()


class BatchingModel(WrappingModel):
    """Joins questions of the kind `prefer`; everything else passes through.

    Args:
        inner: Asked; it must know `PREFER_BATCH`. One that does not is found out and asked one by one.
        window_s: How long the first question of a batch waits for others, seconds.
        max_items: Most questions of a batch.
        clock: Tells the time.
    """

    def __init__(
        self,
        inner: AiModel,
        *,
        window_s: float = 0.005,
        max_items: int = MAX_BATCH,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(inner, "ai-batches")
        self._window_s = window_s
        self._max_items = min(max_items, MAX_BATCH)
        self._clock = clock or SystemClock()
        self._open: _Batch | None = None
        self._failed_in_a_row = 0
        self._batches = self._joined = self._single = self._failed = 0

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task, together with others where it can.

        Raises:
            ProviderError: The inner model's, or the deadline has passed.
        """
        if task.name != PREFER.name or not isinstance(request, PreferRequest) or not self._can_batch:
            return await self._inner.answer(task, request, deadline_s=deadline_s)
        begun_at_ns = self._clock.now_ns()
        deadline = Deadline.after(task.deadline_s if deadline_s is None else deadline_s, self._clock)
        asked = _Asked(request=request, deadline=deadline, future=asyncio.get_running_loop().create_future())
        joined = await self._join(asked)
        if joined is None:
            self._single += 1
            return await self._ask_alone(task, request, deadline, asked.surcharge)
        # The check above says that this is PREFER, which is what relates the types.
        return cast("Answer[ResultT]", with_latency(joined, begun_at_ns, self._clock))

    def statistics(self) -> dict[str, Any]:
        """Return the counters, and the inner model's."""
        return {
            "batches": self._batches,
            "batched_questions": self._joined,
            "single_questions": self._single,
            "failed_batches": self._failed,
            "inner": self._inner.statistics(),
        }

    @property
    def _can_batch(self) -> bool:
        return self._max_items > 1 and self._failed_in_a_row < MAX_FAILED_BATCHES

    async def _ask_alone(
        self, task: Task[RequestT, ResultT], request: RequestT, deadline: Deadline, surcharge: Usage
    ) -> Answer[ResultT]:
        try:
            answer = await self._inner.answer(task, request, deadline_s=deadline.remaining_s)
        except ProviderError as error:
            raise with_usage(error, usage_of(error) + surcharge) from error
        return replace(answer, usage=answer.usage + surcharge)

    async def _join(self, asked: _Asked) -> Answer[Preferences] | None:
        """Wait for the batch's answer to this question; `None` where it has to be asked alone."""
        batch = self._batch_for(asked.request)
        batch.asked.append(asked)
        if batch.task is None:
            batch.task = start_call(self._keeper, self._collect(batch), self.provider)
        if len(batch.asked) >= self._max_items:
            self._close(batch)
        waits_s = asked.deadline.remaining_s
        try:
            async with asyncio.timeout(waits_s):
                return await asked.future
        except TimeoutError:
            raise timed_out(self.provider, waits_s) from None
        finally:
            batch.leave_nobody_behind()

    def _batch_for(self, request: PreferRequest) -> _Batch:
        """Return the open batch, or a new one where it has no room."""
        if self._open is not None and self._open.offers + len(request.offers) > MAX_OFFERS:
            self._close(self._open)
        if self._open is None:
            self._open = _Batch()
        return self._open

    def _close(self, batch: _Batch) -> None:
        batch.is_closed.set()
        if self._open is batch:
            self._open = None

    async def _collect(self, batch: _Batch) -> None:
        try:
            try:
                async with asyncio.timeout(self._window_s):
                    await batch.is_closed.wait()
            except TimeoutError:
                pass  # nobody else came
            self._close(batch)
            await self._ask(batch.asked)
        finally:
            self._close(batch)
            _fail_each(batch.asked, closed(self.provider))

    async def _ask(self, batch: list[_Asked]) -> None:
        waiting = [asked for asked in batch if not asked.future.done()]
        if len(waiting) < 2:
            _answer_each(waiting, [None] * len(waiting))
            return
        self._batches += 1
        request = PreferBatchRequest(items=tuple(asked.request for asked in waiting))
        # The latest deadline: who has an earlier one leaves by it.
        deadline = max((asked.deadline for asked in waiting), key=lambda each: each.at_ns)
        try:
            answer = await ask_within(self._keeper, self._inner, PREFER_BATCH, request, deadline)
        except ProviderError as error:
            self._failed += 1
            if error.fault in _FAULTS_OF_BATCHES:
                self._failed_in_a_row += 1
                waiting[0].surcharge = usage_of(error)
                _answer_each(waiting, [None] * len(waiting))
            else:
                _fail_each(waiting, error)
            return
        self._failed_in_a_row = 0
        results = _by_question(request, answer.value)
        good = sum(result is not None for result in results)
        self._joined += good
        if not good:
            waiting[0].surcharge = answer.usage
        _answer_each(waiting, _answers(answer, results))


def _by_question(request: PreferBatchRequest, batch: PreferBatch) -> list[Preferences | None]:
    """Return the answer to each question; `None` where there is none that fits, or several."""
    found: dict[int, NumberedPreferences | None] = {}
    for numbered in batch.answers:
        found[numbered.item] = None if numbered.item in found else numbered
    results: list[Preferences | None] = []
    for number, item in enumerate(request.items):
        given = found.get(number)
        fits = given is not None and len(given.weights) == len(item.offers)
        results.append(
            Preferences(weights=given.weights, leave=given.leave) if given is not None and fits else None
        )
    return results


def _answers(
    answer: Answer[PreferBatch], results: Sequence[Preferences | None]
) -> list[Answer[Preferences] | None]:
    """Make an answer of each result; the call's usage is shared out, and what does not divide goes to the first."""
    good = sum(result is not None for result in results)
    shares = iter(_shares(answer.usage, good))
    return [
        None
        if result is None
        else Answer(
            value=result,
            provider=answer.provider,
            model=answer.model,
            source=answer.source,
            is_degraded=answer.is_degraded,
            usage=next(shares),
        )
        for result in results
    ]


def _shares(usage: Usage, count: int) -> list[Usage]:
    if not count:
        return []
    share = Usage(
        input_tokens=usage.input_tokens // count,
        output_tokens=usage.output_tokens // count,
        cost_usd=usage.cost_usd / count,
    )
    first = replace(
        share,
        input_tokens=share.input_tokens + usage.input_tokens % count,
        output_tokens=share.output_tokens + usage.output_tokens % count,
    )
    return [first, *[share] * (count - 1)]


def _answer_each(waiting: list[_Asked], answers: Sequence[Answer[Preferences] | None]) -> None:
    for asked, answer in zip(waiting, answers, strict=True):
        if not asked.future.done():
            asked.future.set_result(answer)


def _fail_each(waiting: list[_Asked], error: ProviderError) -> None:
    """Let all fail; what the batch took stands on the first failure alone."""
    took = usage_of(error)
    for asked in waiting:
        if not asked.future.done():
            asked.future.set_exception(with_usage(error, took))
            took = Usage()
