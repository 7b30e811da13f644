"""Organic Mimicry: visitors who click as the recorded visitors did.

Each step is drawn from the traffic model: where a session enters, what follows a page view or that the visitor leaves, which path of
a template, how long the page is read, and which subresources a browser would fetch with it. Nothing is learned while a run is on, and
what the site answers changes no choice: after an error page visitors do what their statistics say, so that a run against a
broken site is still comparable with the one before.
"""

from random import Random
from typing import ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict

from trafficflou.behavior import ModelSampler
from trafficflou.traffic.strategy import Page, PageReading, Step
from trafficflou.traffic.strategy_kind import StrategyContext
from trafficflou.traffic.think_time import ThinkTime

__all__ = ["MAX_PAGE_VIEWS", "STRATEGY", "OrganicMimicry", "OrganicVisit"]

MAX_PAGE_VIEWS: Final = 2000
"""A session ends after so many page views even if the model's row never leads to the exit."""


class OrganicVisit:
    """The state of one session.

    Attributes:
        device: `desktop`, `mobile` or `tablet`.
        page_views: Page views begun so far.
    """

    __slots__ = ("device", "fetched", "pace", "page_views", "rng", "template")

    def __init__(self, rng: Random, device: str, pace: float) -> None:
        self.rng = rng
        self.device = device
        self.pace = pace
        self.template = ""
        self.page_views = 0
        self.fetched: set[str] = set()


class OrganicMimicrySettings(BaseModel):
    """Nothing to set yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OrganicMimicry:
    """Plays the statistics of recorded traffic; stateless but for its tables, so all visitors of a worker share one."""

    name: ClassVar[str] = "organic-mimicry"
    summary: ClassVar[str] = "visitors who enter, click, read and leave as the recorded ones did"
    settings_type: ClassVar[type[BaseModel]] = OrganicMimicrySettings
    needs_model: ClassVar[bool] = True
    needs_population: ClassVar[bool] = False
    reading: ClassVar[PageReading] = PageReading.NOTHING

    __slots__ = ("_factor", "_sampler")

    def __init__(self, sampler: ModelSampler, think_time: ThinkTime) -> None:
        """Play a model.

        Args:
            sampler: Draws from the traffic model.
            think_time: How the learned think times are scaled.
        """
        self._sampler = sampler
        self._factor = think_time.factor

    @classmethod
    def create(cls, settings: OrganicMimicrySettings, context: StrategyContext) -> Self:
        """Play the model of a run; raises `ModelError` where it has none."""
        return cls(context.sampler, context.think_time)

    def begin(self, rng: Random) -> OrganicVisit:
        """Start a session with its device and pace."""
        sampler = self._sampler
        return OrganicVisit(rng, sampler.sample_device(rng), sampler.sample_pace(rng))

    def next_step(self, visit: OrganicVisit, page: Page | None) -> Step | None:
        """Choose the next page view; `None` where the visitor leaves."""
        sampler, rng = self._sampler, visit.rng
        if page is None:
            template, think_s = sampler.sample_entry(rng), 0.0
        else:
            following = sampler.sample_next(visit.template, rng, is_first=visit.page_views == 1)
            if following is None or visit.page_views >= MAX_PAGE_VIEWS:
                return None
            think_s = self._think_s(visit)
            template = following
        visit.template = template
        visit.page_views += 1
        path = sampler.sample_path(template, rng)
        subresources = sampler.sample_subresources(template, visit.fetched, rng)
        return Step(path, template, think_s, subresources, is_learned=True)

    def take_journal(self) -> None:
        """Nothing is noticed: what the site answers changes no choice."""

    def _think_s(self, visit: OrganicVisit) -> float:
        if not self._factor:
            # The number is taken all the same: the think-time setting must not change which pages a seed visits.
            visit.rng.random()
            return 0.0
        return self._sampler.sample_think_s(visit.template, visit.pace, visit.rng) * self._factor


STRATEGY: Final = OrganicMimicry
