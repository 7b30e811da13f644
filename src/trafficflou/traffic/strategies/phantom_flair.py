"""Phantom Flair: visitors that no log has ever seen.

Personas arrive with goals, interests, patience and a budget of attention; they read each page as a person would (title, headings, links with text and place, forms,
prices), choose by preference with bounded rationality, remember, turn back, search, fill in forms, and reach or give up what they came for. What the
parts do stands in `traffic.flair`, what the settings do in docs/phantom-flair.md.

Determinism: a visitor's choices come from its own generator and from what the site answers. The one thing that passes between visitors is what they learn together
at level 5, on each worker by itself.
"""

import math
from random import Random
from statistics import NormalDist
from typing import Any, ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from trafficflou.behavior import TemplateMap
from trafficflou.metrics import Journal
from trafficflou.traffic.flair.beaten_track import BeatenTrack
from trafficflou.traffic.flair.counsel import Counsel
from trafficflou.traffic.flair.decision import ADAPTATION, FORMS, GOALS, Decision
from trafficflou.traffic.flair.draw import draw
from trafficflou.traffic.flair.entrance import Entrance
from trafficflou.traffic.flair.experience import Experience
from trafficflou.traffic.flair.form_filling import FormFilling
from trafficflou.traffic.flair.form_values import FormValues
from trafficflou.traffic.flair.frontier import Frontier
from trafficflou.traffic.flair.goal_choice import GoalChoice
from trafficflou.traffic.flair.mind import shares_of
from trafficflou.traffic.flair.move import Move
from trafficflou.traffic.flair.notes import Notes
from trafficflou.traffic.flair.opinion import Taste
from trafficflou.traffic.flair.pattern import known_patterns
from trafficflou.traffic.flair.pause import Pauses
from trafficflou.traffic.flair.people import athena_of, minds_of
from trafficflou.traffic.flair.sight import Eyes, Sight
from trafficflou.traffic.flair.subject import draw_subject
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.flair.witness import Witness
from trafficflou.traffic.form_policy import FormPurpose
from trafficflou.traffic.strategy import Page, PageReading, Step
from trafficflou.traffic.strategy_kind import StrategyContext

__all__ = ["STRATEGY", "PhantomFlair", "PhantomFlairSettings"]

_score_at: Final = NormalDist().inv_cdf
_BUDGET_SPREAD: Final = 0.45
_GLANCING_PAGES: Final = 1.5
_EXPLORER_BUDGET: Final = 2.0


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
    sophistication: int = Field(
        default=5,
        ge=1,
        le=5,
        description="what visitors can do: 1 weighted links, 2 interests, 3 goals and memory, 4 forms, search and comparison, "
        "5 adaptation; each level can do what those below it can",
    )
    pattern: str | None = Field(
        default=None,
        description="a ready-made set of people instead of those of the run",
        json_schema_extra=lambda schema: schema.update(enum=list(known_patterns())),
    )
    explore: float = Field(
        default=0.3,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="at level 5, share of visitors who are drawn to what fails and to what is unknown, to find weak spots; the others "
        "avoid what fails, as people do",
    )
    max_pages: int = Field(
        default=60, ge=1, le=1000, description="most page views of a visit, whatever its goal is"
    )

    @field_validator("pattern")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        if value is not None and value not in known_patterns():
            raise ValueError("there is no such pattern")
        return value


