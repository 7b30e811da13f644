"""What Athena knows about words: splitting, light stemming, stop words, a few synonyms, and what a page's address says it is for.

The stemmer takes off English plurals and the endings -ing, -ed, -er, -ly (a small part of Porter's algorithm, "An algorithm for
suffix stripping", Program 14(3), 1980): it only has to make the words of a link and the words of a wish meet.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

__all__ = [
    "STOP_WORDS",
    "TOPICS",
    "content_words",
    "stem",
    "stems",
    "synonyms_of",
    "topics_of",
    "topics_of_words",
    "word_set",
    "words",
]

MAX_TEXT: Final = 400
"""Characters of a text that are looked at; the tasks' own limits are below or near it."""

_WORD: Final = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*")
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def word_set(text: str) -> frozenset[str]:
    """Return the words of a list that is written as a text."""
    return frozenset(text.split())


STOP_WORDS: Final = word_set(
    """a about after all also am an and any are as at be because been before being but by can could did do does doing for from
    further get had has have having he her here him his how i if in into is it its just like me more most my no nor not now of
    off on once only or other our out over own per please same she should so some such than that the their them then there these
    they this those through to too under until up us very via was we were what when where which while who whom why will with
    would you your want wants looking look find finds need needs something"""
)

_SYNONYMS: Final = (
    "cart basket bag trolley",
    "buy purchase order shop checkout",
    "cheap discount sale deal bargain offer clearance",
    "phone mobile smartphone",
    "laptop notebook computer",
    "couch sofa settee",
    "help support faq assistance",
    "doc documentation manual guide reference",
    "article post blog story news journal",
    "login signin account",
    "gift present",
    "shoe trainer sneaker boot footwear",
    "garden outdoor plant flower",
    "kitchen cook recipe tableware",
    "install setup download",
    "contact email message",
    "price cost fee plan",
    "job career vacancy",
    "book novel",
    "child kid baby toy",
    "travel trip holiday flight",
    "lamp light lighting",
    "chair seat stool seating",
)

TOPICS: Final = {
    "home": "home index start welcome main",
    "product": "product products item items p dp goods sku article-no",
    "category": "category categories collection collections catalog catalogue department c shop store browse list",
    "search": "search find query results suche recherche",
    "cart": "cart basket bag trolley",
    "checkout": "checkout payment pay order billing shipping purchase",
    "login": "login signin sign-in log-in account register signup profile auth orders session",
    "read": "article articles blog post posts news story stories journal magazine read section wiki",
    "docs": "docs doc documentation guide guides reference api manual tutorial tutorials install changelog",
    "community": "forum forums thread threads topic topics discussion questions question answers user users group groups comments",
    "help": "help support faq contact returns delivery terms privacy",
    "service": "pricing plans book booking appointment appointments quote service services apply schedule tickets reservation",
    "contact": "contact message feedback enquiry inquiry newsletter",
    "compare": "compare comparison versus vs reviews review",
}
"""Words that say what a page or a form is for."""


def words(text: str) -> list[str]:
    """Split a text into lower-case words and numbers; addresses and camelCase come apart."""
    return _WORD.findall(_CAMEL.sub(" ", text[:MAX_TEXT]).lower())


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Take the commonest English endings off a lower-case word."""
    if len(word) <= 3 or not word.isascii():
        return word
    for ending, replacement in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending):
            return word[: -len(ending)] + replacement
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "edly", "ed", "er", "ly"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and re.search("[aeiouy]", root):
            return _undouble(root)
    return word.removesuffix("e") if len(word) > 4 else word


def _undouble(root: str) -> str:
    if len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz":
        return root[:-1]
    return root.removesuffix("e") if len(root) > 4 else root


def content_words(text: str) -> list[str]:
    """Return the words that carry meaning: no stop words, no single letters."""
    return [word for word in words(text) if len(word) > 1 and word not in STOP_WORDS]


def stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order."""
    return [stem(word) for word in content_words(text)]


def _groups(lines: Iterable[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in lines:
        group = {stem(word) for word in line.split()}
        for word in group:
            found.setdefault(word, set()).update(group - {word})
    return {word: frozenset(others) for word, others in found.items()}


_SYNONYM_STEMS: Final = _groups(_SYNONYMS)
_TOPIC_OF: Final = {
    word: topic for topic, line in reversed(TOPICS.items()) for word in (*line.split(), topic)
}


def synonyms_of(stemmed: str) -> frozenset[str]:
    """Return the stems that mean nearly the same."""
    return _SYNONYM_STEMS.get(stemmed, frozenset())


@lru_cache(maxsize=4096)
def topics_of(text: str) -> frozenset[str]:
    """Return what a template, a title or a form's text is about, by its words (keys of `TOPICS`); `/` is the home page."""
    if text.strip() == "/":
        return frozenset({"home"})
    return topics_of_words(words(text))


def topics_of_words(found: Iterable[str]) -> frozenset[str]:
    """Return what lower-case words are about."""
    return frozenset(_TOPIC_OF[word] for word in found if word in _TOPIC_OF)
