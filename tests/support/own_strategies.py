"""Strategies as users write them: a class, and journeys."""

from random import Random

from pydantic import BaseModel, ConfigDict, Field

from trafficflou import journey
from trafficflou.traffic import Page, PageReading, Step, StrategyContext
from trafficflou.traffic.journeys import JourneyVisitor


class StrollSettings(BaseModel):
    """What a stroller can be set to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    most_pages: int = Field(default=8, ge=1, le=50, description="most pages of a visit")
    rest_s: float = Field(default=2.0, ge=0, le=60, description="how long each page is looked at")


class StrollVisit:
    """Where somebody is."""

    device = "mobile"

    def __init__(self, rng: Random) -> None:
        """Begin."""
        self.rng = rng
        self.pages = 0


class Stroller:
    """Follows any link that changes nothing."""

    settings_type = StrollSettings
    reading = PageReading.CONTENT

    def __init__(self, settings: StrollSettings, context: StrategyContext) -> None:
        """Take the settings, and what is allowed."""
        self.settings = settings
        self.policy = context.forms

    def begin(self, rng: Random) -> StrollVisit:
        """Begin a visit."""
        return StrollVisit(rng)

    def next_step(self, visit: StrollVisit, page: Page | None) -> Step | None:
        """Go anywhere, for a while."""
        visit.pages += 1
        if page is None:
            return Step("/", "/", 0.0)
        offered = page.content.links if page.content is not None else ()
        links = [link for link in offered if self.policy.allows_link(link)]
        if not links or visit.pages > self.settings.most_pages:
            return None
        return Step(visit.rng.choice(links).path, "/anywhere", self.settings.rest_s)


@journey(weight=2)
async def look(v: JourneyVisitor) -> None:
    """Look around."""
    await v.get("/")
    while v.chance(0.7):
        await v.click(lambda _link: True)


@journey
async def search(v: JourneyVisitor) -> None:
    """Search for something."""
    await v.get("/")
    await v.submit("search", q=v.choose(["mug", "lamp"]))