class PhantomFlair:
    """Plays imagined people who read the pages."""

    name: str = "phantom-flair"
    summary: ClassVar[str] = "imagined people with goals, who read the pages and decide"
    settings_type: ClassVar[type[BaseModel]] = PhantomFlairSettings
    needs_model: ClassVar[bool] = False
    needs_population: ClassVar[bool] = True
    reading: ClassVar[PageReading] = PageReading.CONTENT

    def __init__(self, settings: PhantomFlairSettings, context: StrategyContext) -> None:
        """Play with what a run gives; `create` does the same."""
        self.name = context.label
        self._settings = settings
        self._context = context
        level, site, model = settings.sophistication, context.site, context.model
        sampler = None if model is None else context.sampler
        templates = () if model is None else model.templates
        known = [*(page.path for page in site.pages), *site.entries, *site.listed]
        names = TemplateMap.from_paths(known) if model is None else TemplateMap.from_model(model)
        self._template_of = names.template_of
        athena = athena_of(context)
        self._minds = minds_of(
            context, athena, self._template_of, sophistication=level, pattern=settings.pattern
        )
        self._shares = shares_of(self._minds)
        self._goals = GoalChoice(context.forms, sends_forms=level >= FORMS)
        self._eyes = Eyes(self._template_of, BeatenTrack(model), context.forms)
        self._pauses = Pauses(
            context.think_time.factor, sampler, frozenset(template.template for template in templates)
        )
        playable = frozenset(template.template for template in templates if template.paths)
        self._entrance = Entrance(site, sampler, playable, self._template_of)
        self._notes = Notes(self._template_of)
        experience = Experience() if level >= ADAPTATION else None
        frontier = Frontier() if level >= ADAPTATION else None
        pays = self._goals.may_send(FormPurpose.CHECKOUT)
        self._witness = Witness(self._notes, athena.relevance, experience, frontier, pays=pays)
        self._decision = Decision(
            level,
            taste=Taste(athena, settings.intensity, uses_preferences=level > 1),
            filling=FormFilling(FormValues(athena.relevance), self._goals, frontier, self._template_of),
            counsel=Counsel(context.advice, settings.intensity),
            experience=experience,
            frontier=frontier,
            notes=self._notes,
        )

    @classmethod
    def create(cls, settings: PhantomFlairSettings, context: StrategyContext) -> Self:
        """Play with what a run gives."""
        return cls(settings, context)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what was given; what was prepared is prepared again, and what was learned is learned anew."""
        return type(self), (self._settings, self._context)

    def begin(self, rng: Random) -> FlairVisit:
        """Start a session: who it is, what for, and how much of it."""
        mind = self._minds[draw(self._shares, rng) or 0]
        slowness = _score_at(rng.random() or 0.5)
        explores = rng.random() < self._settings.explore
        level = self._settings.sophistication
        if level < GOALS:
            return FlairVisit(rng, mind, slowness=slowness)
        pages = mind.persona.pages
        spread = math.exp(_BUDGET_SPREAD * _score_at(rng.random() or 0.5) - _BUDGET_SPREAD**2 / 2)
        explores = explores and level >= ADAPTATION
        budget = pages * spread * (_EXPLORER_BUDGET if explores else 1.0)
        goal = self._goals.choose(mind.persona, rng)
        visit = FlairVisit(
            rng,
            mind,
            slowness=slowness,
            explores=explores,
            goal=goal,
            subject=draw_subject(mind.subjects, goal.sought, rng),
            budget=1 if pages <= _GLANCING_PAGES else max(goal.least_pages, round(budget)),
        )
        self._notes.note_goal_pursued(visit)
        return visit

    def next_step(self, visit: FlairVisit, page: Page | None) -> Step | None:
        """Take the page in and decide what follows; `None` where the visitor leaves."""
        if page is None:
            path, template, is_learned = self._entrance.draw(visit.mind.persona, visit.rng)
            visit.memory.go("open", path, template)
            visit.pages = 1
            return Step(path, template, 0.0, is_learned=is_learned)
        template = self._template_of(page.final_path)
        sight = self._eyes.look(page.content, page.final_path, template)
        scene = self._witness.take_in(visit, page, sight)
        if visit.pages >= self._settings.max_pages:
            decided: Move | str = "too_many_pages"
        else:
            decided = self._decision.decide(visit, page, scene, template)
        if isinstance(decided, str):
            self._notes.note_goal_given_up(visit, decided)
            visit.stay_s = self._pause_s(visit, sight, template)
            return None
        return self._take(visit, decided, sight, template)

    def take_journal(self) -> Journal:
        """Return what visitors noticed since the last call."""
        return self._notes.take()

    def _take(self, visit: FlairVisit, move: Move, sight: Sight, source: str) -> Step:
        """Remember a move, and turn it into a step."""
        think_s = self._pause_s(visit, sight, source, move.fields)
        visit.deed = move.deed
        visit.pages += 1
        path, template = move.path, move.template
        kind = move.deed.kind
        if kind == "back":
            path = visit.memory.turn_back() or "/"
            template = self._template_of(path)
        elif kind != "reload":
            visit.memory.go(
                "submit" if kind == "submit" else "click",
                path,
                template,
                told=move.told,
                text=move.text,
                values=move.deed.values,
                can_return=move.method == "GET",
            )
        return Step(
            path, template, think_s, method=move.method, body=move.body, content_type=move.content_type
        )

    def _pause_s(self, visit: FlairVisit, sight: Sight, template: str, fields: int = 0) -> float:
        return self._pauses.draw_s(
            sight.usual_pause_s, template, visit.mind.persona.pace, visit.slowness, visit.rng, fields
        )


STRATEGY: Final = PhantomFlair
