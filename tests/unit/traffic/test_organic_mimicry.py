"""Organic Mimicry: the steps of a visit."""

from collections.abc import Callable, Iterator

import pytest

from trafficflou.behavior import EXIT, ModelSampler, TrafficModel
from trafficflou.core import derive_rng
from trafficflou.http import Link, PageContent
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Page, PageReading, Step, ThinkTime
from trafficflou.traffic.strategies.organic_mimicry import (
    MAX_PAGE_VIEWS,
    OrganicMimicry,
    OrganicMimicrySettings,
)
from trafficflou.traffic.strategy_kind import StrategyContext


def steps(strategy: OrganicMimicry, visitor: int, status: int = 200) -> Iterator[Step]:
    """Play one visit to its end."""
    visit = strategy.begin(derive_rng(7, "visitor", visitor))
    step = strategy.next_step(visit, None)
    while step is not None:
        yield step
        step = strategy.next_step(visit, Page(step.path, step.template, status, 0.1))


def organic(model: TrafficModel | None = None, think: str = "model") -> OrganicMimicry:
    """Make the strategy."""
    return OrganicMimicry(ModelSampler(model or sample_model()), ThinkTime.parse(think))


def test_visit_has_a_device_of_the_mix() -> None:
    """The visitor's class of device is one that the engine knows."""
    devices = {organic().begin(derive_rng(1, "visitor", visitor)).device for visitor in range(200)}
    assert devices == {"desktop", "mobile", "tablet"}


def test_first_step_begins_at_once_and_later_ones_after_thinking() -> None:
    """The first page view has no think time; the others have one of the model's."""
    later = []
    for visitor in range(50):
        first, *rest = steps(organic(), visitor)
        assert first.think_s == 0
        assert first.template in sample_model().entry
        later += rest
    assert later
    assert all(step.think_s > 0 for step in later)


def test_step_asks_for_a_path_of_its_template() -> None:
    """Paths come from the template's examples."""
    paths = {
        template.template: {example.path for example in template.paths}
        for template in sample_model().templates
    }
    for visitor in range(50):
        assert all(step.path in paths[step.template] for step in steps(organic(), visitor))


def test_think_setting_changes_pauses_and_nothing_else() -> None:
    """`none` and factors scale the pauses; a seed visits the same pages with the same subresources."""
    strategies = [organic(think=think) for think in ("model", "none", "x0.5")]
    for visitor in range(50):
        learned, none, half = (list(steps(strategy, visitor)) for strategy in strategies)
        assert [step.path for step in learned] == [step.path for step in none] == [step.path for step in half]
        assert [step.learned_subresources for step in learned] == [step.learned_subresources for step in none]
        assert not any(step.think_s for step in none)
        assert [step.think_s for step in half] == pytest.approx([step.think_s / 2 for step in learned])


@pytest.mark.parametrize("status", [0, 404, 500])
def test_failed_page_changes_no_choice(status: int) -> None:
    """After an error visitors do as their statistics say."""
    for visitor in range(20):
        expected = [(step.path, step.think_s) for step in steps(organic(), visitor)]
        assert [(step.path, step.think_s) for step in steps(organic(), visitor, status)] == expected


def following(*gone: str, offered: tuple[str, ...] = ()) -> Callable[[Step], Page]:
    """Return a site that lacks some paths, and whose other pages offer links."""
    content = PageContent(links=tuple(Link(path=path) for path in offered))

    def answer(step: Step) -> Page:
        if step.path in gone:
            return Page(step.path, step.template, 404, 0.1)
        return Page(step.path, step.template, 200, 0.1, content=content)

    return answer


def played(strategy: OrganicMimicry, answer: Callable[[Step], Page], visitors: int) -> list[Step]:
    """Play visits one after the other."""
    found = []
    for visitor in range(visitors):
        visit = strategy.begin(derive_rng(7, "visitor", visitor))
        step = strategy.next_step(visit, None)
        while step is not None:
            found.append(step)
            step = strategy.next_step(visit, answer(step))
    return found


