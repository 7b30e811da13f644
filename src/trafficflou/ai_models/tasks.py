"""What an AI model is asked for: six tasks, typed on the way in and on the way out.

A task is a value that names its types, its deadline and the version of its prompt; a provider answers any of them. Everything
that comes out is bounded and checked here, because a model's answer is as little to be trusted as a stranger's: there is no
field that takes a URL, and a choice is the number of something that was offered.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

__all__ = [
    "BRIEF_TO_PLAN",
    "EXPLAIN",
    "FILL",
    "IMAGINE_POPULATION",
    "MAX_BATCH",
    "NAME_GROUPS",
    "PREFER",
    "PREFER_BATCH",
    "TASKS",
    "BriefRequest",
    "Citation",
    "Explanation",
    "FigureOf",
    "FilledForm",
    "FormField",
    "FormRequest",
    "Group",
    "GroupNames",
    "NameGroupsRequest",
    "NumberedPreferences",
    "Offer",
    "Persona",
    "Plan",
    "PlanEdit",
    "Population",
    "PopulationRequest",
    "PreferBatch",
    "PreferBatchRequest",
    "PreferRequest",
    "Preferences",
    "RunFigures",
    "Sentence",
    "SiteFacts",
    "Task",
    "TemplateFacts",
    "ToldFinding",
]

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
TemplateName = Annotated[str, Field(pattern=r'^/[!"$->@-~]*$', max_length=300)]
Device = Literal["desktop", "mobile", "tablet"]


class _Typed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# -- imagine_population ------------------------------------------------------------------------------------------------


class TemplateFacts(_Typed):
    """A kind of page, as far as a provider may know it: nothing that fewer than k visitors saw."""

    template: TemplateName
    share: Share = Field(description="share of all page views")
    title: str = Field(default="", max_length=200)


class SiteFacts(_Typed):
    """The site, in counts."""

    name: str = Field(default="", max_length=200)
    templates: tuple[TemplateFacts, ...] = Field(default=(), max_length=100)
    devices: dict[Device, Share] = Field(default_factory=dict)
    one_page_share: Share | None = None
    pages_per_session: float | None = Field(default=None, gt=0, le=1000)
    think_median_s: float | None = Field(default=None, ge=0, le=3600)
    is_measured: bool = Field(
        default=False, description="the figures come from a traffic model, not from a guess"
    )


class PopulationRequest(_Typed):
    """Whom to imagine."""

    site: SiteFacts
    brief: str = Field(default="", max_length=2000)
    count: int = Field(default=6, ge=1, le=24)
    seed: int = 0


class Persona(_Typed):
    """An imagined behaviour group."""

    name: Word
    description: Sentence
    goals: tuple[Sentence, ...] = Field(min_length=1, max_length=5)
    interests: dict[Word, Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1, max_length=12)
    patience: Share = Field(description="0 leaves at the first slow page, 1 waits for ever")
    pace: float = Field(ge=0.25, le=4, description="multiple of the usual think time")
    device: Device
    pages: float = Field(ge=1, le=100, description="page views of a usual session")
    entry: TemplateName | None = None
    actions: tuple[
        Literal["browse", "search", "cart", "checkout", "login", "read", "compare", "contact"], ...
    ] = Field(default=("browse",), max_length=8)
    weight: float = Field(gt=0, le=1, description="share of the sessions")


class Population(_Typed):
    """Personas whose weights add up to 1."""

    personas: tuple[Persona, ...] = Field(min_length=1, max_length=24)
    origin: Literal["fitted", "imagined"] = "imagined"

    @model_validator(mode="after")
    def _weights_add_up(self) -> Self:
        if abs(sum(persona.weight for persona in self.personas) - 1) > 0.02:
            raise ValueError("the personas' weights must add up to 1")
        if len({persona.name for persona in self.personas}) != len(self.personas):
            raise ValueError("two personas have the same name")
        return self


# -- prefer ------------------------------------------------------------------------------------------------------------


class Offer(_Typed):
    """Something that a visitor could do on a page: a link or a form. Its text comes from the page and is not trusted."""

    kind: Literal["link", "form"] = "link"
    text: str = Field(default="", max_length=200)
    title: str = Field(default="", max_length=200)
    place: Literal["header", "navigation", "main", "aside", "footer", "unknown"] = "unknown"
    template: str = Field(default="", max_length=300)
    price: float | None = Field(default=None, ge=0)


class PreferRequest(_Typed):
    """What does this persona do here?"""

    persona: Persona
    page_title: str = Field(default="", max_length=200)
    page_template: str = Field(default="", max_length=300)
    offers: tuple[Offer, ...] = Field(max_length=200)


class Preferences(_Typed):
    """A distribution over the offers by their number, and over leaving."""

    weights: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] = Field(max_length=200)
    leave: Share = 0.0


# -- prefer_batch ------------------------------------------------------------------------------------------------------

MAX_BATCH: Final = 16
"""Most questions of one batch."""


class PreferBatchRequest(_Typed):
    """Several questions of the kind `prefer` in one call; each is numbered by its place, from 0."""

    items: tuple[PreferRequest, ...] = Field(min_length=1, max_length=MAX_BATCH)


class NumberedPreferences(Preferences):
    """The answer to one of them."""

    item: int = Field(ge=0, lt=MAX_BATCH)


class PreferBatch(_Typed):
    """Answers by their number, in any order; one that is missing is asked for on its own."""

    answers: tuple[NumberedPreferences, ...] = Field(max_length=MAX_BATCH)


# -- fill --------------------------------------------------------------------------------------------------------------


class FormField(_Typed):
    """A field of a form; names and labels come from the page and are not trusted."""

    name: str = Field(max_length=200)
    kind: str = Field(default="text", max_length=40)
    label: str = Field(default="", max_length=200)
    options: tuple[Annotated[str, Field(max_length=200)], ...] = Field(default=(), max_length=100)
    is_required: bool = False
    max_length: int | None = Field(default=None, ge=0)


class FormRequest(_Typed):
    """What does this persona write here?"""

    persona: Persona
    fields: tuple[FormField, ...] = Field(max_length=60)
    purpose: str = Field(default="", max_length=200)


class FilledForm(_Typed):
    """Values by field name; recognisable as test data."""

    values: dict[Annotated[str, Field(max_length=200)], Annotated[str, Field(max_length=500)]] = Field(
        max_length=60
    )


# -- name_groups -------------------------------------------------------------------------------------------------------


class Group(_Typed):
    """A learned behaviour group, in counts."""

    key: str = Field(max_length=80)
    share: Share
    top_templates: tuple[TemplateFacts, ...] = Field(max_length=20)
    pages_per_session: float = Field(ge=0)
    think_median_s: float = Field(ge=0)


class NameGroupsRequest(_Typed):
    """Groups that need names."""

    groups: tuple[Group, ...] = Field(min_length=1, max_length=24)


class GroupNames(_Typed):
    """A plain name for each group, by its key."""

    names: dict[Annotated[str, Field(max_length=80)], Word]


# -- explain -----------------------------------------------------------------------------------------------------------


class FigureOf(_Typed):
    """A figure of a run's summary: where it stands, and its value."""

    place: Annotated[str, Field(max_length=300)]
    value: float | int | str | None


