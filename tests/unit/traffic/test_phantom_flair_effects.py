"""Phantom Flair's settings do what the documentation says, measurably: many visits with fixed seeds, on a shop in memory."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from tests.support.flair import flair, persona
from trafficflou.ai_models.tasks import Population
from trafficflou.metrics import Journal
from trafficflou.testing.imagined_site import BROKEN, DEAD_END, SLOW, UNPAYABLE, ImaginedSite, Played, play
from trafficflou.traffic.flair.pattern import known_patterns

VISITORS = 150
LAMPS = Population(
    personas=(
        persona(
            name="Lamp buyer",
            goals=("buy a lamp",),
            interests={"lamp": 1.0},
            actions=("browse", "search", "cart", "checkout"),
            weight=0.5,
            pages=9.0,
        ),
        persona(
            name="Linen reader",
            goals=("read two articles",),
            interests={"linen": 1.0},
            actions=("browse", "read"),
            weight=0.5,
        ),
    )
)


@cache
def played(faults: bool = False, **settings: Any) -> tuple[tuple[Played, ...], Journal]:
    """Play the visits of a setting, once."""
    site = ImaginedSite(faults=faults)
    context = {} if "pattern" in settings else {"population": LAMPS}
    strategy = flair(site, context, **settings)
    return tuple(play(strategy, site, VISITORS)), strategy.take_journal()


def views(visits: Sequence[Played]) -> list[str]:
    """Return the paths of all page views."""
    return [step.path.partition("?")[0] for one in visits for step in one.steps]


def near_share(visits: Sequence[Played]) -> float:
    """Return how often a page about lamps or linen was viewed, by those who like that."""
    met = looked = 0
    for one in visits:
        word = "lamp" if one.visit.mind.persona.name == "Lamp buyer" else "linen"
        for step in one.steps[1:]:
            met += word in step.path
            looked += 1
    return met / looked


def revisit_share(visits: Sequence[Played]) -> float:
    """Return the share of the page views of what the visitor had seen before."""
    again = sum(len(one.steps) - len({step.path for step in one.steps}) for one in visits)
    return again / len(views(visits))


def troubles(journal: Journal) -> float:
    """Return errors, dead ends and slow pages, as a share of the page views."""
    met = sum(sum(page.failures.values()) + page.dead_ends for page in journal.pages.values())
    slow = journal.pages[SLOW].views if SLOW in journal.pages else 0
    return (met + slow) / sum(page.views for page in journal.pages.values())


@pytest.mark.parametrize("level", [2, 3])
def test_intensity_turns_visitors_to_what_they_like(level: int) -> None:
    """The higher it is, the more pages that meet their interests, by far more at 1 than at 0."""
    shares = [near_share(played(intensity=value, sophistication=level)[0]) for value in (0.0, 0.5, 1.0)]
    assert shares == sorted(shares)
    assert shares[2] > 1.5 * shares[0]


def test_intensity_leaves_the_beaten_track() -> None:
    """On it hardly anybody uses the links of the footer; off it many do."""
    shares = []
    for intensity in (0.0, 1.0):
        paths = views(played(intensity=intensity, sophistication=1)[0])
        shares.append(sum(path.startswith("/help/") for path in paths) / len(paths))
    assert shares[1] > 2 * shares[0]


def test_interests_make_the_second_level() -> None:
    """Weighted links know nobody's interests."""
    assert near_share(played(sophistication=2)[0]) > 2 * near_share(played(sophistication=1)[0])


def test_memory_and_goals_make_the_third_level() -> None:
    """Visitors return to pages less often, and some reach what they came for."""
    second, third = (played(sophistication=level) for level in (2, 3))
    assert revisit_share(third[0]) < 0.7 * revisit_share(second[0])
    assert not second[1].goals
    assert {goal for _, goal in third[1].goals} == {"buy a lamp, up to the basket", "read two articles"}
    assert sum(goal.reached for goal in third[1].goals.values()) > VISITORS / 3


def test_forms_and_searches_make_the_fourth_level() -> None:
    """Nothing is sent below it; on it people search and buy."""
    third, fourth = (played(sophistication=level) for level in (3, 4))
    assert not third[1].forms
    assert {"/search", "/cart/add", "/checkout", "/checkout/payment"} <= fourth[1].forms.keys()
    assert sum(one.browsing.orders for one in fourth[0]) > 10
    assert ("Lamp buyer", "buy a lamp") in fourth[1].goals


def test_adaptation_makes_the_fifth_level() -> None:
    """Visitors who learn from one another meet less trouble; explorers meet more, and find it all."""
    fourth = played(faults=True, sophistication=4)[1]
    avoiding = played(faults=True, sophistication=5, explore=0.0)[1]
    exploring = played(faults=True, sophistication=5, explore=1.0)[1]
    assert troubles(avoiding) < troubles(fourth) < troubles(exploring)
    assert exploring.pages[BROKEN].failures
    assert exploring.pages[DEAD_END].dead_ends
    assert exploring.pages[SLOW].load_max_ns > 1e9
    assert len(exploring.pages) > len(avoiding.pages)
    failed = exploring.forms["/checkout/payment"]
    assert failed.failures
    telling = {step for step, (bad, fine) in failed.before.items() if bad and not fine}
    assert any(UNPAYABLE in step for step in telling)


def test_traps_do_not_swallow_explorers() -> None:
    """A calendar without end gets its share of the visits, and no more."""
    counts = Counter(views(played(faults=True, sophistication=5, explore=1.0)[0]))
    assert 0 < counts["/calendar"] < 0.2 * counts.total()


@pytest.mark.parametrize("explore", [0.0, 1.0])
def test_only_explorers_lean_on_others(explore: float) -> None:
    """At level 5 who explores is drawn for each visitor; none of them does more page views than is set."""
    visits, _ = played(faults=True, sophistication=5, explore=explore)
    assert {one.visit.explores for one in visits} == {bool(explore)}
    assert max(len(one.steps) for one in visits) <= 60


def test_patterns_differ_in_what_they_are_about() -> None:
    """Each does more of its own thing than the plain one."""
    made = {name: played(pattern=name) for name in known_patterns()}
    visits = {name: one[0] for name, one in made.items()}
    plain = visits["organic-browsing"]

    def share(name: str, start: str) -> float:
        paths = views(visits[name])
        return sum(path.startswith(start) for path in paths) / len(paths)

    def sent(name: str) -> float:
        forms = made[name][1].forms
        return sum(form.sent for path, form in forms.items() if path != "/search") / VISITORS

    def searches(name: str) -> float:
        return made[name][1].forms["/search"].sent / VISITORS

    assert share("content-consumption", "/journal/") > 1.5 * share("organic-browsing", "/journal/")
    assert share("social-engagement", "/journal/") > share("organic-browsing", "/journal/")
    assert share("ecommerce-exploration", "/product/") > share("content-consumption", "/product/")
    assert sum(one.browsing.orders for one in visits["ecommerce-exploration"]) > 3 * sum(
        one.browsing.orders for one in plain
    )
    assert searches("research") > 3 * searches("organic-browsing")
    assert searches("flair-interaction") > 3 * searches("organic-browsing")
    assert sent("flair-interaction") > sent("organic-browsing")
    assert len(views(visits["phantom-navigation"])) > 2 * len(views(plain))
    assert revisit_share(visits["phantom-navigation"]) > revisit_share(plain)
    assert len(made["athena-insight"][1].pages) >= len(made["organic-browsing"][1].pages)
