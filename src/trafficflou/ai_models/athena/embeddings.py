"""Relevance by meaning: `wordllama`'s static word embeddings, from the wheel, without any network.

A text is the mean of its tokens' vectors (256 numbers each), scaled to length 1; texts are alike by their cosine. The library's
own `embed` is not used: it divides by zero for texts without tokens, and its batches start threads, which a later fork does
not survive. Importing it configures the root logger; that is undone here.
"""

import logging
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from trafficflou.ai_models.athena.relevance import DEFAULT_CACHED_TEXTS, Index, Relevance, RelevanceKind, Wish
from trafficflou.ai_models.athena.words import MAX_TEXT
from trafficflou.core import ConfigError

__all__ = ["EmbeddingRelevance", "has_embeddings"]

Array = Any
"""A numpy array of float32. numpy comes with the extra `[athena]` only, so no type of it may stand here."""


def has_embeddings() -> bool:
    """Say whether the extra `[athena]` is installed; imports nothing."""
    return find_spec("wordllama") is not None and find_spec("numpy") is not None


def _load() -> tuple[Any, Any]:
    """Load numpy and the weights from the wheel; blocks for some tenths of a second.

    Raises:
        ConfigError: The extra is not installed, or its files are damaged.
    """
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        wordllama = import_module("wordllama")
        folder = Path(str(wordllama.__file__)).parent
        return import_module("numpy"), wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
    except Exception as exc:
        raise ConfigError(
            f"Athena's embeddings cannot be loaded: {type(exc).__name__}",
            hint="Install them with `pip install 'trafficflou[athena]'`, or set Athena's relevance to lexical.",
        ) from exc
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


class EmbeddingIndex(Index[Array]):
    """One matrix of unit vectors."""

    def __init__(self, matrix: Array) -> None:
        self._matrix = matrix

    def scores(self, wish: Wish[Array]) -> list[float]:
        """Return the scores: one matrix product and the best of each column."""
        if not wish.size or not len(self._matrix):
            return [0.0] * len(self._matrix)
        best = (self._matrix @ wish.vector).max(axis=1).clip(0.0, 1.0)
        scores: list[float] = best.tolist()
        return scores


class EmbeddingRelevance(Relevance[Array]):
    """Static embeddings.

    Raises:
        ConfigError: The extra `[athena]` is not installed or damaged.
    """

    kind: ClassVar[RelevanceKind] = "embeddings"
    gain: ClassVar[float] = 9.0

    def __init__(self, *, cached_texts: int = DEFAULT_CACHED_TEXTS) -> None:
        super().__init__(cached_texts=cached_texts)
        self._np, loaded = _load()
        self._table, self._tokenizer = loaded.embedding, loaded.tokenizer
        self._tokenizer.no_padding()
        self._nothing = self._np.zeros(self._table.shape[1], dtype=self._np.float32)

    def _make(self, texts: Sequence[str]) -> Sequence[Array]:
        """Look all texts' tokens up at once: sums over the pieces of one long table are far cheaper than a mean each."""
        np = self._np
        tokens = [self._tokens(text) for text in texts]
        lengths = np.array([len(ids) for ids in tokens])
        filled = np.flatnonzero(lengths)
        vectors = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        if filled.size:
            starts = np.concatenate(([0], np.cumsum(lengths[filled])[:-1]))
            sums = np.add.reduceat(self._table[[one for ids in tokens for one in ids]], starts, axis=0)
            sizes = np.sqrt(np.einsum("ij,ij->i", sums, sums))
            vectors[filled] = sums / np.maximum(sizes, 1e-12)[:, None]
        return [vector.copy() for vector in vectors]

    def _tokens(self, text: str) -> list[int]:
        clean = text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8").lower()
        ids: list[int] = self._tokenizer.encode(clean, add_special_tokens=False).ids
        return ids

    def wish(self, weights: Mapping[str, float]) -> Wish[Array]:
        """Prepare weighted texts: one column of the matrix for each, scaled by its weight."""
        top = max(weights.values(), default=1.0) or 1.0
        vectors = self.vectors(list(weights))
        columns = [vector * (weight / top) for vector, weight in zip(vectors, weights.values(), strict=True)]
        vector = self._np.stack(columns, axis=1) if columns else self._nothing
        return Wish(vector=vector, size=len(columns))

    def index(self, texts: Sequence[str]) -> Index[Array]:
        """Prepare texts for scoring."""
        vectors = self.vectors(texts)
        if not vectors:
            return EmbeddingIndex(self._table[:0])
        # A third of the time of `stack`, which looks at each vector on its own.
        return EmbeddingIndex(self._np.concatenate(vectors).reshape(len(vectors), -1))
