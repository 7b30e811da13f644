"""Where visits begin, how long they pause, and who comes."""

import math
from collections import Counter
from random import Random
from statistics import median

import pytest

from tests.support.flair import athena, persona, template_of
from trafficflou.ai_models.tasks import Population
from trafficflou.behavior import ModelSampler
from trafficflou.testing.models import sample_model
from trafficflou.traffic import KnownPage, SiteKnowledge, StrategyContext, site_facts
from trafficflou.traffic.flair.entrance import Entrance
from trafficflou.traffic.flair.mind import Habits, shares_of
from trafficflou.traffic.flair.pattern import find_pattern, known_patterns
from trafficflou.traffic.flair.pause import Pauses
from trafficflou.traffic.flair.people import minds_of
from trafficflou.traffic.site_facts import told_template

SITE = SiteKnowledge(
    name="Pine",
    entries=("/", "/journal", "/sale"),
    pages=(
        KnownPage(path="/product/a", title="Lamp", status=200),
        KnownPage(path="/product/b", title="Chair", status=200),
        KnownPage(path="/product/c", status=0),
        KnownPage(path="/index.php?page=2", title="More", status=200),
    ),
)


def entries(site: SiteKnowledge, wanted: str | None = None, count: int = 400) -> Counter[str]:
    """Draw where visits begin."""
    entrance, rng = Entrance(site, None, frozenset(), template_of), Random(1)
    return Counter(entrance.draw(persona(entry=wanted), rng)[0] for _ in range(count))


def test_half_of_the_visits_begin_at_the_front_page() -> None:
    """The others spread over the site's other entries."""
    drawn = entries(SITE)
    assert drawn["/"] / 400 == pytest.approx(0.5, abs=0.08)
    assert drawn.keys() == {"/", "/journal", "/sale"}
    assert entries(SiteKnowledge()).keys() == {"/"}


def test_persona_enters_at_a_page_of_its_template() -> None:
    """A page that is known to answer; one that nobody asked for is no entry."""
    assert entries(SITE, "/product/{slug}").keys() == {"/product/a", "/product/b"}
    assert "/" in entries(SITE, "/unknown")


def test_traffic_model_knows_where_visits_begin() -> None:
    """The persona's template where the model can play it, else one of the model's entries."""
    model = sample_model()
    entrance = Entrance(SITE, ModelSampler(model), frozenset({"/cart", "/", "/search"}), template_of)
    rng = Random(1)
    path, template, is_learned = entrance.draw(persona(entry="/cart"), rng)
    assert (path, template, is_learned) == ("/cart", "/cart", True)
    assert {entrance.draw(persona(entry="/zzz"), rng)[1] for _ in range(200)} == set(model.entry)


def test_pauses_are_log_normal_around_what_is_usual() -> None:
    """Their median is the usual time, times the persona's pace and the run's factor, plus the time to fill fields in."""
    pauses, rng = Pauses(0.5, None, frozenset()), Random(2)
    drawn = [pauses.draw_s(20.0, "/x", 2.0, 0.0, rng) for _ in range(2000)]
    assert median(drawn) == pytest.approx(20.0, rel=0.1)
    assert math.sqrt(sum(math.log(value / 20.0) ** 2 for value in drawn) / 2000) == pytest.approx(
        0.7, rel=0.1
    )
    with_fields = [pauses.draw_s(20.0, "/x", 2.0, 0.0, rng, fields=5) for _ in range(2000)]
    assert median(with_fields) == pytest.approx(30.0, rel=0.1)


def test_no_pauses_take_the_same_numbers() -> None:
    """So that the think-time setting changes no path."""
    with_pauses, without = Random(3), Random(3)
    Pauses(1.0, None, frozenset()).draw_s(5.0, "/", 1.0, 0.0, with_pauses)
    assert Pauses(0.0, None, frozenset()).draw_s(5.0, "/", 1.0, 0.0, without) == 0.0
    assert with_pauses.random() == without.random()


def test_learned_pauses_are_the_models() -> None:
    """Where the model knows the page, its think times are played."""
    sampler = ModelSampler(sample_model())
    pauses = Pauses(1.0, sampler, frozenset({"/cart"}))
    drawn = [pauses.draw_s(1000.0, "/cart", 1.0, 0.0, Random(seed)) for seed in range(500)]
    assert median(drawn) < 30
    assert pauses.draw_s(60.0, "/unknown", 1.0, 0.0, Random(1)) > 5


