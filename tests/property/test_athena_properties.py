"""Athena answers every valid request with a valid result, whatever stands in it."""

import asyncio
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trafficflou.ai_models.athena import AthenaFactory, AthenaModel, AthenaSettings
from trafficflou.ai_models.figures import figures_of
from trafficflou.ai_models.tasks import (
    BRIEF_TO_PLAN,
    EXPLAIN,
    FILL,
    IMAGINE_POPULATION,
    NAME_GROUPS,
    PREFER,
    BriefRequest,
    FigureOf,
    FormField,
    FormRequest,
    Group,
    NameGroupsRequest,
    Offer,
    Persona,
    PopulationRequest,
    PreferRequest,
    RunFigures,
    SiteFacts,
    Task,
    TemplateFacts,
)

SOME_WORDS = [
    "three",
    "times",
    "the",
    "visitors",
    "spike",
    "at",
    "nine",
    "21:00",
    "pm",
    "half",
    "as",
    "many",
    "phones",
    "tablets",
    "mostly",
    "%",
    "50",
    "more",
    "less",
    "twice",
    "reads",
    "slowly",
    "under",
    "900",
    "cart",
    "search",
    "product",
    ",",
    ";",
    ":",
    ".",
    "x",
    "12",
    "and",
    "with",
    "no",
    "evening",
    "a",
    "hundred",
    "thousand",
    "by",
    "1e9",
    "-3",
    "½",
    "٣",
    "²",
    "login",
    "delete",
]
short = st.text(max_size=40) | st.lists(st.sampled_from(SOME_WORDS), max_size=8).map(" ".join)
named = short.map(str.strip).filter(bool)
shares = st.floats(0, 1)
templates = st.sampled_from(
    ["/", "/product/{id}", "/search", "/cart", "/x/{y}", "/docs/{z}"]
) | st.from_regex(r"/[a-z{}/]{0,20}", fullmatch=True)
facts = st.builds(TemplateFacts, template=templates, share=shares, title=short)
devices = st.dictionaries(st.sampled_from(["desktop", "mobile", "tablet"]), shares)
sites = st.builds(
    SiteFacts, templates=st.lists(facts, max_size=8).map(tuple), devices=devices, one_page_share=st.none() | shares,
    pages_per_session=st.none() | st.floats(0.1, 1000), is_measured=st.booleans(),
)  # fmt: skip
actions = st.lists(
    st.sampled_from(["browse", "search", "cart", "checkout", "login", "read", "compare", "contact"]),
    max_size=8,
)
personas = st.builds(
    Persona, name=named, description=named, goals=st.lists(named, min_size=1, max_size=5).map(tuple),
    interests=st.dictionaries(named, st.floats(0.01, 1), min_size=1, max_size=12), patience=shares, pace=st.floats(0.25, 4),
    device=st.sampled_from(["desktop", "mobile", "tablet"]), pages=st.floats(1, 100), actions=actions.map(tuple), weight=st.just(1.0),
)  # fmt: skip
offers = st.builds(
    Offer, kind=st.sampled_from(["link", "form"]), text=short, title=short, template=short,
    place=st.sampled_from(["header", "navigation", "main", "aside", "footer", "unknown"]), price=st.none() | st.floats(0, 1e12),
)  # fmt: skip
fields = st.builds(
    FormField, name=short, kind=st.sampled_from(["text", "email", "select", "checkbox", "number", "hidden", "tel", "?"]), label=short,
    options=st.lists(short, max_size=4).map(tuple), is_required=st.booleans(), max_length=st.none() | st.integers(0, 600),
)  # fmt: skip
groups = st.builds(
    Group, key=short, share=shares, top_templates=st.lists(facts, max_size=4).map(tuple), pages_per_session=st.floats(0, 100),
    think_median_s=st.floats(0, 1000),
)  # fmt: skip
values = st.none() | st.floats() | st.integers(-(10**12), 10**12) | short
places = st.sampled_from(
    ["response_ms.p95", "service_ms.p95", "requests.error_share", "requests.count", "generator.saturated", "sessions.not_started",
     *(f"series[{n}].{name}" for n in range(8) for name in ("second", "requests", "errors", "p95_ms", "active_visitors")),
     *(f"templates[{n}].{name}" for n in range(3) for name in ("template", "response_ms.p95")), "requests.by_error.timeout",
     "slos[0].passed", "phases_ms.connect.p95"]
) | short  # fmt: skip
kinds = st.sampled_from(["embeddings", "lexical"])
documents = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(short, inner, max_size=4),
    max_leaves=12,
)


