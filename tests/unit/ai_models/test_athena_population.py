"""Populations: deterministic, made of what the site has, fitted to what was measured."""

import math
from typing import Any

import pytest

from trafficflou.ai_models.athena import AthenaFactory, AthenaModel, AthenaSettings, read_archetypes
from trafficflou.ai_models.athena.archetypes import SITE_TOPICS
from trafficflou.ai_models.athena.lexical import LexicalRelevance
from trafficflou.ai_models.athena.population import imagine_population
from trafficflou.ai_models.athena.words import TOPICS
from trafficflou.ai_models.tasks import (
    Group,
    NameGroupsRequest,
    Population,
    PopulationRequest,
    SiteFacts,
    TemplateFacts,
)

SHOP = {
    "/": 0.2, "/category/{slug}": 0.2, "/product/{slug}": 0.4, "/search": 0.1, "/cart": 0.06, "/checkout": 0.04,
}  # fmt: skip
DOCS = {"/docs/": 0.3, "/docs/reference/{name}": 0.5, "/search": 0.2}


@pytest.fixture(scope="module", params=["embeddings", "lexical"])
def athena(request: pytest.FixtureRequest) -> AthenaModel:
    """Athena with both kinds of relevance."""
    return AthenaFactory(AthenaSettings(relevance=request.param)).model()


def site(templates: dict[str, float], **more: Any) -> SiteFacts:
    """Return facts of a site."""
    facts = tuple(TemplateFacts(template=name, share=share) for name, share in templates.items())
    return SiteFacts(templates=facts, **more)


async def imagine(athena: AthenaModel, facts: SiteFacts, **more: Any) -> Population:
    """Imagine a population through the factory's planner."""
    factory = AthenaFactory(AthenaSettings(relevance=athena.relevance.kind))
    factory._model = athena
    return (await factory.planner().imagine_population(PopulationRequest(site=facts, **more))).value


@pytest.mark.parametrize("archetype", read_archetypes(), ids=lambda archetype: archetype.name)
def test_archetype_is_a_valid_persona_with_a_source(archetype: Any) -> None:
    """Each entry of the library can be played, begins at known topics and says what it rests on."""
    assert archetype.persona(weight=0.5).interests
    assert set(archetype.topics) <= TOPICS.keys()
    assert archetype.source
    assert (archetype.source == "common sense") == (archetype.basis == "common sense")


def test_library_covers_every_kind_of_site() -> None:
    """20 to 30 archetypes, at least three for each kind of site, no name twice."""
    library = read_archetypes()
    assert 20 <= len(library) <= 30
    assert len({archetype.name for archetype in library}) == len(library)
    assert all(sum(one.site == kind for one in library) >= 3 for kind in SITE_TOPICS)


@pytest.mark.parametrize("count", [1, 2, 6, 24])
@pytest.mark.parametrize(
    "templates", [SHOP, DOCS, {}, {"/xyz": 1.0}], ids=["shop", "docs", "none", "unknown"]
)
async def test_population_has_the_wanted_size_and_exists_on_the_site(
    athena: AthenaModel, templates: dict[str, float], count: int
) -> None:
    """As many personas as asked for; they enter at pages and do things that the site has."""
    personas = (await imagine(athena, site(templates), count=count)).personas
    assert len(personas) == count
    assert {one.entry for one in personas} <= (set[str | None](templates) or {None})
    actions = {action for one in personas for action in one.actions}
    if not templates:
        assert actions <= {"browse"}
    if "/cart" not in templates:
        assert not actions & {"cart", "checkout", "login"}


async def test_population_depends_on_nothing_but_the_request(athena: AthenaModel) -> None:
    """The same seed gives the same people, another seed others."""
    facts = site(SHOP)
    assert await imagine(athena, facts, seed=3) == await imagine(athena, facts, seed=3)
    assert await imagine(athena, facts, seed=3) != await imagine(athena, facts, seed=4)


async def test_seed_of_the_settings_imagines_others() -> None:
    """The operator's seed shifts the request's."""
    model = AthenaFactory(AthenaSettings(relevance="lexical", seed=1)).model()
    plain = AthenaFactory(AthenaSettings(relevance="lexical")).model()
    assert await imagine(model, site(SHOP), seed=3) == await imagine(plain, site(SHOP), seed=4)


@pytest.mark.parametrize("one_page", [0.0, 0.3, 0.45, 0.7])
@pytest.mark.parametrize("count", [6, 12])
async def test_measured_figures_are_met(athena: AthenaModel, count: int, one_page: float) -> None:
    """Where the site was measured, device mix, one-page share and pages per session of the personas are the measured ones."""
    mix: dict[Any, float] = {"desktop": 0.35, "mobile": 0.55, "tablet": 0.1}
    facts = site(SHOP, devices=mix, one_page_share=one_page, pages_per_session=4.5, is_measured=True)
    population = await imagine(athena, facts, count=count)
    personas = population.personas
    assert population.origin == "fitted"
    for device, share in mix.items():
        assert math.isclose(sum(one.weight for one in personas if one.device == device), share, abs_tol=0.01)
    assert math.isclose(sum(one.weight for one in personas if one.pages == 1), one_page, abs_tol=0.02)
    assert math.isclose(sum(one.weight * one.pages for one in personas), 4.5, rel_tol=0.05)


async def test_site_that_was_not_measured_gives_imagined_people(athena: AthenaModel) -> None:
    """Nobody may take a guess for a measurement."""
    assert (await imagine(athena, site(SHOP))).origin == "imagined"


