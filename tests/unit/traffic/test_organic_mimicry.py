"""Organic Mimicry: the steps of a visit."""

from collections.abc import Iterator

import pytest

from trafficflou.behavior import EXIT, ModelSampler, TrafficModel
from trafficflou.core import derive_rng
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Page, Step, ThinkTime
from trafficflou.traffic.strategies.organic_mimicry import MAX_PAGE_VIEWS, OrganicMimicry


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
