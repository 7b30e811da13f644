"""The forms of `prefer` and of several of it in one call."""

from typing import Annotated, Any, Final

from pydantic import Field

from trafficflou.ai_models._prompt_piece import (
    LABEL_CHARS,
    Number,
    PromptForm,
    Share,
    WireShape,
    no_wish,
    persona_data,
    pick,
)
from trafficflou.ai_models.tasks import (
    MAX_BATCH,
    NumberedPreferences,
    PreferBatch,
    PreferBatchRequest,
    Preferences,
    PreferRequest,
)
from trafficflou.security.sanitising import clean_text

__all__ = ["PREFER", "PREFER_BATCH"]


class _Choice(WireShape):
    offer: Number
    weight: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class _WirePreferences(WireShape):
    choices: Annotated[list[_Choice], Field(max_length=200)]
    leave: Share


class _NumberedChoices(_WirePreferences):
    question: Number


class _WireBatch(WireShape):
    answers: Annotated[list[_NumberedChoices], Field(min_length=1, max_length=MAX_BATCH)]


def _pages(request: PreferBatchRequest) -> dict[str, Any]:
    return {
        "questions": [{"number": number, **_page(item)} for number, item in enumerate(request.items, start=1)]
    }


def _batch(wire: _WireBatch, request: PreferBatchRequest) -> PreferBatch:
    """Keep the answers that fit; the others are asked for on their own."""
    kept: dict[int, NumberedPreferences] = {}
    problem: ValueError | None = None
    for answer in wire.answers:
        try:
            preferences = _preferences(answer, pick(request.items, answer.question, "question"))
        except ValueError as error:
            problem = error
            continue
        place = answer.question - 1
        kept[place] = NumberedPreferences(item=place, weights=preferences.weights, leave=preferences.leave)
    if not kept and problem is not None:
        raise problem
    return PreferBatch(answers=tuple(kept.values()))


def _page(request: PreferRequest) -> dict[str, Any]:
    return {
        "persona": persona_data(request.persona),
        "page": {
            "title": clean_text(request.page_title, LABEL_CHARS),
            "template": clean_text(request.page_template, LABEL_CHARS),
        },
        "offers": [
            {
                "number": number,
                "kind": offer.kind,
                "text": clean_text(offer.text, LABEL_CHARS),
                "title": clean_text(offer.title, LABEL_CHARS),
                "place": offer.place,
                "template": clean_text(offer.template, LABEL_CHARS),
                "price": offer.price,
            }
            for number, offer in enumerate(request.offers, start=1)
        ],
    }


def _preferences(wire: _WirePreferences, request: PreferRequest) -> Preferences:
    weights = [0.0] * len(request.offers)
    for choice in wire.choices:
        pick(request.offers, choice.offer, "offer")
        weights[choice.offer - 1] = choice.weight
    if not any(weights) and wire.leave == 0:
        raise ValueError("at least one choice, or leaving, needs a weight above 0")
    return Preferences(weights=tuple(weights), leave=wire.leave)


PREFER: Final = PromptForm(
    "Say what this person would do on this page: a weight for each offer that they might choose, by its number, higher is likelier; "
    "offers that you leave out have none. `leave` is the chance that they leave the site here.",
    _WirePreferences,
    no_wish,
    _page,
    _preferences,
)

PREFER_BATCH: Final = PromptForm(
    "There are several questions, each with a person and a page. Answer each by its number, independently of the others: what would "
    "this person do on this page? A weight for each offer that they might choose, by its number within the question, higher is "
    "likelier; offers that you leave out have none. `leave` is the chance that they leave the site here.",
    _WireBatch,
    no_wish,
    _pages,
    _batch,
)
