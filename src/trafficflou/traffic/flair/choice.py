"""Which link: what the persona thinks of each, times what this visitor remembers, wants and believes."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from trafficflou.traffic.flair.experience import Experience, pull_of
from trafficflou.traffic.flair.sight import Sheet
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.form_policy import FormPurpose

__all__ = ["recall", "scale", "weigh_aims", "weigh_beliefs"]

_SEEN: Final = 0.06
_DEED_WANTED: Final = 30.0
_DEED_UNWANTED: Final = 0.03
_MAX_BELIEFS: Final = 256
_UNKNOWN_POWER: Final = 0.8
_CURIOSITY_POWER: Final = 1.2

Weights = list[float]


def scale(weights: Weights, numbers: Sequence[int], factor: float) -> None:
    """Multiply the weights of some links; those that nobody looks at have none."""
    count = len(weights)
    for number in numbers:
        if number < count:
            weights[number] *= factor


def recall(weights: Weights, sheet: Sheet, visit: FlairVisit) -> None:
    """Turn away from pages that were seen in this visit, and from kinds of pages the more of them were seen.

    The second keeps a visitor from going through a calendar month by month for ever.
    """
    by_path = sheet.by_path
    for path, views in visit.memory.seen.items():
        numbers = by_path.get(path)
        if numbers:
            scale(weights, numbers, _SEEN**views)
    novelty = visit.mind.habits.novelty
    by_template = sheet.by_template
    for template, views in visit.memory.templates.items():
        numbers = by_template.get(template)
        if numbers:
            scale(weights, numbers, (1.0 + views) ** -novelty)


def weigh_aims(
    weights: Weights, sheet: Sheet, pulls: Mapping[str, float], wanted: FormPurpose | None
) -> None:
    """Turn to what leads on to the goal, and away from links that do something nobody wants."""
    for topic, pull in pulls.items():
        numbers = sheet.by_topic.get(topic)
        if numbers:
            scale(weights, numbers, math.exp(pull))
    for purpose, numbers in sheet.by_deed.items():
        scale(weights, numbers, _DEED_WANTED if purpose is wanted else _DEED_UNWANTED)


def weigh_beliefs(weights: Weights, sheet: Sheet, visit: FlairVisit, experience: Experience) -> None:
    """Turn to what is believed to turn out well; explorers to what is not, and to what is little known."""
    beliefs, mind = visit.beliefs, visit.mind
    for template, numbers in sheet.by_template.items():
        belief = beliefs.get(template)
        if belief is None:
            belief = experience.believe(mind.number, template, visit.rng)
            if len(beliefs) < _MAX_BELIEFS:
                beliefs[template] = belief
        scale(weights, numbers, pull_of(belief, explores=visit.explores))
    power = _UNKNOWN_POWER * visit.explores + _CURIOSITY_POWER * mind.habits.curiosity
    if power:
        uses = experience.uses
        for number, link in enumerate(sheet.links[: len(weights)]):
            weights[number] *= (1.0 + uses(link.path)) ** -power
