"""What the applications are filled with: a small field guide, the same text in every run.

Ten topics of six things each. The sentences are put together, but they are about what their titles say, so that a visitor who looks
for something can tell the pages apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

__all__ = ["TOPICS", "Subject", "subjects"]

TOPICS: Final[Mapping[str, Sequence[str]]] = {
    "Gardening": ("Tomatoes", "Compost", "Rose pruning", "Raised beds", "Garden ponds", "Herb spirals"),
    "Cooking": ("Sourdough", "Lentil soup", "Pickled cucumbers", "Apple cake", "Fresh pasta", "Miso broth"),
    "Cycling": (
        "Touring bikes",
        "Puncture repair",
        "Bike lights",
        "Mountain passes",
        "Cargo bikes",
        "Gravel tyres",
    ),
    "Photography": (
        "Portrait lenses",
        "Night skies",
        "Film cameras",
        "Tripods",
        "Darkrooms",
        "Street photos",
    ),
    "Travel": (
        "Night trains",
        "Island ferries",
        "Mountain huts",
        "Packing lists",
        "City walks",
        "Thermal baths",
    ),
    "Birds": ("Barn owl", "Kingfisher", "White stork", "House sparrow", "Red kite", "Nightingale"),
    "Trees": ("English oak", "Silver birch", "Black pine", "Sweet chestnut", "Field maple", "Common yew"),
    "Rivers": ("Danube", "Rhine", "Loire", "Vistula", "Douro", "Tagliamento"),
    "Instruments": ("Violin", "Clarinet", "Accordion", "Cello", "Dulcimer", "French horn"),
    "Stars": ("Sirius", "Polaris", "Betelgeuse", "Vega", "Antares", "Aldebaran"),
}

_WORDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "Gardening": ("soil", "spring", "a watering can"),
    "Cooking": ("salt", "a slow evening", "a heavy pan"),
    "Cycling": ("gear ratios", "a long climb", "a spare tube"),
    "Photography": ("light", "the blue hour", "a steady hand"),
    "Travel": ("timetables", "the quiet season", "a light bag"),
    "Birds": ("plumage", "the breeding season", "binoculars"),
    "Trees": ("bark", "late autumn", "a field guide"),
    "Rivers": ("currents", "the snow melt", "a flat boat"),
    "Instruments": ("tone", "a long winter of practice", "a good teacher"),
    "Stars": ("brightness", "a clear January night", "a small telescope"),
}

_OPENINGS: Final = (
    "Most people who ask about {name} really ask about {word}.",
    "The first thing to understand about {name} is {word}.",
    "There are longer introductions to {name}; this one fits on a page.",
    "Under {topic}, {name} is where many begin.",
)
_MIDDLES: Final = (
    "Wait for {time}, and bring {tool}.",
    "Without {tool} it takes twice as long, and {time} does not wait.",
    "What the books say about {word} is true in {time} and rather less so in the rest of the year.",
    "Keep notes: what you learn about {word} in one year saves a week in the next.",
    "Everyone who is good at it has failed at least once, usually because of {word}.",
)
_COMMON_TAGS: Final = ("beginners", "tools", "seasons", "mistakes", "long reads")
_ENDINGS: Final = (
    "After that it takes patience more than skill.",
    "Ask a neighbour; somebody near you knows {name} better than any page.",
    "Readers who like {name} mostly go on to {other}.",
    "If it does not work out, {other} is the kinder choice.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One thing to write a page about.

    Attributes:
        topic: Its category.
        name: Its title.
        related: Names of others that its page should lead to.
        tags: A few words about it.
        paragraphs: The text.
    """

    topic: str
    name: str
    related: tuple[str, ...]
    tags: tuple[str, ...]
    paragraphs: tuple[str, ...]


def subjects(count: int, seed: int = 1) -> list[Subject]:
    """Return the first `count` (at most 60) subjects, topic by topic."""
    rng = Random(seed)
    named = [(topic, name) for topic, names in TOPICS.items() for name in names][:count]
    return [
        _subject(topic, name, [other for _, other in named if other != name], rng) for topic, name in named
    ]


def _subject(topic: str, name: str, others: list[str], rng: Random) -> Subject:
    word, time, tool = _WORDS[topic]
    siblings = [other for other in TOPICS[topic] if other in others]
    related = tuple(dict.fromkeys([*rng.sample(siblings, min(2, len(siblings))), *rng.sample(others, 2)]))
    values = {"topic": topic.lower(), "name": name, "word": word, "time": time, "tool": tool}
    paragraphs = []
    for other in related:
        sentences = [rng.choice(_OPENINGS), *rng.sample(_MIDDLES, 2), rng.choice(_ENDINGS)]
        paragraphs.append(" ".join(sentence.format(**values, other=other) for sentence in sentences))
    return Subject(
        topic=topic,
        name=name,
        related=related,
        tags=(word, tool, *rng.sample(_COMMON_TAGS, 2)),
        paragraphs=tuple(paragraphs),
    )
