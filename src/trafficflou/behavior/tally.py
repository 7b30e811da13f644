"""What is kept of the sessions that have ended: counts by path, in bounded memory.

Theory of operation
-------------------
No session is kept. Each ended session is added to the counters of the paths that it viewed: views, who viewed (only until k are known),
think times (whole seconds, as logs have them), sizes, what came next, and which files were fetched or could have been.

When more than `MAX_PATHS` paths (or `MAX_LINKS` of their links) are counted, the table is compacted: templates are inferred from what is there, and
all but the most viewed paths are added up under their template's name; what comes later is counted by path again, until the table
is full once more (lossy counting; Manku and Motwani, 2002). Below the cap nothing is lost and the order of lines does not matter.
"""

import heapq
import math
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from itertools import pairwise
from typing import Final, TypeVar

from trafficflou.behavior.sessions import PageView, Session
from trafficflou.behavior.templates import infer_templates

__all__ = ["DistinctCounter", "FileTally", "PaceSums", "PageTally", "Tally"]

MAX_PATHS: Final = 20_000
MAX_FILES: Final = 20_000
MAX_LINKS: Final = 600_000
_SIZES_KEPT: Final = 64
Key = TypeVar("Key", str, int)
_EXACT_GAPS_S: Final = 1800
_FINEST_GAP_S: Final = 0.5
"""A gap of 0 s in a log with whole seconds is one of half a second on average."""


class DistinctCounter:
    """Counts distinct things: exactly up to `_LIMIT`, by adaptive sampling above (Flajolet 1990; error about 0.5 %)."""

    __slots__ = ("kept", "mask")
    _LIMIT: Final = 65_536

    def __init__(self) -> None:
        self.kept: set[int] = set()
        self.mask = 0

    def add(self, hashed: int) -> None:
        """Count a thing by its hash; all of the hash's low bits must be random."""
        if not hashed & self.mask:
            self.kept.add(hashed)
            while len(self.kept) > self._LIMIT:
                self.mask = self.mask * 2 + 1
                self.kept = {kept for kept in self.kept if not kept & self.mask}

    def absorb(self, other: "DistinctCounter") -> None:
        """Count another counter's things too."""
        self.mask = max(self.mask, other.mask)
        kept = self.kept | other.kept
        self.kept = set()
        for hashed in kept:
            self.add(hashed)

    def count(self) -> int:
        """Return how many distinct things were counted."""
        return len(self.kept) * (self.mask + 1)


class PaceSums:
    """The sums of a one-way analysis of variance: are the think times of one session alike?"""

    __slots__ = ("by_session", "gaps", "gaps_squared", "sessions", "squares", "total")

    def __init__(self) -> None:
        self.sessions = self.gaps = self.gaps_squared = 0
        self.total = self.squares = self.by_session = 0.0

    def add(self, gaps_s: Iterable[float]) -> None:
        """Add the think times of one session, seconds."""
        logs = [math.log(max(gap_s, _FINEST_GAP_S)) for gap_s in gaps_s]
        if not logs:
            return
        total = math.fsum(logs)
        self.sessions += 1
        self.gaps += len(logs)
        self.gaps_squared += len(logs) ** 2
        self.total += total
        self.squares += math.fsum(value * value for value in logs)
        self.by_session += total * total / len(logs)

    def absorb(self, other: "PaceSums") -> None:
        """Add the sums of other sessions."""
        self.sessions += other.sessions
        self.gaps += other.gaps
        self.gaps_squared += other.gaps_squared
        self.total += other.total
        self.squares += other.squares
        self.by_session += other.by_session

    def intraclass_correlation(self) -> float:
        """Return how alike the log think times of one session are, 0..0.95 (ICC(1); Shrout and Fleiss, 1979).

        0 where there are fewer than 20 sessions or 20 repeated gaps to tell from.
        """
        groups, count = self.sessions, self.gaps
        if groups < 20 or count - groups < 20:
            return 0.0
        between = (self.by_session - self.total**2 / count) / (groups - 1)
        within = (self.squares - self.by_session) / (count - groups)
        size = (count - self.gaps_squared / count) / (groups - 1)
        spread = between + (size - 1) * within
        return min(max((between - within) / spread, 0.0), 0.95) if spread > 0 else 0.0