class RunFigures(_Typed):
    """What an explainer may know of a run: figures by their place in summary.json."""

    verdict: Literal["pass", "fail", "invalid"]
    reasons: tuple[Paragraph, ...] = ()
    figures: tuple[FigureOf, ...] = Field(max_length=400)


class Citation(_Typed):
    """A figure that a finding rests on."""

    place: Annotated[str, Field(max_length=300)]
    value: float | int | str | None


class ToldFinding(_Typed):
    """What was found, why that may be, and what to try next."""

    message: Sentence
    likely_cause: Sentence | None = None
    next_experiment: Sentence | None = None
    cites: tuple[Citation, ...] = Field(min_length=1, max_length=8)


class Explanation(_Typed):
    """The findings, most important first."""

    findings: tuple[ToldFinding, ...] = Field(max_length=12)


# -- brief_to_plan -----------------------------------------------------------------------------------------------------


class BriefRequest(_Typed):
    """A sentence about a day to play."""

    brief: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    site: SiteFacts = SiteFacts()


class PlanEdit(_Typed):
    """One change of the traffic, in words that people can check.

    `scale_visitors` multiplies the visitors; `spike` multiplies the arrivals around an hour; `device_share` sets a device's share;
    `template_factor` multiplies how often a kind of page is visited; `think_factor` multiplies the think times.
    """

    kind: Literal["scale_visitors", "spike", "device_share", "template_factor", "think_factor"]
    factor: float = Field(gt=0, le=1000)
    hour: int | None = Field(default=None, ge=0, le=23)
    device: Device | None = None
    template: TemplateName | None = None
    because: Sentence


