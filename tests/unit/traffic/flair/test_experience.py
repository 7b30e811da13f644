"""What visitors learn from one another."""

from random import Random

import pytest

from trafficflou.traffic.flair.experience import Experience, outcome_of, pull_of
from trafficflou.traffic.flair.frontier import Frontier


def beliefs(experience: Experience, template: str, count: int = 400) -> list[float]:
    """Draw beliefs of many visitors."""
    rng = Random(2)
    return [experience.believe(0, template, rng) for _ in range(count)]


def mean(numbers: list[float]) -> float:
    """Return the mean."""
    return sum(numbers) / len(numbers)


def test_outcome_is_none_where_nothing_came() -> None:
    """Errors and dead ends are worth nothing, slow pages little, a step towards the goal most."""
    good = outcome_of(is_ok=True, is_dead_end=False, is_step=True, load_s=0.1)
    plain = outcome_of(is_ok=True, is_dead_end=False, is_step=False, load_s=0.1)
    slow = outcome_of(is_ok=True, is_dead_end=False, is_step=True, load_s=4.0)
    assert good == 1.0
    assert good > plain > slow > 0
    assert outcome_of(is_ok=False, is_dead_end=False, is_step=True, load_s=0.1) == 0.0
    assert outcome_of(is_ok=True, is_dead_end=True, is_step=True, load_s=0.1) == 0.0


def test_beliefs_follow_what_happened() -> None:
    """What failed is believed to fail, what worked to work, and of what is unknown anything is believed."""
    experience = Experience()
    for _ in range(30):
        experience.learn(0, "/bad", 0.0)
        experience.learn(0, "/good", 1.0)
    assert mean(beliefs(experience, "/bad")) < 0.1
    assert mean(beliefs(experience, "/good")) > 0.9
    unknown = beliefs(experience, "/unknown")
    assert mean(unknown) == pytest.approx(0.5, abs=0.05)
    assert min(unknown) < 0.05
    assert max(unknown) > 0.95


def test_personas_learn_by_themselves() -> None:
    """What is no use to one may be what another came for."""
    experience = Experience()
    for _ in range(30):
        experience.learn(1, "/page", 0.0)
    assert mean(beliefs(experience, "/page")) == pytest.approx(0.5, abs=0.05)


def test_old_outcomes_fade() -> None:
    """A page that worked a thousand times and breaks is believed to be broken after some tens of failures."""
    experience = Experience()
    for _ in range(1000):
        experience.learn(0, "/page", 1.0)
    for _ in range(60):
        experience.learn(0, "/page", 0.0)
    assert mean(beliefs(experience, "/page")) < 0.3


def test_explorers_are_drawn_to_what_others_avoid() -> None:
    """The same belief pulls the ones and pushes the others."""
    assert pull_of(0.1, explores=False) < 1 < pull_of(0.1, explores=True)
    assert pull_of(0.9, explores=True) < 1 < pull_of(0.9, explores=False)


def novelty(frontier: Frontier, *paths: str) -> list[float]:
    """Return how new pages of one template are, seen from the front page."""
    return frontier.novelty("/", paths, [0] * len(paths), ["/t"], 1.5)


def test_unknown_is_newest() -> None:
    """The less a page was used, the newer it is."""
    frontier = Frontier()
    for _ in range(9):
        frontier.note_page("/often", "/t", (), is_ok=True)
    frontier.note_page("/once", "/t", (), is_ok=True)
    often, once, never = novelty(frontier, "/often", "/once", "/never")
    assert often < once < never


def test_failing_page_stays_worth_a_look() -> None:
    """Whether it always fails shows only when others look again."""
    frontier = Frontier()
    frontier.note_page("/fine", "/t", (), is_ok=True)
    frontier.note_page("/fails", "/t", (), is_ok=False)
    fine, fails = novelty(frontier, "/fine", "/fails")
    assert fails > fine


def test_page_with_an_untried_form_is_not_known_yet() -> None:
    """As long as nobody has sent what may be sent there."""
    frontier = Frontier()
    frontier.note_page("/plain", "/t", (), is_ok=True)
    frontier.note_page("/form", "/t", ["shape"], is_ok=True)
    plain, with_form = novelty(frontier, "/plain", "/form")
    assert with_form > 2 * plain
    frontier.note_form("shape")
    frontier.note_page("/form", "/t", ["shape"], is_ok=True)
    assert frontier.uses("shape") == 1
    assert novelty(frontier, "/form")[0] < plain


def test_known_page_that_leads_to_something_new_is_promising() -> None:
    """Explorers go through what they know to what they do not."""
    frontier = Frontier()
    for _ in range(20):
        frontier.note_page("/hub", "/hub", (), is_ok=True)
        frontier.note_page("/leaf", "/leaf", (), is_ok=True)
    frontier.novelty("/hub", ["/new"], [0], ["/t"], 1.5)
    hub, leaf = frontier.novelty("/", ["/hub", "/leaf"], [0, 1], ["/hub", "/leaf"], 1.5)
    assert hub > 5 * leaf
    frontier.note_page("/new", "/t", (), is_ok=True)
    frontier.novelty("/hub", ["/new"], [0], ["/t"], 1.5)
    assert frontier.novelty("/", ["/hub"], [0], ["/hub"], 1.5)[0] < 0.05


def test_what_never_ends_becomes_less_new() -> None:
    """The thousandth month of a calendar is not worth what an unknown page of another kind is."""
    frontier = Frontier()
    for month in range(1000):
        frontier.note_page(f"/calendar/{month}", "/calendar/{id}", (), is_ok=True)
    another, other = frontier.novelty(
        "/", ["/calendar/1001", "/else"], [0, 1], ["/calendar/{id}", "/else"], 1.5
    )
    assert another < other / 5


def test_frontier_is_bounded() -> None:
    """A site without end cannot fill the memory."""
    frontier = Frontier()
    for number in range(40_000):
        frontier.note_page(f"/{number}", f"/t{number}", (), is_ok=True)
    assert len(frontier._uses) <= 16_384
    assert len(frontier._kinds) <= 4096
    assert frontier.uses("/39999") == 1
    assert frontier.uses("/0") == 0
