"""Athena's factory and model: every task is answered here and now, by local code.

`answer` is the contract's door; the synchronous doors (`prefer_now`, `prepare`, `score`) are for strategies, which have
microseconds and no event loop to wait on. Loading the embeddings takes some tenths of a second once, in `AthenaFactory.model()`.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from trafficflou.ai_models.athena.brief_reading import read_brief
from trafficflou.ai_models.athena.embeddings import EmbeddingRelevance, has_embeddings
from trafficflou.ai_models.athena.form_filling import fill_form
from trafficflou.ai_models.athena.group_naming import name_groups
from trafficflou.ai_models.athena.lexical import LexicalRelevance
from trafficflou.ai_models.athena.population import imagine_population, warm_up
from trafficflou.ai_models.athena.preference import (
    PersonaVector,
    PreparedOffers,
    persona_vector,
    prepare,
    score,
)
from trafficflou.ai_models.athena.relevance import DEFAULT_CACHED_TEXTS, Relevance
from trafficflou.ai_models.athena.run_explaining import explain_run
from trafficflou.ai_models.factory import AiModelFactory
from trafficflou.ai_models.model import Answer
from trafficflou.ai_models.tasks import (
    Offer,
    Persona,
    PopulationRequest,
    Preferences,
    PreferRequest,
    RequestT,
    ResultT,
    Task,
    TaskName,
)
from trafficflou.core import ConfigError

__all__ = ["AthenaFactory", "AthenaModel", "AthenaSettings"]

_CACHED_PERSONAS: Final = 256
_CACHED_PAGES: Final = 256


class AthenaSettings(BaseModel):
    """Settings of Athena."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    relevance: Literal["auto", "embeddings", "lexical"] = Field(
        default="auto",
        description="by meaning (extra `athena`), by words, or the better one that is installed",
    )
    seed: int = Field(
        default=0, description="added to the seed of what is asked for, to imagine other people"
    )
    cached_texts: int = Field(
        default=DEFAULT_CACHED_TEXTS, ge=1, le=1_000_000, description="vectors of texts kept"
    )


def make_relevance(settings: AthenaSettings) -> tuple[Relevance[Any], str]:
    """Make the relevance that is wanted, or the best there is.

    Returns:
        It, and why it is not the better one (empty where it is).

    Raises:
        ConfigError: Embeddings are demanded and cannot be loaded.
    """
    if settings.relevance == "lexical":
        return LexicalRelevance(cached_texts=settings.cached_texts), ""
    if settings.relevance == "auto" and not has_embeddings():
        return LexicalRelevance(cached_texts=settings.cached_texts), "the extra [athena] is not installed"
    try:
        return EmbeddingRelevance(cached_texts=settings.cached_texts), ""
    except ConfigError as exc:
        if settings.relevance == "embeddings":
            raise
        return LexicalRelevance(cached_texts=settings.cached_texts), exc.message


class AthenaModel:
    """The local model. Not thread-safe.

    Args:
        settings: Relevance and seed.

    Raises:
        ConfigError: Embeddings are demanded and cannot be loaded.
    """

    def __init__(self, settings: AthenaSettings) -> None:
        self._seed = settings.seed
        self.relevance, self._why_lexical = make_relevance(settings)
        self._answers: Counter[str] = Counter()
        self._busy_ns = 0
        self._personas: OrderedDict[Any, PersonaVector] = OrderedDict()
        self._pages: OrderedDict[tuple[Offer, ...], PreparedOffers] = OrderedDict()
        relevance = self.relevance
        warm_up(relevance)
        self._tasks: dict[TaskName, Callable[[Any], BaseModel]] = {
            TaskName.IMAGINE_POPULATION: self._imagine,
            TaskName.PREFER: self.prefer_now,
            TaskName.FILL: lambda request: fill_form(relevance, request),
            TaskName.NAME_GROUPS: name_groups,
            TaskName.EXPLAIN: explain_run,
            TaskName.BRIEF_TO_PLAN: read_brief,
        }

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return "athena"

    @property
    def model(self) -> str:
        """`athena-embeddings` or `athena-lexical`."""
        return f"athena-{self.relevance.kind}"

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task at once; never fails for a valid request. The deadline is not needed."""
        begun_ns = time.perf_counter_ns()
        value = self._tasks[task.name](request)
        valid = task.result_type.model_validate(value.model_dump())
        taken_ns = time.perf_counter_ns() - begun_ns
        self._answers[task.name] += 1
        self._busy_ns += taken_ns
        return Answer(value=valid, provider=self.provider, model=self.model, latency_s=taken_ns / 1e9)

    def prefer_now(self, request: PreferRequest) -> Preferences:
        """Say how much a persona likes each offer of a page; pages and personas seen lately are not prepared again."""
        page = self._pages.get(request.offers)
        if page is None:
            page = self._pages[request.offers] = self.prepare(request.offers)
            _bound(self._pages, _CACHED_PAGES)
        return self.score(self.persona_vector(request.persona), page)

    def persona_vector(self, persona: Persona) -> PersonaVector:
        """Make a persona ready for scoring; the last 256 are kept."""
        key = (
            persona.goals,
            tuple(persona.interests.items()),
            persona.actions,
            persona.patience,
            persona.pages,
        )
        vector = self._personas.get(key)
        if vector is None:
            vector = self._personas[key] = persona_vector(self.relevance, persona)
            _bound(self._personas, _CACHED_PERSONAS)
        return vector

    def prepare(self, offers: Sequence[Offer]) -> PreparedOffers:
        """Make a page's offers ready for scoring, for a page that will be seen often."""
        return prepare(self.relevance, offers)

    def score(self, vector: PersonaVector, prepared: PreparedOffers) -> Preferences:
        """Score a prepared page with a prepared persona: under 100 microseconds for 100 links."""
        return score(vector, prepared)

    def _imagine(self, request: PopulationRequest) -> BaseModel:
        seeded = request.model_copy(update={"seed": request.seed + self._seed}) if self._seed else request
        return imagine_population(self.relevance, seeded)

    def statistics(self) -> dict[str, Any]:
        """Return counters: answers by task, time spent, the cache of texts, and which relevance works here, and why."""
        return {
            "relevance": self.relevance.kind,
            "relevance_reason": self._why_lexical,
            "requests": self._answers.total(),
            "by_task": dict(self._answers),
            "busy_s": self._busy_ns / 1e9,
            "texts_cached": self.relevance.cached,
            "text_hits": self.relevance.hits,
            "text_misses": self.relevance.misses,
        }

    async def aclose(self) -> None:
        """Forget what was cached; idempotent."""
        self._personas.clear()
        self._pages.clear()


def _bound(cache: OrderedDict[Any, Any], limit: int) -> None:
    if len(cache) > limit:
        cache.popitem(last=False)


class AthenaFactory(AiModelFactory):
    """Makes Athena's parts; needs no key and opens no connection."""

    name: ClassVar[str] = "athena"
    settings_type: ClassVar[type[BaseModel]] = AthenaSettings
    extra: ClassVar[str] = "athena"

    def __init__(self, settings: AthenaSettings | None = None) -> None:
        self.settings = settings or AthenaSettings()
        self._model: AthenaModel | None = None

    def model(self) -> AthenaModel:
        """Return the model; the first call loads the embeddings (some tenths of a second).

        Raises:
            ConfigError: Embeddings are demanded and cannot be loaded.
        """
        if self._model is None:
            self._model = AthenaModel(self.settings)
        return self._model

    async def aclose(self) -> None:
        """Let go of the model; idempotent."""
        if self._model is not None:
            await self._model.aclose()
            self._model = None
