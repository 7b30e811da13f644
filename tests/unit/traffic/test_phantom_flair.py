"""Phantom Flair as a whole, on a shop in memory."""

import pickle

import pytest

from tests.support.flair import flair
from trafficflou.core import derive_rng
from trafficflou.testing.imagined_site import ImaginedSite, play
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Page, ThinkTime, find_strategy
from trafficflou.traffic.strategies.phantom_flair import PhantomFlair


def paths(strategy: PhantomFlair, site: ImaginedSite, visitors: int = 20) -> list[list[str]]:
    """Return where visitors went."""
    return [[step.path for step in played.steps] for played in play(strategy, site, visitors)]


def test_strategy_is_found_by_name() -> None:
    """The registry knows it, and it needs no model."""
    kind = find_strategy("phantom-flair")
    assert kind.summary
    assert not kind.needs_model
    assert kind.needs_population


@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_same_seed_makes_the_same_visits(level: int) -> None:
    """Visits depend on the seed and on what the site answers, on nothing else."""
    site = ImaginedSite()
    first, second = (paths(flair(site, sophistication=level), site) for _ in range(2))
    assert first == second
    assert len({tuple(visit) for visit in first}) > 10


def test_strategy_survives_pickling() -> None:
    """What was made of equal settings in another process plays the same."""
    site = ImaginedSite()
    strategy = flair(site)
    copy = pickle.loads(pickle.dumps(strategy))  # noqa: S301 - our own
    assert paths(copy, site) == paths(strategy, site)
    visit = pickle.loads(pickle.dumps(strategy.begin(derive_rng(1))))  # noqa: S301 - our own
    assert visit.device in {"desktop", "mobile", "tablet"}


def test_steps_lead_only_to_what_pages_offer() -> None:
    """After the entry, each path is a link or a form of a page that was seen in the visit."""
    site = ImaginedSite(faults=True)
    for played in play(flair(site, intensity=1.0), site, 40):
        offered = {page.path for page in site.knowledge().pages}
        for step, page in zip(played.steps, played.pages, strict=True):
            assert step.path.partition("?")[0] in {path.partition("?")[0] for path in offered}
            offered.add(page.final_path)
            content = page.content
            if content is not None:
                offered |= {link.path for link in content.links} | {form.path for form in content.forms}


def test_visits_end_after_the_most_pages() -> None:
    """No visit has more page views than is set."""
    site = ImaginedSite(faults=True)
    lengths = [len(played.steps) for played in play(flair(site, max_pages=5), site, 40)]
    assert max(lengths) == 5


def test_think_setting_changes_pauses_and_nothing_else() -> None:
    """Without think time the same pages are visited; a factor scales the pauses."""
    site = ImaginedSite()
    made = [flair(site, {"think_time": ThinkTime.parse(text)}) for text in ("model", "none", "x0.5")]
    usual, none, half = (play(strategy, site, 20) for strategy in made)
    assert [[step.path for step in one.steps] for one in usual] == [
        [step.path for step in one.steps] for one in none
    ]
    assert not any(step.think_s for one in none for step in one.steps)
    for slow, quick in zip(usual, half, strict=True):
        assert slow.steps[0].think_s == 0
        assert all(step.think_s > 0 for step in slow.steps[1:])
        assert [step.think_s for step in quick.steps] == pytest.approx(
            [step.think_s / 2 for step in slow.steps]
        )


@pytest.mark.parametrize(("think_time", "stays"), [("model", True), ("none", False)])
def test_visitor_stays_on_the_page_that_it_leaves_from(think_time: str, *, stays: bool) -> None:
    """A look at the last page takes its time as on any other: where all is refused, nobody comes and goes a thousand times a second."""
    strategy = flair(ImaginedSite(), {"think_time": ThinkTime.parse(think_time)})
    for number in range(20):
        visit = strategy.begin(derive_rng(5, number))
        entry = strategy.next_step(visit, None)
        assert entry is not None
        assert strategy.next_step(visit, Page(entry.path, entry.template, 429, 0.01)) is None
        assert (visit.stay_s > 0) is stays


def test_page_that_is_no_page_ends_a_simple_visit() -> None:
    """A picture offers nothing to go on with."""
    strategy = flair(ImaginedSite(), sophistication=1)
    visit = strategy.begin(derive_rng(5))
    step = strategy.next_step(visit, None)
    assert step is not None
    assert strategy.next_step(visit, Page(step.path, step.template, 200, 0.1)) is None


def test_traffic_model_says_where_visits_begin() -> None:
    """With a model, entries and think times are the model's, and a missing page is no error."""
    model = sample_model()
    strategy = flair(ImaginedSite(), {"model": model})
    steps = [strategy.next_step(strategy.begin(derive_rng(1, number)), None) for number in range(50)]
    known = {template.template for template in model.templates}
    assert all(step is not None and step.is_learned and step.template in known for step in steps)


def test_journal_tells_pages_and_the_way_there() -> None:
    """Every page view is noted once, with what leads there; the broken link with the page that has it."""
    site = ImaginedSite(faults=True)
    strategy = flair(site, intensity=0.4)
    played = play(strategy, site, 200)
    journal = strategy.take_journal()
    views = sum(page.views for page in journal.pages.values())
    failed_forms = sum(sum(form.failures.values()) for form in journal.forms.values())
    assert views + failed_forms == sum(len(one.steps) for one in played)
    broken = journal.pages["/journal/open-day"]
    assert broken.failures == {"http_404": broken.views}
    assert broken.linked_from == "/journal"
    assert [step.action for step in broken.trail] == ["open", *["click"] * (len(broken.trail) - 1)]
    assert len(broken.trail) <= 3
    assert broken.trail[-1].path == "/journal/open-day"
    assert broken.is_trouble
    dead_end = journal.pages["/journal/lookbook"]
    assert dead_end.dead_ends == dead_end.views
    assert not journal.pages["/journal"].dead_ends
    assert "/calendar?month=1" in journal.offered
    assert not strategy.take_journal().pages