@pytest.mark.parametrize(("templates", "kind"), [(SHOP, "shop"), (DOCS, "documentation")])
async def test_archetypes_fit_the_site(athena: AthenaModel, templates: dict[str, float], kind: str) -> None:
    """A shop gets shoppers, documentation gets developers."""
    fitting = {one.name for one in read_archetypes() if one.site in {kind, "any"}}
    personas = (await imagine(athena, site(templates), count=5)).personas
    assert {one.name for one in personas} <= fitting


async def test_brief_decides_who_comes_and_what_they_like(athena: AthenaModel) -> None:
    """Who the brief speaks of comes in most populations, and the brief's subjects become interests."""
    brief = "bargain hunters looking for discounts on ceramics"
    found = [await imagine(athena, site(SHOP), brief=brief, count=3, seed=seed) for seed in range(20)]
    plain = [await imagine(athena, site(SHOP), count=3, seed=seed) for seed in range(20)]

    def hunters(populations: list[Population]) -> int:
        return sum(
            any(one.name == "Bargain hunter" for one in population.personas) for population in populations
        )

    assert hunters(found) > hunters(plain)
    assert all("ceramics" in one.interests for one in found[0].personas)


async def test_titles_become_interests_without_the_sites_name(athena: AthenaModel) -> None:
    """What pages are about joins the interests; the name in every title and the names of functions do not."""
    titles = {"/": "Home - Hearth", "/category/{c}": "Garden furniture - Hearth", "/cart": "Basket - Hearth"}
    facts = SiteFacts(
        templates=tuple(TemplateFacts(template=t, share=0.3, title=title) for t, title in titles.items())
    )
    interests = (await imagine(athena, facts, count=1)).personas[0].interests
    assert "garden furniture" in interests
    assert not any("hearth" in name for name in interests)


async def test_two_devices_that_nobody_measured_are_not_invented(athena: AthenaModel) -> None:
    """A site that only phones visit gets personas with phones."""
    facts = site(SHOP, devices={"mobile": 1.0, "desktop": 0.0}, is_measured=True)
    assert {one.device for one in (await imagine(athena, facts, count=12)).personas} == {"mobile"}


def group(key: str, *templates: tuple[str, float], pages: float = 5, think_s: float = 12) -> Group:
    """Return a behaviour group."""
    facts = tuple(TemplateFacts(template=name, share=share) for name, share in templates)
    return Group(key=key, share=0.2, top_templates=facts, pages_per_session=pages, think_median_s=think_s)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (group("a", ("/product/{id}", 0.8), think_s=3), "Quick product lookers"),
        (group("a", ("/blog/{id}", 0.8), think_s=60), "Patient readers"),
        (group("a", ("/product/{id}", 0.6), ("/checkout", 0.1)), "Buyers"),
        (group("a", ("/product/{id}", 0.9), pages=1), "One-page product lookers"),
        (group("a", ("/machines/{id}", 0.9)), "Machines visitors"),
        (group("a"), "Visitors"),
        (group("a", ("/{id}", 1.0)), "Visitors"),
    ],
)
async def test_group_is_named_by_what_it_does(athena: AthenaModel, given: Group, name: str) -> None:
    """Pace, depth and the most telling pages make the name."""
    factory = AthenaFactory()
    factory._model = athena
    answer = await factory.planner().name_groups(NameGroupsRequest(groups=(given,)))
    assert answer.value.names == {"a": name}


async def test_alike_groups_get_different_names(athena: AthenaModel) -> None:
    """Names are unique, however alike the groups are."""
    groups = tuple(group(str(n), ("/product/{id}", 0.6), ("/search", 0.3)) for n in range(24))
    factory = AthenaFactory()
    factory._model = athena
    names = (await factory.planner().name_groups(NameGroupsRequest(groups=groups))).value.names
    assert len(set(names.values())) == 24


async def test_one_page_visits_of_few_devices_keep_the_device_mix(athena: AthenaModel) -> None:
    """Where too few personas are asked for to match both, the device mix is kept."""
    facts = site(SHOP, devices={"desktop": 0.5, "mobile": 0.5}, one_page_share=0.9, is_measured=True)
    personas = (await imagine(athena, facts, count=2)).personas
    assert math.isclose(sum(one.weight for one in personas if one.device == "mobile"), 0.5, abs_tol=0.01)


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("mix", [(0.98, 0.01, 0.01), (0.34, 0.33, 0.33), (0.5, 0.5, 0.0)])
async def test_every_device_that_counts_has_a_persona(
    athena: AthenaModel, count: int, mix: tuple[float, float, float]
) -> None:
    """With enough personas, each measured device is somebody's."""
    devices: dict[Any, float] = dict(zip(("mobile", "desktop", "tablet"), mix, strict=True))
    found = {one.device for one in (await imagine(athena, site(SHOP, devices=devices), count=count)).personas}
    wanted = {device for device, share in devices.items() if share > 0}
    assert found <= wanted
    assert len(found) == min(count, len(wanted))


def test_a_blog_with_categories_is_no_shop() -> None:
    """Categories, and addresses with a date, are of a site to read where nothing can be bought."""
    blog = SiteFacts(
        templates=tuple(
            TemplateFacts(template=template, share=0.25)
            for template in ("/", "/{year}/{month}/{day}/{slug}/", "/category/{slug}/", "/search/")
        )
    )
    population = imagine_population(LexicalRelevance(), PopulationRequest(site=blog, count=6))
    kinds = {archetype.name: archetype.site for archetype in read_archetypes()}
    assert {kinds[persona.name] for persona in population.personas} <= {"content", "any"}
