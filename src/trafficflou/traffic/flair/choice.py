"""Which link: what the persona thinks of each, times what this visitor remembers, wants and believes."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from trafficflou.traffic.flair.experience import Experience, pull_of
from trafficflou.traffic.flair.frontier import Frontier
from trafficflou.traffic.flair.sight import Sheet
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.form_policy import FormPurpose

__all__ = ["OPENNESS", "scale", "weigh_aims", "weigh_kinds", "weigh_pages"]

_SEEN: Final = 0.06
_MOST_SEEN: Final = 2
_DEED_WANTED: Final = 30.0
_DEED_UNWANTED: Final = 0.001
_MAX_BELIEFS: Final = 256
_UNKNOWN_POWER: Final = 2.0
_CURIOSITY_POWER: Final = 1.2
OPENNESS: Final = 0.25
"""Exponent that makes explorers less choosy: what nobody likes has to be looked at by somebody."""


def scale(weights: list[float], numbers: Sequence[int], factor: float) -> None:
    """Multiply the weights of some links; those that nobody looks at have none."""
    count = len(weights)
    for number in numbers:
        if number < count:
            weights[number] *= factor


def weigh_aims(
    weights: list[float], sheet: Sheet, pulls: Mapping[str, float], wanted: FormPurpose | None
) -> None:
    """Turn to what leads on to the goal, and away from links that do something nobody wants."""
    for topic, pull in pulls.items():
        numbers = sheet.by_topic.get(topic)
        if numbers:
            scale(weights, numbers, math.exp(pull))
    for purpose, numbers in sheet.by_deed.items():
        scale(weights, numbers, _DEED_WANTED if purpose is wanted else _DEED_UNWANTED)


def weigh_kinds(
    weights: list[float], sheet: Sheet, visit: FlairVisit, experience: Experience | None
) -> list[float]:
    """Turn away from kinds of pages the more of them were seen, and by what they are believed to turn out like.

    The first keeps a visitor from going through a calendar month by month for ever.
    """
    novelty, seen = visit.mind.habits.novelty, visit.memory.templates
    factors = [(1.0 + seen[template]) ** -novelty if template in seen else 1.0 for template in sheet.kinds]
    if experience is not None:
        pulls = visit.beliefs
        for kind, template in enumerate(sheet.kinds):
            pull = pulls.get(template)
            if pull is None:
                belief = experience.believe(visit.mind.number, template, visit.rng)
                pull = pull_of(belief, explores=visit.explores)
                if len(pulls) < _MAX_BELIEFS:
                    pulls[template] = pull
            factors[kind] *= pull
    return [weight * factors[kind] for weight, kind in zip(weights, sheet.kind_of, strict=False)]


def weigh_pages(
    weights: list[float], sheet: Sheet, visit: FlairVisit, frontier: Frontier | None
) -> list[float]:
    """Turn away from pages that were seen in this visit; explorers to those that few have seen, and to those that lead there."""
    by_path = sheet.by_path
    for path, views in visit.memory.seen.items():
        numbers = by_path.get(path)
        if numbers:
            scale(weights, numbers, _SEEN ** min(views, _MOST_SEEN))
    power = _UNKNOWN_POWER * visit.explores + _CURIOSITY_POWER * visit.mind.habits.curiosity
    if frontier is None or not power:
        return weights
    novelty = frontier.novelty(
        visit.memory.here, sheet.link_paths[: len(weights)], sheet.kind_of, sheet.kinds, power
    )
    return [weight * new for weight, new in zip(weights, novelty, strict=True)]
