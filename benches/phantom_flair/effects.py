"""What the settings do to visits, measured on the shop in memory (`trafficflou.testing.imagined_site`)."""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

from benches.phantom_flair.making import athena, make_flair
from trafficflou.testing.imagined_site import ImaginedSite, Played, play
from trafficflou.traffic.flair.subject import Nearness, subjects_of

__all__ = ["Effects", "measure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Figures of some hundred visits.

    Attributes:
        pages: Page views a visit.
        near: Share of the page views after the first whose page meets an interest of the persona.
        off_track_bits: How far the visits are from the beaten track: the Kullback-Leibler divergence of the pages that they view by links from
            those of plain visitors (level 1, intensity 0).
        entropy_bits: Of the pages viewed: how spread out the visits are.
        covered: Different pages viewed by all visitors together.
        depth: Mean number of segments of the paths viewed.
        revisits: Share of the page views of a page that the visitor had seen before.
        searches: Searches a visit.
        forms: Forms sent a visit, searches not counted.
        orders: Purchases a hundred visits.
        goals: Share of the visits that reached their goal; `None` where they have none.
        troubles: Errors, dead ends and slow pages, a hundred page views.
    """

    pages: float
    near: float
    off_track_bits: float
    entropy_bits: float
    covered: int
    depth: float
    revisits: float
    searches: float
    forms: float
    orders: float
    goals: float | None
    troubles: float


def measure(*, visitors: int = 600, faults: bool = False, seed: int = 3, **settings: Any) -> Effects:
    """Play visits with some settings and measure them."""
    site = ImaginedSite(faults=faults)
    strategy = make_flair(site, seed=seed, **settings)
    played = play(strategy, site, visitors, seed=seed)
    journal = strategy.take_journal()
    views = [
        (step.path.partition("?")[0], page)
        for one in played
        for step, page in zip(one.steps, one.pages, strict=True)
    ]
    counts = Counter(path for path, _ in views)
    total = len(views)
    pursued = sum(goal.pursued for goal in journal.goals.values())
    reached = sum(goal.reached for goal in journal.goals.values())
    searches = journal.forms["/search"].sent if "/search" in journal.forms else 0
    sent = sum(form.sent for form in journal.forms.values())
    troubles = sum(sum(page.failures.values()) + page.dead_ends for page in journal.pages.values()) + sum(
        page.load_s > 1 for _, page in views
    )
    return Effects(
        pages=total / visitors,
        near=_near(strategy_site=site, played=played),
        off_track_bits=_divergence(counts, _track(faults)),
        entropy_bits=-sum(count / total * math.log2(count / total) for count in counts.values()),
        covered=len(counts),
        depth=sum(path.rstrip("/").count("/") for path, _ in views) / total,
        revisits=sum(len(one.steps) - len({step.path for step in one.steps}) for one in played) / total,
        searches=searches / visitors,
        forms=(sent - searches) / visitors,
        orders=100 * sum(one.browsing.orders for one in played) / visitors,
        goals=reached / pursued if pursued else None,
        troubles=100 * troubles / total,
    )


@cache
def _track(faults: bool) -> Counter[str]:
    """Return how often plain visitors view each page."""
    site = ImaginedSite(faults=faults)
    played = play(make_flair(site, sophistication=1, intensity=0.0), site, 3000)
    return Counter(step.path.partition("?")[0] for one in played for step in one.steps)


def _divergence(counts: Counter[str], track: Counter[str]) -> float:
    """Return the divergence over pages that links lead to; answers to forms are left out, since plain visitors send none."""
    known = {path: count for path, count in counts.items() if path in track}
    total, of_track = sum(known.values()), sum(track[path] for path in known)
    return sum(
        count / total * math.log2(count / total / (track[path] / of_track)) for path, count in known.items()
    )


def _near(*, strategy_site: ImaginedSite, played: list[Played]) -> float:
    """Return the share of views whose page meets an interest: nearer than the persona's first aspiration."""
    relevance = athena().relevance
    nearness = Nearness(relevance)
    site = strategy_site.knowledge()
    met = looked = 0
    for one in played:
        subjects = subjects_of(relevance, one.visit.mind.persona, site, lambda path: path)
        for page in one.pages[1:]:
            looked += 1
            content = page.content
            if content is not None:
                met += any(nearness.of(subject, content) >= subject.aspiration for subject in subjects)
    return met / looked if looked else 0.0
