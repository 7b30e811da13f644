"""How near texts are in meaning: one interface over static embeddings and over words alone.

A `Relevance` turns texts into vectors (kept in a bounded LRU), a wish (weighted texts) into a `Wish`, and a page's texts into an
`Index` whose scoring of a wish takes microseconds. What a vector is, is the implementation's own business.
"""

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, Literal, TypeVar

__all__ = ["DEFAULT_CACHED_TEXTS", "Index", "Relevance", "RelevanceKind", "Wish"]

RelevanceKind = Literal["embeddings", "lexical"]
VectorT = TypeVar("VectorT")
DEFAULT_CACHED_TEXTS: Final = 10_000
"""Vectors kept; at 1 KiB each for embeddings about 10 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Generic[VectorT]):
    """What somebody looks for.

    Attributes:
        vector: In the form that the index of the same relevance scores.
        size: How many texts it was made of.
    """

    vector: VectorT
    size: int


class Index(ABC, Generic[VectorT]):
    """Texts that are scored again and again."""

    @abstractmethod
    def scores(self, wish: Wish[VectorT]) -> list[float]:
        """Return how near each text comes to what is most wished for, 0..1, in the order of the texts."""


class Relevance(ABC, Generic[VectorT]):
    """How near texts are in meaning. Never raises for any text; not thread-safe.

    Attributes:
        kind: `embeddings` or `lexical`; told in reports.
        gain: What a score is multiplied with so that a good match counts the same under both kinds.
    """

    kind: ClassVar[RelevanceKind]
    gain: ClassVar[float]

    def __init__(self, *, cached_texts: int = DEFAULT_CACHED_TEXTS) -> None:
        self._cached_texts = max(1, cached_texts)
        self._vectors: OrderedDict[str, VectorT] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def vector(self, text: str) -> VectorT:
        """Return the vector of a text, from the cache where it is known."""
        return self.vectors((text,))[0]

    def vectors(self, texts: Sequence[str]) -> list[VectorT]:
        """Return the vectors of texts; those that are not in the cache are made together."""
        known = self._vectors
        new = [text for text in dict.fromkeys(texts) if text not in known]
        fresh = dict(zip(new, self._make(new), strict=True)) if new else {}
        self.misses += len(new)
        self.hits += len(texts) - len(new)
        found = [fresh[text] if text in fresh else known[text] for text in texts]
        for text in texts:
            if text in known:
                known.move_to_end(text)
        known.update(fresh)
        while len(known) > self._cached_texts:
            known.popitem(last=False)
        return found

    @property
    def cached(self) -> int:
        """How many vectors are kept."""
        return len(self._vectors)

    @abstractmethod
    def _make(self, texts: Sequence[str]) -> Sequence[VectorT]:
        """Make the vectors of texts, at least one."""

    @abstractmethod
    def wish(self, weights: Mapping[str, float]) -> "Wish[VectorT]":
        """Prepare weighted texts; a text scores by the wish that it meets best, times that wish's weight."""

    @abstractmethod
    def index(self, texts: Sequence[str]) -> Index[VectorT]:
        """Prepare texts for scoring."""

    def similarity(self, left: Sequence[str], right: Sequence[str]) -> list[list[float]]:
        """Compare each text with each other text.

        Returns:
            One row for each of `left`, one number 0..1 for each of `right`.
        """
        index = self.index(right)
        return [index.scores(self.wish({text: 1.0})) for text in left]
