"""What a persona thinks of the links of a page: bounded rationality.

Theory of operation
-------------------
A link's worth is the sum of two: what Athena says the persona would like, and how likely people on the beaten track use it, both as logarithms. Intensity `i`
mixes them: people choose link `k` with a probability in proportion to

    exp(KEENNESS * i * preference[k] + (1 - i * (1 + rarity)) * track[k])

so that at 0 everybody walks the beaten track, at 1 everybody follows preferences alone, more keenly than Athena's own softmax, and those with a
taste for the rare turn away from what most people use. A visit that is about a subject adds how near each link comes to it. This is the logit model of choice (McFadden, Conditional logit analysis of qualitative choice
behavior, 1974): the inverse of its temperature is how rational the choice is.

Only the first links by attention count at all (Simon, A behavioral model of rational choice, 1955). All of this depends on the page and the persona
only, so it is kept with the page; what a visitor remembers, wants and believes is multiplied on top of it (`choice`).
"""

import math
from array import array
from typing import Final

from trafficflou.ai_models.athena.factory import AthenaModel
from trafficflou.ai_models.athena.preference import PreparedOffers
from trafficflou.traffic.flair.mind import Mind
from trafficflou.traffic.flair.sight import Sheet
from trafficflou.traffic.flair.subject import Subject

__all__ = ["Opinion", "Taste"]

_KEENNESS: Final = 1.6
_SUBJECT: Final = 0.8
"""How much the subject of a visit counts beside all else that the persona likes."""

_SATISFIED: Final = 1.25
_DEPTH: Final = 0.7
_MOST_DEEPER: Final = 2


class Opinion:
    """What a persona thinks of a page's links, in a visit about some subject.

    Attributes:
        weights: How likely each is chosen, relative to the others; 0 for what is for nobody.
        scent: How near the most promising link comes to what is wanted, 0..1.
        leave: How likely the persona leaves here, by its usual length of session.
    """

    __slots__ = ("leave", "scent", "weights")

    def __init__(self, weights: "array[float]", scent: float, leave: float) -> None:
        self.weights = weights
        self.scent = scent
        self.leave = leave


class _Taste:
    """What of an opinion does not depend on the subject: each link's worth to the persona."""

    __slots__ = ("leave", "worth")

    def __init__(self, worth: "array[float]", leave: float) -> None:
        self.worth = worth
        self.leave = leave


class Taste:
    """Forms opinions; each is formed once and kept with the page."""

    __slots__ = ("_athena", "_intensity", "_uses_preferences")

    def __init__(self, athena: AthenaModel, intensity: float, *, uses_preferences: bool) -> None:
        """Make taste.

        Args:
            athena: Says what a persona likes.
            intensity: 0..1, from the beaten track to pure preference.
            uses_preferences: False to go by the beaten track alone; intensity then only says how closely it is kept.
        """
        self._athena = athena
        self._intensity = intensity
        self._uses_preferences = uses_preferences

    def opinion(self, mind: Mind, subject: Subject | None, sheet: Sheet) -> Opinion:
        """Return what a persona thinks of a page's links in a visit about a subject; of it all where that is `None`."""
        key = (mind.number, -1 if subject is None else subject.number)
        found: Opinion | None = sheet.opinions.find(key)
        return found or sheet.opinions.keep(key, self._think(mind, subject, sheet))

    def _think(self, mind: Mind, subject: Subject | None, sheet: Sheet) -> Opinion:
        taste: _Taste | None = sheet.tastes.find(mind.number)
        if taste is None:
            taste = sheet.tastes.keep(mind.number, self._feel(mind, sheet))
        worth = taste.worth
        if not self._uses_preferences or not worth:
            return Opinion(_weights(worth), 0.0, taste.leave)
        prepared = self._prepared(sheet)
        wish = mind.vector.wish if subject is None else subject.wish
        relevance = prepared.index.scores(wish)[: len(worth)]
        if subject is not None:
            pull = _KEENNESS * self._intensity * _SUBJECT * prepared.gain
            # What is near enough is near enough: who is satisfied with several does not always take the one with the very words.
            most = _SATISFIED * subject.aspiration
            gained = [value + pull * min(near, most) for value, near in zip(worth, relevance, strict=True)]
            worth = array("d", gained)
        return Opinion(_weights(worth), max(relevance), taste.leave)

    def _feel(self, mind: Mind, sheet: Sheet) -> _Taste:
        count = min(len(sheet.links), mind.attention)
        closeness = 1.0 - self._intensity * (1.0 + mind.habits.rarity)
        deeper = _DEPTH * mind.habits.depth * self._intensity
        worth = [
            closeness * share + deeper * min(depth, _MOST_DEEPER)
            for share, depth in zip(sheet.log_shares[:count], sheet.depths, strict=False)
        ]
        if not self._uses_preferences or not count:
            return _Taste(array("d", worth), 1.0 / max(mind.persona.pages, 1.0))
        preferences = self._athena.score(mind.vector, self._prepared(sheet))
        keenness = _KEENNESS * self._intensity
        for number, weight in enumerate(preferences.weights[:count]):
            worth[number] += keenness * math.log(weight) if weight > 0 else -math.inf
        return _Taste(array("d", worth), preferences.leave)

    def _prepared(self, sheet: Sheet) -> PreparedOffers:
        if sheet.prepared is None:
            sheet.prepared = self._athena.prepare(sheet.offers())
        prepared: PreparedOffers = sheet.prepared
        return prepared


def _weights(worth: "array[float]") -> "array[float]":
    top = max(worth, default=0.0)
    if top == -math.inf:
        return array("d", bytes(8 * len(worth)))
    return array("d", [math.exp(value - top) for value in worth])
