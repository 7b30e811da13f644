"""Makes the strategy for a bench: one Athena for all of them."""

from functools import cache
from typing import Any

from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.athena.factory import AthenaModel
from trafficflou.testing.imagined_site import ImaginedSite
from trafficflou.traffic import FormPolicy, SiteKnowledge, StrategyContext, ThinkTime
from trafficflou.traffic.strategies.phantom_flair import PhantomFlair, PhantomFlairSettings

__all__ = ["athena", "make_flair", "make_flair_for"]

EVERYTHING = FormPolicy(allow_forms=frozenset({"all"}))


@cache
def athena() -> AthenaModel:
    """Return Athena: by meaning where the extra is installed, else by words."""
    return AthenaFactory().model()


def make_flair(site: ImaginedSite, *, seed: int = 3, **settings: Any) -> PhantomFlair:
    """Make the strategy for a shop in memory, everything allowed."""
    return make_flair_for(site.knowledge(), seed=seed, **settings)


def make_flair_for(site: SiteKnowledge, *, seed: int = 3, **settings: Any) -> PhantomFlair:
    """Make the strategy for a site, everything allowed."""
    context = StrategyContext(
        label="phantom-flair",
        site=site,
        make_athena=athena,
        forms=EVERYTHING,
        think_time=ThinkTime(),
        seed=seed,
    )
    return PhantomFlair.create(PhantomFlairSettings(**settings), context)
