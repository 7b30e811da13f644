"""What the visitors of a worker's journeys share."""

from random import Random
from typing import Final

from trafficflou.behavior import MAX_THINK_S, TemplateMap
from trafficflou.traffic.form_policy import ALL_FORMS, FormPolicy
from trafficflou.traffic.journeys.notes import JourneyNotes
from trafficflou.traffic.strategy_kind import StrategyContext

__all__ = ["USUAL_THINK_S", "JourneyGround"]

USUAL_THINK_S: Final = (2.0, 8.0)
"""Least and most seconds on a page where nobody says more."""


class JourneyGround:
    """Names of pages, think times, what may be drawn, and the journal.

    Attributes:
        policy: What may be drawn without being named. The author's word allows every form; what logs out, deletes or pays needs the owner's.
        notes: The journal.
    """

    __slots__ = ("_factor", "_known", "_names", "_sampler", "notes", "policy")

    def __init__(self, context: StrategyContext) -> None:
        """Take what a run gives."""
        model = context.model
        templates = () if model is None else model.templates
        pages = [page.path for page in context.site.pages] + [*context.site.listed]
        self._names = TemplateMap.from_paths(pages) if model is None else TemplateMap.from_model(model)
        self._known = frozenset(template.template for template in templates)
        self._sampler = None if model is None else context.sampler
        self._factor = context.think_time.factor
        self.policy = FormPolicy(
            allow_forms=frozenset({ALL_FORMS}), allow_destructive=context.forms.allow_destructive
        )
        self.notes = JourneyNotes(context.label)

    def template_of(self, path: str) -> str:
        """Name the template of a path."""
        return self._names.template_of(path)

    def pause_s(self, bounds_s: tuple[float, float] | None, template: str, rng: Random) -> float:
        """Draw a think time, scaled as the run says.

        Args:
            bounds_s: Least and most seconds; `None` for what the traffic model knows of the page, else the usual.
            template: The page that is open.
            rng: The visitor's own generator; of it as much is taken whatever the scale is.
        """
        if bounds_s is None and self._sampler is not None and template in self._known:
            think_s = self._sampler.sample_think_s(template, 0.0, rng)
        else:
            think_s = rng.uniform(*(bounds_s or USUAL_THINK_S))
        return min(max(0.0, think_s * self._factor), MAX_THINK_S)
