"""A look at a site before visitors come: what it calls itself, where one can go, what it lists, in some seconds and some pages.

Theory of operation: the front page and `robots.txt` are asked for at once, then the sitemaps, then the pages that those name, those first
of whose kind the fewest were seen: a shop's hundredth product says less than its first basket. A kind is guessed by the first segment
and the depth of a path. What `robots.txt` does not want is left alone, as is every link that visitors may not follow. Everything is bounded: pages,
time, connections, bytes of a document, links of a page, addresses of a sitemap; a site that drips or redirects without end costs its
share of the time and no more.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from trafficflou.control.site_reader import MAX_DOCUMENT_BYTES, ReadDocument, SiteReader
from trafficflou.core import Clock, SystemClock, TargetError, UsageError
from trafficflou.core.units import format_duration
from trafficflou.evidence.robots import RobotsRules
from trafficflou.evidence.sitemap import parse_sitemap
from trafficflou.http import DecodingError, Link, decode, resolve
from trafficflou.logs import get_logger
from trafficflou.traffic import FormPolicy, KnownPage, SiteKnowledge

__all__ = ["Survey", "SurveyLimits", "survey_site"]

log = get_logger(__name__)

AGENT: Final = "TrafficFlou"

MAX_KNOWN: Final = 2000
"""Pages that are remembered; more are neither asked for nor told to anybody."""

MAX_LISTED: Final = 5000
MAX_ENTRIES: Final = 10
_ENTRIES_OF_A_KIND: Final = 3
_ENOUGH_ENTRIES: Final = 4
"""With so many, addresses with a query need not be among them: a log-in, an older version, an editor."""

_MAX_SITEMAPS: Final = 5
_MAX_CONSIDERED: Final = 200
"""So many paths are held against `robots.txt` in the search for the next page."""

_UNZIPPED_BYTES: Final = 8 * 1024 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLimits:
    """How long and how wide a survey looks.

    Attributes:
        pages: Most pages that are read.
        total_s: Longest time for all of it.
        page_s: Longest time for one document; the front page may take what there is.
        connections: Documents that are read at once.
    """

    pages: int = 25
    total_s: float = 8.0
    page_s: float = 3.0
    connections: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What was seen.

    Attributes:
        front: What became of asking for the front page.
        site: What is known of the site.
        pages_read: How many pages were read.
        notes: What is worth knowing about it, as sentences.
    """

    front: ReadDocument
    site: SiteKnowledge
    pages_read: int
    notes: tuple[str, ...] = ()

    def check(self, target: str) -> None:
        """Refuse a site on which visitors who read pages would find nothing.

        Raises:
            UsageError: It is another site, or none for people.
            TargetError: It does not answer as a site should.
        """
        if not self.pages_read:
            raise _unusable(self.front, target)


@dataclass(slots=True)
class _Findings:
    """What is known so far."""

    rules: RobotsRules = field(default_factory=RobotsRules)
    read: dict[str, ReadDocument] = field(default_factory=dict)
    named: dict[str, int] = field(default_factory=dict)
    """Paths that pages link to or the sitemap lists, with how often they were linked to, in the order of their finding."""
    listed: dict[str, None] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    kinds: Counter[tuple[str, int]] = field(default_factory=Counter)
    failed: dict[str, int] = field(default_factory=dict)
    """Pages that were asked for and are none, with their status."""
    tries: int = 1
    is_cut: bool = False


async def survey_site(
    reader: SiteReader,
    forms: FormPolicy,
    limits: SurveyLimits = SurveyLimits(),
    clock: Clock | None = None,
) -> Survey:
    """Look at a site.

    Args:
        reader: Reads its documents.
        forms: Which links may be followed.
        limits: How long and how wide to look.
        clock: Tells the time.

    Returns:
        What was seen; also of a site that does not answer: `Survey.check` judges it.
    """
    return await _Surveyor(reader, forms, limits, clock or SystemClock()).look()


