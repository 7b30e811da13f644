"""What every strategy keeps to: ours, those of other packages that are installed, and those that users write."""

import asyncio
import copy
import math
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.trap_walk import TrapWalk
from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.athena.factory import AthenaModel, AthenaSettings
from trafficflou.core import UsageError, derive_rng
from trafficflou.http import Form, FormField, Link, PageContent
from trafficflou.metrics import Journal
from trafficflou.settings import declared_settings
from trafficflou.testing.imagined_site import ImaginedSite
from trafficflou.testing.models import sample_model
from trafficflou.traffic import (
    Page,
    PageReading,
    Step,
    Strategy,
    StrategyContext,
    StrategySpec,
    choose_strategies,
    known_strategies,
)
from trafficflou.traffic.journeys.play import JourneyVisit

ROOT = Path(__file__).parents[2]
OWN = "tests/support/own_strategies.py"
EXAMPLES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.glob("examples/*")
    if path.suffix in {".py", ".yaml", ".yml", ".har"}
)
NAMES = [*known_strategies(), f"{OWN}:Stroller", f"{OWN}:look", OWN, *EXAMPLES]
VISITORS = 12
MOST_STEPS = 2500
"""No visit takes more, wherever links lead."""

Answer = Callable[[Step], Page]


@cache
def athena() -> AthenaModel:
    """Return Athena, by words alone: quick, and the same with and without the extra."""
    return AthenaFactory(AthenaSettings(relevance="lexical")).model()


def make(name: str, **given: Any) -> Strategy[Any]:
    """Make a strategy with its usual settings, for a shop that is known and has a traffic model."""
    (chosen,) = choose_strategies(name)
    usual: dict[str, Any] = {
        "label": chosen.label,
        "model": sample_model(),
        "site": ImaginedSite().knowledge(),
        "make_athena": athena,
        "seed": 3,
    }
    context = StrategyContext(**(usual | given))
    strategy: Strategy[Any] = chosen.kind.create(chosen.settings, context)
    return strategy


def go(strategy: Strategy[Any], visit: Any, page: Page | None) -> Step | None:
    """Take the next step; what takes its time is waited for."""
    step = strategy.next_step(visit, page)
    if step is None or isinstance(step, Step):
        return step

    async def wait() -> Step | None:
        return await step

    return asyncio.run(wait())


def walk(strategy: Strategy[Any], answer: Answer, visitor: int = 0, seed: int = 7) -> list[Step]:
    """Let a visitor go from its first page to its last; returns its steps."""
    visit = strategy.begin(derive_rng(seed, "visitor", visitor))
    return walk_on(strategy, visit, answer, None)


def walk_on(strategy: Strategy[Any], visit: Any, answer: Answer, page: Page | None) -> list[Step]:
    """Let a visitor go on from a page to its end."""
    steps: list[Step] = []
    while (step := go(strategy, visit, page)) is not None:
        steps.append(step)
        assert len(steps) <= MOST_STEPS, "the visit does not end"
        page = answer(step)
    return steps


def said(steps: list[Step]) -> list[tuple[object, ...]]:
    """Return all that steps say, so that they can be compared."""
    return [tuple(getattr(step, field) for field in Step.__slots__) for step in steps]


