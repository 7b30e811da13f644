"""Each question is asked once."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.support.ai_questions import ask_about, failing, failure, fault_of, paid
from trafficflou.ai_models.cached import CachedModel
from trafficflou.ai_models.limited import LimitedModel, Limits
from trafficflou.ai_models.model import Usage
from trafficflou.ai_models.tasks import (
    FILL,
    PREFER,
    FormField,
    FormRequest,
    Preferences,
    PreferRequest,
    TaskName,
)
from trafficflou.core import ProviderFault, StoreError
from trafficflou.resilience import RetryPolicy
from trafficflou.stores.ai_cache import CachedBytes, MemoryAiCache
from trafficflou.testing.ai_model import FakeAiModel, sample_persona
from trafficflou.testing.virtual_time import LoopClock, virtual_time

CLOCK = LoopClock()


def cached(
    inner: FakeAiModel, cache: MemoryAiCache | None = None, negative_ttl_s: float = 30.0
) -> CachedModel:
    """Put a cache before a model."""
    store = cache or MemoryAiCache(clock=CLOCK)
    return CachedModel(inner, store, ttl_s=100, negative_ttl_s=negative_ttl_s, clock=CLOCK)


@virtual_time
async def test_second_equal_question_is_answered_from_the_cache() -> None:
    """It costs nothing and says where it comes from; who gave it stays."""
    inner = FakeAiModel("openai", "gpt")
    model = cached(inner)
    first = await model.answer(PREFER, ask_about())
    second = await model.answer(PREFER, ask_about())
    assert inner.calls == 1
    assert (first.source, second.source) == ("live", "cache")
    assert second.value == first.value
    assert second.usage == Usage()
    assert (second.provider, second.model) == ("openai", "gpt")
    assert (model.statistics()["hits"], model.statistics()["misses"]) == (1, 1)


@virtual_time
async def test_order_of_interests_makes_no_other_question() -> None:
    """Equal requests are equal whatever the order of their dicts."""
    inner = FakeAiModel()
    model = cached(inner)
    persona = sample_persona()
    turned = persona.model_copy(update={"interests": dict(reversed(persona.interests.items()))})
    await model.answer(PREFER, ask_about())
    await model.answer(PREFER, ask_about().model_copy(update={"persona": turned}))
    assert inner.calls == 1


@virtual_time
async def test_what_changes_the_answer_changes_the_key() -> None:
    """Request, task, prompt version, provider and model all count."""
    store = MemoryAiCache(clock=CLOCK)
    inner = FakeAiModel("a", "1")
    model = cached(inner, store)
    await model.answer(PREFER, ask_about())
    await model.answer(PREFER, ask_about("another page"))
    await model.answer(replace(PREFER, prompt_version=99), ask_about())
    await model.answer(FILL, FormRequest(persona=sample_persona(), fields=(FormField(name="q"),)))
    assert inner.calls == 4
    for provider, name in (("b", "1"), ("a", "2")):
        other = FakeAiModel(provider, name)
        await cached(other, store).answer(PREFER, ask_about())
        assert other.calls == 1


@virtual_time
async def test_answers_expire_by_task() -> None:
    """A task may have its own time to live."""
    inner = FakeAiModel()
    model = CachedModel(
        inner,
        MemoryAiCache(clock=CLOCK),
        ttl_s=100,
        ttl_by_task_s={TaskName.PREFER: 10},
        clock=CLOCK,
    )
    await model.answer(PREFER, ask_about())
    await asyncio.sleep(11)
    await model.answer(PREFER, ask_about())
    assert inner.calls == 2


@virtual_time
async def test_equal_questions_at_once_are_asked_once() -> None:
    """Single flight: the others wait for the first, and only that one paid."""
    inner = FakeAiModel(delay_s=1)
    model = cached(inner)
    answers = await asyncio.gather(*(model.answer(PREFER, ask_about()) for _ in range(20)))
    assert inner.calls == 1
    assert sum(answer.usage.cost_usd for answer in answers) == pytest.approx(inner.usage.cost_usd)
    assert sorted(answer.source for answer in answers) == ["cache"] * 19 + ["live"]
    assert model.statistics()["joined"] == 19


@virtual_time
async def test_cancelled_asker_does_not_cancel_the_others() -> None:
    """Also the first one, who began the call, may leave."""
    inner = FakeAiModel(delay_s=1)
    model = cached(inner)
    first = asyncio.ensure_future(model.answer(PREFER, ask_about()))
    await asyncio.sleep(0.1)
    second = asyncio.ensure_future(model.answer(PREFER, ask_about()))
    await asyncio.sleep(0.1)
    first.cancel()
    assert (await second).value.weights
    assert first.cancelled()
    assert (inner.calls, inner.cancelled) == (1, 0)


@virtual_time
async def test_call_ends_when_nobody_waits_for_it() -> None:
    """The last one who leaves cancels it; the next one asks anew."""
    inner = FakeAiModel(delay_s=1)
    model = cached(inner)
    asking = asyncio.ensure_future(model.answer(PREFER, ask_about()))
    await asyncio.sleep(0.1)
    asking.cancel()
    await asyncio.sleep(0.1)
    assert inner.cancelled == 1
    await model.answer(PREFER, ask_about())
    assert inner.calls == 2


@virtual_time
async def test_each_asker_has_its_own_deadline() -> None:
    """One with less time leaves, one with more asks again where the first one's deadline ended the call."""
    inner = FakeAiModel(delay_s=5)
    model = cached(inner)
    hasty = asyncio.ensure_future(model.answer(PREFER, ask_about(), deadline_s=2))
    await asyncio.sleep(0)
    patient = asyncio.ensure_future(model.answer(PREFER, ask_about(), deadline_s=20))
    assert await fault_of(hasty) is ProviderFault.TIMEOUT
    answer = await patient
    assert answer.source == "live"
    assert asyncio.get_running_loop().time() == pytest.approx(7)