class _Surveyor:
    """One survey under way."""

    def __init__(self, reader: SiteReader, forms: FormPolicy, limits: SurveyLimits, clock: Clock) -> None:
        self._reader = reader
        self._forms = forms
        self._limits = limits
        self._clock = clock
        self._begun_ns = clock.now_ns()
        self._found = _Findings()

    async def look(self) -> Survey:
        async with asyncio.TaskGroup() as group:
            front_page = group.create_task(self._read_front())
            robots = group.create_task(self._read("/robots.txt"))
        front = front_page.result()
        found = self._found
        found.rules = _rules_of(robots.result())
        found.asked.add("/")
        if front.is_page:
            self._take("/", front)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.page_s):
                await self._read_sitemaps()
        async with asyncio.TaskGroup() as group:
            for _ in range(self._limits.connections):
                group.create_task(self._walk())
        survey = Survey(
            front=front,
            site=self._knowledge(front),
            pages_read=len(found.read),
            notes=tuple(self._notes(front)),
        )
        log.info(
            "site surveyed", pages=survey.pages_read, listed=len(found.listed), elapsed_s=self._elapsed_s
        )
        return survey

    # -- reading -----------------------------------------------------------------------------------------------------

    @property
    def _elapsed_s(self) -> float:
        return (self._clock.now_ns() - self._begun_ns) / 1e9

    async def _read(self, path: str, within_s: float | None = None) -> ReadDocument:
        left_s = self._limits.total_s - self._elapsed_s
        if left_s <= 0:
            return ReadDocument(path=path, failure="timeout")
        return await self._reader.read(path, within_s=min(left_s, within_s or self._limits.page_s))

    async def _read_front(self) -> ReadDocument:
        """Read the front page; an error of the moment gets a second chance."""
        front = await self._read("/", self._limits.total_s)
        is_error = front.status >= 500 or (front.failure and not front.status and front.failure != "timeout")
        return await self._read("/", self._limits.total_s) if is_error else front

    async def _read_sitemaps(self) -> None:
        named = (self._own_path(address) for address in self._found.rules.sitemaps)
        waiting = list(dict.fromkeys((*(path for path in named if path), "/sitemap.xml")))
        for number in range(_MAX_SITEMAPS):
            if number >= len(waiting):
                return
            if not self._found.rules.allows(waiting[number]):
                continue
            sitemap = parse_sitemap(_text_of(await self._read(waiting[number])))
            self._found.is_cut |= not sitemap.is_complete
            paths = [path for address in sitemap.addresses if (path := self._own_path(address))]
            if sitemap.is_index:
                waiting.extend(path for path in paths if path not in waiting)
            else:
                self._list(paths)

    def _own_path(self, address: str) -> str | None:
        """Return the path of an address that the site lists; a copy of a site lists its original's, whose paths are the same."""
        resolved = resolve("/", address, self._reader.origin)
        if resolved.foreign is not None:
            rest = address.partition("://")[2].partition("/")
            resolved = resolve("/", "/" + rest[2].lstrip("/"), self._reader.origin)
        return resolved.path

    def _list(self, paths: Iterable[str]) -> None:
        found = self._found
        for path in paths:
            if len(found.listed) >= MAX_LISTED:
                found.is_cut = True
                return
            found.listed[path] = None
            if len(found.named) < MAX_KNOWN:
                found.named.setdefault(path, 0)

    # -- walking -----------------------------------------------------------------------------------------------------

    async def _walk(self) -> None:
        """Read one page after another, those of kinds first that were seen least."""
        found = self._found
        while found.tries < self._limits.pages and self._elapsed_s < self._limits.total_s:
            path = self._next_path()
            if path is None:
                return
            found.tries += 1
            found.asked.add(path)
            found.kinds[_kind_of(path)] += 1
            self._take(path, await self._read(path))

    def _next_path(self) -> str | None:
        found = self._found
        waiting = [path for path in found.named if path not in found.asked]
        # Stable: among equals as they were found. Addresses with a query are mostly other views of what there is, so they count thrice.
        waiting.sort(key=lambda path: found.kinds[_kind_of(path)] * (3 if "?" in path else 1))
        return next((path for path in waiting[:_MAX_CONSIDERED] if found.rules.allows(path)), None)

    def _take(self, path: str, document: ReadDocument) -> None:
        """Note what a page is called and where it leads; where redirects led counts as seen."""
        found = self._found
        found.asked.update((path, document.path))
        if not document.is_page:
            found.failed[path] = document.status
            return
        found.read.setdefault(document.path, replace(document, body=b""))  # all of them might take 400 MB
        for link in document.content.links:
            self._note_link(link)

    def _note_link(self, link: Link) -> None:
        found = self._found
        if link.path in found.named:
            found.named[link.path] += 1
        elif len(found.named) >= MAX_KNOWN:
            found.is_cut = True
        elif self._forms.allows_link(link):
            found.named[link.path] = 1

    # -- what is told ------------------------------------------------------------------------------------------------

    def _knowledge(self, front: ReadDocument) -> SiteKnowledge:
        found = self._found
        pages = [
            KnownPage(
                path=path,
                title=document.content.title,
                status=document.status,
                links=found.named.get(path, 0),
            )
            for path, document in found.read.items()
        ]
        unread = (path for path in found.named if path not in found.read)
        pages += [
            KnownPage(path=path, status=found.failed.get(path, 0), links=found.named[path]) for path in unread
        ]
        return SiteKnowledge(
            name=front.content.title,
            entries=self._entries(front),
            pages=tuple(pages[:MAX_KNOWN]),
            listed=tuple(found.listed),
            is_complete=not found.is_cut and self._next_path() is None,
        )

    def _entries(self, front: ReadDocument) -> tuple[str, ...]:
        """Return where sessions may begin: the front page, then some pages of each kind, as who comes from a search begins there."""
        entries = ["/"] if front.is_page else []
        of_kind: Counter[tuple[str, int]] = Counter()
        for path in sorted(self._found.read, key=lambda path: "?" in path):
            if "?" in path and len(entries) >= _ENOUGH_ENTRIES:
                break
            if path != front.path:
                of_kind[_kind_of(path)] += 1
                if of_kind[_kind_of(path)] <= _ENTRIES_OF_A_KIND:
                    entries.append(path)
        return tuple(entries[:MAX_ENTRIES]) or ("/",)

    def _notes(self, front: ReadDocument) -> Iterable[str]:
        found = self._found
        if not found.read:
            return
        listed = f"; the site lists {len(found.listed):,}" if found.listed else ""
        yield (
            f"Before the run {_pages(len(found.read), 'was', 'were')} looked at in {format_duration(self._elapsed_s)}, "
            f"{'which name' if len(found.read) > 1 else 'which names'} {_pages(len(found.named))}{listed}."
        )
        if not front.is_page:
            yield f"The front page could not be read ({_why(front)}); visitors begin at pages that the sitemap lists."
        if not found.rules.allows("/"):
            yield "Its robots.txt asks programs not to look around, so visitors come without knowing more than the front page."
        elif front.is_page and not any(found.named.values()):
            yield "The front page has no link that can be followed without a script; visitors will hardly get beyond it."