def assert_harmless(steps: list[Step]) -> None:
    """Steps ask for paths of the target in a form that a request can have, and wait a sane time."""
    for step in steps:
        assert step.path.startswith("/"), step.path
        assert not step.path.startswith(("//", "/\\")), step.path
        assert all(33 <= ord(char) < 127 for char in step.path), step.path
        assert "#" not in step.path
        assert step.template
        assert math.isfinite(step.think_s)
        assert 0 <= step.think_s < 24 * 3600
        assert step.method == "GET" or step.content_type or not step.body
        assert all(subresource.startswith("/") for subresource in step.learned_subresources)
    assert all(not step.think_s for step in steps[:1]), "a visit begins at once"


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each strategy in turn."""
    monkeypatch.chdir(ROOT)
    return str(request.param)


def test_strategy_says_who_it_is(name: str) -> None:
    """It has a summary, plays under the label that it is given, and says how much it reads."""
    (chosen,) = choose_strategies(name)
    assert chosen.kind.summary
    assert make(name, label="somebody").name == "somebody"
    strategy = make(name)
    assert strategy.name == name
    assert strategy.reading in set(PageReading)
    assert strategy.begin(derive_rng(1)).device in {"desktop", "mobile", "tablet"}


def test_same_seed_and_pages_make_the_same_visits(name: str) -> None:
    """A visit depends on its seed and on what was seen, on nothing else."""
    walks = []
    for _ in range(2):
        strategy, shop = make(name), ImaginedSite()
        walks.append([said(walk(strategy, shop.browse().open, visitor)) for visitor in range(VISITORS)])
    assert walks[0] == walks[1]
    assert any(walks[0])


def test_steps_stay_on_the_target(name: str) -> None:
    """Wherever pages lead, away, back into themselves, or into what is no page."""
    for answer in (ImaginedSite(faults=True).browse().open, TrapWalk().open):
        strategy = make(name)
        for visitor in range(VISITORS):
            assert_harmless(walk(strategy, answer, visitor))


def test_what_destroys_or_costs_is_left_alone(name: str) -> None:
    """Nobody who was not told to logs out, deletes or pays, whatever links and buttons say."""
    strategy, traps = make(name), TrapWalk()
    for visitor in range(40):
        walk(strategy, traps.open, visitor)
    assert traps.forbidden == []


def test_forms_are_sent_only_where_that_is_allowed(name: str) -> None:
    """Without a word of the owner's people search and do nothing else; a script's author has said what it does."""
    strategy, shop = make(name), ImaginedSite()
    steps = [step for visitor in range(VISITORS * 4) for step in walk(strategy, shop.browse().open, visitor)]
    if name in known_strategies():
        assert {step.method for step in steps} == {"GET"}
    assert not any(step.path.startswith("/checkout/payment") and step.body for step in steps)


def test_visit_ends_where_nothing_answers(name: str) -> None:
    """A site that is down, or fails always, does not hold anybody for ever."""
    for status, failure in ((0, "connect_refused"), (503, ""), (200, "too_large"), (404, "")):
        strategy = make(name)

        def fail(step: Step, status: int = status, failure: str = failure) -> Page:
            return Page(step.path, step.template, status, 0.0, failure=failure)

        for visitor in range(VISITORS):
            assert_harmless(walk(strategy, fail, visitor))


def test_strategy_survives_pickling(name: str) -> None:
    """What is made anew in another process plays the same."""
    strategy = make(name)
    again = pickle.loads(pickle.dumps(strategy))  # noqa: S301 - our own
    assert again.name == strategy.name
    shops = ImaginedSite(), ImaginedSite()
    for visitor in range(VISITORS):
        first, second = (
            walk(player, shop.browse().open, visitor)
            for player, shop in zip((strategy, again), shops, strict=True)
        )
        assert said(first) == said(second)


def test_visit_survives_pickling_on_the_way(name: str) -> None:
    """Together with its strategy it goes on as the original does. A journey cannot: it is where its script is."""
    strategy, browsing = make(name), ImaginedSite().browse()
    visit = strategy.begin(derive_rng(5, "visitor", 2))
    page: Page | None = None
    for _ in range(2):
        step = go(strategy, visit, page)
        if step is None:
            break
        page = browsing.open(step)
    if isinstance(visit, JourneyVisit):
        with pytest.raises(TypeError):
            pickle.dumps(visit)
        return
    again, visit_again = pickle.loads(pickle.dumps((strategy, visit)))  # noqa: S301 - our own
    there = copy.deepcopy(browsing)
    assert said(walk_on(again, visit_again, there.open, page)) == said(
        walk_on(strategy, visit, browsing.open, page)
    )


def test_journal_can_be_taken_in_pieces(name: str) -> None:
    """What is taken every second adds up to what is taken at the end."""
    whole, pieces = make(name), make(name)
    merged = Journal()
    shops = ImaginedSite(faults=True), ImaginedSite(faults=True)
    for visitor in range(VISITORS):
        walk(whole, shops[0].browse().open, visitor)
        walk(pieces, shops[1].browse().open, visitor)
        merged.merge(pieces.take_journal() or Journal())
    taken = whole.take_journal() or Journal()
    assert counts_of(merged) == counts_of(taken)
    assert counts_of(whole.take_journal() or Journal()) == counts_of(Journal())


def counts_of(journal: Journal) -> tuple[object, ...]:
    """Return the figures of a journal without the ways that lead to them."""
    pages = {path: (page.views, page.failures, page.dead_ends) for path, page in journal.pages.items()}
    forms = {path: (form.sent, form.failures, form.refused) for path, form in journal.forms.items()}
    goals = {
        key: (goal.pursued, goal.reached, goal.given_up, goal.pages) for key, goal in journal.goals.items()
    }
    return pages, forms, goals, journal.decided_by, journal.offered, journal.foreign_links


def test_settings_are_judged_all_at_once(name: str) -> None:
    """Every wrong value and every unknown key is told, each with what is valid."""
    (chosen,) = choose_strategies(name)
    declared = declared_settings(chosen.kind.settings_type)
    assert all(setting.help and setting.valid for setting in declared.values())
    wrong = [
        f'{key}="?"' for key, setting in declared.items() if setting.valid.startswith(("a number", "a whole"))
    ]
    with pytest.raises(UsageError) as caught:
        choose_strategies(f"{name}[{','.join([*wrong, 'zzz=1', 'yyy=2'])}]")
    assert caught.value.message.startswith(f"{len(wrong) + 2} mistakes in the strategy:\n")
    assert str(StrategySpec.parse(name)) == name


texts = st.text(max_size=30)
paths = st.sampled_from(
    ["/", "/category/lamps", "/logout", "/search?q=a", "/product/1", "/a/" * 50, "/%00;x=1?&&="]
)
links = st.builds(Link, path=paths, text=texts, title=texts, price=st.none() | st.floats(0, 1e9))
kinds = st.sampled_from(["text", "hidden", "select", "radio", "checkbox", "number", "file", "submit", "zzz"])
fields = st.builds(
    FormField,
    name=texts,
    kind=kinds,
    label=texts,
    value=texts,
    options=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    is_required=st.booleans(),
    max_length=st.none() | st.integers(0, 5),
)
forms = st.builds(
    Form,
    path=paths,
    method=st.sampled_from(["GET", "POST"]),
    fields=st.lists(fields, max_size=4).map(tuple),
    text=st.sampled_from(["Search", "Delete", "Buy now", "Log in", ""]),
)
contents = st.builds(
    PageContent,
    title=texts,
    headings=st.lists(texts, max_size=3).map(tuple),
    links=st.lists(links, max_size=6).map(tuple),
    forms=st.lists(forms, max_size=3).map(tuple),
)
answers = st.tuples(
    st.sampled_from([0, 200, 200, 200, 302, 404, 422, 500]),
    st.floats(0, 1e4),
    st.none() | contents,
    st.none() | st.binary(max_size=30),
    st.sampled_from(["", "", "timeout", "redirect_loop"]),
    st.none() | paths,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seen=st.lists(answers, min_size=1, max_size=12), seed=st.integers(0, 2**32))
def test_any_page_is_survived(name: str, seen: list[tuple[Any, ...]], seed: int) -> None:
    """Whatever a site answers, a strategy goes on or leaves, and asks for nothing strange."""
    strategy = quick(name)
    visit = strategy.begin(derive_rng(seed))
    page: Page | None = None
    steps: list[Step] = []
    for status, load_s, content, body, failure, final in seen:
        step = go(strategy, visit, page)
        if step is None:
            break
        steps.append(step)
        page = Page(
            step.path,
            step.template,
            status,
            load_s,
            final_path=final or "",
            failure=failure,
            content=content,
            body=body,
        )
    assert steps
    assert_harmless(steps)


@cache
def quick(name: str) -> Strategy[Any]:
    """Make a strategy once."""
    return make(name)
