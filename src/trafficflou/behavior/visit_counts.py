"""How often each kind of page is viewed in a session, worked out from a traffic model instead of drawn.

Theory of operation
-------------------
A session as `ModelSampler` plays it is an absorbing Markov chain: it begins by `entry`, its first page view is followed by the row for
first page views (`TrafficModel.first_row`), every later one by its own row, and leaving is the absorbing state. The expected number of
visits to each state is the sum of the chain's distributions over its steps (Kemeny and Snell, Finite Markov Chains, 1960, ch. 3). It is
added up step by step until next to nobody is left, or until who is left is spread in the same proportions as one step before
(the quasi-stationary distribution): from there each step is the one before times a constant, and the rest a geometric series. Templates
that have no path pass their visitors on and are no page views.
"""

from collections.abc import Mapping
from typing import Final

from trafficflou.behavior.model import EXIT, TrafficModel

__all__ = ["expected_page_views"]

MAX_STEPS: Final = 2000
"""As many page views as a played session has at most: a model need not lead to the exit."""

_NEGLIGIBLE: Final = 1e-10
"""A share of the sessions that are still under way."""

_SETTLED: Final = 1e-13

_Flow = dict[str, float]


def expected_page_views(model: TrafficModel) -> dict[str, float]:
    """Return the page views of a session by template, on average.

    Returns:
        Page views a session, >= 0, for each template that can be played, in the model's order. Their sum is the mean length of a
        session; all are 0 where every entry passes to the exit.
    """
    rows = {name: _onward(row) for name, row in model.transitions.items()}
    playable = [template.template for template in model.templates if template.paths]
    first = _landed(model, rows, frozenset(playable))
    counts = dict(first)
    _add_visits(counts, _moved(first, {name: _onward(model.first_row(name)) for name in first}), rows)
    return {name: counts.get(name, 0.0) for name in playable}


def _add_visits(counts: _Flow, flow: _Flow, rows: Mapping[str, _Flow]) -> None:
    """Add the visits of those who are under way, `flow`, until they have left."""
    under_way = sum(flow.values())
    for step in range(1, MAX_STEPS):
        if under_way < _NEGLIGIBLE:
            return
        following = _moved(flow, rows)
        staying = sum(following.values()) / under_way
        is_settled = all(
            abs(following.get(name, 0.0) - staying * share) <= _SETTLED * under_way
            for name, share in flow.items()
        )
        steps = _geometric_sum(staying, MAX_STEPS - step) if is_settled else 1.0
        for name, share in flow.items():
            counts[name] = counts.get(name, 0.0) + share * steps
        if is_settled:
            return
        flow, under_way = following, under_way * staying


def _geometric_sum(ratio: float, terms: int) -> float:
    return float(terms) if ratio >= 1 else (1 - ratio**terms) / (1 - ratio)


def _landed(model: TrafficModel, rows: Mapping[str, _Flow], playable: frozenset[str]) -> _Flow:
    """Return where sessions have their first page view; who would have none is drawn again, as the sampler does."""
    landed: _Flow = {}
    flow: Mapping[str, float] = model.entry
    for _ in range(MAX_STEPS):
        waiting: _Flow = {}
        for name, share in flow.items():
            chosen = landed if name in playable else waiting
            chosen[name] = chosen.get(name, 0.0) + share
        flow = _moved(waiting, rows)
        if sum(flow.values()) < _NEGLIGIBLE:
            break
    total = sum(landed.values())
    return {name: share / total for name, share in landed.items() if share > 0}


def _onward(row: Mapping[str, float]) -> _Flow:
    total = sum(row.values())
    return {name: share / total for name, share in row.items() if share > 0 and name != EXIT}


def _moved(flow: Mapping[str, float], rows: Mapping[str, _Flow]) -> _Flow:
    moved: _Flow = {}
    for source, arriving in flow.items():
        for name, share in rows[source].items():
            moved[name] = moved.get(name, 0.0) + arriving * share
    return moved
