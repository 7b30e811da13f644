"""What AI models say of a page, folded into what Athena thinks of its links.

An answer was given for one page of a template, and is used for all of them, so what it says is taken by kind of target: how much goes to products, to
categories, to the search. Which product, Athena decides: within a kind her own shares stay. The more intense visitors are, the more the answer counts, since
on the beaten track nobody's opinion does.
"""

from typing import Final

from trafficflou.ai_models.tasks import Offer, PreferRequest
from trafficflou.security import clean_text
from trafficflou.traffic.advice import Advice, AdviceKey, Answered, Question
from trafficflou.traffic.flair.choice import scale
from trafficflou.traffic.flair.lru import LruCache
from trafficflou.traffic.flair.mind import Mind
from trafficflou.traffic.flair.sight import Sight

__all__ = ["Counsel"]

_MAX_OFFERS: Final = 60
_MAX_TEXT: Final = 100
_LEAST_SHARE: Final = 1e-3
_CACHED: Final = 1024

Shares = dict[str, float]


class Counsel:
    """Asks, and heeds what was answered."""

    __slots__ = ("_advice", "_heed", "_shares")

    def __init__(self, advice: Advice, intensity: float) -> None:
        """Make counsel.

        Args:
            advice: Where questions are left and answers come.
            intensity: How much answers count, 0..1.
        """
        self._advice = advice
        self._heed = intensity
        self._shares: LruCache[AdviceKey, tuple[Answered, Shares]] = LruCache(_CACHED)

    def weigh(self, weights: list[float], mind: Mind, sight: Sight, template: str) -> str:
        """Change the weights of a page's links by what was answered, and ask where nobody has yet.

        Returns:
            Who answered; empty where nobody did.
        """
        key = (mind.persona.name, template)
        answered = self._advice.find(key)
        if answered is None:
            if self._advice.wants(key):
                self._advice.ask(Question(key=key, request=_request(mind, sight, template)))
            return ""
        shares = self._shares_of(key, answered)
        by_template = sight.sheet.by_template
        count = len(weights)
        now = {
            name: sum(weights[number] for number in by_template[name] if number < count)
            for name in shares
            if name in by_template
        }
        total, told = sum(now.values()), sum(shares[name] for name in now)
        if not total or not told:
            return ""
        for name, weight in now.items():
            if weight > 0:
                scale(weights, by_template[name], (shares[name] / told * total / weight) ** self._heed)
        return answered.provider

    def _shares_of(self, key: AdviceKey, answered: Answered) -> Shares:
        held = self._shares.find(key)
        if held is None or held[0] is not answered:
            held = self._shares.keep(key, (answered, _by_template(answered)))
        return held[1]


def _by_template(answered: Answered) -> Shares:
    """Add up an answer's weights by the template that each offer leads to; nothing that was offered becomes impossible."""
    shares: Shares = {}
    offers, weights = answered.question.request.offers, answered.preferences.weights
    for offer, weight in zip(offers, weights, strict=False):
        if offer.kind == "link":
            shares[offer.template] = shares.get(offer.template, 0.0) + weight
    total = sum(shares.values())
    if not total > 0:
        return {}
    return {name: max(_LEAST_SHARE, share / total) for name, share in shares.items()}


def _request(mind: Mind, sight: Sight, template: str) -> PreferRequest:
    offers = tuple(_told(offer) for offer in sight.sheet.offers()[:_MAX_OFFERS])
    title = clean_text(sight.content.title, _MAX_TEXT) if sight.content.title else ""
    return PreferRequest(persona=mind.persona, page_title=title, page_template=template[:300], offers=offers)


def _told(offer: Offer) -> Offer:
    """Return an offer as strangers may know it: its words cleaned and cut."""
    return Offer(
        kind=offer.kind,
        text=clean_text(offer.text, _MAX_TEXT) if offer.text else "",
        title=clean_text(offer.title, _MAX_TEXT) if offer.title else "",
        place=offer.place,
        template=offer.template,
        price=offer.price if offer.price is None or offer.price >= 0 else None,
    )
