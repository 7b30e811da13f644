"""What a persona does on a page: a softmax over what each offer is worth to it.

An offer's worth is the sum of: how near its text comes to the persona's interests and goals (relevance), where it stands (people
use what is in the middle of the page first: the "banner blindness" of Benway, 1998, and the F-shaped reading of Nielsen, 2006,
say the direction, the sizes are ours), whether it leads to something that the persona came to do, and its price against a budget
that a goal names. Forms are for those who have the form's action; what deletes or ends something is for nobody.

What depends on the page is prepared once (`PreparedOffers`), what depends on the persona too (`PersonaVector`): scoring is then
one matrix product and one softmax.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from trafficflou.ai_models.athena.relevance import Index, Relevance, Wish
from trafficflou.ai_models.athena.words import topics_of, topics_of_words, words
from trafficflou.ai_models.tasks import Offer, Persona, Preferences
from trafficflou.security import Harm, harms_of_form, harms_of_link

__all__ = [
    "PersonaVector",
    "PreparedOffers",
    "budget_of",
    "leave_share",
    "persona_vector",
    "prepare",
    "score",
]

_PLACE: Final = {
    "main": 0.8,
    "unknown": 0.4,
    "navigation": 0.3,
    "aside": 0.1,
    "header": 0.1,
    "footer": -0.9,
}
_ACTION_BONUS: Final = 1.0
_GOAL_WEIGHT: Final = 0.8
_OVER_BUDGET: Final = -3.0
_WITHIN_BUDGET: Final = 0.4
_MAX_WORTH: Final = 12.0
_LOW_RELEVANCE: Final = 0.12
_MAX_TEXT: Final = 80
_MAX_PAGE_TEXT: Final = 7000
"""Characters that are looked at, of an offer and of all: few links are longer, and a page has to be read in 5 ms."""

_ACTIONS: Final = {
    "search": "search",
    "cart": "cart",
    "checkout": "checkout",
    "login": "login",
    "contact": "contact",
    "read": "read",
    "docs": "read",
    "compare": "compare",
}
"""The action that a topic stands for."""

_FOR_SOME: Final = frozenset({Harm.PAY})
"""Who came to check out may pay, with a card for tests; whether a site allows it is not asked here."""

_BUDGET: Final = re.compile(
    r"(?:under|below|less than|at most|up to|no more than|max(?:imum)?|budget of|within|cheaper than|not over)"
    r"\s+(?:about\s+)?(?:[€$£]|eur|usd|gbp)?\s*(\d{1,3}(?:[,' ]\d{3})+|\d{1,9})(\.\d{1,2})?\s*(k\b)?",
    re.IGNORECASE,
)
_NOT_MONEY: Final = re.compile(
    r"\s*(?:seconds?|minutes?|min|hours?|days?|weeks?|months?|years?|clicks?|pages?|items?|km|kg|cm|mm|m|s|h|%|percent)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaVector:
    """A persona, made ready for scoring.

    Attributes:
        wish: Interests and goals as vectors.
        actions: What it may do.
        budget: The highest price that a goal allows, in the page's currency; `None` without one.
        patience: 0..1.
        pages: Page views of its usual session.
    """

    wish: Wish[Any]
    actions: frozenset[str]
    budget: float | None
    patience: float
    pages: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedOffers:
    """A page's offers, made ready for scoring.

    Attributes:
        index: The offers' texts.
        gain: What the index's scores are multiplied with.
        worth: What each offer is worth to everybody; minus infinity for what nobody should do.
        links: By action, the numbers of the links that lead to it.
        forms: By number, the action that a form needs; empty for a form that is not understood.
        prices: By number, where there is one.
    """

    index: Index[Any]
    gain: float
    worth: tuple[float, ...]
    links: dict[str, tuple[int, ...]]
    forms: dict[int, str]
    prices: dict[int, float]


def budget_of(goals: Sequence[str]) -> float | None:
    """Return the lowest price limit that goals name ("under 900", "up to 1,500"), or `None`."""
    found = []
    for goal in goals:
        for match in _BUDGET.finditer(goal):
            if _NOT_MONEY.match(goal, match.end()):
                continue
            whole = float(re.sub(r"\D", "", match[1]) + (match[2] or ""))
            found.append(whole * (1000 if match[3] else 1))
    return min(found, default=None)


def persona_vector(relevance: Relevance[Any], persona: Persona) -> PersonaVector:
    """Make a persona ready for scoring."""
    weights = dict.fromkeys(persona.goals, _GOAL_WEIGHT * max(persona.interests.values()))
    weights |= persona.interests
    return PersonaVector(
        wish=relevance.wish(weights),
        actions=frozenset(persona.actions),
        budget=budget_of(persona.goals),
        patience=persona.patience,
        pages=persona.pages,
    )


def prepare(relevance: Relevance[Any], offers: Sequence[Offer]) -> PreparedOffers:
    """Make a page's offers ready for scoring."""
    links: dict[str, list[int]] = {}
    forms: dict[int, str] = {}
    worth: list[float] = []
    limit = min(_MAX_TEXT, _MAX_PAGE_TEXT // max(1, len(offers)))
    texts = [_text_of(offer)[:limit] for offer in offers]
    for number, (offer, text) in enumerate(zip(offers, texts, strict=True)):
        worth.append(-math.inf if _is_forbidden(offer) else _PLACE[offer.place])
        actions = _actions_of(offer.template, text)
        if offer.kind == "form":
            forms[number] = actions[0] if actions else ""
        for action in actions if offer.kind == "link" else ():
            links.setdefault(action, []).append(number)
    return PreparedOffers(
        index=relevance.index(texts),
        gain=relevance.gain,
        worth=tuple(worth),
        links={action: tuple(numbers) for action, numbers in links.items()},
        forms=forms,
        prices={number: offer.price for number, offer in enumerate(offers) if offer.price is not None},
    )


def score(vector: PersonaVector, prepared: PreparedOffers) -> Preferences:
    """Say how much a persona likes each offer.

    Returns:
        Weights that add up to 1 (all 0 where nothing may be done: then `leave` is 1), in the order of the offers.
    """
    relevance = prepared.index.scores(vector.wish)
    gain = prepared.gain
    worth = [place + gain * near for place, near in zip(prepared.worth, relevance, strict=True)]
    for action in vector.actions:
        for number in prepared.links.get(action, ()):
            worth[number] += _ACTION_BONUS
    for number, action in prepared.forms.items():
        worth[number] += _ACTION_BONUS if action in vector.actions else -math.inf
    if vector.budget is not None:
        for number, price in prepared.prices.items():
            worth[number] += _price_worth(price, vector.budget)
    weights = _softmax(worth)
    leave = leave_share(vector, max(relevance, default=0.0)) if any(weights) else 1.0
    return Preferences.model_construct(weights=tuple(weights), leave=leave)


def leave_share(vector: PersonaVector, best_relevance: float) -> float:
    """Return how likely the persona leaves here, 0.01..0.98.

    A session of `pages` page views ends after each with 1/pages; the impatient leave sooner, and sooner still where nothing
    smells of what they want (the "information scent" of Pirolli and Card, 1999).
    """
    share = (1.4 - 0.8 * vector.patience) / max(vector.pages, 1.0)
    if best_relevance < _LOW_RELEVANCE:
        share *= 1.0 + 0.6 * (1.0 - vector.patience)
    return min(0.98, max(0.01, share))


def _price_worth(price: float, budget: float) -> float:
    if price <= budget:
        return _WITHIN_BUDGET
    return max(_OVER_BUDGET, _OVER_BUDGET * (price / budget - 1.0) * 2.0) if budget > 0 else _OVER_BUDGET


def _softmax(worth: list[float]) -> list[float]:
    top = max(worth, default=-math.inf)
    if top == -math.inf:
        return [0.0] * len(worth)
    exp = math.exp
    powers = [exp(value - top) if value - top > -_MAX_WORTH else _floor(value) for value in worth]
    total = sum(powers)
    return [power / total for power in powers]


def _floor(value: float) -> float:
    """Bound what is worth little, so that nothing that is allowed becomes impossible."""
    return 0.0 if value == -math.inf else math.exp(-_MAX_WORTH)


def _text_of(offer: Offer) -> str:
    """Return an offer's own words; its template's only where it has none, because all links of a kind share them."""
    text = offer.text if not offer.title or offer.title == offer.text else f"{offer.text} {offer.title}"
    return text.strip() or " ".join(words(offer.template))


@lru_cache(maxsize=8192)
def _actions_of(template: str, text: str) -> tuple[str, ...]:
    """Return the actions that an offer stands for, the one that its address names first; the same link stands on many pages."""
    topics = [*sorted(topics_of(template)), *sorted(topics_of_words(words(text)))]
    return tuple(dict.fromkeys(_ACTIONS[topic] for topic in topics if topic in _ACTIONS))


def _is_forbidden(offer: Offer) -> bool:
    if offer.kind == "form":
        return bool(harms_of_form(offer.template, (offer.text, offer.title)) - _FOR_SOME)
    return bool(harms_of_link(offer.template, offer.text, offer.title) - _FOR_SOME)
