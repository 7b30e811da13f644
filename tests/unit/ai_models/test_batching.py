"""Questions of the same moment in one call."""

import asyncio

import pytest

from tests.support.ai_questions import ask_about, failure, fault_of, paid
from trafficflou.ai_models.batching import MAX_FAILED_BATCHES, MAX_OFFERS, BatchingModel
from trafficflou.ai_models.model import Usage
from trafficflou.ai_models.tasks import (
    EXPLAIN,
    MAX_BATCH,
    PREFER,
    NumberedPreferences,
    PreferBatch,
    PreferBatchRequest,
    RunFigures,
    TaskName,
)
from trafficflou.core import ProviderFault
from trafficflou.testing.ai_model import FakeAiModel, sample_answer
from trafficflou.testing.virtual_time import LoopClock, virtual_time


def batching(inner: FakeAiModel) -> BatchingModel:
    """Put batches around a model."""
    return BatchingModel(inner, clock=LoopClock())


def names(inner: FakeAiModel) -> list[TaskName]:
    """Return what was asked, in order."""
    return [name for name, _ in inner.asked]


async def ask_all(model: BatchingModel, count: int) -> list[object]:
    """Ask about pages with 1, 2, ... links at once."""
    asking = (model.answer(PREFER, ask_about(str(number), offers=1 + number % 3)) for number in range(count))
    return list(await asyncio.gather(*asking, return_exceptions=True))


@virtual_time
async def test_questions_of_the_same_moment_are_asked_together() -> None:
    """One call, and each gets the answer to its own question."""
    inner = FakeAiModel(usage=Usage(input_tokens=100, output_tokens=11, cost_usd=0.3))
    model = batching(inner)
    answers = await asyncio.gather(
        *(model.answer(PREFER, ask_about(str(offers), offers=offers)) for offers in (1, 2, 3))
    )
    assert names(inner) == [TaskName.PREFER_BATCH]
    assert [len(answer.value.weights) for answer in answers] == [1, 2, 3]
    total = sum((answer.usage for answer in answers), Usage())
    assert (total.input_tokens, total.output_tokens) == (100, 11)
    assert total.cost_usd == pytest.approx(0.3)
    assert all(answer.provider == "fake" for answer in answers)


@virtual_time
async def test_question_alone_is_asked_as_itself() -> None:
    """Nobody waits longer than the window for company."""
    inner = FakeAiModel()
    answer = await batching(inner).answer(PREFER, ask_about())
    assert names(inner) == [TaskName.PREFER]
    assert asyncio.get_running_loop().time() < 0.01
    assert answer.value.weights


@virtual_time
async def test_other_tasks_pass_through() -> None:
    """Only questions of one kind are joined."""
    inner = FakeAiModel()
    model = batching(inner)
    figures = RunFigures(verdict="pass", figures=())
    await asyncio.gather(model.answer(EXPLAIN, figures), model.answer(EXPLAIN, figures))
    assert names(inner) == [TaskName.EXPLAIN] * 2


@virtual_time
async def test_batches_are_bounded_in_questions() -> None:
    """A full batch goes at once, the rest in the next one."""
    inner = FakeAiModel()
    model = batching(inner)
    await ask_all(model, MAX_BATCH + 3)
    sizes = [len(request.items) for _, request in inner.asked if isinstance(request, PreferBatchRequest)]
    assert sizes == [MAX_BATCH, 3]
    assert model.statistics()["batched_questions"] == MAX_BATCH + 3


@virtual_time
async def test_batches_are_bounded_in_offers() -> None:
    """Large pages are not put together without end."""
    inner = FakeAiModel()
    model = batching(inner)
    asking = (model.answer(PREFER, ask_about(str(number), offers=150)) for number in range(4))
    await asyncio.gather(*asking)
    for _, request in inner.asked:
        assert isinstance(request, PreferBatchRequest)
        assert sum(len(item.offers) for item in request.items) <= MAX_OFFERS


@virtual_time
async def test_missing_and_unfit_answers_are_asked_for_alone() -> None:
    """The good ones of the same batch are kept."""

    def partly(request: PreferBatchRequest) -> PreferBatch:
        good = NumberedPreferences(item=0, weights=(1.0,))
        unfit = NumberedPreferences(item=1, weights=(1.0,) * 9)
        twice = NumberedPreferences(item=2, weights=(1.0,) * 3)
        return PreferBatch(answers=(unfit, twice, twice, good))

    inner = FakeAiModel(answers={TaskName.PREFER_BATCH: partly})
    model = batching(inner)
    answers = await ask_all(model, 4)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert sorted(names(inner)) == [TaskName.PREFER] * 3 + [TaskName.PREFER_BATCH]
    assert model.statistics()["single_questions"] == 3


@pytest.mark.parametrize(
    "fault", [ProviderFault.BAD_ANSWER, ProviderFault.TOO_LARGE, ProviderFault.OVER_BUDGET]
)
def test_batch_that_is_the_problem_is_taken_apart(fault: ProviderFault) -> None:
    """A single question may do better."""

    @virtual_time
    async def ask() -> list[TaskName]:
        inner = FakeAiModel(script=[failure(fault)])
        answers = await ask_all(batching(inner), 2)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        return names(inner)

    assert ask() == [TaskName.PREFER_BATCH, TaskName.PREFER, TaskName.PREFER]


