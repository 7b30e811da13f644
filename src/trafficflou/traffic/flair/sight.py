"""What a visitor sees of a page: what can be clicked, in the order of attention, and what can be filled in.

Most of it does not depend on who looks, so it is prepared once a page and kept. Pages whose links lead to the same places share one `Sheet`, whatever
else differs between them: a security token in a form, the number of things in a basket.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from trafficflou.ai_models.athena.words import topics_of, topics_of_words, words
from trafficflou.ai_models.tasks import Offer
from trafficflou.http import EMPTY_PAGE, Link, PageContent
from trafficflou.traffic.flair.beaten_track import BeatenTrack, in_order_of_attention
from trafficflou.traffic.flair.lru import LruCache
from trafficflou.traffic.flair.pause import GLANCE_S, usual_pause_s
from trafficflou.traffic.flair.seen_form import FormJudge, SeenForm
from trafficflou.traffic.form_policy import FormPolicy, FormPurpose, deed_of
from trafficflou.traffic.site_facts import is_tool_page

__all__ = ["MAX_LOOKED_AT", "Eyes", "Sheet", "Sight"]

MAX_LOOKED_AT: Final = 120
"""Links of a page that anybody ever considers; the page is read in milliseconds."""

MAX_SHEETS: Final = 192
"""With Athena's vectors of 100 links a sheet takes some 200 kB."""

MAX_SIGHTS: Final = 1024
MAX_TASTES: Final = 24
MAX_OPINIONS: Final = 64
"""Kept of each page, at 8 bytes a link."""

MAX_TOPIC_WORDS: Final = 12
MAX_FORMS: Final = 20

_FEW_LINKS: Final = 16
"""A page with more links in its main part is a list of pages."""

_FUNCTIONS: Final = frozenset({"home", "search", "cart", "checkout", "login"})
_READING: Final = frozenset({"read", "docs", "community", "help"})


class Sheet:
    """What can be clicked on pages whose links lead to the same places.

    Attributes:
        links: In the order of attention, at most `MAX_LOOKED_AT`.
        paths: All paths that are offered, those that nobody looks at or may follow too.
        templates: Of `links`.
        depths: How many segments deeper than the page each leads.
        log_shares: How likely each is used by people on the beaten track, as a logarithm.
        link_paths: Where they lead.
        kinds: Their templates, each once.
        kind_of: The place of each link's template in `kinds`.
        by_path: Numbers of links by path.
        by_template: Numbers of links by template.
        by_topic: Numbers of links by what they are about.
        by_deed: Numbers of links that do something when they are clicked, by the purpose of the form that they stand for.
        main: Numbers of the links that stand in the main part of the page.
        prepared: Athena's preparation of these; made when it is first asked for.
        tastes: What personas think of them, whatever a visit is about.
        opinions: What they think of them in a visit about some subject.
        is_told: Its paths were told in the journal.
    """

    __slots__ = (
        "by_deed",
        "by_path",
        "by_template",
        "by_topic",
        "depths",
        "is_told",
        "kind_of",
        "kinds",
        "link_paths",
        "links",
        "log_shares",
        "main",
        "opinions",
        "paths",
        "prepared",
        "tastes",
        "templates",
    )

    def __init__(
        self,
        source: str,
        links: Sequence[Link],
        paths: tuple[str, ...],
        templates: Sequence[str],
        log_shares: Sequence[float],
    ) -> None:
        here = source.rstrip("/").count("/")
        self.links = tuple(links)
        self.paths = paths
        self.templates = tuple(templates)
        self.depths = tuple(link.path.partition("?")[0].rstrip("/").count("/") - here for link in links)
        self.log_shares = tuple(log_shares)
        self.link_paths = tuple(link.path for link in links)
        self.by_path = _numbers(self.link_paths)
        self.by_template = _numbers(templates)
        self.kinds = tuple(self.by_template)
        places = {template: place for place, template in enumerate(self.kinds)}
        self.kind_of = tuple(places[template] for template in templates)
        self.by_topic = _by_topic(self.links, self.templates)
        deeds = _numbers(deed_of(link) for link in links)
        deeds.pop(None, None)
        self.by_deed: dict[FormPurpose | None, tuple[int, ...]] = deeds
        self.main = tuple(number for number, link in enumerate(links) if link.place in {"main", "unknown"})
        self.prepared: Any = None
        self.tastes: LruCache[int, Any] = LruCache(MAX_TASTES)
        self.opinions: LruCache[tuple[int, int], Any] = LruCache(MAX_OPINIONS)
        self.is_told = False

    def offers(self) -> tuple[Offer, ...]:
        """Return `links` as Athena and other models take them; made anew each time, because they are large and seldom needed."""
        return tuple(map(_offer, self.links, self.templates))


def _numbers(names: Iterable[Any]) -> dict[Any, tuple[int, ...]]:
    found: dict[Any, list[int]] = {}
    for number, name in enumerate(names):
        found.setdefault(name, []).append(number)
    return {name: tuple(numbers) for name, numbers in found.items()}


