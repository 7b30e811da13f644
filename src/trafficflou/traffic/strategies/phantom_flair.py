"""Phantom Flair: visitors that no log has ever seen.

Personas arrive with interests, read each page as a person would (its links, with text and place) and decide by preference with bounded rationality.
"""

from random import Random
from statistics import NormalDist
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from trafficflou.metrics import Journal
from trafficflou.traffic.flair.beaten_track import BeatenTrack
from trafficflou.traffic.flair.choice import draw
from trafficflou.traffic.flair.entrance import Entrance
from trafficflou.traffic.flair.mind import shares_of
from trafficflou.traffic.flair.names import TemplateNames
from trafficflou.traffic.flair.notes import Notes, failure_of
from trafficflou.traffic.flair.opinion import Taste
from trafficflou.traffic.flair.pause import Pauses
from trafficflou.traffic.flair.people import athena_of, minds_of
from trafficflou.traffic.flair.sight import Eyes, Sight
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.strategy import Page, PageReading, Step
from trafficflou.traffic.strategy_kind import StrategyContext

__all__ = ["STRATEGY", "PhantomFlair", "PhantomFlairSettings"]

_score_at: Final = NormalDist().inv_cdf
_LEAVES_AT_ERROR: Final = 0.5


class PhantomFlairSettings(BaseModel):
    """How visitors decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intensity: float = Field(
        default=0.7,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="how strongly visitors lean on what they prefer, and how far they leave the beaten track",
    )
    sophistication: int = Field(default=5, ge=1, le=5, description="1 weighted links, 2 interests")
    max_pages: int = Field(default=60, ge=1, le=1000, description="most page views of a visit")


class PhantomFlair:
    """Plays imagined people who read the pages."""

    name: ClassVar[str] = "phantom-flair"
    summary: ClassVar[str] = "imagined people who read the pages and follow their interests"
    settings_type: ClassVar[type[BaseModel]] = PhantomFlairSettings
    needs_model: ClassVar[bool] = False
    needs_population: ClassVar[bool] = True
    reading: ClassVar[PageReading] = PageReading.CONTENT

    def __init__(self, settings: PhantomFlairSettings, context: StrategyContext) -> None:
        """Play with what a run gives; `create` does the same."""
        self._settings = settings
        self._context = context
        model = context.model
        sampler = None if model is None else context.sampler
        templates = () if model is None else model.templates
        site = context.site
        listed = [page.path for page in site.pages] + [*site.entries, *site.listed]
        examples = [example.path for template in templates for example in template.paths]
        self._names = TemplateNames([*listed, *examples])
        athena = athena_of(context)
        self._minds = minds_of(context, athena, self._names.template_of, settings.sophistication)
        self._shares = shares_of(self._minds)
        self._eyes = Eyes(self._names.template_of, BeatenTrack(model), context.forms)
        self._taste = Taste(athena, settings.intensity, uses_preferences=settings.sophistication > 1)
        self._decider = "athena" if settings.sophistication > 1 else "statistics"
        self._pauses = Pauses(
            context.think_time.factor, sampler, frozenset(template.template for template in templates)
        )
        playable = frozenset(template.template for template in templates if template.paths)
        self._entrance = Entrance(site, sampler, playable, self._names.template_of)
        self._notes = Notes()

    @classmethod
    def create(cls, settings: PhantomFlairSettings, context: StrategyContext) -> Self:
        """Play with what a run gives."""
        return cls(settings, context)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was given; what was prepared is prepared again."""
        return type(self), (self._settings, self._context)

    def begin(self, rng: Random) -> FlairVisit:
        """Start a session: who it is, and how slow."""
        number = draw(self._shares, rng)
        return FlairVisit(rng, self._minds[number or 0], _score_at(rng.random() or 0.5))

    def next_step(self, visit: FlairVisit, page: Page | None) -> Step | None:
        """Look at the page and choose what follows; `None` where the visitor leaves."""
        if page is None:
            return self._enter(visit)
        source = self._names.template_of(page.final_path)
        sight = self._eyes.look(page.content, page.final_path, source)
        self._notes.note_page(page, sight, visit.memory)
        if visit.pages >= self._settings.max_pages:
            return None
        if failure_of(page) and visit.rng.random() < _LEAVES_AT_ERROR:
            return None
        return self._follow(visit, page, sight, source)

    def take_journal(self) -> Journal:
        """Return what visitors noticed since the last call."""
        return self._notes.take()

    def _enter(self, visit: FlairVisit) -> Step:
        path, template, is_learned = self._entrance.draw(visit.mind.persona, visit.rng)
        visit.memory.go("open", path, template)
        visit.pages = 1
        return Step(path, template, 0.0, is_learned=is_learned)

    def _follow(self, visit: FlairVisit, page: Page, sight: Sight, source: str) -> Step | None:
        sheet, rng = sight.sheet, visit.rng
        opinion = self._taste.opinion(visit.mind, sheet)
        if rng.random() < opinion.leave:
            return None
        weights = opinion.weights
        own = sheet.by_path.get(page.final_path)
        if own:
            weights = weights.copy()
            for number in own:
                if number < len(weights):
                    weights[number] = 0.0
        chosen = draw(weights, rng)
        if chosen is None:
            return None
        self._notes.note_decision(self._decider)
        link, template = sheet.links[chosen], sheet.templates[chosen]
        visit.memory.go("click", link.path, template, text=link.text)
        visit.pages += 1
        think_s = self._pauses.draw_s(
            sight.usual_pause_s, source, visit.mind.persona.pace, visit.slowness, rng
        )
        return Step(link.path, template, think_s)


STRATEGY: Final = PhantomFlair
