"""A scripted AI model: answers, fails, dawdles and misbehaves as a test wants.

Waiting goes through asyncio, so that under `testing.virtual_time` an hour takes a millisecond.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any, Final

from pydantic import BaseModel

from trafficflou.ai_models.model import Answer, Usage
from trafficflou.ai_models.tasks import (
    BriefRequest,
    Citation,
    Explanation,
    FilledForm,
    FormRequest,
    GroupNames,
    NameGroupsRequest,
    NumberedPreferences,
    Persona,
    Plan,
    PlanEdit,
    Population,
    PopulationRequest,
    PreferBatch,
    PreferBatchRequest,
    Preferences,
    PreferRequest,
    RequestT,
    ResultT,
    RunFigures,
    Task,
    TaskName,
    ToldFinding,
)
from trafficflou.core import ProviderError, ProviderFault

__all__ = ["FakeAiModel", "sample_answer", "sample_persona"]

SAMPLE_USAGE: Final = Usage(input_tokens=100, output_tokens=20, cost_usd=0.001)

Scripted = BaseModel | BaseException | Callable[[Any], BaseModel]


class FakeAiModel:
    """An `AiModel` that does as it is told.

    Args:
        provider: Its name.
        model: Its model's name.
        script: What it gives to the first questions, in order: a result, an exception, or a function of the request.
        answers: What it gives afterwards, by task; a sample that fits the request where the task is not named.
        failing_share: Share of the answers after the script that are failures instead, 0..1.
        fault: Of those failures.
        retry_after_s: Of those failures.
        delay_s: How long everything takes, or a function that draws it.
        usage: Of each answer.
        swallows_cancellation: Goes on for this long after it was cancelled, seconds.
        rng: Decides which answers fail.

    Attributes:
        asked: The questions, as task name and request.
        running: Questions under way now.
        most_running: The most that were at once.
        cancelled: Questions that were cancelled under way.
        is_closed: Whether it was closed.
    """

    def __init__(
        self,
        provider: str = "fake",
        model: str = "fake-1",
        *,
        script: Iterable[Scripted] = (),
        answers: Mapping[TaskName, BaseModel | Callable[[Any], BaseModel]] | None = None,
        failing_share: float = 0.0,
        fault: ProviderFault = ProviderFault.SERVER_ERROR,
        retry_after_s: float | None = None,
        delay_s: float | Callable[[], float] = 0.0,
        usage: Usage = SAMPLE_USAGE,
        swallows_cancellation: float = 0.0,
        rng: Random | None = None,
    ) -> None:
        self._provider = provider
        self._model = model
        self._script = iter(script)
        self._answers = dict(answers or {})
        self.failing_share = failing_share
        self.fault = fault
        self.retry_after_s = retry_after_s
        self.delay_s = delay_s
        self.usage = usage
        self._swallows_s = swallows_cancellation
        self._rng = rng or Random(7)
        self.asked: list[tuple[TaskName, BaseModel]] = []
        self.running = self.most_running = self.cancelled = 0
        self.is_closed = False

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return self._provider

    @property
    def model(self) -> str:
        """The name of the model."""
        return self._model

    @property
    def calls(self) -> int:
        """How many questions there were."""
        return len(self.asked)

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Do what the script says, then answer or fail by chance. Keeps no deadline: that is for others to show.

        Raises:
            ProviderError: By the script or by chance.
        """
        self.asked.append((task.name, request))
        scripted = next(self._script, None)
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            await self._dawdle()
        finally:
            self.running -= 1
        if isinstance(scripted, BaseException):
            raise scripted
        if scripted is None and self._rng.random() < self.failing_share:
            raise ProviderError(
                f"{self._provider} fails as it was told", fault=self.fault, retry_after_s=self.retry_after_s
            )
        given = scripted if scripted is not None else self._answers.get(task.name, sample_answer)
        value: Any = given if isinstance(given, BaseModel) else given(request)
        return Answer(value=value, provider=self._provider, model=self._model, usage=self.usage)

    def statistics(self) -> dict[str, Any]:
        """Return how many questions there were."""
        return {"calls": self.calls}

    async def aclose(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True

    async def _dawdle(self) -> None:
        delay_s = self.delay_s() if callable(self.delay_s) else self.delay_s
        try:
            await asyncio.sleep(delay_s)
        except asyncio.CancelledError:
            self.cancelled += 1
            if not self._swallows_s:
                raise
            await asyncio.sleep(self._swallows_s)


def sample_persona(name: str = "Bargain hunter") -> Persona:
    """Return a persona."""
    return Persona(
        name=name,
        description="Looks for reduced goods.",
        goals=("find a present",),
        interests={"garden": 1.0, "tools": 0.5},
        patience=0.5,
        pace=1.0,
        device="mobile",
        pages=6,
        weight=1.0,
    )


def sample_answer(request: BaseModel) -> BaseModel:
    """Return a valid result for a request of any task.

    Raises:
        TypeError: It is a request of none.
    """
    for request_type, make in _SAMPLES.items():
        if isinstance(request, request_type):
            return make(request)
    raise TypeError(f"no task takes {type(request).__name__}")


def _population(_request: PopulationRequest) -> Population:
    return Population(personas=(sample_persona(),))


def _preferences(request: PreferRequest) -> Preferences:
    return Preferences(weights=tuple(float(1 + number) for number in range(len(request.offers))), leave=0.1)


def _batch(request: PreferBatchRequest) -> PreferBatch:
    return PreferBatch(
        answers=tuple(
            NumberedPreferences(item=number, **_preferences(item).model_dump())
            for number, item in enumerate(request.items)
        )
    )


def _form(request: FormRequest) -> FilledForm:
    return FilledForm(values={each.name: "test" for each in request.fields})


def _names(request: NameGroupsRequest) -> GroupNames:
    return GroupNames(names={group.key: f"Group {number}" for number, group in enumerate(request.groups)})


def _explanation(request: RunFigures) -> Explanation:
    cites = tuple(Citation(place=figure.place, value=figure.value) for figure in request.figures[:1])
    if not cites:
        return Explanation(findings=())
    return Explanation(findings=(ToldFinding(message="It was slow.", cites=cites),))


def _plan(_request: BriefRequest) -> Plan:
    return Plan(edits=(PlanEdit(kind="scale_visitors", factor=3, because="three times the visitors"),))


_SAMPLES: Mapping[type[BaseModel], Callable[[Any], BaseModel]] = {
    PopulationRequest: _population,
    PreferRequest: _preferences,
    PreferBatchRequest: _batch,
    FormRequest: _form,
    NameGroupsRequest: _names,
    RunFigures: _explanation,
    BriefRequest: _plan,
}
