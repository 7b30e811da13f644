"""Providers are asked with restraint and never waited for too long."""

import asyncio
import time
from random import Random
from typing import Any

import pytest

from tests.support.ai_questions import ask_about, failing, failure, fault_of, paid
from trafficflou.ai_models.limited import LimitedModel, Limits
from trafficflou.ai_models.model import Usage
from trafficflou.ai_models.tasks import PREFER
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.resilience import BreakerSettings, RetryPolicy
from trafficflou.testing.ai_model import FakeAiModel
from trafficflou.testing.virtual_time import LoopClock, virtual_time

ONCE = RetryPolicy(attempts=1)


def limited(inner: FakeAiModel, **limits: Any) -> LimitedModel:
    """Put limits around a model."""
    return LimitedModel(inner, Limits(**limits), clock=LoopClock(), rng=Random(3))


def now_s() -> float:
    """Return the virtual time."""
    return asyncio.get_running_loop().time()


@virtual_time
async def test_failure_that_may_pass_is_tried_again() -> None:
    """The latency counts from the question, pauses included."""
    inner = FakeAiModel(script=[failure(), failure()], delay_s=1)
    answer = await limited(inner).answer(PREFER, ask_about())
    assert inner.calls == 3
    assert answer.latency_s == pytest.approx(now_s())
    assert answer.latency_s > 3


@pytest.mark.parametrize(
    "fault",
    [ProviderFault.WRONG_KEY, ProviderFault.NO_QUOTA, ProviderFault.BAD_ANSWER, ProviderFault.BAD_REQUEST],
)
def test_failure_that_will_not_pass_is_not_tried_again(fault: ProviderFault) -> None:
    """Exhausted quota is no rate limit."""

    @virtual_time
    async def ask() -> int:
        inner = FakeAiModel(script=[failure(fault)])
        assert await fault_of(limited(inner).answer(PREFER, ask_about())) is fault
        return inner.calls

    assert ask() == 1


@virtual_time
async def test_attempts_are_bounded() -> None:
    """The last failure is passed on."""
    inner = FakeAiModel(failing_share=1)
    model = limited(inner, retry=RetryPolicy(attempts=4))
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.SERVER_ERROR
    assert inner.calls == 4
    assert model.statistics()["faults"] == {"server_error": 4}
    assert model.statistics()["retries"] == 3


@virtual_time
async def test_retry_after_is_respected_within_the_deadline() -> None:
    """Not a moment sooner than the provider asks for."""
    inner = FakeAiModel(script=[failure(ProviderFault.RATE_LIMITED, 5)])
    await limited(inner).answer(PREFER, ask_about())
    assert 5 <= now_s() <= 5.5


@virtual_time
async def test_retry_after_beyond_the_deadline_fails_at_once() -> None:
    """An hour is not slept through."""
    inner = FakeAiModel(script=[failure(ProviderFault.RATE_LIMITED, 3600)])
    assert await fault_of(limited(inner).answer(PREFER, ask_about())) is ProviderFault.RATE_LIMITED
    assert now_s() == 0


@virtual_time
async def test_deadline_ends_a_slow_answer() -> None:
    """A drip of one byte a second does not outlive the deadline."""
    inner = FakeAiModel(delay_s=1000)
    assert await fault_of(limited(inner).answer(PREFER, ask_about(), deadline_s=2)) is ProviderFault.TIMEOUT
    assert now_s() == pytest.approx(2)
    await asyncio.sleep(0)
    assert inner.cancelled == 1


@virtual_time
async def test_deadline_holds_where_the_inner_model_swallows_cancellation() -> None:
    """Waiting is given up; the call is counted until it ends."""
    inner = FakeAiModel(delay_s=1000, swallows_cancellation=50)
    model = limited(inner, retry=ONCE)
    assert await fault_of(model.answer(PREFER, ask_about(), deadline_s=2)) is ProviderFault.TIMEOUT
    assert now_s() == pytest.approx(2)
    assert model.statistics()["unending_calls"] == 1
    await asyncio.sleep(51)
    assert model.statistics()["unending_calls"] == 0


@virtual_time
async def test_calls_that_do_not_end_are_bounded() -> None:
    """When too many hang for good, no more are begun."""
    inner = FakeAiModel(delay_s=1000, swallows_cancellation=10_000)
    model = limited(
        inner, retry=ONCE, max_concurrency=100, breaker=BreakerSettings(window=100, min_calls=100)
    )
    await asyncio.gather(
        *(fault_of(model.answer(PREFER, ask_about(str(number)), deadline_s=1)) for number in range(32))
    )
    assert await fault_of(model.answer(PREFER, ask_about(), deadline_s=1)) is ProviderFault.UNAVAILABLE
    assert inner.calls == 32