@virtual_time
async def test_failure_that_would_meet_each_is_told_to_each() -> None:
    """Where the provider is down, asking one by one does not help."""
    inner = FakeAiModel(script=[failure(ProviderFault.NO_ROUTE, 3)])
    model = batching(inner)
    results = await asyncio.gather(
        *(fault_of(model.answer(PREFER, ask_about(str(number)))) for number in range(3))
    )
    assert results == [ProviderFault.NO_ROUTE] * 3
    assert inner.calls == 1


@virtual_time
async def test_provider_that_cannot_do_batches_is_found_out() -> None:
    """After a few failures in a row everything is asked one by one."""

    def cannot(_: PreferBatchRequest) -> PreferBatch:
        raise KeyError("prefer_batch")

    inner = FakeAiModel(answers={TaskName.PREFER_BATCH: cannot})
    model = batching(inner)
    for _ in range(MAX_FAILED_BATCHES + 2):
        answers = await ask_all(model, 2)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert names(inner).count(TaskName.PREFER_BATCH) == MAX_FAILED_BATCHES


@virtual_time
async def test_each_question_keeps_its_deadline() -> None:
    """One with less time leaves; the batch goes on for the others."""
    inner = FakeAiModel(delay_s=5)
    model = batching(inner)
    hasty = asyncio.ensure_future(model.answer(PREFER, ask_about("a"), deadline_s=1))
    patient = asyncio.ensure_future(model.answer(PREFER, ask_about("b"), deadline_s=10))
    assert await fault_of(hasty) is ProviderFault.TIMEOUT
    assert asyncio.get_running_loop().time() == pytest.approx(1)
    assert (await patient).value.weights
    assert inner.calls == 1


@virtual_time
async def test_cancelled_question_does_not_cancel_the_batch() -> None:
    """When the last one has left, the call ends."""
    inner = FakeAiModel(delay_s=5)
    model = batching(inner)
    asking = [asyncio.ensure_future(model.answer(PREFER, ask_about(str(number)))) for number in range(2)]
    await asyncio.sleep(1)
    asking[0].cancel()
    await asyncio.sleep(0.1)
    assert inner.cancelled == 0
    asking[1].cancel()
    await asyncio.sleep(0.1)
    assert inner.cancelled == 1


@virtual_time
async def test_question_that_leaves_before_the_call_is_not_asked() -> None:
    """Only those who still wait are put into the batch."""
    inner = FakeAiModel()
    model = batching(inner)
    first = asyncio.ensure_future(model.answer(PREFER, ask_about("a")))
    second = asyncio.ensure_future(model.answer(PREFER, ask_about("b")))
    await asyncio.sleep(0.001)
    first.cancel()
    assert (await second).value.weights
    assert names(inner) == [TaskName.PREFER]


@virtual_time
async def test_closing_tells_who_waits() -> None:
    """They see an error of ours and no cancellation."""
    inner = FakeAiModel(delay_s=100)
    model = batching(inner)
    asking = [
        asyncio.ensure_future(model.answer(PREFER, ask_about(str(number)), deadline_s=200))
        for number in range(2)
    ]
    await asyncio.sleep(1)
    await model.aclose()
    assert [await fault_of(each) for each in asking] == [ProviderFault.UNAVAILABLE] * 2
    assert (inner.is_closed, model.provider, model.model) == (True, "fake", "fake-1")
    assert model.statistics()["inner"] == {"calls": 1}


def test_sample_batch_is_valid() -> None:
    """The double answers batches as a provider would."""
    answer = sample_answer(PreferBatchRequest(items=(ask_about(), ask_about(offers=2))))
    assert isinstance(answer, PreferBatch)
    assert [len(each.weights) for each in answer.answers] == [3, 2]


@virtual_time
async def test_what_a_failed_batch_took_is_on_its_first_question() -> None:
    """Asked alone, all are answered; the tokens of the batch do not get lost."""
    inner = FakeAiModel(script=[paid(ProviderFault.BAD_ANSWER)])
    answers = await ask_all(batching(inner), 3)
    assert [answer.usage.input_tokens for answer in answers] == [160, 100, 100]  # type: ignore[attr-defined]
    assert [answer.usage.output_tokens for answer in answers] == [30, 20, 20]  # type: ignore[attr-defined]


@virtual_time
async def test_what_a_failed_batch_took_is_told_where_its_questions_fail_alone() -> None:
    """With what the question itself took."""
    inner = FakeAiModel(script=[paid(), paid(), paid()])
    results = await ask_all(batching(inner), 2)
    assert [getattr(result, "input_tokens", None) for result in results] == [120, 60]


@virtual_time
async def test_batch_that_answers_nobody_is_paid_for() -> None:
    """All of its answers were missing."""
    inner = FakeAiModel(script=[PreferBatch(answers=())])
    answers = await ask_all(batching(inner), 2)
    assert [answer.usage.input_tokens for answer in answers] == [200, 100]  # type: ignore[attr-defined]


@virtual_time
async def test_failure_of_all_is_paid_for_once() -> None:
    """Each is told of it, the first with its tokens."""
    inner = FakeAiModel(script=[paid(ProviderFault.SERVER_ERROR)])
    results = await ask_all(batching(inner), 3)
    assert [getattr(result, "input_tokens", None) for result in results] == [60, 0, 0]
