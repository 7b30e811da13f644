"""What a visit is about: one of the persona's interests, chosen by how much it means to the persona and whether the site has such a thing at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from trafficflou.ai_models.athena.relevance import Relevance, Wish
from trafficflou.ai_models.athena.words import content_words, topics_of
from trafficflou.ai_models.tasks import Persona
from trafficflou.http import PageContent
from trafficflou.traffic.flair.draw import draw
from trafficflou.traffic.flair.lru import LruCache
from trafficflou.traffic.site_knowledge import SiteKnowledge

__all__ = ["Nearness", "Subject", "draw_subject", "subjects_of"]

_ASPIRATION: Final = 3.6
"""Of relevance times its gain: a page with the very words of the wish has 5 and more, one that has nothing to do with it less than 1."""

_LOWEST_SHARE: Final = 0.4
_UNFITTING: Final = 0.2
"""Share of its weight that an interest keeps of which the site has nothing."""

_LEAST_FIT: Final = 0.6
_CACHED: Final = 8192
_MAX_HEADINGS: Final = 3
_MAX_TITLES: Final = 300
_MAX_SEARCH_WORDS: Final = 3
_MAX_SUBJECTS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """A subject.

    Attributes:
        number: Its place among those of the persona.
        text: The interest, in words.
        wish: The same as a vector.
        pull: How likely a visit is about it, relative to the persona's others.
        topics: Of the page of the site that comes nearest to it; empty where none does.
        aspiration: The nearness of a page at which a visitor is satisfied at first.
    """

    number: int
    text: str
    wish: Wish[Any]
    pull: float
    topics: frozenset[str]
    aspiration: float

    def is_met(self, nearness: float, pages: int) -> bool:
        """Whether a page is near enough after so many pages: people settle for less as they go on (Simon, 1955: the level of aspiration falls)."""
        return nearness >= self.aspiration * max(_LOWEST_SHARE, 1.0 - 0.05 * pages)

    @property
    def query(self) -> str:
        """Words for a search box."""
        return " ".join(content_words(self.text)[:_MAX_SEARCH_WORDS]) or self.text[:40]


def subjects_of(
    relevance: Relevance[Any], persona: Persona, site: SiteKnowledge, template_of: Callable[[str], str]
) -> tuple[Subject, ...]:
    """Make the subjects of a persona, for a site."""
    pages = [page for page in site.pages if page.title and page.status < 400][:_MAX_TITLES]
    index = relevance.index([page.title for page in pages])
    aspiration = _ASPIRATION / relevance.gain
    subjects = []
    for number, (text, weight) in enumerate(list(persona.interests.items())[:_MAX_SUBJECTS]):
        wish = relevance.wish({text: 1.0})
        scores = index.scores(wish)
        best = max(range(len(scores)), key=lambda place: scores[place], default=None)
        fit = 0.0 if best is None else min(1.0, scores[best] / aspiration)
        topics: frozenset[str] = frozenset()
        if best is not None and fit >= _LEAST_FIT:
            topics = topics_of(template_of(pages[best].path))
        subjects.append(
            Subject(
                number=number,
                text=text,
                wish=wish,
                pull=weight * (_UNFITTING + fit),
                topics=topics,
                aspiration=aspiration,
            )
        )
    return tuple(subjects)


def draw_subject(subjects: Sequence[Subject], sought: frozenset[str], rng: Random) -> Subject | None:
    """Draw what a visit is about; one number is taken from the generator.

    Args:
        subjects: The persona's.
        sought: Topics of pages that the visit's goal is about; empty for any.
        rng: The visitor's own generator.

    Returns:
        A subject; `None` where the goal is about pages of certain topics, and none of the persona's interests is.
    """
    if not sought:
        return subjects[draw([subject.pull for subject in subjects], rng) or 0]
    fitting = [subject for subject in subjects if subject.topics & sought]
    number = draw([subject.pull for subject in fitting], rng)
    return None if number is None else fitting[number]


class Nearness:
    """How near pages come to subjects; what was compared lately is remembered by its words."""

    __slots__ = ("_known", "_relevance")

    def __init__(self, relevance: Relevance[Any]) -> None:
        """Compare by relevance."""
        self._relevance = relevance
        self._known: LruCache[tuple[str, str, tuple[str, ...]], float] = LruCache(_CACHED)

    def of(self, subject: Subject, content: PageContent) -> float:
        """Return how near a page comes to a subject, 0..1: the best of its title and its first headings."""
        key = (subject.text, content.title, content.headings[:_MAX_HEADINGS])
        known = self._known.find(key)
        if known is None:
            texts = [text for text in (content.title, *key[2]) if text]
            best = max(self._relevance.index(texts).scores(subject.wish), default=0.0) if texts else 0.0
            known = self._known.keep(key, best)
        return known
