"""Any valid model, however odd, can be played: walks end, pauses are bounded, logs stay lines."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from trafficflou.behavior import (
    EXIT,
    MAX_THINK_S,
    THINK_QUANTILES,
    ModelSampler,
    PathExample,
    Template,
    TrafficModel,
)
from trafficflou.control.simulation import Simulation, SimulationPlan
from trafficflou.core import derive_rng
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Page, ThinkTime
from trafficflou.traffic.strategies.organic_mimicry import MAX_PAGE_VIEWS, OrganicMimicry

NAMES = ("/a", "/b", "/c", "/d")
LINE = re.compile(rb'10(\.\d+){3} - - \[[^\]]+\] "GET /[\x21-\x7e]* HTTP/1\.1" 200 \d+ "[^"]*" "[^"]*"\n')
PATH_CHARACTERS = "".join(char for char in map(chr, range(0x21, 0x7F)) if char not in "?#")
paths = st.text(PATH_CHARACTERS, max_size=20)


def rows(*choices: str) -> st.SearchStrategy[dict[str, float]]:
    """Rows of shares over some of the choices."""
    weights = st.dictionaries(st.sampled_from(choices), st.integers(0, 9), min_size=1).filter(
        lambda row: sum(row.values()) > 0
    )
    return weights.map(lambda row: {name: weight / sum(row.values()) for name, weight in row.items()})


@st.composite
def templates(draw: st.DrawFn, name: str) -> Template:
    """A template with any quantiles, with or without paths."""
    think_s = sorted(
        draw(st.lists(st.floats(0, 1e6), min_size=len(THINK_QUANTILES), max_size=len(THINK_QUANTILES)))
    )
    examples = draw(st.lists(paths, max_size=3, unique=True))
    return Template(
        template=name,
        page_views=draw(st.integers(0, 100)),
        paths=tuple(PathExample(path="/" + path, weight=1.0) for path in examples),
        think_s=tuple(think_s),
        body_bytes=draw(st.integers(0, 10**9)),
    )


@st.composite
def models(draw: st.DrawFn) -> TrafficModel:
    """A valid model of four templates; at least one can be played."""
    made = [draw(templates(name)) for name in NAMES]
    if not any(template.paths for template in made):
        made[0] = made[0].model_copy(update={"paths": (PathExample(path="/", weight=1.0),)})
    return sample_model(
        templates=tuple(made),
        entry=draw(rows(*NAMES)),
        transitions={name: draw(rows(*NAMES, EXIT)) for name in NAMES},
        pace_correlation=draw(st.floats(0, 1)),
    )


@settings(max_examples=150, deadline=None)
@given(model=models(), seed=st.integers(0, 2**32 - 1))
def test_any_visit_ends_and_keeps_within_its_bounds(model: TrafficModel, seed: int) -> None:
    """A visit has 1 to `MAX_PAGE_VIEWS` page views of paths of the model, with pauses under 30 minutes."""
    strategy = OrganicMimicry(ModelSampler(model), ThinkTime())
    known = {template.template: {example.path for example in template.paths} for template in model.templates}
    visit = strategy.begin(derive_rng(seed, "visitor", 0))
    step = strategy.next_step(visit, None)
    assert step is not None
    while step is not None:
        assert step.path in known[step.template]
        assert 0 <= step.think_s <= MAX_THINK_S
        step = strategy.next_step(visit, Page(step.path, step.template, 200, 0.0))
    assert 1 <= visit.page_views <= MAX_PAGE_VIEWS


@settings(max_examples=50, deadline=None)
@given(model=models(), seed=st.integers(0, 2**32 - 1))
def test_any_model_simulates_to_well_formed_lines(model: TrafficModel, seed: int) -> None:
    """Whatever characters a model's paths hold, every line of the log is one request."""
    simulation = Simulation(model, SimulationPlan(sessions=3, days=1.0, starts_at_s=0.0), seed)
    assert all(LINE.fullmatch(line) for line in simulation.lines())
