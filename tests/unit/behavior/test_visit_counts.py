"""Page views a session, worked out: equal to what is drawn, and to what can be added up by hand."""

from collections import Counter
from random import Random

import pytest

from trafficflou.behavior import EXIT, ModelSampler, TrafficModel, expected_page_views
from trafficflou.behavior.visit_counts import MAX_STEPS
from trafficflou.testing.models import sample_model

SESSIONS = 8000


def of_two(
    entry: dict[str, float], first: dict[str, float], second: dict[str, float], **more: object
) -> TrafficModel:
    """Return a model of the sample's templates in which only `/` and `/about` are ever viewed."""
    rows = {name: {EXIT: 1.0} for name in sample_model().transitions}
    return sample_model(entry=entry, transitions=rows | {"/": first, "/about": second}, **more)


def unplayable(model: TrafficModel, *names: str) -> TrafficModel:
    """Return the model, the named templates without paths."""
    templates = (
        template.model_copy(update={"paths": ()}) if template.template in names else template
        for template in model.templates
    )
    return model.model_copy(update={"templates": tuple(templates)})


def test_counts_are_those_of_drawn_sessions() -> None:
    """With bounces and with a template that is passed through, the figures are the means of many sessions."""
    model = unplayable(sample_model(bounce={"/": 0.5, "/search": 0.05}), "/search")
    sampler, rng, drawn = ModelSampler(model), Random(1), Counter[str]()
    for _ in range(SESSIONS):
        template: str | None = sampler.sample_entry(rng)
        is_first = True
        while template is not None:
            drawn[template] += 1
            template = sampler.sample_next(template, rng, is_first=is_first)
            is_first = False
    found = expected_page_views(model)
    assert "/search" not in found
    for template, views in found.items():
        assert drawn[template] / SESSIONS == pytest.approx(views, rel=0.05, abs=0.01)


def test_counts_by_hand() -> None:
    """Half of the visitors of `/` go on, each with the same row: 1 + 1/2 + 1/4 and so on."""
    found = expected_page_views(of_two({"/": 1.0}, {"/": 0.5, EXIT: 0.5}, {EXIT: 1.0}))
    assert found["/"] == pytest.approx(2)
    assert found["/about"] == 0


def test_first_page_views_have_a_leaving_of_their_own() -> None:
    """All go on from the first page view, half from every later one."""
    model = of_two({"/": 1.0}, {"/": 0.5, EXIT: 0.5}, {EXIT: 1.0}, bounce={"/": 0.0})
    assert expected_page_views(model)["/"] == pytest.approx(3)


def test_entries_that_pass_to_the_exit_are_drawn_again() -> None:
    """A session has a page view; whoever would pass through to the exit is nobody's session."""
    model = unplayable(of_two({"/": 0.5, "/about": 0.5}, {"/about": 1.0}, {EXIT: 1.0}), "/")
    assert expected_page_views(model)["/about"] == pytest.approx(1)
    nowhere = unplayable(of_two({"/": 1.0}, {EXIT: 1.0}, {EXIT: 1.0}), "/")
    assert set(expected_page_views(nowhere).values()) == {0.0}


@pytest.mark.parametrize("first", [{"/": 1.0}, {"/about": 1.0}])
def test_sessions_without_an_exit_end_where_played_ones_do(first: dict[str, float]) -> None:
    """Round and round, settled or swinging, there are as many page views as a played session has at most."""
    found = expected_page_views(of_two({"/": 1.0}, first, {"/": 1.0}))
    assert sum(found.values()) == pytest.approx(MAX_STEPS)