def test_gone_path_is_replaced_and_nothing_else_changes() -> None:
    """The learned product that is gone becomes another one; templates, pauses, files and all other paths are those of the seed."""
    context = StrategyContext(label="organic-mimicry", model=sample_model())
    strategy = OrganicMimicry.create(OrganicMimicrySettings(), context)
    assert strategy.reading is PageReading.NOTHING
    usual = played(organic(), following(), 60)
    found = played(strategy, following("/product/1", offered=("/product/99", "/about")), 60)
    assert [(step.template, step.think_s, step.learned_subresources) for step in found] == [
        (step.template, step.think_s, step.learned_subresources) for step in usual
    ]
    changed = {
        (before.path, after.path, after.is_learned)
        for before, after in zip(usual, found, strict=True)
        if before.path != after.path
    }
    assert changed == {("/product/1", "/product/99", False)}
    assert [step.path for step in found].count("/product/1") == 1
    journal = strategy.take_journal()
    assert journal is not None
    assert journal.replaced == {"/product/1": "/product/99"}
    assert strategy.reading is PageReading.NOTHING


def test_pages_are_read_only_while_a_substitute_is_looked_for() -> None:
    """One lost page asks for reading, also where the visitor leaves after it."""
    context = StrategyContext(label="organic-mimicry", model=sample_model())
    strategy = OrganicMimicry.create(OrganicMimicrySettings(), context)
    for visitor in range(40):
        visit = strategy.begin(derive_rng(7, "visitor", visitor))
        strategy.next_step(visit, None)
        if strategy.next_step(visit, Page("/product/1", "/product/{id}", 410, 0.1)) is None:
            break
    assert strategy.reading is PageReading.CONTENT


def test_site_is_not_followed_where_the_settings_say_so() -> None:
    """Every path is asked for as it was learned."""
    context = StrategyContext(label="organic-mimicry", model=sample_model())
    strategy = OrganicMimicry.create(OrganicMimicrySettings(follow_site=False), context)
    found = played(strategy, following("/product/1", offered=("/product/99",)), 20)
    assert [step.path for step in found] == [step.path for step in played(organic(), following(), 20)]
    assert all(step.is_learned for step in found)
    assert strategy.reading is PageReading.NOTHING
    assert strategy.take_journal() is None


def test_equal_sites_are_followed_alike() -> None:
    """What replaces what depends on what was seen, on nothing else."""
    context = StrategyContext(label="organic-mimicry", model=sample_model())
    site = following(
        "/product/1", "/product/2", "/cart", offered=tuple(f"/product/{n}" for n in range(90, 99))
    )
    one, other = (
        played(OrganicMimicry.create(OrganicMimicrySettings(), context), site, 60) for _ in range(2)
    )
    assert [step.path for step in one] == [step.path for step in other]


def test_subresource_is_drawn_once_a_visit() -> None:
    """No path is fetched twice in a visit, and the one of share 1 comes with the first page."""
    for visitor in range(50):
        visit = list(steps(organic(), visitor))
        fetched = [path for step in visit for path in step.learned_subresources]
        assert len(fetched) == len(set(fetched))
        assert "/static/site.css" in visit[0].learned_subresources


def test_visit_without_exit_ends() -> None:
    """A row that never leaves ends after a fixed number of page views."""
    rows = sample_model().transitions | {"/": {"/": 1.0}}
    endless = sample_model(entry={"/": 1.0}, transitions=rows)
    assert sum(1 for _ in steps(organic(endless, "none"), 0)) == MAX_PAGE_VIEWS


def chain_page_views(model: TrafficModel) -> float:
    """Return the expected page views of a session: the sum of the walk's distributions, step by step."""
    here, total = dict(model.entry), 0.0
    while sum(here.values()) > 1e-9:
        total += sum(here.values())
        after = dict.fromkeys(model.transitions, 0.0)
        for template, share in here.items():
            for name, probability in model.transitions[template].items():
                if name != EXIT:
                    after[name] += share * probability
        here = after
    return total


def test_mean_page_views_are_those_of_the_chain() -> None:
    """Sessions are as long as the model's chain is on average."""
    count = sum(1 for visitor in range(4000) for _ in steps(organic(think="none"), visitor))
    assert count / 4000 == pytest.approx(chain_page_views(sample_model()), rel=0.05)