@virtual_time
async def test_attempt_may_have_less_time_than_the_question() -> None:
    """A hang costs one attempt and not all of them."""
    inner = FakeAiModel(delay_s=iter([100.0, 0.1]).__next__)
    answer = await limited(inner, attempt_s=2).answer(PREFER, ask_about(), deadline_s=15)
    assert inner.calls == 2
    assert answer.latency_s < 5


@virtual_time
async def test_calls_at_once_are_bounded() -> None:
    """The others wait for their turn."""
    inner = FakeAiModel(delay_s=1)
    model = limited(inner, max_concurrency=3)
    await asyncio.gather(*(model.answer(PREFER, ask_about(str(number))) for number in range(9)))
    assert inner.most_running == 3
    assert now_s() == pytest.approx(3)


@virtual_time
async def test_waiting_for_a_turn_ends_with_the_deadline() -> None:
    """That is no failure of the provider."""
    inner = FakeAiModel(delay_s=10)
    model = limited(inner, max_concurrency=1)
    first = asyncio.ensure_future(model.answer(PREFER, ask_about("a")))
    await asyncio.sleep(0)
    assert await fault_of(model.answer(PREFER, ask_about("b"), deadline_s=3)) is ProviderFault.TIMEOUT
    assert now_s() == pytest.approx(3)
    assert model.is_available
    await first
    assert inner.calls == 1


@virtual_time
async def test_queue_is_bounded() -> None:
    """Who would wait in too long a queue is refused at once."""
    inner = FakeAiModel(delay_s=1)
    model = limited(inner, max_concurrency=1, max_waiting=2)
    results = await asyncio.gather(
        *(model.answer(PREFER, ask_about(str(number))) for number in range(5)), return_exceptions=True
    )
    assert sum(isinstance(result, ProviderError) for result in results) == 2
    assert inner.calls == 3


@virtual_time
async def test_requests_are_paced() -> None:
    """60 a minute: 15 at once, then one a second."""
    inner = FakeAiModel()
    model = limited(inner, requests_per_min=60)
    await asyncio.gather(*(model.answer(PREFER, ask_about(str(number))) for number in range(20)))
    assert now_s() == pytest.approx(5)


@virtual_time
async def test_limit_that_leaves_no_room_within_the_deadline_fails_at_once() -> None:
    """Better another provider now than this one too late."""
    inner = FakeAiModel()
    model = limited(inner, requests_per_min=4)
    await model.answer(PREFER, ask_about("a"))
    assert await fault_of(model.answer(PREFER, ask_about("b"), deadline_s=5)) is ProviderFault.RATE_LIMITED
    assert now_s() == 0
    assert inner.calls == 1


@virtual_time
async def test_tokens_are_paced_by_what_was_used() -> None:
    """The estimate is replaced by the truth, so cheap answers come faster than it says."""
    inner = FakeAiModel(usage=Usage(input_tokens=900, output_tokens=100))
    model = limited(inner, tokens_per_min=60_000, requests_per_min=6000)
    for number in range(15):
        await model.answer(PREFER, ask_about(str(number)))
    first_s = now_s()
    assert first_s < 1
    for number in range(15, 35):
        await model.answer(PREFER, ask_about(str(number)))
    assert now_s() - first_s == pytest.approx(20, abs=2)


@virtual_time
async def test_refusal_for_tokens_gives_the_request_back() -> None:
    """What was not sent does not count as a request."""
    inner = FakeAiModel(usage=Usage(input_tokens=10_000))
    model = limited(inner, tokens_per_min=600, requests_per_min=8)
    await model.answer(PREFER, ask_about("a"))
    for _ in range(5):
        assert (
            await fault_of(model.answer(PREFER, ask_about("b"), deadline_s=5)) is ProviderFault.RATE_LIMITED
        )
    assert model._requests is not None
    assert model._requests.level == pytest.approx(1)


@virtual_time
async def test_provider_that_keeps_failing_is_left_alone() -> None:
    """The breaker refuses without a call, lets one through later, and closes on its success."""
    inner = FakeAiModel(failing_share=1)
    model = limited(inner, retry=ONCE, breaker=BreakerSettings(min_calls=3, pause_s=10))
    for _ in range(3):
        await fault_of(model.answer(PREFER, ask_about()))
    assert not model.is_available
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.UNAVAILABLE
    assert inner.calls == 3
    assert model.statistics()["is_down"] == 1
    inner.failing_share = 0
    await asyncio.sleep(10)
    assert (await model.answer(PREFER, ask_about())).value.weights
    assert model.is_available