@virtual_time
async def test_one_who_joins_late_leaves_at_its_deadline() -> None:
    """The call goes on for those who have time."""
    inner = FakeAiModel(delay_s=5)
    model = cached(inner)
    patient = asyncio.ensure_future(model.answer(PREFER, ask_about(), deadline_s=20))
    await asyncio.sleep(1)
    assert await fault_of(model.answer(PREFER, ask_about(), deadline_s=1)) is ProviderFault.TIMEOUT
    assert (await patient).source == "live"
    assert inner.calls == 1


@virtual_time
async def test_failures_that_repeat_are_remembered_for_a_while() -> None:
    """They are not asked for again, and each asker gets an exception of its own."""
    inner = FakeAiModel(script=[failure(ProviderFault.BAD_ANSWER)])
    model = cached(inner)
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.BAD_ANSWER
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.BAD_ANSWER
    assert inner.calls == 1
    assert model.statistics()["negative_hits"] == 1
    await asyncio.sleep(31)
    assert (await model.answer(PREFER, ask_about())).value.weights


@pytest.mark.parametrize("negative_ttl_s", [30.0, 0.0])
def test_failures_that_may_pass_are_not_remembered(negative_ttl_s: float) -> None:
    """A provider that was down a moment ago is asked again; so is everything where that is switched off."""

    @virtual_time
    async def ask() -> int:
        fault = ProviderFault.SERVER_ERROR if negative_ttl_s else ProviderFault.BAD_ANSWER
        inner = FakeAiModel(script=[failure(fault)])
        model = cached(inner, negative_ttl_s=negative_ttl_s)
        await fault_of(model.answer(PREFER, ask_about()))
        await model.answer(PREFER, ask_about())
        return inner.calls

    assert ask() == 2


@virtual_time
async def test_remembered_failures_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest is forgotten."""
    monkeypatch.setattr("trafficflou.ai_models.cached.MAX_REMEMBERED_FAILURES", 2)
    inner = FakeAiModel(failing_share=1, fault=ProviderFault.BAD_REQUEST)
    model = cached(inner)
    for title in "abca":
        await fault_of(model.answer(PREFER, ask_about(title)))
    assert inner.calls == 4


@virtual_time
async def test_joined_askers_share_the_failure() -> None:
    """All are told, none of them by the same exception object."""
    inner = FakeAiModel(script=[failure()], delay_s=1)
    model = cached(inner)
    results = await asyncio.gather(
        *(model.answer(PREFER, ask_about()) for _ in range(3)), return_exceptions=True
    )
    assert len({id(result) for result in results}) == 3
    assert inner.calls == 1


@virtual_time
async def test_degraded_answers_are_not_kept() -> None:
    """What somebody else gave must not stand in for the model."""

    class Degrading(FakeAiModel):
        async def answer(self, task: Any, request: Any, *, deadline_s: float | None = None) -> Any:
            return replace(await super().answer(task, request), is_degraded=True)

    inner = Degrading()
    model = cached(inner)
    await model.answer(PREFER, ask_about())
    await model.answer(PREFER, ask_about())
    assert inner.calls == 2


class FailingStore:
    """A store that cannot be used."""

    async def get(self, key: str) -> CachedBytes | None:
        """Fail."""
        raise StoreError("gone")

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Fail."""
        raise StoreError("gone")

    def statistics(self) -> dict[str, int]:
        """Return nothing."""
        return {}

    async def aclose(self) -> None:
        """Do nothing."""