def _pages(count: int, one: str = "", many: str = "") -> str:
    return f"1 page {one}".rstrip() if count == 1 else f"{count:,} pages {many}".rstrip()


def _kind_of(path: str) -> tuple[str, int]:
    segments = path.partition("?")[0].strip("/").split("/")
    return segments[0], len(segments)


def _rules_of(robots: ReadDocument) -> RobotsRules:
    if robots.status >= 500 or not robots.status:
        return RobotsRules.refusing()
    if robots.status != 200 or robots.is_html:
        return RobotsRules()
    return RobotsRules.parse(robots.body.decode("utf-8", "replace"), AGENT)


def _text_of(document: ReadDocument) -> str:
    """Return the text of a sitemap, unpacked where it is a file of its own that is packed."""
    if document.status != 200 or document.failure:
        return ""
    body = document.body
    if body.startswith(_GZIP_MAGIC):
        try:
            body = decode(body, b"gzip", _UNZIPPED_BYTES)
        except DecodingError:
            return ""
    return body.decode("utf-8", "replace")


# -- sites that cannot be visited --------------------------------------------------------------------------------------

_PLAY_A_MODEL: Final = "Visitors who read pages need pages; with --model FILE a traffic model can be played against it all the same."

_OF_PAGES_TOO_LARGE: Final = f"Visitors read pages of up to {MAX_DOCUMENT_BYTES // 2**20} MB; with --model FILE a traffic model can be played."


def _unusable(front: ReadDocument, target: str) -> UsageError | TargetError:
    if front.foreign:
        return UsageError(
            f"{target} sends its visitors to {front.foreign}",
            hint=f"If that is the site: trafficflou run {front.foreign}",
        )
    if front.failure or not front.status:
        return TargetError(
            f"the front page of {target} cannot be read: {_why(front)}",
            hint=_OF_PAGES_TOO_LARGE
            if front.failure == "too_large"
            else "Does it open in a browser on this machine?",
        )
    if front.status in {401, 403}:
        return TargetError(
            f"{target} answers {front.status}: it lets nobody in without logging in",
            hint="TrafficFlou does not log in by itself; open the site for this machine, or play a model of its open pages.",
        )
    if front.status == 429:
        return TargetError(
            f"{target} answers 429: it has had too many requests from here",
            hint="Wait, or raise the limit of the site, or of what stands in front of it, for this machine.",
        )
    if front.status >= 400:
        return TargetError(
            f"the front page of {target} answers {front.status}, and no sitemap names another page",
            hint=_PLAY_A_MODEL,
        )
    return UsageError(f"{target} answers with something that is no HTML page", hint=_PLAY_A_MODEL)


def _why(front: ReadDocument) -> str:
    words = {
        "timeout": "it does not answer in time",
        "redirect_loop": "it redirects without end",
        "too_large": "it is too large",
        "decoding": "its content encoding is broken",
        "protocol": "it does not speak HTTP/1.1",
    }
    if front.failure:
        return words.get(front.failure, front.failure.replace("_", " "))
    return f"status {front.status}" if front.status >= 400 else "it is no HTML page"