@virtual_time
async def test_wrong_key_opens_the_breaker_at_once() -> None:
    """No question will be answered until somebody does something."""
    model = limited(FakeAiModel(script=[failure(ProviderFault.WRONG_KEY)]))
    await fault_of(model.answer(PREFER, ask_about()))
    assert not model.is_available


@virtual_time
async def test_faults_of_ours_say_nothing_about_the_provider() -> None:
    """A question that is too large does not make the provider look ill."""
    inner = FakeAiModel(failing_share=1, fault=ProviderFault.TOO_LARGE)
    model = limited(inner, breaker=BreakerSettings(min_calls=2))
    for _ in range(10):
        await fault_of(model.answer(PREFER, ask_about()))
    assert model.is_available


@virtual_time
async def test_cancelled_probe_gives_its_place_back() -> None:
    """Whoever leaves during the probe does not keep the breaker half-open for ever."""
    inner = FakeAiModel(script=[failure(ProviderFault.WRONG_KEY)])
    model = limited(inner, breaker=BreakerSettings(pause_s=5))
    await fault_of(model.answer(PREFER, ask_about()))
    await asyncio.sleep(5)
    inner.delay_s = 10
    asking = asyncio.ensure_future(model.answer(PREFER, ask_about()))
    await asyncio.sleep(1)
    assert not model.is_available
    asking.cancel()
    await asyncio.sleep(0)
    assert model.is_available
    await asyncio.sleep(0)
    assert inner.cancelled == 1


@pytest.mark.parametrize(
    "error", [IndexError("list index"), AttributeError("x"), TypeError("y"), KeyError("z")]
)
def test_exceptions_of_libraries_become_bad_answers(error: Exception) -> None:
    """Wrong-shaped bodies end as an error of ours, not as a crash."""

    @virtual_time
    async def ask() -> ProviderFault:
        return await fault_of(limited(FakeAiModel(script=[error])).answer(PREFER, ask_about()))

    assert ask() is ProviderFault.BAD_ANSWER


@virtual_time
async def test_inner_model_that_cancels_itself_is_unavailable() -> None:
    """A cancellation that nobody asked for is not passed on as one."""
    model = limited(FakeAiModel(script=[asyncio.CancelledError()]), retry=ONCE)
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.UNAVAILABLE


@virtual_time
async def test_no_time_asks_nobody() -> None:
    """A deadline of nothing is over."""
    inner = FakeAiModel()
    assert await fault_of(limited(inner).answer(PREFER, ask_about(), deadline_s=0)) is ProviderFault.TIMEOUT
    assert inner.calls == 0


@virtual_time
async def test_closing_ends_everything() -> None:
    """Calls are cancelled, the inner model is closed, and nothing is begun any more."""
    inner = FakeAiModel(delay_s=100)
    model = limited(inner, retry=ONCE)
    asking = asyncio.ensure_future(model.answer(PREFER, ask_about(), deadline_s=200))
    await asyncio.sleep(1)
    await model.aclose()
    assert await fault_of(asking) is ProviderFault.UNAVAILABLE
    assert inner.is_closed
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.UNAVAILABLE
    assert (model.provider, model.model) == ("fake", "fake-1")


async def test_deadline_holds_on_a_real_clock() -> None:
    """The same without virtual time: a tenth of a second stays about that."""
    model = LimitedModel(FakeAiModel(delay_s=30, swallows_cancellation=0.2), Limits(retry=ONCE))
    begun_s = time.perf_counter()
    assert await fault_of(model.answer(PREFER, ask_about(), deadline_s=0.1)) is ProviderFault.TIMEOUT
    assert 0.09 < time.perf_counter() - begun_s < 0.2
    await model.aclose()


@virtual_time
async def test_answer_says_what_the_attempts_before_it_took() -> None:
    """An attempt that was paid for and failed is part of what the answer cost."""
    inner = FakeAiModel(script=[paid(ProviderFault.SERVER_ERROR), paid(ProviderFault.TIMEOUT)])
    answer = await limited(inner).answer(PREFER, ask_about())
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (100 + 2 * 60, 20 + 2 * 10)
    assert answer.usage.cost_usd == pytest.approx(0.001 + 2 * 0.02)


@virtual_time
async def test_failure_says_what_all_attempts_took() -> None:
    """The last one's words, the sum of their tokens."""
    script = [paid(ProviderFault.SERVER_ERROR), failure(ProviderFault.BAD_REQUEST, untold_calls=0)]
    error = await failing(limited(FakeAiModel(script=script)).answer(PREFER, ask_about()))
    assert (error.fault, error.input_tokens, error.output_tokens) == (ProviderFault.BAD_REQUEST, 60, 10)
    assert error.cost_usd == pytest.approx(0.02)
