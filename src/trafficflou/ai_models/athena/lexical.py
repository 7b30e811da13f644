"""Relevance by words alone, without any library: BM25 (Robertson and Zaragoza, 2009) cut down to short texts.

Term frequency saturates (k1) and long texts count a little less (b); a word that stands in most texts of a page tells them
apart badly, so it weighs less (idf over the page). Scores are divided by the best that the wish could get, so they lie in 0..1.
Synonyms count less than the word itself.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from trafficflou.ai_models.athena.relevance import Index, Relevance, RelevanceKind, Wish
from trafficflou.ai_models.athena.words import stems, synonyms_of

__all__ = ["LexicalRelevance"]

_K1: Final = 1.2
_B: Final = 0.3
_USUAL_STEMS: Final = 4.0
_SYNONYM: Final = 0.6

Terms = dict[str, float]
Vector = Any
"""A text: how much each stem says of it. A wish: (weight, stems) pairs."""


class LexicalIndex(Index[Vector]):
    """Postings: for each stem the texts that have it, and how much it says there."""

    def __init__(self, vectors: Sequence[Terms]) -> None:
        self._size = len(vectors)
        frequency = Counter(stem for vector in vectors for stem in vector)
        top = math.log(1 + self._size + 0.5)
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for number, vector in enumerate(vectors):
            for stem, weight in vector.items():
                idf = math.log(1 + (self._size + 0.5) / frequency[stem]) / top
                self._postings.setdefault(stem, []).append((number, min(1.0, weight * idf)))

    def scores(self, wish: Wish[Vector]) -> list[float]:
        """Return the scores; work grows with the words that wish and page share."""
        best = [0.0] * self._size
        for weight, terms in wish.vector:
            found: dict[int, float] = {}
            for stem, share in terms:
                for number, says in self._postings.get(stem, ()):
                    found[number] = found.get(number, 0.0) + share * says
            for number, score in found.items():
                best[number] = max(best[number], weight * min(1.0, score))
        return best


class LexicalRelevance(Relevance[Vector]):
    """Words, stems and a few synonyms."""

    kind: ClassVar[RelevanceKind] = "lexical"
    gain: ClassVar[float] = 5.0

    def _make(self, texts: Sequence[str]) -> Sequence[Terms]:
        return [self._terms(text) for text in texts]

    @staticmethod
    def _terms(text: str) -> Terms:
        found = Counter(stems(text))
        long = 1 - _B + _B * found.total() / _USUAL_STEMS
        return {
            stem: count * (_K1 + 1) / (count + _K1 * long) / (_K1 + 1) * 2 for stem, count in found.items()
        }

    def wish(self, weights: Mapping[str, float]) -> Wish[Vector]:
        """Prepare weighted texts; half of a long wish's words already make a good match, so words share by square root."""
        top = max(weights.values(), default=1.0) or 1.0
        pairs = []
        for text, weight in weights.items():
            terms = dict.fromkeys(self.vector(text), 1.0)
            for stem in tuple(terms):
                for synonym in synonyms_of(stem):
                    terms.setdefault(synonym, _SYNONYM)
            words = len(self.vector(text)) or 1
            pairs.append(
                (weight / top, tuple((stem, value / math.sqrt(words)) for stem, value in terms.items()))
            )
        return Wish(vector=tuple(pairs), size=len(pairs))

    def index(self, texts: Sequence[str]) -> Index[Vector]:
        """Prepare texts for scoring."""
        return LexicalIndex(self.vectors(texts))
