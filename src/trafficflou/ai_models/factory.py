"""The Abstract Factory: each provider makes a family of parts that belong together.

A factory owns its settings, its pooled HTTP client and its keys; the parts it makes (planner, judge of pages, explainer) share
them and need not know which provider they speak to.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Self

from pydantic import BaseModel

from trafficflou.ai_models.model import AiModel, Answer
from trafficflou.ai_models.prompt_log import PromptLog
from trafficflou.ai_models.tasks import (
    BRIEF_TO_PLAN,
    EXPLAIN,
    FILL,
    IMAGINE_POPULATION,
    NAME_GROUPS,
    PREFER,
    BriefRequest,
    Explanation,
    FilledForm,
    FormRequest,
    GroupNames,
    NameGroupsRequest,
    Plan,
    Population,
    PopulationRequest,
    Preferences,
    PreferRequest,
    RunFigures,
)
from trafficflou.core import Clock, SystemClock
from trafficflou.security.key_ring import KeyRing

__all__ = ["AiModelFactory", "Explainer", "FactoryContext", "PageJudge", "Planner"]


class _Part:
    def __init__(self, model: AiModel) -> None:
        self.model = model


class Planner(_Part):
    """Imagines who comes, and turns a sentence into a plan."""

    async def imagine_population(self, request: PopulationRequest) -> Answer[Population]:
        """Imagine personas for a site."""
        return await self.model.answer(IMAGINE_POPULATION, request)

    async def name_groups(self, request: NameGroupsRequest) -> Answer[GroupNames]:
        """Name learned behaviour groups in plain words."""
        return await self.model.answer(NAME_GROUPS, request)

    async def brief_to_plan(self, request: BriefRequest) -> Answer[Plan]:
        """Turn a sentence into what-if edits, to be confirmed by a person."""
        return await self.model.answer(BRIEF_TO_PLAN, request)


class PageJudge(_Part):
    """Looks at a page with a persona's eyes."""

    async def prefer(self, request: PreferRequest) -> Answer[Preferences]:
        """Say how much the persona likes each offer."""
        return await self.model.answer(PREFER, request)

    async def fill(self, request: FormRequest) -> Answer[FilledForm]:
        """Fill in a form with test data."""
        return await self.model.answer(FILL, request)


class Explainer(_Part):
    """Explains a run."""

    async def explain(self, request: RunFigures) -> Answer[Explanation]:
        """Say what broke first, why that may be, and what to try next."""
        return await self.model.answer(EXPLAIN, request)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactoryContext:
    """What a factory gets besides its settings.

    Attributes:
        keys: The provider's key ring; `None` where it takes no keys.
        configured: The names of the other providers that somebody configured, Athena always among them and last.
        open_factory: Opens one of those by name, shared with everybody else; the registry closes it, not who asked.
        clock: Tells the time.
        prompt_log: Whoever sends a prompt over the network puts `prompt_log.call(...)` around that.
    """

    keys: KeyRing | None = None
    configured: tuple[str, ...] = ()
    open_factory: "Callable[[str], AiModelFactory] | None" = None
    clock: Clock = field(default_factory=SystemClock)
    prompt_log: PromptLog = field(default_factory=PromptLog)


class AiModelFactory(ABC):
    """Makes the parts of one provider; found by `name` in the registry (`ai_models.registry`)."""

    name: ClassVar[str]
    settings_type: ClassVar[type[BaseModel]]
    extra: ClassVar[str] = ""
    """The extra of our package that brings the libraries it needs, such as `ai`."""
    takes_keys: ClassVar[bool] = False
    """Whether keys are looked for; settings never hold one."""
    vendor_variables: ClassVar[Mapping[str, str]] = {}
    """The vendor's own environment variables and the setting each stands for; `api_key` stands for keys."""

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        """Make the factory; the registry calls this.

        The default passes the settings alone; a provider with keys takes `context.keys`, a gateway `context.open_factory`.
        """
        return cls(settings)  # type: ignore[call-arg]  # subclasses that differ override this method

    @abstractmethod
    def model(self) -> AiModel:
        """Return the one model of this factory, made when it is first asked for."""

    def planner(self) -> Planner:
        """Make the planner."""
        return Planner(self.model())

    def judge(self) -> PageJudge:
        """Make the judge of pages."""
        return PageJudge(self.model())

    def explainer(self) -> Explainer:
        """Make the explainer."""
        return Explainer(self.model())

    @abstractmethod
    async def aclose(self) -> None:
        """Close the HTTP client and whatever else is held; idempotent, also after errors and cancellation."""