def _by_topic(links: Sequence[Link], templates: Sequence[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, (link, template) in enumerate(zip(links, templates, strict=True)):
        for topic in topics_of(template) | _topics_of_text(link.text):
            found.setdefault(topic, []).append(number)
    return {topic: tuple(numbers) for topic, numbers in found.items()}


@lru_cache(maxsize=8192)
def _topics_of_text(text: str) -> frozenset[str]:
    return topics_of_words(words(text)[:MAX_TOPIC_WORDS])


@lru_cache(maxsize=4096)
def _offer(link: Link, template: str) -> Offer:
    # Without validation, which would take longer than the rest: links are bounded where they are read.
    return Offer.model_construct(
        kind="link",
        text=link.text,
        title=link.title,
        place=link.place,
        template=template[:300],
        price=link.price,
    )


class Sight:
    """A page, as a visitor sees it.

    Attributes:
        content: What stands on it.
        sheet: What can be clicked.
        forms: What can be filled in.
        topics: What it is by its address; where that does not say, by its first heading.
        template: Its template.
        is_html: It is a page at all, and not a picture or a file.
        way_on: It leads somewhere else.
        usual_pause_s: The median time that people spend on it, where nothing is known of it.
    """

    __slots__ = (
        "content",
        "forms",
        "is_html",
        "sheet",
        "template",
        "topics",
        "usual_pause_s",
        "way_on",
    )

    def __init__(
        self,
        content: PageContent,
        sheet: Sheet,
        forms: tuple[SeenForm, ...] = (),
        topics: frozenset[str] = frozenset(),
        template: str = "",
        *,
        is_html: bool = True,
        way_on: bool = False,
    ) -> None:
        self.content = content
        self.sheet = sheet
        self.forms = forms
        self.topics = topics
        self.template = template
        self.is_html = is_html
        self.way_on = way_on
        self.usual_pause_s = (
            usual_pause_s(content, len(sheet.links), len(sheet.main)) if is_html else GLANCE_S
        )

    @property
    def is_content(self) -> bool:
        """It is there for its own sake: neither the front page, nor a search, a basket, a checkout, a login or a tool."""
        return self.is_html and not self.topics & _FUNCTIONS and not is_tool_page(self.template)

    @property
    def is_reading(self) -> bool:
        """It is there to be read: it says so, or it says nothing else and is no list."""
        if self.topics & _READING:
            return not is_tool_page(self.template)
        return self.is_content and not self.topics and len(self.sheet.main) <= _FEW_LINKS

    def is_named(self, word: str) -> bool:
        """Whether a word, in lower case, stands in its address or its first heading."""
        headings = self.content.headings[:1]
        return word in words(self.template) or any(word in words(heading) for heading in headings)

    def form(self, purpose: FormPurpose) -> SeenForm | None:
        """Return the first form of a purpose, allowed or not."""
        return next((form for form in self.forms if form.purpose is purpose), None)


class Eyes:
    """Sees pages; remembers those seen lately."""

    __slots__ = ("_judge", "_nothing", "_policy", "_sheets", "_sights", "_template_of", "_track")

    def __init__(self, template_of: Callable[[str], str], track: BeatenTrack, policy: FormPolicy) -> None:
        """Make eyes.

        Args:
            template_of: Names the template of a path.
            track: Where most people go.
            policy: What may be done.
        """
        self._template_of = template_of
        self._track = track
        self._policy = policy
        self._judge = FormJudge(policy)
        self._sheets: LruCache[tuple[str, tuple[str, ...]], Sheet] = LruCache(MAX_SHEETS)
        self._sights: LruCache[tuple[PageContent, str], Sight] = LruCache(MAX_SIGHTS)
        self._nothing = Sight(EMPTY_PAGE, Sheet("", (), (), (), ()), is_html=False)

    def look(self, content: PageContent | None, path: str, template: str) -> Sight:
        """Look at a page.

        Args:
            content: What stands on it; `None` where it is no page.
            path: Where it is.
            template: Its template.
        """
        if content is None or content is EMPTY_PAGE:
            return self._nothing
        # One document may lie under several addresses; it leads to the same places from each.
        key = (content, template)
        return self._sights.find(key) or self._sights.keep(key, self._see(content, path, template))

    def _see(self, content: PageContent, path: str, template: str) -> Sight:
        key = (template, tuple([link.path for link in content.links]))
        sheet = self._sheets.find(key) or self._sheets.keep(key, self._read(content.links, template, key[1]))
        forms = tuple(map(self._judge.look, content.forms[:MAX_FORMS]))
        way_on = any(there != path for there in sheet.by_path) or any(form.is_allowed for form in forms)
        topics = topics_of(template) or _topics_of_heading(content)
        return Sight(content, sheet, forms, topics, template, way_on=way_on)

    def _read(self, links: Sequence[Link], source: str, paths: tuple[str, ...]) -> Sheet:
        allows = self._policy.allows_link
        # Nobody gets further than this, so what comes later need not be judged.
        ranked = in_order_of_attention(links)
        looked_at = list(islice((entry for entry in ranked if allows(entry[0])), MAX_LOOKED_AT))
        templates = [self._template_of(link.path) for link, _ in looked_at]
        log_shares = self._track.log_shares(source, templates, [weight for _, weight in looked_at])
        return Sheet(source, [link for link, _ in looked_at], paths, templates, log_shares)


def _topics_of_heading(content: PageContent) -> frozenset[str]:
    if not content.headings:
        return frozenset()
    return _topics_of_text(content.headings[0])
