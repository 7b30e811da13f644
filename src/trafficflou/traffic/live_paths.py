"""Learned paths that the live site has no more, and what is asked for instead.

Theory of operation
-------------------
A learned path that answered 404 or 410 is *gone*. Its place is taken by a path of the same template that pages of the site offer now:
the shop has other products than in the month of the log, and visitors look at those. As long as some gone path has no substitute, or its
template fewer candidates than it may soon need, the pages that visitors come to are read and links of that template are collected; then
reading stops, so a site that has all of its paths costs nothing. Of several candidates one that stands in for nobody yet is taken before one
that does, one that the model does not know before one that it does (whose share would grow), and of those left the one that the path's own
checksum points at. No chance is used, so the draws of visitors stay what they were.

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
"""So many pages are read for more candidates of a template, and before the next best link will do."""

SPARE: Final = 2
"""So many candidates for each gone path are enough."""

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


class LivePaths:
    """What one worker has found out about the learned paths of a site; shared by its visitors.

    Attributes:
        gone: Learned paths that the site lacks, and their templates; only for these `instead_of` has an answer.
        is_looking: Pages should be read.
    """

    __slots__ = (
        "_dead",
        "_forms",
        "_learned",
        "_looks",
        "_lost",
        "_news",
        "_offered",
        "_read",
        "_substitutes",
        "_templates",
        "gone",
        "is_looking",
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
        self.gone: dict[str, str] = {}
        self.is_looking = False
        self._dead: dict[str, None] = {}
        """All paths that were asked for and are not there."""
        self._lost: dict[str, list[str]] = {}
        """Gone paths by template."""
        self._substitutes: dict[str, Substitute] = {}
        self._looks: dict[str, int] = {}
        """Pages read for the templates that are looked for."""
        self._offered: dict[str, dict[str, None]] = {}
        self._read: dict[PageContent, None] = {}
        self._news: dict[str, str] = {}

    def note(self, page: Page) -> None:
        """Learn from a page view that just ended: that its path is gone, and what it offers."""
        if page.status in GONE_STATUSES:
            self._lose(page.path, page.template)
        if self._looks and page.content is not None:
            self._look_at(page.content)
        self.is_looking = bool(self._looks)

    def instead_of(self, path: str, page: Page | None) -> Substitute | None:
        """Return what to ask for in place of a learned path; `None` where it is not known to be gone, or nothing comes near it.

        Args:
            path: The path that was drawn.
            page: The page that the visitor is on; `None` at the start.
        """
        template = self.gone.get(path)
        if template is None:
            return None
        known = self._substitutes.get(path)
        if known is not None or page is None or page.content is None:
            return known
        nearest = self._nearest(path, template, page)
        if nearest is not None and self._looks.get(template, 0) >= LOOKS:
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
            self._look_for(self.gone[gone])
        if path in self._learned and len(self.gone) < MAX_GONE:
            self.gone[path] = template
            self._lost.setdefault(template, []).append(path)
            self._look_for(template)

    def _look_for(self, template: str) -> None:
        if template not in self._looks:
            self._looks[template] = 0
            self._read.clear()  # what was read for other templates may offer this one
        self._settle_all(template)

    # -- what there is instead ---------------------------------------------------------------------------------------------

    def _look_at(self, content: PageContent) -> None:
        """Collect what a page offers of the templates that are looked for."""
        for template in self._looks:
            self._looks[template] += 1
        if content not in self._read:
            if len(self._read) >= _MAX_READ:
                self._read.clear()
            self._read[content] = None
            for link, offer in self._offers(content):
                if offer.template in self._looks and self._forms.allows_link(link):
                    offered = self._offered.setdefault(offer.template, {})
                    if len(offered) < MAX_OFFERED:
                        offered[offer.path] = None
        for template in list(self._looks):
            self._settle_all(template)

    def _offers(self, content: PageContent) -> Iterator[tuple[Link, Substitute]]:
        """Yield the links that are not dead; without their query where that does not make another kind of page."""
        for link in content.links[:MAX_LINKS]:
            template = self._templates.template_of(link.path)
            path = link.path if "?" in template else link.path.partition("?")[0]
            if path not in self._dead:
                yield link, Substitute(path, template)

    def _settle_all(self, template: str) -> None:
        """Give substitutes to the gone paths of a template, and stop looking where that is enough, or hopeless."""
        lost = self._lost[template]
        waiting = [path for path in lost if path not in self._substitutes]
        offered = self._offered.get(template, {})
        if offered and waiting:
            in_use = {substitute.path for substitute in self._substitutes.values()}
            for path in waiting:
                chosen = self._choose(path, offered, in_use)
                self._settle(path, Substitute(chosen, template))
                in_use.add(chosen)
            waiting = []
        looks = self._looks[template]
        is_enough = looks >= LOOKS or len(offered) >= min(SPARE * len(lost), MAX_OFFERED)
        if looks >= MOST_LOOKS or (is_enough and not waiting):
            del self._looks[template]

    def _choose(self, path: str, offered: Iterable[str], in_use: Set[str]) -> str:
        ranks = {candidate: (candidate in in_use, candidate in self._learned) for candidate in offered}
        best = min(ranks.values())
        equal = sorted(candidate for candidate, rank in ranks.items() if rank == best)
        return equal[zlib.crc32(path.encode()) % len(equal)]

    def _settle(self, path: str, substitute: Substitute) -> None:
        self._substitutes[path] = substitute
        self._news[path] = substitute.path

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
