"""Organic Mimicry: visitors who click as the recorded visitors did.

Each step is drawn from the traffic model: where a session enters, what follows a page view or that the visitor leaves, which path of
a template, how long the page is read, and which subresources a browser would fetch with it. What the site answers changes no choice: after
an error page visitors do what their statistics say, so that a run against a broken site is still comparable with the one before.

Only the address follows the site (`follow_site`): a learned path that is gone is replaced by a live one of the same template (`live_paths`),
whose draws, pauses and end of visit are those of the seed all the same.
"""

from random import Random
from typing import ClassVar, Final, Self

from pydantic import BaseModel, ConfigDict, Field

from trafficflou.behavior import ModelSampler
from trafficflou.metrics import Journal
from trafficflou.traffic.live_paths import GONE_STATUSES, LivePaths
from trafficflou.traffic.strategy import Page, PageReading, Step
from trafficflou.traffic.strategy_kind import StrategyContext
from trafficflou.traffic.think_time import ThinkTime

__all__ = ["MAX_PAGE_VIEWS", "STRATEGY", "OrganicMimicry", "OrganicMimicrySettings", "OrganicVisit"]

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
    """How closely visitors keep to the log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    follow_site: bool = Field(
        default=True,
        description="replace a learned path that the site has no more (404 or 410) by a like one that its pages offer",
    )


class OrganicMimicry:
    """Plays the statistics of recorded traffic; all visitors of a worker share its tables and what it knows of the site."""

    name: str = "organic-mimicry"
    summary: ClassVar[str] = "visitors who enter, click, read and leave as the recorded ones did"
    settings_type: ClassVar[type[BaseModel]] = OrganicMimicrySettings
    needs_model: ClassVar[bool] = True
    needs_population: ClassVar[bool] = False

    def __init__(
        self,
        sampler: ModelSampler,
        think_time: ThinkTime,
        live_paths: LivePaths | None = None,
        *,
        name: str = name,
    ) -> None:
        """Play a model.

        Args:
            sampler: Draws from the traffic model.
            think_time: How the learned think times are scaled.
            live_paths: Finds substitutes for what is gone; `None` to ask for every path as it was learned.
            name: The name under which its figures stand.
        """
        self.name = name
        self._sampler = sampler
        self._factor = think_time.factor
        self._live_paths = live_paths
        self.reading = PageReading.NOTHING
        """Nothing, unless something is gone and a substitute is looked for."""

    @classmethod
    def create(cls, settings: OrganicMimicrySettings, context: StrategyContext) -> Self:
        """Play the model of a run; raises `ModelError` where it has none."""
        sampler, model = context.sampler, context.model
        live_paths = None
        if settings.follow_site and model is not None:
            live_paths = LivePaths(model, context.forms)
        return cls(sampler, context.think_time, live_paths, name=context.label)

    def begin(self, rng: Random) -> OrganicVisit:
        """Start a session with its device and pace."""
        sampler = self._sampler
        return OrganicVisit(rng, sampler.sample_device(rng), sampler.sample_pace(rng))

    def next_step(self, visit: OrganicVisit, page: Page | None) -> Step | None:
        """Choose the next page view; `None` where the visitor leaves."""
        sampler, rng, live_paths = self._sampler, visit.rng, self._live_paths
        if page is None:
            template, think_s = sampler.sample_entry(rng), 0.0
        else:
            if live_paths is not None and (page.status in GONE_STATUSES or page.content is not None):
                live_paths.note(page)
                self.reading = PageReading.CONTENT if live_paths.is_looking else PageReading.NOTHING
            following = sampler.sample_next(visit.template, rng, is_first=visit.page_views == 1)
            if following is None or visit.page_views >= MAX_PAGE_VIEWS:
                return None
            think_s = self._think_s(visit)
            template = following
        visit.template = template
        visit.page_views += 1
        path = sampler.sample_path(template, rng)
        subresources = sampler.sample_subresources(template, visit.fetched, rng)
        if live_paths is not None and path in live_paths.gone:
            instead = live_paths.instead_of(path, page)
            if instead is not None:
                return Step(instead.path, instead.template, think_s, subresources)
        return Step(path, template, think_s, subresources, is_learned=True)

    def take_journal(self) -> Journal | None:
        """Return which paths were replaced since the last call; `None` where none was."""
        return None if self._live_paths is None else self._live_paths.take_journal()

    def _think_s(self, visit: OrganicVisit) -> float:
        if not self._factor:
            # The number is taken all the same: the think-time setting must not change which pages a seed visits.
            visit.rng.random()
            return 0.0
        return self._sampler.sample_think_s(visit.template, visit.pace, visit.rng) * self._factor


STRATEGY: Final = OrganicMimicry
