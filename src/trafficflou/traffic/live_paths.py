"""Learned paths that the live site has no more, and what is asked for instead.

Theory of operation
-------------------
A learned path that answered 404 or 410 is *gone*. Its place is taken by a path of the same template that pages of the site offer now:
the shop has other products than in the month of the log, and visitors look at those. As long as some gone path has no substitute, the pages
that visitors come to are read and links of the wanted templates are collected; then reading stops, so a site that has all of its paths
costs nothing. Of several candidates one that the model does not know is taken before one that it does (whose share would grow), one that stands
in for nobody yet before one that does, and of those left the one that the path's own checksum points at. No chance is used, so the draws
of visitors stay what they were.

Where pages offer nothing of the template, the link of the visitor's page whose template is nearest serves for the moment; after `LOOKS`
pages it is remembered. A substitute that is gone itself is given up. Every table is bounded.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Set
from itertools import takewhile
from typing import Final, NamedTuple

from trafficflou.behavior import TemplateMap, TrafficModel
from trafficflou.http import Link, PageContent
from trafficflou.metrics import Journal
from trafficflou.traffic.form_policy import FormPolicy
from trafficflou.traffic.strategy import Page

__all__ = ["GONE_STATUSES", "LivePaths", "Substitute"]

GONE_STATUSES: Final = frozenset({404, 410})

LOOKS: Final = 50
"""So many pages are read for a template before the next best link will do."""

MOST_LOOKS: Final = 300
"""After so many, where no link comes near either, the gone paths of a template are asked for as they are."""

MAX_LINKS: Final = 200
"""Of a page that is read."""

MAX_GONE: Final = 2000
MAX_OFFERED: Final = 64
"""Candidates of a template."""

MAX_DEAD: Final = 5000
_MAX_READ: Final = 256
_WORD: Final = re.compile(r"[a-z]{2,}")


class Substitute(NamedTuple):
    """What is asked for in place of a gone path.

    Attributes:
        path: On the live site.
        template: Of that path; the gone path's own, unless no page offered any.
    """

    path: str
    template: str


class _Want:
    """A template whose gone paths wait for substitutes."""

    __slots__ = ("looks", "paths")

    def __init__(self) -> None:
        self.paths: dict[str, None] = {}
        self.looks = 0
        """Pages read for it."""


class LivePaths:
    """What one worker has found out about the learned paths of a site; shared by its visitors."""

    __slots__ = (
        "_dead",
        "_forms",
        "_gone",
        "_learned",
        "_news",
        "_offered",
        "_read",
        "_substitutes",
        "_templates",
        "_wanted",
    )

    def __init__(self, model: TrafficModel, forms: FormPolicy | None = None) -> None:
        """Know nothing of the site yet.

        Args:
            model: What was learned.
            forms: Which links may be followed.
        """
        self._forms = forms or FormPolicy()
        self._templates = TemplateMap.from_model(model)
        self._learned = frozenset(example.path for template in model.templates for example in template.paths)
        self._gone: dict[str, str] = {}
        """Learned paths by template."""
        self._dead: dict[str, None] = {}
        """All paths that were asked for and are not there."""
        self._substitutes: dict[str, Substitute] = {}
        self._wanted: dict[str, _Want] = {}
        self._offered: dict[str, dict[str, None]] = {}
        self._read: dict[PageContent, None] = {}
        self._news: dict[str, str] = {}

    @property
    def is_looking(self) -> bool:
        """Pages should be read: a gone path waits for a substitute."""
        return bool(self._wanted)

    def note(self, page: Page) -> None:
        """Learn from a page view that just ended: that its path is gone, and what it offers."""
        if page.status in GONE_STATUSES:
            self._lose(page.path, page.template)
        if self._wanted and page.content is not None:
            self._look_at(page.content)

    def instead_of(self, path: str, page: Page | None) -> Substitute | None:
        """Return what to ask for in place of a learned path; `None` where it is not known to be gone, or nothing comes near it.

        Args:
            path: The path that was drawn.
            page: The page that the visitor is on; `None` at the start.
        """
        template = self._gone.get(path)
        if template is None:
            return None
        known = self._substitutes.get(path)
        if known is not None or page is None or page.content is None:
            return known
        nearest = self._nearest(path, template, page)
        want = self._wanted.get(template)
        if nearest is not None and want is not None and want.looks >= LOOKS:
            self._settle(path, nearest)
        return nearest

    def take_journal(self) -> Journal | None:
        """Return what was put in place of what since the last call; `None` where nothing was."""
        if not self._news:
            return None
        journal, self._news = Journal(replaced=self._news), {}
        return journal

    # -- what is gone ----------------------------------------------------------------------------------------------------

    def _lose(self, path: str, template: str) -> None:
        if path in self._dead or len(self._dead) >= MAX_DEAD:
            return
        self._dead[path] = None
        for offered in self._offered.values():
            offered.pop(path, None)
        for gone in [gone for gone, substitute in self._substitutes.items() if substitute.path == path]:
            del self._substitutes[gone]
            self._want(gone)
        if path in self._learned and len(self._gone) < MAX_GONE:
            self._gone[path] = template
            self._want(path)

    def _want(self, path: str) -> None:
        template = self._gone[path]
        if template not in self._wanted:
            self._wanted[template] = _Want()
            self._read.clear()  # what was read for other templates may offer this one
        self._wanted[template].paths[path] = None
        self._settle_all(template)

    # -- what there is instead ---------------------------------------------------------------------------------------------

    def _look_at(self, content: PageContent) -> None:
        """Collect what a page offers of the wanted templates."""
        for want in self._wanted.values():
            want.looks += 1
        if content not in self._read:
            if len(self._read) >= _MAX_READ:
                self._read.clear()
            self._read[content] = None
            for link, offer in self._offers(content):
                if offer.template in self._wanted and self._forms.allows_link(link):
                    offered = self._offered.setdefault(offer.template, {})
                    if len(offered) < MAX_OFFERED:
                        offered[offer.path] = None
        for template in list(self._wanted):
            self._settle_all(template)

    def _offers(self, content: PageContent) -> Iterator[tuple[Link, Substitute]]:
        """Yield the links that are not dead; without their query where that does not make another kind of page."""
        for link in content.links[:MAX_LINKS]:
            template = self._templates.template_of(link.path)
            path = link.path if "?" in template else link.path.partition("?")[0]
            if path not in self._dead:
                yield link, Substitute(path, template)

    def _settle_all(self, template: str) -> None:
        """Give substitutes to the gone paths of a template, or give up."""
        want = self._wanted[template]
        offered = self._offered.get(template)
        if offered:
            in_use = {substitute.path for substitute in self._substitutes.values()}
            for path in list(want.paths):
                chosen = self._choose(path, offered, in_use)
                self._settle(path, Substitute(chosen, template))
                in_use.add(chosen)
        if want.looks >= MOST_LOOKS:
            self._wanted.pop(template, None)

    def _choose(self, path: str, offered: Iterable[str], in_use: Set[str]) -> str:
        ranks = {candidate: (candidate in self._learned, candidate in in_use) for candidate in offered}
        best = min(ranks.values())
        equal = sorted(candidate for candidate, rank in ranks.items() if rank == best)
        return equal[zlib.crc32(path.encode()) % len(equal)]

    def _settle(self, path: str, substitute: Substitute) -> None:
        self._substitutes[path] = substitute
        self._news[path] = substitute.path
        template = self._gone[path]
        want = self._wanted.get(template)
        if want is not None:
            want.paths.pop(path, None)
            if not want.paths:
                del self._wanted[template]

    def _nearest(self, path: str, template: str, page: Page) -> Substitute | None:
        """Return the link of a page that is most like a gone path; `None` where none has anything in common with it."""
        if page.content is None:
            return None
        wanted, best, nearest = _Shape(path, template), (0, 0, 0), None
        for link, offer in self._offers(page.content):
            if "?" in offer.template or offer.path == page.final_path:
                continue
            likeness = wanted.likeness(offer)
            if likeness > best and likeness[:2] != (0, 0) and self._forms.allows_link(link):
                best, nearest = likeness, offer
        return nearest


class _Shape:
    """A gone path, taken apart to be compared with many."""

    __slots__ = ("segments", "words")

    def __init__(self, path: str, template: str) -> None:
        self.segments = template.strip("/").split("/")
        self.words = frozenset(_WORD.findall(path.lower()))

    def likeness(self, offer: Substitute) -> tuple[int, int, int]:
        """Return how many leading segments of the template are the same, how many words of the path, and how alike the depth is."""
        segments = offer.template.strip("/").split("/")
        same = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self.segments, segments, strict=False))
        )
        words = len(self.words.intersection(_WORD.findall(offer.path.lower())))
        return same, words, -abs(len(self.segments) - len(segments))
