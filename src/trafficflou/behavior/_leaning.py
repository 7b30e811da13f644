"""Visitors who lean towards one kind of page, or away from it: how far they must, for it to be viewed so many times as often.

Theory of operation
-------------------
Wherever visitors choose where to go (`entry` and every row), the odds of the page against all others are multiplied by one number.
Leaving keeps its share in each row, and the other pages keep their proportions. The expected views of the page grow with that number: the
more readily a visitor turns to it at every choice, the more surely it is reached, and reached again. So there is one number for every
factor between what the least and the most of leaning can do, and it is found by evaluating whole chains of visits
(`visit_counts`). Leaning twice is leaning by the product of the odds, so factors multiply.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from trafficflou.behavior.model import EXIT, TrafficModel
from trafficflou.behavior.visit_counts import expected_page_views

__all__ = ["Reach", "leaning_by_views"]

_MOST_ODDS: Final = 1e6
"""The odds of a page are multiplied by this at most, and divided by it: all but all choices fall on it, or none."""

_PRECISION: Final = 1e-9
_MOST_EVALUATIONS: Final = 80


class Reach(NamedTuple):
    """By how much the views of a page can be multiplied.

    Attributes:
        least: If visitors avoid it wherever they have a choice.
        most: If they choose it wherever they can.
    """

    least: float
    most: float


def leaning_by_views(model: TrafficModel, template: str, factor: float) -> dict[str, Any] | Reach:
    """Return `entry` and `transitions` with which a page is viewed so many times as often.

    Args:
        model: A model whose visitors come to the page.
        template: The page; it has paths.
        factor: What its expected views are multiplied by, >= 0.

    Returns:
        The two fields, or, where the factor is beyond it, what can be reached.
    """
    usual = expected_page_views(model)[template]

    def growth(odds: float) -> float:
        leaning = model.model_copy(update=_leaning(model, template, odds))
        return expected_page_views(leaning)[template] / usual

    if not factor and not growth(0.0):
        return _leaning(model, template, 0.0)
    reach = Reach(growth(1 / _MOST_ODDS), growth(_MOST_ODDS))
    if not reach.least <= factor <= reach.most:
        return reach
    return _leaning(model, template, _odds_for(growth, factor))


def _leaning(model: TrafficModel, template: str, odds: float) -> dict[str, Any]:
    """Return `entry` and `transitions` with the odds of a template multiplied."""
    return {
        "entry": _leant(model.entry, template, odds),
        "transitions": {name: _leant(row, template, odds) for name, row in model.transitions.items()},
    }


def _leant(row: Mapping[str, float], template: str, odds: float) -> dict[str, float]:
    """Return a row with the odds of a template against the others multiplied; leaving keeps its share, the row its sum."""
    chosen = row.get(template, 0.0)
    onward = sum(share for name, share in row.items() if name != EXIT)
    others = onward - chosen
    # Where there is nothing else to go on to, nothing can be leant away from.
    if not chosen or others <= onward * _PRECISION:
        return dict(row)
    scale = onward / (others + odds * chosen)
    factors = {template: odds * scale, EXIT: 1.0}
    return {name: min(share * factors.get(name, scale), 1.0) for name, share in row.items()}


def _odds_for(growth: Callable[[float], float], wanted: float) -> float:
    """Return the odds at which something that grows with them is as wanted.

    False position with the Illinois rule (Dowell and Jarratt, BIT 11, 1971) on logarithms: about ten evaluations, each of which is a whole
    chain of visits.
    """
    target = math.log(wanted)
    low, high = -math.log(_MOST_ODDS), math.log(_MOST_ODDS)
    below, above = (math.log(growth(math.exp(bound))) - target for bound in (low, high))
    side = 0
    for _ in range(_MOST_EVALUATIONS):
        middle = (low * above - high * below) / (above - below) if above > 0 > below else (low + high) / 2
        error = math.log(growth(math.exp(middle))) - target
        if abs(error) < _PRECISION:
            return math.exp(middle)
        if error > 0:
            high, above = middle, error
            below, side = (below / 2 if side > 0 else below), 1
        else:
            low, below = middle, error
            above, side = (above / 2 if side < 0 else above), -1
    return math.exp(middle)
