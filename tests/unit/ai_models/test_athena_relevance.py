"""Relevance: what is near in meaning scores higher, nothing is downloaded, caches are bounded."""

import logging
import socket
import sys
from importlib import import_module
from typing import Any

import pytest

from benches.athena import quality
from trafficflou.ai_models.athena import embeddings
from trafficflou.ai_models.athena.embeddings import EmbeddingRelevance
from trafficflou.ai_models.athena.factory import AthenaFactory, AthenaSettings
from trafficflou.ai_models.athena.lexical import LexicalRelevance
from trafficflou.ai_models.athena.relevance import Relevance
from trafficflou.ai_models.athena.words import stem, topics_of, words
from trafficflou.ai_models.factory import FactoryContext
from trafficflou.ai_models.registry import load_factory_type
from trafficflou.core import ConfigError

ODD_TEXTS = ["", " ", "\x00", "\ud800", "🪴" * 500, "a" * 10_000, "12 34", "ﷺ", "the of and"]


@pytest.fixture(scope="module", params=[EmbeddingRelevance, LexicalRelevance])
def relevance(request: pytest.FixtureRequest) -> Relevance[Any]:
    """Both kinds."""
    made: Relevance[Any] = request.param(cached_texts=50)
    return made


def test_similarity_has_a_row_for_each_left_text(relevance: Relevance[Any]) -> None:
    """Rows stand for the left texts, columns for the right ones, numbers lie in 0..1."""
    rows = relevance.similarity(["garden", "shoes"], ["garden bench", "server", "running shoes"])
    assert [len(row) for row in rows] == [3, 3]
    assert all(0 <= score <= 1 for row in rows for score in row)
    assert rows[0][0] == max(rows[0])
    assert rows[1][2] == max(rows[1])


def test_similarity_takes_any_text(relevance: Relevance[Any]) -> None:
    """Texts come from pages: empty, huge, not in any language, not valid Unicode."""
    rows = relevance.similarity(ODD_TEXTS, ODD_TEXTS)
    assert all(0 <= score <= 1 for row in rows for score in row)


def test_similarity_of_nothing_is_nothing(relevance: Relevance[Any]) -> None:
    """No texts, no rows; no right texts, empty rows; a wish of nothing finds nothing near."""
    assert relevance.similarity([], ["a"]) == []
    assert relevance.similarity(["a"], []) == [[]]
    assert relevance.index(["garden"]).scores(relevance.wish({})) == [0.0]


def test_wish_scores_what_is_wished_for_most_highest(relevance: Relevance[Any]) -> None:
    """A text scores by the wish that it meets best, times that wish's weight."""
    garden, shoes = relevance.index(["garden", "shoes"]).scores(relevance.wish({"garden": 0.2, "shoes": 0.8}))
    assert shoes > garden > 0


def test_cache_is_bounded_and_counts(relevance: Relevance[Any]) -> None:
    """No more vectors are kept than were allowed; a text seen just now is found again."""
    for number in range(120):
        relevance.vector(f"text {number}")
    hits = relevance.hits
    relevance.vector("text 119")
    assert relevance.cached == 50
    assert relevance.hits == hits + 1


@pytest.mark.parametrize(
    ("kind", "shared", "least"), [(EmbeddingRelevance, None, 0.85), (LexicalRelevance, True, 0.95)]
)
def test_right_link_comes_first(kind: type[Relevance[Any]], shared: bool | None, least: float) -> None:
    """On the labelled list the embeddings choose by meaning; words alone choose where a word is shared, and not more is claimed."""
    assert quality(kind(), shared=shared)[0] >= least


def test_embeddings_know_more_than_words() -> None:
    """The extra is worth its memory: where no word is shared, it finds far more."""
    assert quality(EmbeddingRelevance(), shared=False)[0] > quality(LexicalRelevance(), shared=False)[0] + 0.4


def test_embeddings_load_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is ever downloaded: every way to a network is closed while the weights load and texts are compared."""

    def closed(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("Athena opened a socket")

    monkeypatch.setattr(socket.socket, "connect", closed)
    monkeypatch.setattr(socket.socket, "connect_ex", closed)
    monkeypatch.setattr(socket, "getaddrinfo", closed)
    assert EmbeddingRelevance().similarity(["roses"], ["gardening"])[0][0] > 0.1


def test_embeddings_leave_the_root_logger_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing the library configures logging; that must not reach the program's own logs."""
    for name in [name for name in sys.modules if name.split(".")[0] == "wordllama"]:
        monkeypatch.delitem(sys.modules, name)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    level = root.level
    EmbeddingRelevance()
    assert root.handlers == []
    assert root.level == level


def test_auto_falls_back_to_words_where_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra Athena still answers, and says why it goes by words."""
    monkeypatch.setattr(embeddings, "find_spec", lambda _name: None)
    model = AthenaFactory().model()
    assert model.model == "athena-lexical"
    assert "not installed" in model.statistics()["relevance_reason"]


@pytest.mark.parametrize("missing", ["wordllama", "numpy"])
def test_damaged_extra_is_refused_only_where_it_was_demanded(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """`auto` takes words instead and says so; `embeddings` is refused with what to do."""
    real = import_module

    def broken(name: str) -> object:
        if name == missing:
            raise ImportError(name)
        return real(name)

    monkeypatch.setattr(embeddings, "import_module", broken)
    assert AthenaFactory(AthenaSettings(relevance="auto")).model().model == "athena-lexical"
    with pytest.raises(ConfigError) as caught:
        AthenaFactory(AthenaSettings(relevance="embeddings")).model()
    assert "trafficflou[athena]" in caught.value.hint


@pytest.mark.parametrize(
    ("word", "stemmed"),
    [("chairs", "chair"), ("running", "run"), ("categories", "category"), ("watches", "watch"), ("boxes", "box"),
     ("glass", "glass"), ("its", "its"), ("größe", "größe"), ("shoes", "shoe"), ("sing", "sing")],
)  # fmt: skip
def test_stem_joins_forms_of_a_word(word: str, stemmed: str) -> None:
    """Plurals and common endings go, short and foreign words stay."""
    assert stem(word) == stemmed


def test_synonyms_meet_without_a_shared_word() -> None:
    """A few pairs that every site uses are known to words alone."""
    basket, other = LexicalRelevance().similarity(["basket"], ["Your cart", "Our story"])[0]
    assert basket > 0.2
    assert other == 0


def test_words_come_apart_in_addresses() -> None:
    """Templates and camelCase names are texts too."""
    assert words("/gardenChairs/{id}?x=2.5") == ["garden", "chairs", "id", "x", "2.5"]


@pytest.mark.parametrize(
    ("text", "topics"),
    [("/", {"home"}), ("/product/{id}", {"product"}), ("/shop/cart", {"category", "cart"}), ("/xyz", set())],
)
def test_topics_are_told_by_words(text: str, topics: set[str]) -> None:
    """What a page is for is read from its address; nothing is guessed."""
    assert topics_of(text) == topics


def test_registry_finds_athena_by_name() -> None:
    """The registry loads the factory by its name and makes it from settings alone."""
    kind = load_factory_type("athena")
    made = kind.create(AthenaSettings(relevance="lexical"), FactoryContext())
    assert (kind.name, made.model().provider, made.model().model) == ("athena", "athena", "athena-lexical")