class PageTally:
    """The counters of one path, or of a template."""

    __slots__ = (
        "bounces",
        "entries",
        "exits",
        "fetched",
        "following",
        "had",
        "sizes",
        "think",
        "views",
        "visitors",
    )

    def __init__(self) -> None:
        self.views = self.entries = self.exits = self.bounces = 0
        self.visitors: set[int] = set()
        """Hashes of distinct visitors, no more than k."""
        self.following: dict[str, int] = {}
        """Page views that came next, by path."""
        self.think: dict[int, int] = {}
        """Think times before those, by whole seconds (coarser above half an hour)."""
        self.sizes: dict[int, int] = {}
        self.fetched: dict[str, int] = {}
        """Page views that fetched a file, by the file's path."""
        self.had: dict[str, int] = {}
        """Page views whose session had the file already."""

    def absorb(self, other: "PageTally", k: int) -> None:
        """Add another path's counters."""
        self.views += other.views
        self.entries += other.entries
        self.exits += other.exits
        self.bounces += other.bounces
        add_visitors(self.visitors, other.visitors, k)
        for own, more in (
            (self.following, other.following),
            (self.fetched, other.fetched),
            (self.had, other.had),
        ):
            _add_counts(own, more)
        _add_counts(self.think, other.think)
        _add_counts(self.sizes, other.sizes)

    def links(self) -> int:
        """Return how many entries the dictionaries by path hold."""
        return len(self.following) + len(self.fetched) + len(self.had)


class FileTally:
    """The counters of one subresource."""

    __slots__ = ("fetches", "sizes", "visitors")

    def __init__(self) -> None:
        self.fetches = 0
        self.visitors: set[int] = set()
        self.sizes: dict[int, int] = {}


