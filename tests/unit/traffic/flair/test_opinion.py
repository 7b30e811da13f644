"""What personas think of links."""

import math
from random import Random
from typing import Any

import pytest

from tests.support.flair import athena, links, mind, page, persona, sight, template_of
from trafficflou.http import Link, PageContent
from trafficflou.traffic import KnownPage, SiteKnowledge
from trafficflou.traffic.flair.mind import attention_of
from trafficflou.traffic.flair.opinion import Opinion, Taste
from trafficflou.traffic.flair.sight import Sight
from trafficflou.traffic.flair.subject import Nearness, draw_subject, subjects_of

PAGE = page(*links("/chair", "/lamp", "/mug", "/rug"), *links("/lamp-shop", place="footer"))


def think(
    intensity: float, content: PageContent = PAGE, *, likes: bool = True, **habits: Any
) -> tuple[Opinion, Sight]:
    """Form an opinion of a page, without a subject, by somebody who sees it for the first time."""
    looked = sight(content)
    taste = Taste(athena(), intensity, uses_preferences=likes)
    return taste.opinion(mind(**habits), None, looked.sheet), looked


def shares(opinion: Opinion, looked: Sight) -> dict[str, float]:
    """Return how likely each link is chosen."""
    total = sum(opinion.weights)
    return {
        link.path: weight / total for link, weight in zip(looked.sheet.links, opinion.weights, strict=False)
    }


def test_without_intensity_everybody_walks_the_beaten_track() -> None:
    """At 0 the persona's interests do not count."""
    opinion, looked = think(0.0)
    track = {
        link.path: math.exp(share)
        for link, share in zip(looked.sheet.links, looked.sheet.log_shares, strict=True)
    }
    assert shares(opinion, looked) == pytest.approx(track)


def test_intensity_turns_to_what_is_liked() -> None:
    """The higher it is, the likelier the link that meets the interest, wherever it stands."""
    liked = [shares(*think(intensity))["/lamp"] for intensity in (0.0, 0.3, 0.7, 1.0)]
    assert liked == sorted(liked)
    assert liked[0] < 0.3
    assert liked[-1] > 0.6


def test_taste_for_the_rare_turns_away_from_the_beaten_track() -> None:
    """Who likes what few use prefers, among what is equally near, the footer."""
    content = page(*links("/a"), *links("/b", place="footer"))
    common = shares(*think(0.7, content, likes=False, rarity=0.0))
    rare = shares(*think(0.7, content, likes=False, rarity=1.0))
    assert common["/a"] > common["/b"]
    assert rare["/b"] > rare["/a"]


def test_taste_for_depth_goes_down() -> None:
    """Who likes what lies deep prefers longer paths."""
    content = page(*links("/a", "/b/c/d"))
    flat, deep = (shares(*think(1.0, content, likes=False, depth=depth, rarity=0.0)) for depth in (0.0, 1.0))
    assert deep["/b/c/d"] > flat["/b/c/d"]


def test_nobody_looks_further_than_attention_goes() -> None:
    """The rest of a page has no weight at all; the patient and sophisticated see more."""
    looked = sight(page(*links(*(f"/{number}" for number in range(80)))))
    opinion = Taste(athena(), 0.5, uses_preferences=True).opinion(mind(attention=12), None, looked.sheet)
    assert len(opinion.weights) == 12
    levels = [attention_of(persona(), level) for level in range(1, 6)]
    assert levels == sorted(levels)
    assert attention_of(persona(patience=0.9), 3) > attention_of(persona(patience=0.1), 3)


def test_what_is_for_nobody_has_no_weight() -> None:
    """A link that Athena leaves alone is never drawn, and a page of such links offers nothing."""
    opinion, looked = think(0.9, page(Link(path="/a", text="Delete my account", place="main"), *links("/b")))
    weights = dict(zip((link.path for link in looked.sheet.links), opinion.weights, strict=True))
    assert weights.get("/a", 0.0) == 0.0
    assert weights["/b"] == 1.0


def test_page_without_links_has_an_opinion_too() -> None:
    """Nothing is offered, nothing smells of anything."""
    opinion, _ = think(0.9, page())
    assert list(opinion.weights) == []
    assert opinion.scent == 0.0
    assert 0 < opinion.leave <= 1


def test_opinion_is_formed_once() -> None:
    """It is kept with the page, by persona and subject."""
    looked = sight(PAGE)
    taste = Taste(athena(), 0.5, uses_preferences=True)
    who = mind(persona(interests={"lamp": 1.0, "mug": 0.5}))
    first = taste.opinion(who, None, looked.sheet)
    assert taste.opinion(who, None, looked.sheet) is first
    about_mugs = taste.opinion(who, who.subjects[1], looked.sheet)
    assert shares(about_mugs, looked)["/mug"] > shares(first, looked)["/mug"]


SITE = SiteKnowledge(
    pages=(
        KnownPage(path="/product/lamp", title="Reading lamp", status=200),
        KnownPage(path="/help/delivery", title="Delivery", status=200),
        KnownPage(path="/gone", title="Sofa", status=404),
    )
)
SHOPPER = persona(interests={"lamp": 0.5, "delivery": 0.5, "sofa": 0.5})


def test_subject_is_what_the_site_has() -> None:
    """An interest that no page of the site meets is rarely what a visit is about."""
    lamp, delivery, sofa = subjects_of(athena().relevance, SHOPPER, SITE, template_of)
    assert lamp.pull > 3 * sofa.pull
    assert lamp.topics == {"product"}
    assert delivery.topics == {"help"}
    assert sofa.topics == frozenset()


def test_subject_of_a_purchase_is_something_that_is_sold() -> None:
    """A goal about products takes an interest that products meet; where there is none, the visit has no subject."""
    who = mind(SHOPPER, site=SITE)
    rng = Random(1)
    lamp, *_ = who.subjects
    assert {draw_subject(who.subjects, frozenset({"product"}), rng) for _ in range(20)} == {lamp}
    assert draw_subject(who.subjects, frozenset({"community"}), rng) is None
    assert {draw_subject(who.subjects, frozenset(), rng) for _ in range(50)} == set(who.subjects)


def test_people_settle_for_less_as_they_go_on() -> None:
    """What is not near enough at first may do after ten pages; what is far never does."""
    (subject, *_) = mind(SHOPPER, site=SITE).subjects
    nearness = subject.aspiration * 0.6
    assert not subject.is_met(nearness, 1)
    assert subject.is_met(nearness, 10)
    assert not subject.is_met(subject.aspiration * 0.3, 1000)


def test_query_is_the_subjects_words() -> None:
    """A search box gets the words that carry meaning, few of them."""
    who = mind(persona(interests={"a present for my wife who loves gardening": 1.0}))
    assert who.subjects[0].query == "present wife loves"


def test_nearness_is_that_of_title_or_heading() -> None:
    """The best of both counts, and a page without words is near nothing."""
    nearness = Nearness(athena().relevance)
    subject = mind().subjects[0]
    assert nearness.of(subject, page(title="Shop", headings=("Desk lamp",))) > 0.3
    assert nearness.of(subject, page(title="Chairs")) == 0.0
    assert nearness.of(subject, page()) == 0.0
    first = nearness.of(subject, page(title="Lamp"))
    assert nearness.of(subject, page(title="Lamp")) == first