@cache
def athena(kind: str) -> AthenaModel:
    """Return Athena, loaded once."""
    return AthenaFactory(AthenaSettings.model_validate({"relevance": kind})).model()


def answer(task: Task[Any, Any], request: Any, kind: str) -> Any:
    """Answer a task; the answer was validated on its way."""
    return asyncio.run(athena(kind).answer(task, request)).value


@settings(max_examples=60, deadline=None)
@given(sites, short, st.integers(1, 24), st.integers(), kinds)
def test_any_site_gets_a_population(site: SiteFacts, brief: str, count: int, seed: int, kind: str) -> None:
    """As many personas as asked for, whose entries exist."""
    population = answer(
        IMAGINE_POPULATION, PopulationRequest(site=site, brief=brief, count=count, seed=seed), kind
    )
    assert len(population.personas) == count
    assert {one.entry for one in population.personas} <= (
        set[str | None](one.template for one in site.templates) or {None}
    )


@settings(max_examples=100, deadline=None)
@given(personas, st.lists(offers, max_size=12).map(tuple), kinds)
def test_any_page_gets_a_distribution(persona: Persona, page: tuple[Offer, ...], kind: str) -> None:
    """One weight for each offer; they add up to 1, or the visitor leaves; forms need their action."""
    preferences = answer(PREFER, PreferRequest(persona=persona, offers=page), kind)
    total = sum(preferences.weights)
    assert len(preferences.weights) == len(page)
    assert abs(total - 1) < 1e-6 or (total == 0 and preferences.leave == 1)
    if not persona.actions:
        assert all(
            weight == 0
            for weight, offer in zip(preferences.weights, page, strict=True)
            if offer.kind == "form"
        )


@settings(max_examples=100, deadline=None)
@given(personas, st.lists(fields, max_size=8).map(tuple), short, kinds)
def test_any_form_is_filled_within_its_bounds(
    persona: Persona, form: tuple[FormField, ...], purpose: str, kind: str
) -> None:
    """Only fields of the form, never longer than they take, choices only among the options, nothing hidden."""
    filled = answer(FILL, FormRequest(persona=persona, fields=form, purpose=purpose), kind).values
    by_name: dict[str, list[FormField]] = {}
    for field in form:
        by_name.setdefault(field.name, []).append(field)
    for name, value in filled.items():
        assert any(
            field.kind != "hidden"
            and (
                value in field.options
                or value in {"", "on"}
                or field.max_length is None
                or len(value) <= field.max_length
            )
            for field in by_name[name]
        )


@settings(max_examples=60, deadline=None)
@given(st.lists(groups, min_size=1, max_size=10).map(tuple))
def test_any_groups_get_different_names(given_groups: tuple[Group, ...]) -> None:
    """One name for each key, none twice."""
    names = answer(NAME_GROUPS, NameGroupsRequest(groups=given_groups), "lexical").names
    assert names.keys() == {group.key for group in given_groups}
    assert len(set(names.values())) == len(names)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["pass", "fail", "invalid"]), st.lists(st.tuples(places, values), max_size=40))
def test_any_figures_are_explained_by_what_was_given(verdict: Any, told: list[tuple[str, Any]]) -> None:
    """Whatever the figures say, findings cite figures that were given."""
    figures = tuple(FigureOf(place=place, value=value) for place, value in told)
    given_places = {figure.place for figure in figures}
    for finding in answer(EXPLAIN, RunFigures(verdict=verdict, figures=figures), "lexical").findings:
        assert {cite.place for cite in finding.cites} <= given_places


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["verdict", "reasons", "requests", "series", "templates", "slos", "run"]), documents
    )
)
def test_any_document_becomes_figures(document: dict[str, Any]) -> None:
    """A summary of any age or damage is read as far as it goes."""
    assert len(figures_of(document).figures) <= 400


@settings(max_examples=300, deadline=None)
@given(
    named.filter(lambda text: bool(text.strip()))
    | st.text(min_size=1, max_size=2000).filter(lambda text: bool(text.strip())),
    sites,
)
def test_any_sentence_becomes_a_bounded_plan(brief: str, site: SiteFacts) -> None:
    """Never an error, at most twelve edits within their bounds, and something is always said."""
    plan = answer(BRIEF_TO_PLAN, BriefRequest(brief=brief, site=site), "lexical")
    assert plan.edits or plan.not_understood
    assert all(0 < edit.factor <= 1000 for edit in plan.edits)
    assert all(
        edit.template in {one.template for one in site.templates} for edit in plan.edits if edit.template
    )