class Tally:
    """All that is learned of a set of sessions."""

    def __init__(self, k_anonymity: int) -> None:
        """Start empty.

        Args:
            k_anonymity: So many visitors are told apart per path and file, no more.
        """
        self._k = k_anonymity
        self.pages: dict[str, PageTally] = {}
        self.files: dict[str, FileTally] = {}
        self.sessions = self.one_page_sessions = self.page_views = self.requests = self.subresources = 0
        self.sessions_with_files = 0
        self.by_hour = [0] * 24
        self.by_offset: dict[int, int] = {}
        self.devices = {"desktop": 0, "mobile": 0, "tablet": 0}
        self.think: dict[int, int] = {}
        self.pace = PaceSums()
        self.visitors = DistinctCounter()
        self.compactions = 0
        self.lost_page_views = 0
        """Page views whose path was forgotten in a compaction because it had no template to go to."""
        self._links = 0

    def add(self, session: Session) -> None:
        """Count an ended session; it must have a page view."""
        visitor = session.visitor()
        views = session.page_views
        self.sessions += 1
        self.one_page_sessions += len(views) == 1
        self.page_views += len(views)
        self.requests += session.requests
        self.subresources += session.subresources
        self.sessions_with_files += session.subresources > 0
        self.by_hour[(views[0].at_s + session.utc_offset_s) // 3600 % 24] += 1
        self.by_offset[session.utc_offset_s] = self.by_offset.get(session.utc_offset_s, 0) + 1
        self.devices[session.agent.device] += 1
        self.visitors.add(visitor)
        self.pace.add([after.at_s - before.at_s for before, after in pairwise(views)])
        self._add_views(views, visitor)
        if len(self.pages) > MAX_PATHS or self._links > MAX_LINKS:
            self._compact_pages()
        if len(self.files) > MAX_FILES:
            self._compact_files()

    def _add_views(self, views: list[PageView], visitor: int) -> None:
        fetched: set[str] = set()
        previous: PageTally | None = None
        previous_at_s = 0
        for view in views:
            page = self.pages.get(view.path)
            if page is None:
                page = self.pages[view.path] = PageTally()
            links_before = page.links()
            page.views += 1
            add_visitors(page.visitors, (visitor,), self._k)
            if view.body_bytes >= 0:
                _add_size(page.sizes, view.body_bytes)
            if previous is None:
                page.entries += 1
            else:
                self._add_step(previous, view.path, view.at_s - previous_at_s)
            for path in fetched:
                page.had[path] = page.had.get(path, 0) + 1
            for path, size in view.files:
                page.fetched[path] = page.fetched.get(path, 0) + 1
                self._add_file(path, size, visitor)
                fetched.add(path)
            self._links += page.links() - links_before
            previous, previous_at_s = page, view.at_s
        if previous is not None:
            previous.exits += 1
            previous.bounces += len(views) == 1

    def _add_step(self, previous: PageTally, path: str, gap_s: int) -> None:
        if gap_s > _EXACT_GAPS_S:
            gap_s = round(gap_s, 2 - len(str(gap_s)))
        self._links += path not in previous.following
        previous.following[path] = previous.following.get(path, 0) + 1
        previous.think[gap_s] = previous.think.get(gap_s, 0) + 1
        self.think[gap_s] = self.think.get(gap_s, 0) + 1

    def _add_file(self, path: str, size: int, visitor: int) -> None:
        file = self.files.get(path)
        if file is None:
            file = self.files[path] = FileTally()
        file.fetches += 1
        add_visitors(file.visitors, (visitor,), self._k)
        if size >= 0:
            _add_size(file.sizes, size)

    def absorb(self, other: "Tally") -> None:
        """Count another tally's sessions too."""
        for path, page in other.pages.items():
            self.pages.setdefault(path, PageTally()).absorb(page, self._k)
        for path, file in other.files.items():
            own = self.files.setdefault(path, FileTally())
            own.fetches += file.fetches
            add_visitors(own.visitors, file.visitors, self._k)
            _add_counts(own.sizes, file.sizes)
        for name in (
            "sessions",
            "one_page_sessions",
            "page_views",
            "requests",
            "subresources",
            "sessions_with_files",
            "compactions",
            "lost_page_views",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.by_hour = [a + b for a, b in zip(self.by_hour, other.by_hour, strict=True)]
        _add_counts(self.by_offset, other.by_offset)
        _add_counts(self.devices, other.devices)
        _add_counts(self.think, other.think)
        self.pace.absorb(other.pace)
        self.visitors.absorb(other.visitors)

    def _compact_pages(self) -> None:
        """Keep half of the paths by themselves, at most; add the others up under their templates."""
        self.compactions += 1
        templates = infer_templates({path: page.views for path, page in self.pages.items()})
        kept = {
            path
            for path in heapq.nsmallest(
                MAX_PATHS // 4, self.pages, key=lambda path: (-self.pages[path].views, path)
            )
            if self.pages[path].views > 1
        }
        names = {path: path if path in kept else templates[path] for path in self.pages}
        self.pages = merge_pages(self.pages, names.__getitem__, self._k)
        excess = len(self.pages) - MAX_PATHS // 2
        if excess > 0:
            for path in heapq.nsmallest(excess, self.pages, key=lambda path: (self.pages[path].views, path)):
                self.lost_page_views += self.pages.pop(path).views
        self._trim_links(MAX_LINKS // 2)

    def _trim_links(self, most: int) -> None:
        """Forget the rarest links where compaction alone did not make room enough."""
        share = max(most // max(len(self.pages), 1), 16)
        for page in self.pages.values():
            page.fetched = _most_frequent(page.fetched, share)
            page.following = _most_frequent(page.following, share)
            page.had = {path: count for path, count in page.had.items() if path in page.fetched}
        self._links = sum(page.links() for page in self.pages.values())

    def _compact_files(self) -> None:
        """Keep the more often fetched half of the files; the others would not come into the model anyhow."""
        kept = set(
            heapq.nsmallest(MAX_FILES // 2, self.files, key=lambda path: (-self.files[path].fetches, path))
        )
        self.files = {path: file for path, file in self.files.items() if path in kept}
        for page in self.pages.values():
            page.fetched = {path: count for path, count in page.fetched.items() if path in kept}
            page.had = {path: count for path, count in page.had.items() if path in kept}
        self._links = sum(page.links() for page in self.pages.values())


def merge_pages(
    pages: Mapping[str, PageTally], name_of: Callable[[str], str], k: int
) -> dict[str, PageTally]:
    """Add up pages under other names; what follows what is renamed likewise where it is among `pages`."""
    merged: dict[str, PageTally] = {}
    for path in sorted(pages):
        page = pages[path]
        following: dict[str, int] = {}
        for target, count in page.following.items():
            name = name_of(target) if target in pages else target
            following[name] = following.get(name, 0) + count
        page.following = following
        merged.setdefault(name_of(path), PageTally()).absorb(page, k)
    return merged


def add_visitors(own: set[int], more: Iterable[int], k: int) -> None:
    """Add visitors to a set that needs to know no more than k."""
    for visitor in more:
        if len(own) >= k:
            return
        own.add(visitor)


def _add_size(sizes: dict[int, int], size: int) -> None:
    digits = len(str(size))
    size = round(size, 3 - digits) if digits > 3 else size
    if size in sizes or len(sizes) < _SIZES_KEPT:
        sizes[size] = sizes.get(size, 0) + 1


def _add_counts(own: MutableMapping[Key, int], more: Mapping[Key, int]) -> None:
    for key, count in more.items():
        own[key] = own.get(key, 0) + count


def _most_frequent(counts: dict[str, int], most: int) -> dict[str, int]:
    if len(counts) <= most:
        return counts
    kept = heapq.nsmallest(most, counts, key=lambda path: (-counts[path], path))
    return {path: counts[path] for path in kept}