class Plan(_Typed):
    """What-if edits, shown for confirmation."""

    edits: tuple[PlanEdit, ...] = Field(max_length=12)
    not_understood: tuple[Sentence, ...] = Field(default=(), max_length=12)


# -- the tasks ---------------------------------------------------------------------------------------------------------

RequestT = TypeVar("RequestT", bound=BaseModel)
ResultT = TypeVar("ResultT", bound=BaseModel)


class TaskName(StrEnum):
    """The names of the tasks, as they stand in statistics, cassettes and reports."""

    IMAGINE_POPULATION = "imagine_population"
    PREFER = "prefer"
    PREFER_BATCH = "prefer_batch"
    FILL = "fill"
    NAME_GROUPS = "name_groups"
    EXPLAIN = "explain"
    BRIEF_TO_PLAN = "brief_to_plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[RequestT, ResultT]):
    """One kind of question.

    Attributes:
        name: Its name.
        request_type: What is given.
        result_type: What comes back, validated.
        deadline_s: Longest time for an answer, everything included (retries, repair).
        prompt_version: Raised with every change of the prompt; part of the cache key.
        max_output_tokens: Limit of the answer.
    """

    name: TaskName
    request_type: type[RequestT]
    result_type: type[ResultT]
    deadline_s: float
    prompt_version: int = 1
    max_output_tokens: int = 2000


IMAGINE_POPULATION: Final = Task(
    name=TaskName.IMAGINE_POPULATION,
    request_type=PopulationRequest,
    result_type=Population,
    deadline_s=30.0,
    max_output_tokens=6000,
)
PREFER: Final = Task(
    name=TaskName.PREFER, request_type=PreferRequest, result_type=Preferences, deadline_s=15.0
)
FILL: Final = Task(name=TaskName.FILL, request_type=FormRequest, result_type=FilledForm, deadline_s=15.0)
NAME_GROUPS: Final = Task(
    name=TaskName.NAME_GROUPS, request_type=NameGroupsRequest, result_type=GroupNames, deadline_s=30.0
)
EXPLAIN: Final = Task(
    name=TaskName.EXPLAIN,
    request_type=RunFigures,
    result_type=Explanation,
    deadline_s=45.0,
    max_output_tokens=4000,
)
BRIEF_TO_PLAN: Final = Task(
    name=TaskName.BRIEF_TO_PLAN, request_type=BriefRequest, result_type=Plan, deadline_s=30.0
)

PREFER_BATCH: Final = Task(
    name=TaskName.PREFER_BATCH,
    request_type=PreferBatchRequest,
    result_type=PreferBatch,
    deadline_s=20.0,
    max_output_tokens=8000,
)
"""Made by `BatchingModel` out of `PREFER`, for providers that can answer it; nobody else asks it, so it is not one of `TASKS`."""

TASKS: Final = {
    task.name: task for task in (IMAGINE_POPULATION, PREFER, FILL, NAME_GROUPS, EXPLAIN, BRIEF_TO_PLAN)
}