def context(**given: object) -> StrategyContext:
    """Make the context of a run."""
    return StrategyContext(label="x", site=SITE, make_athena=athena, **given)  # type: ignore[arg-type]


def test_people_of_the_run_come() -> None:
    """Where the run has a population, its personas visit, by their weights."""
    people = Population(personas=(persona(name="A", weight=0.25), persona(name="B", weight=0.75)))
    minds = minds_of(context(population=people), athena(), template_of, sophistication=3, pattern=None)
    assert [mind.persona.name for mind in minds] == ["A", "B"]
    assert shares_of(minds) == [0.25, 0.75]
    assert minds[0].habits == Habits()


def test_without_people_athena_imagines_some() -> None:
    """The same on all workers: they depend on the seed and on the site alone."""
    made = [
        minds_of(context(seed=seed), athena(), template_of, sophistication=3, pattern=None)
        for seed in (1, 1, 2)
    ]
    names = [[mind.persona.name for mind in minds] for minds in made]
    assert names[0] == names[1] != names[2]


def test_pattern_takes_the_place_of_the_people() -> None:
    """Its personas come with its habits, and are interested in what the site is about, too."""
    people = Population(personas=(persona(),))
    minds = minds_of(
        context(population=people), athena(), template_of, sophistication=3, pattern="phantom-navigation"
    )
    assert [mind.persona.name for mind in minds] == ["Phantom", "Lost soul"]
    assert minds[0].habits.depth == 1.0
    assert {"lamp", "chair"} & set(minds[0].persona.interests)


def test_the_eight_patterns_are_whole() -> None:
    """Each has people whose weights add up to 1, and no two have the same habits."""
    patterns = known_patterns()
    assert list(patterns) == [
        "organic-browsing",
        "social-engagement",
        "ecommerce-exploration",
        "content-consumption",
        "research",
        "phantom-navigation",
        "flair-interaction",
        "athena-insight",
    ]
    for pattern in patterns.values():
        assert sum(one.weight for one in pattern.persona) == pytest.approx(1.0)
        assert pattern.summary
    assert len({pattern.habits for pattern in patterns.values()}) == 8


def test_unknown_pattern_is_answered_with_those_there_are() -> None:
    """A typing error is answered with the list."""
    with pytest.raises(ValueError, match="there is no pattern 'organic'; there are organic-browsing"):
        find_pattern("organic")


def test_site_is_told_in_kinds_of_pages() -> None:
    """Templates by how many pages are known of each, with the title of one; queries count as further segments."""
    facts = site_facts(SITE, None, lambda path: "/product/{id}" if "product" in path else path)
    told = {entry.template: entry for entry in facts.templates}
    assert told["/product/{id}"].share == pytest.approx(3 / 7)
    assert told["/product/{id}"].title == "Lamp"
    assert told["/index.php/page=2"].title == ""
    assert facts.name == "Pine"
    assert not facts.is_measured
    assert told_template("/a?b") == "/a/b"


def test_site_of_queries_alone_is_told_by_their_titles() -> None:
    """Where every page has a query, these are the pages."""
    edit = KnownPage(path="/?action=edit&p=1", title="Edit", status=200)
    site = SiteKnowledge(pages=(KnownPage(path="/?p=1", title="Hello", status=200), edit))
    assert [entry.title for entry in site_facts(site, None, lambda path: path).templates if entry.title] == [
        "Hello"
    ]


def test_measured_site_is_told_in_the_models_figures() -> None:
    """Views, devices and sessions come from the traffic model, titles from the survey."""
    model = sample_model()
    facts = site_facts(SITE, model, template_of)
    assert facts.is_measured
    assert {entry.template for entry in facts.templates} == {one.template for one in model.templates}
    assert facts.templates[0].template == "/product/{id}"
    assert facts.devices["desktop"] == 0.5
    assert facts.pages_per_session == pytest.approx(3580 / 2400)
    assert facts.one_page_share == 0.39
    assert facts.think_median_s == 12.0
