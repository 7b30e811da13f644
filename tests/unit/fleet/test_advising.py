"""Questions of visitors to AI providers, and what comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.ai_questions import ask_about
from trafficflou.ai_models.model import Answer
from trafficflou.ai_models.tasks import Preferences, RequestT, ResultT, Task
from trafficflou.fleet import Channel
from trafficflou.fleet.advising import MAX_CONCURRENCY, QUESTIONS_A_SECOND, AdvisedWorker, Adviser
from trafficflou.fleet.frames import Advised, Asked, pack, unpack, unpack_length
from trafficflou.testing.ai_model import FakeAiModel
from trafficflou.testing.virtual_time import virtual_time
from trafficflou.traffic import Advice, Answered, Question


def _question(number: int = 1) -> Question:
    return Question(key=("Ann", f"/page/{number}"), request=ask_about(f"page {number}"))


class _Asking:
    """Asks one scripted provider, and nobody else."""

    def __init__(self, model: FakeAiModel) -> None:
        self._model = model

    async def ask_provider(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        return await self._model.answer(task, request, deadline_s=deadline_s)


class _Post:
    """A channel whose workers are a list."""

    def __init__(self) -> None:
        self.channel = Channel()
        self.told: list[Any] = []
        self.channel.open(self.told.append, 0, 2)

    def ask(self, *questions: Question, worker: int = 0) -> None:
        assert self.channel.take(worker, Asked(questions))


@asynccontextmanager
async def _advised(model: FakeAiModel) -> AsyncIterator[tuple[_Post, Adviser]]:
    post = _Post()
    adviser = Adviser(_Asking(model), post.channel)
    try:
        yield post, adviser
    finally:
        await adviser.aclose()


@virtual_time
async def test_answer_of_a_provider_reaches_all_workers_once() -> None:
    """However many visitors of however many workers have a question, it is put once."""
    model = FakeAiModel("fake", delay_s=0.5)
    async with _advised(model) as (post, _):
        post.ask(_question())
        post.ask(_question(), worker=1)
        await asyncio.sleep(1)
        post.ask(_question())
        await asyncio.sleep(1)
    assert model.calls == 1
    (message,) = post.told
    assert (message.answered.question.key, message.answered.provider) == (("Ann", "/page/1"), "fake")
    assert len(message.answered.preferences.weights) == len(message.answered.question.request.offers)


@virtual_time
async def test_few_questions_are_under_way_at_a_time() -> None:
    """The others wait in the order in which they came."""
    model = FakeAiModel("fake", delay_s=1)
    async with _advised(model) as (post, _):
        post.ask(*map(_question, range(3 * MAX_CONCURRENCY)))
        await asyncio.sleep(2.5)
        assert len(post.told) == 2 * MAX_CONCURRENCY
        await asyncio.sleep(1)
        assert len(post.told) == 3 * MAX_CONCURRENCY
    assert model.most_running <= MAX_CONCURRENCY


@virtual_time
async def test_provider_that_fails_costs_nobody_anything() -> None:
    """Nothing is answered, and the next question is put all the same."""
    model = FakeAiModel("fake", failing_share=1.0)
    async with _advised(model) as (post, _):
        post.ask(*map(_question, range(5)))
        await asyncio.sleep(30)
        assert (model.calls, post.told) == (5, [])


@virtual_time
async def test_end_of_the_run_waits_for_no_answer() -> None:
    """What hangs is cancelled at once, and what swallows that is left behind within half a second."""
    loop = asyncio.get_running_loop()
    model = FakeAiModel("fake", delay_s=1000, swallows_cancellation=1000)
    async with _advised(model) as (post, adviser):
        post.ask(*map(_question, range(40)))
        await asyncio.sleep(1)
        assert model.running == MAX_CONCURRENCY
        begun_s = loop.time()
        await adviser.aclose()
        assert loop.time() - begun_s <= 1.0
        post.ask(_question(99))
        await asyncio.sleep(0)
        assert post.told == []


def test_worker_passes_some_questions_on_each_second() -> None:
    """Writing a question takes time that belongs to visitors."""
    sent: list[Any] = []
    advice = Advice(is_wanted=True)
    for number in range(QUESTIONS_A_SECOND + 3):
        advice.ask(_question(number))
    worker = AdvisedWorker(advice, sent.append)
    for _ in range(3):
        worker.pass_on_questions()
    assert [len(message.questions) for message in sent] == [QUESTIONS_A_SECOND, 3]
    assert sent[0].questions[0] == _question(0)


def test_worker_gives_answers_to_its_strategies() -> None:
    """An answer to somebody else's question counts as well, and is not asked again."""
    frame = pack(Advised(_answered()))
    message = unpack(frame[4:])
    assert unpack_length(frame[:4]) == len(frame) - 4
    advice = Advice(is_wanted=True)
    AdvisedWorker(advice, lambda _: None).handlers()[Advised](message)
    found = advice.find(("Ann", "/page/1"))
    assert found is not None
    assert found.provider == "openai"
    assert not advice.wants(("Ann", "/page/1"))


def _answered() -> Answered:
    return Answered(question=_question(), preferences=Preferences(weights=(1.0, 2.0, 3.0)), provider="openai")