@virtual_time
async def test_answers_come_without_the_store() -> None:
    """A cache is never needed."""
    model = CachedModel(FakeAiModel(), FailingStore(), clock=CLOCK)
    assert (await model.answer(PREFER, ask_about())).source == "live"
    assert model.statistics()["store_errors"] == 2


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"no json",
        b'{"provider":"a","model":"b"}\n{"weights":[-1]}',
        b'{"provider":"a"}\n{"weights":[]}',
        b"[]\n{}",
        b'{"provider":"a","model":"b"}\n\xff\xff',
    ],
)
def test_what_was_tampered_with_is_no_answer(stored: bytes) -> None:
    """Whatever lies in the store is validated like any other answer."""

    class Tampered(MemoryAiCache):
        async def get(self, key: str) -> CachedBytes | None:
            return CachedBytes(value=stored, expires_in_s=10)

    @virtual_time
    async def ask() -> str:
        return (await cached(FakeAiModel(), Tampered(clock=CLOCK)).answer(PREFER, ask_about())).source

    assert ask() == "live"


@virtual_time
async def test_lookup_asks_nobody() -> None:
    """It finds what is there and nothing else."""
    inner = FakeAiModel()
    model = cached(inner)
    assert await model.lookup(PREFER, ask_about()) is None
    await model.answer(PREFER, ask_about())
    found = await model.lookup(PREFER, ask_about())
    assert found is not None
    assert isinstance(found.value, Preferences)
    assert inner.calls == 1


@virtual_time
async def test_answer_that_lands_while_one_looks_is_found() -> None:
    """Who looked too early into a slow store looks again before asking."""

    class SlowStore(MemoryAiCache):
        gets = 0

        async def get(self, key: str) -> CachedBytes | None:
            self.gets += 1
            found = await super().get(key)
            await asyncio.sleep(2 if self.gets == 2 else 0)
            return found

    inner = FakeAiModel(delay_s=1)
    model = cached(inner, SlowStore(clock=CLOCK))
    answers = await asyncio.gather(*(model.answer(PREFER, ask_about()) for _ in range(2)))
    assert inner.calls == 1
    assert {answer.source for answer in answers} == {"live", "cache"}


@virtual_time
async def test_closing_ends_calls_and_closes_the_inner_model() -> None:
    """Who waits is told that it is closed; nothing runs on."""
    inner = FakeAiModel(delay_s=100)
    model = cached(inner)
    asking = asyncio.ensure_future(model.answer(PREFER, ask_about(), deadline_s=200))
    await asyncio.sleep(1)
    await model.aclose()
    assert await fault_of(asking) is ProviderFault.UNAVAILABLE
    assert (inner.is_closed, inner.cancelled) == (True, 1)
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.UNAVAILABLE


async def test_hit_takes_less_than_a_millisecond() -> None:
    """Also for a page with 100 links, hashing included (the median of many)."""
    model = CachedModel(FakeAiModel(), MemoryAiCache())
    request: PreferRequest = ask_about(offers=100)
    await model.answer(PREFER, request)
    taken_s = []
    for _ in range(200):
        begun_s = time.perf_counter()
        await model.answer(PREFER, request)
        taken_s.append(time.perf_counter() - begun_s)
    assert sorted(taken_s)[100] < 0.001


@virtual_time
async def test_what_a_failure_took_is_told_once() -> None:
    """To the one who asked; those who joined, and those who hear of it later, paid nothing."""
    inner = FakeAiModel(script=[paid()], delay_s=1)
    model = cached(inner)
    results = await asyncio.gather(
        *(model.answer(PREFER, ask_about()) for _ in range(3)), return_exceptions=True
    )
    results.append(await failing(model.answer(PREFER, ask_about())))
    assert [getattr(result, "input_tokens", None) for result in results] == [60, 0, 0, 0]
    assert [getattr(result, "cost_usd", None) for result in results] == [0.02, 0, 0, 0]
    assert inner.calls == 1


@virtual_time
async def test_provider_that_hangs_opens_its_breaker_below_the_cache() -> None:
    """Each layer's deadline comes a little before that of the one around it, so the breaker sees the timeouts."""
    limited = LimitedModel(FakeAiModel(delay_s=1e6), Limits(retry=RetryPolicy(attempts=1)), clock=CLOCK)
    model = CachedModel(limited, MemoryAiCache(clock=CLOCK), clock=CLOCK)
    for number in range(20):
        await fault_of(model.answer(PREFER, ask_about(str(number)), deadline_s=1))
    assert not limited.is_available
