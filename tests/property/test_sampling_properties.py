"""Any valid model, however odd, can be played: walks end, pauses are bounded, logs stay lines."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.any_model import models
from trafficflou.behavior import MAX_THINK_S, ModelSampler, TrafficModel
from trafficflou.control.simulation import Simulation, SimulationPlan
from trafficflou.core import derive_rng
from trafficflou.traffic import Page, ThinkTime
from trafficflou.traffic.strategies.organic_mimicry import MAX_PAGE_VIEWS, OrganicMimicry

LINE = re.compile(rb'10(\.\d+){3} - - \[[^\]]+\] "GET /[\x21-\x7e]* HTTP/1\.1" 200 \d+ "[^"]*" "[^"]*"\n')


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
