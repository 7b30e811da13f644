"""Whatever is edited in whatever model: the result is valid, only the one figure is another, and factors multiply."""

from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tests.support.any_model import NAMES, models
from trafficflou.behavior import (
    EXIT,
    MAX_THINK_S,
    CompressTime,
    DeviceShare,
    Edit,
    ScaleVisitors,
    Spike,
    TemplateFactor,
    ThinkFactor,
    TrafficModel,
    apply_edits,
    expected_page_views,
    parse_model,
)
from trafficflou.core import ModelError

factors = st.floats(0.001, 1000)
hours = st.integers(0, 23)
one_of_a_kind: st.SearchStrategy[Edit] = st.one_of(
    st.builds(ScaleVisitors, factor=factors),
    st.builds(Spike, hour=hours, factor=st.floats(0, 1000)),
    st.builds(DeviceShare, device=st.sampled_from(["desktop", "mobile", "tablet"]), share=st.floats(0, 1)),
    st.builds(TemplateFactor, template=st.sampled_from(NAMES), factor=st.floats(0, 20)),
    st.builds(ThinkFactor, factor=st.floats(0, 1000)),
    st.builds(CompressTime, factor=factors),
)
TOUCHED: dict[type[Any], set[str]] = {
    ScaleVisitors: {"arrivals"},
    Spike: {"arrivals"},
    DeviceShare: {"devices"},
    TemplateFactor: {"entry", "transitions"},
    ThinkFactor: {"templates"},
    CompressTime: {"arrivals", "templates"},
}


def applied(model: TrafficModel, *edits: Edit) -> TrafficModel:
    """Apply edits that the model may refuse; then there is nothing to test."""
    try:
        for edit in edits:
            model = edit.apply(model)
    except ModelError:
        reject()
    return model


def fields(model: TrafficModel) -> dict[str, Any]:
    """Return the document's fields."""
    return {name: getattr(model, name) for name in TrafficModel.model_fields}


@settings(max_examples=60, deadline=None)
@given(model=models(), edits=st.lists(one_of_a_kind, min_size=1, max_size=4))
def test_edited_models_are_valid_and_say_so(model: TrafficModel, edits: list[Edit]) -> None:
    """The document can be written and read again, and holds a sentence for each edit."""
    try:
        edited, told = apply_edits(model, edits)
    except ModelError:
        reject()
    assert parse_model(edited.to_json(), source="edited") == edited
    assert edited.edits == tuple(told)
    assert len(told) == len(edits)


@settings(max_examples=60, deadline=None)
@given(model=models(), edit=one_of_a_kind)
def test_other_figures_are_what_they_were(model: TrafficModel, edit: Edit) -> None:
    """An edit touches the fields that it is about and no other."""
    before, after = fields(model), fields(applied(model, edit))
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= TOUCHED[type(edit)]


@settings(max_examples=40, deadline=None)
@given(model=models())
def test_factor_1_is_identity(model: TrafficModel) -> None:
    """Nothing is rounded, renormalised or capped on the way."""
    same: tuple[Edit, ...] = (
        ScaleVisitors(factor=1),
        *[Spike(hour=hour, factor=1) for hour in range(24) if model.arrivals.by_hour[hour]],
        *[
            TemplateFactor(template=name, factor=1)
            for name, views in expected_page_views(model).items()
            if views
        ],
        ThinkFactor(factor=1),
        CompressTime(factor=1),
        *[
            DeviceShare(device=device, share=getattr(model.devices, device))
            for device in ("desktop", "mobile")
        ],
    )
    for edit in same:
        assert edit.apply(model) == model


@settings(max_examples=40, deadline=None)
@given(model=models(), one=st.floats(0.1, 8), other=st.floats(0.1, 8), hour=hours)
def test_factors_of_one_kind_multiply(model: TrafficModel, one: float, other: float, hour: int) -> None:
    """One after the other is their product at once."""
    twice = applied(model, ScaleVisitors(factor=one), ScaleVisitors(factor=other))
    once = applied(model, ScaleVisitors(factor=one * other))
    assert twice.arrivals.sessions_per_day == pytest.approx(once.arrivals.sessions_per_day)
    if model.arrivals.by_hour[hour]:
        twice = applied(model, Spike(hour=hour, factor=one), Spike(hour=hour, factor=other))
        once = applied(model, Spike(hour=hour, factor=one * other))
        assert twice.arrivals.by_hour == pytest.approx(once.arrivals.by_hour)
        assert twice.arrivals.sessions_per_day == pytest.approx(once.arrivals.sessions_per_day)
    twice, once = (
        applied(model, ThinkFactor(factor=one), ThinkFactor(factor=other)),
        applied(model, ThinkFactor(factor=one * other)),
    )
    for left, right in zip(twice.templates, once.templates, strict=True):
        for seconds, expected in zip(left.think_s, right.think_s, strict=True):
            assert seconds == pytest.approx(expected) or MAX_THINK_S in (left.think_s + right.think_s)


@settings(max_examples=60, deadline=None)
@given(model=models(), name=st.sampled_from(NAMES), factor=st.floats(0, 5))
def test_template_factor_multiplies_its_views_and_keeps_the_leaving(
    model: TrafficModel, name: str, factor: float
) -> None:
    """The page's expected views are multiplied; each row leaves as before, and others keep their proportions."""
    edited = applied(model, TemplateFactor(template=name, factor=factor))
    wanted = expected_page_views(model)[name] * factor
    assert expected_page_views(edited)[name] == pytest.approx(wanted, rel=1e-6, abs=1e-9)
    for source, row in model.transitions.items():
        after = edited.transitions[source]
        assert after.get(EXIT, 0.0) == row.get(EXIT, 0.0)
        others = [other for other in row if other not in {name, EXIT}]
        total, kept = sum(row[other] for other in others), sum(after[other] for other in others)
        if kept > 1e-6:
            assert [after[other] / kept for other in others] == pytest.approx(
                [row[other] / total for other in others]
            )


@settings(max_examples=60, deadline=None)
@given(model=models(), name=st.sampled_from(NAMES), one=st.floats(0.5, 1.5), other=st.floats(0.5, 1.5))
def test_template_factors_multiply(model: TrafficModel, name: str, one: float, other: float) -> None:
    """Leaning twice is leaning by the product."""
    twice = applied(
        model, TemplateFactor(template=name, factor=one), TemplateFactor(template=name, factor=other)
    )
    once = applied(model, TemplateFactor(template=name, factor=one * other))
    assert expected_page_views(twice) == pytest.approx(expected_page_views(once), rel=1e-5, abs=1e-9)
