"""What all layers around a model share: a deadline that holds, faults sorted by what helps, the name of a question."""

import asyncio
import copy
import hashlib
import json
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from trafficflou.ai_models.model import AiModel, Answer, Usage
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.core import Clock, ProviderError, ProviderFault
from trafficflou.core.secret import redact
from trafficflou.resilience import Deadline, TaskKeeper

__all__ = [
    "FINAL_FAULTS",
    "FREE_FAULTS",
    "OUR_FAULTS",
    "RETRYABLE_FAULTS",
    "answer_key",
    "ask_within",
    "canonical_json",
    "closed",
    "is_free",
    "question_digest",
    "result_of",
    "start_call",
    "timed_out",
    "usage_of",
    "with_latency",
    "with_usage",
]

T = TypeVar("T")

RETRYABLE_FAULTS: Final = frozenset(
    {
        ProviderFault.RATE_LIMITED,
        ProviderFault.SERVER_ERROR,
        ProviderFault.NO_ROUTE,
        ProviderFault.TIMEOUT,
        ProviderFault.UNAVAILABLE,
    }
)
"""The same question may be answered a moment later."""

FINAL_FAULTS: Final = frozenset(
    {ProviderFault.NO_KEY, ProviderFault.WRONG_KEY, ProviderFault.NO_MODEL, ProviderFault.NO_QUOTA}
)
"""No question will be answered until somebody does something."""

FREE_FAULTS: Final = frozenset(
    {
        ProviderFault.NO_KEY,
        ProviderFault.WRONG_KEY,
        ProviderFault.NO_MODEL,
        ProviderFault.NO_QUOTA,
        ProviderFault.RATE_LIMITED,
        ProviderFault.NO_ROUTE,
        ProviderFault.REDIRECTED,
        ProviderFault.BAD_REQUEST,
        ProviderFault.OVER_BUDGET,
    }
)
"""Refused before the provider worked."""

OUR_FAULTS: Final = frozenset({ProviderFault.BAD_REQUEST, ProviderFault.TOO_LARGE, ProviderFault.OVER_BUDGET})
"""Say something about the question or about us, nothing about the provider's health."""


_HEAD_START_S: Final = 0.05
_HEAD_START_SHARE: Final = 0.05
"""The asked model's own deadline comes this much before ours: it knows why there is no answer and what that cost, we only stop waiting."""


async def ask_within(
    keeper: TaskKeeper,
    model: AiModel,
    task: Task[RequestT, ResultT],
    request: RequestT,
    deadline: Deadline,
) -> Answer[ResultT]:
    """Ask, and stop waiting at the deadline whatever the model does, also where it swallows its cancellation.

    Args:
        keeper: Owns the call; one that does not end stays with it.
        model: Who is asked.
        task: The kind of question.
        request: The question.
        deadline: When waiting ends.

    Raises:
        ProviderError: The model's own, a timeout, or what stands for an exception that a model must not raise.
    """
    remaining_s = deadline.remaining_s
    if remaining_s <= 0:
        raise timed_out(model.provider, 0.0)
    its_own_s = remaining_s - min(_HEAD_START_S, remaining_s * _HEAD_START_SHARE)
    call = start_call(keeper, model.answer(task, request, deadline_s=its_own_s), model.provider)
    try:
        await asyncio.wait({call}, timeout=remaining_s)
    finally:
        if not call.done():
            call.cancel()
    if not call.done():
        raise timed_out(model.provider, remaining_s)
    return result_of(call, model.provider)


def start_call(keeper: TaskKeeper, work: Coroutine[Any, Any, T], provider: str) -> asyncio.Task[T]:
    """Start a call in a task of its own.

    Raises:
        ProviderError: The keeper is closed.
    """
    if keeper.is_closed:
        work.close()
        raise closed(provider)
    return keeper.start(work, provider)


def result_of(call: asyncio.Task[T], provider: str) -> T:
    """Return what a call that has ended returned.

    Raises:
        ProviderError: Its own, or what stands for an exception that a model must not raise; also where somebody else cancelled it.
    """
    if call.cancelled():
        raise closed(provider)
    error = call.exception()
    if error is None:
        return call.result()
    if isinstance(error, ProviderError) or not isinstance(error, Exception):
        raise error
    raise ProviderError(
        f"{provider} broke: {type(error).__name__}: {redact(str(error))[:200]}",
        fault=ProviderFault.BAD_ANSWER,
        hint="Its answer has a shape that its adapter does not expect; the run goes on without it.",
    ) from error


def is_free(error: ProviderError) -> bool:
    """Whether the last call before a failure cost nothing: as who made it knows, or else by the fault."""
    if error.untold_calls is not None:
        return error.untold_calls == 0
    return error.fault in FREE_FAULTS


def usage_of(error: ProviderError) -> Usage:
    """Return what a failure took, as far as the provider told."""
    return Usage(input_tokens=error.input_tokens, output_tokens=error.output_tokens, cost_usd=error.cost_usd)


def with_usage(error: ProviderError, usage: Usage) -> ProviderError:
    """Return a copy of a failure that took this; the cause stays with the first."""
    copied = copy.copy(error)
    copied.input_tokens, copied.output_tokens = usage.input_tokens, usage.output_tokens
    copied.cost_usd = usage.cost_usd
    return copied


def closed(provider: str) -> ProviderError:
    """Make the error of a call to a model that is closed, or was while it went on."""
    return ProviderError(f"{provider} is closed", fault=ProviderFault.UNAVAILABLE)


def timed_out(provider: str, after_s: float) -> ProviderError:
    """Make the error of a deadline that has passed."""
    return ProviderError(f"{provider} did not answer within {after_s:.3g} s", fault=ProviderFault.TIMEOUT)


def with_latency(answer: Answer[ResultT], begun_at_ns: int, clock: Clock) -> Answer[ResultT]:
    """Return the answer with the time since the question."""
    return replace(answer, latency_s=(clock.now_ns() - begun_at_ns) / 1e9)


def canonical_json(value: BaseModel) -> str:
    """Return JSON that is the same for equal values, whatever the order of their dicts."""
    return json.dumps(
        value.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def question_digest(task: Task[Any, Any], request: BaseModel) -> str:
    """Name a question: equal for equal tasks, prompt versions and requests.

    Returns:
        64 hexadecimal digits of BLAKE2b (RFC 7693); nothing of the question can be read from them.
    """
    return _digest(json.dumps([task.name, task.prompt_version]), canonical_json(request))


def answer_key(digest: str, *who: str) -> str:
    """Name the answer that somebody gives to a question; same form as the question's name."""
    return _digest(digest, *who)


def _digest(*parts: str) -> str:
    text = "\n".join(parts)
    return hashlib.blake2b(text.encode("utf-8", errors="surrogatepass"), digest_size=32).hexdigest()
