"""Sessions out of single requests: who came, what pages were viewed, which subresources belong to which page view.

Theory of operation
-------------------
A visitor is an address with an agent; a session ends when its visitor sends nothing for the gap (30 minutes by default). Open sessions
stand in the order of their last request, so as the log time advances the ended ones are taken from the front. Lines may be out of
order by anything less than the gap: servers stamp a request when it begins and write it when it ends, so a slow document stands
after its own stylesheets. Should the log time fall back by more than the gap (logs put one after the other), all open sessions
end and the time starts anew.

A page view is a GET answered 200 or 304 for something that is neither file, data nor plumbing. A subresource belongs to the
page view that its referrer names, or to the page view that fetched the stylesheet that its referrer names; without a usable
referrer to the latest page view, if that began less than a minute ago. What arrives before its page waits for it.

A request that a page sends by itself looks like a page view if its path says nothing. It is taken for data where it names the page
just viewed as its referrer and comes in the very second in which files of that page are still arriving. It is no page view at all where
a page soon asks for itself with a query and gets less than half of its size (related posts, lazy lists): the query, and so the request,
cannot be played.

Memory: bounded per session (page views, subresources) and over all (open sessions; above, the one idle for longest ends early).
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from trafficflou.behavior.clients import Agent, Reason
from trafficflou.behavior.resources import Resource, Role, referrer_path

__all__ = ["DEFAULT_SESSION_GAP_S", "Hit", "PageView", "Session", "Sessioniser"]

DEFAULT_SESSION_GAP_S: Final = 1800.0
MAX_OPEN_SESSIONS: Final = 100_000
MAX_PAGE_VIEWS: Final = 500
"""A session with more is a crawler's; nobody reads 500 pages without half an hour's rest."""
MAX_FILES: Final = 500
"""Subresources remembered per session; later ones are counted as requests only."""
_LOGIN_FLOOD: Final = 5
_ERROR_BURST: Final = 10
_LOADING_S: Final = 60
_PART_SHARE: Final = 0.5
_MACHINE_PAGE_VIEWS: Final = 30
_MACHINE_GAP_S: Final = 6.0
"""Thirty pages at less than six seconds each, over a whole session, is faster than people read or click."""
_FETCHED = frozenset((200, 206, 304))


class Hit(Protocol):
    """A request, as any reader of evidence gives it; `evidence.LogRecord` is one."""

    @property
    def address(self) -> str:
        """The client's address."""
        ...

    @property
    def agent(self) -> str | None:
        """The `User-Agent`; `""` where none was sent, `None` where the evidence does not have it."""
        ...

    @property
    def at_s(self) -> int:
        """Seconds since the epoch."""
        ...

    @property
    def utc_offset_s(self) -> int:
        """Offset of the evidence's clock, seconds east of UTC."""
        ...

    @property
    def method(self) -> str:
        """`GET`, ...; `""` where the request was not HTTP."""
        ...

    @property
    def target(self) -> str:
        """Path and query, one character a byte."""
        ...

    @property
    def status(self) -> int:
        """Status of the response."""
        ...

    @property
    def body_bytes(self) -> int:
        """Size of the response's body; -1 where unknown."""
        ...

    @property
    def referrer(self) -> str:
        """The `Referer`; `""` where there was none."""
        ...


class PageView:
    """A document and the subresources that the visitor had not fetched before in this session."""

    __slots__ = ("at_s", "body_bytes", "files", "path")

    def __init__(self, path: str, at_s: int, body_bytes: int) -> None:
        """Begin a page view.

        Args:
            path: Normalised path.
            at_s: Seconds since the epoch.
            body_bytes: Size of the document; -1 where unknown (304, or not logged).
        """
        self.path = path
        self.at_s = at_s
        self.body_bytes = body_bytes
        self.files: list[tuple[str, int]] = []
        """Path and body size (-1 where unknown) of each, in the order of the log."""


class Session:
    """A visit; complete when `Sessioniser` hands it over."""

    __slots__ = (
        "_early",
        "_fetched",
        "_logins",
        "_not_found",
        "_others",
        "_probes",
        "agent",
        "key",
        "last_at_s",
        "page_views",
        "reads_robots",
        "requests",
        "subresources",
        "utc_offset_s",
    )

    def __init__(self, key: tuple[str, str | None], agent: Agent, at_s: int, utc_offset_s: int) -> None:
        """Begin a session.

        Args:
            key: The visitor: address and agent.
            agent: What the visitor's agent says.
            at_s: Time of the first request.
            utc_offset_s: Offset of the log's clock, seconds east of UTC.
        """
        self.key = key
        self.agent = agent
        self.last_at_s = at_s
        self.utc_offset_s = utc_offset_s
        self.page_views: list[PageView] = []
        self.requests = 0
        self.subresources = 0
        """Requests for subresources, repeated ones included."""
        self.reads_robots = False
        self._fetched: dict[str, PageView] = {}
        self._early: list[tuple[int, str, int, str]] = []
        self._probes = self._logins = self._not_found = self._others = 0

    def reason(self) -> Reason | None:
        """Say why this session, as far as it alone can tell, is none of a person with a browser."""
        if self.reads_robots or self._is_faster_than_people():
            return Reason.BOTS
        is_error_burst = self._not_found >= _ERROR_BURST and 2 * self._not_found >= self._others
        if self._probes or self._logins >= _LOGIN_FLOOD or is_error_burst:
            return Reason.SCANNERS
        return None if self.page_views else Reason.NO_PAGE_VIEWS

    def _is_faster_than_people(self) -> bool:
        count = len(self.page_views)
        if count < _MACHINE_PAGE_VIEWS:
            return False
        elapsed_s = self.page_views[-1].at_s - self.page_views[0].at_s
        return count >= MAX_PAGE_VIEWS or elapsed_s < _MACHINE_GAP_S * (count - 1)

    def visitor(self) -> int:
        """Return the visitor as 64 random bits: the same in every process, so that what is counted by them can be repeated."""
        address, agent = self.key
        text = f"{address}\n{agent}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")

    def add(self, hit: Hit, resource: Resource) -> None:
        """Take one request of this visitor."""
        self.requests += 1
        self.last_at_s = max(self.last_at_s, hit.at_s)
        role = resource.role
        is_fetched = hit.method == "GET" and hit.status in _FETCHED
        if role is Role.FILE:
            if is_fetched:
                self._add_file(hit, resource.path)
            return
        self._watch(hit, resource)
        if is_fetched:
            self._add_document(hit, resource)

    def finish(self) -> None:
        """Put the page views in order of time and give away what still waits for its page."""
        self.page_views.sort(key=_at_s)
        for at_s, path, size, _ in self._early:
            if self.page_views and path not in self._fetched:
                before = [view for view in self.page_views if view.at_s <= at_s]
                self._attach(before[-1] if before else self.page_views[0], path, size)
        self._early.clear()

    def _watch(self, hit: Hit, resource: Resource) -> None:
        """Count what only machines do; missing pictures and stylesheets are a site's own fault and do not count."""
        self._others += 1
        if resource.is_robots:
            self.reads_robots = True
        if resource.is_probe and (hit.status >= 400 or resource.role is not Role.PAGE):
            self._probes += 1
        if resource.is_login and hit.method == "POST":
            self._logins += 1
        if hit.status == 404:
            self._not_found += 1

    def _add_document(self, hit: Hit, resource: Resource) -> None:
        if resource.role is Role.PAGE and hit.status != 206:
            if self._is_sent_by_page(hit):
                self._add_file(hit, resource.path)
            elif not self._is_part_of_page(hit, resource.path):
                self._add_page_view(hit, resource.path)
        elif resource.role is Role.DATA:
            referrer = referrer_path(hit.referrer)
            if any(view.path == referrer for view in self.page_views[-3:]):
                self._add_file(hit, resource.path)

    def _is_sent_by_page(self, hit: Hit) -> bool:
        if not self.page_views:
            return False
        latest = self.page_views[-1]
        return bool(latest.files) and hit.at_s == latest.at_s and referrer_path(hit.referrer) == latest.path

    def _is_part_of_page(self, hit: Hit, path: str) -> bool:
        latest = self.page_views[-1] if self.page_views else None
        return (
            latest is not None
            and latest.path == path
            and "?" in hit.target
            and hit.at_s - latest.at_s < _LOADING_S
            and 0 <= hit.body_bytes < latest.body_bytes * _PART_SHARE
            and referrer_path(hit.referrer) == path
        )

    def _add_page_view(self, hit: Hit, path: str) -> None:
        if len(self.page_views) >= MAX_PAGE_VIEWS:
            return
        view = PageView(path, hit.at_s, hit.body_bytes if hit.status == 200 else -1)
        self.page_views.append(view)
        if not self._early:
            return
        waiting, self._early = self._early, []
        for early in waiting:
            at_s, file, size, referrer = early
            if referrer in {path, ""} and file not in self._fetched and at_s - hit.at_s < _LOADING_S:
                self._attach(view, file, size)
            else:
                self._early.append(early)

    def _add_file(self, hit: Hit, path: str) -> None:
        self.subresources += 1
        if path in self._fetched or len(self._fetched) + len(self._early) >= MAX_FILES:
            return
        size = hit.body_bytes if hit.status == 200 else -1
        referrer = referrer_path(hit.referrer)
        view = self._page_of(referrer, hit.at_s)
        if view is None:
            self._early.append((hit.at_s, path, size, referrer))
        else:
            self._attach(view, path, size)

    def _page_of(self, referrer: str, at_s: int) -> PageView | None:
        for view in reversed(self.page_views[-10:]):
            if view.path == referrer:
                return view
        by_file = self._fetched.get(referrer)
        if by_file is not None:
            return by_file
        latest = self.page_views[-1] if self.page_views else None
        return latest if latest is not None and not referrer and at_s - latest.at_s < _LOADING_S else None

    def _attach(self, view: PageView, path: str, size: int) -> None:
        view.files.append((path, size))
        self._fetched[path] = view


def _at_s(view: PageView) -> int:
    return view.at_s


class Sessioniser:
    """Sorts requests into sessions and hands each over when it has ended."""

    def __init__(
        self, on_session: Callable[[Session], None], *, gap_s: float = DEFAULT_SESSION_GAP_S
    ) -> None:
        """Start with no open session.

        Args:
            on_session: Called with each session when it has ended, in the order of their last requests.
            gap_s: More than so long without a request ends a session, seconds.
        """
        self._on_session = on_session
        self._gap_s = gap_s
        self._open: OrderedDict[tuple[str, str | None], Session] = OrderedDict()
        self._now_s = 0
        self.ended_early = 0
        """Sessions ended before their time because too many were open."""
        self.time_jumps = 0
        """How often the log time fell back by more than the gap."""

    def add(self, hit: Hit, resource: Resource, agent: Agent) -> None:
        """Take one request."""
        at_s = hit.at_s
        if at_s > self._now_s:
            self._now_s = at_s
            self._end_idle(at_s - self._gap_s)
        elif at_s < self._now_s - self._gap_s:
            self.time_jumps += 1
            self.end_all()
            self._now_s = at_s
        self._session_of(hit, agent).add(hit, resource)

    def _session_of(self, hit: Hit, agent: Agent) -> Session:
        key = (hit.address, hit.agent)
        session = self._open.get(key)
        if session is not None:
            if hit.at_s - session.last_at_s <= self._gap_s:
                self._open.move_to_end(key)
                return session
            self._hand_over(key)
        if len(self._open) >= MAX_OPEN_SESSIONS:
            self.ended_early += 1
            self._hand_over(next(iter(self._open)))
        session = self._open[key] = Session(key, agent, hit.at_s, hit.utc_offset_s)
        return session

    def end_all(self) -> None:
        """End every open session: the log is over."""
        while self._open:
            self._hand_over(next(iter(self._open)))

    def _end_idle(self, limit_s: float) -> None:
        while self._open:
            key, session = next(iter(self._open.items()))
            if session.last_at_s >= limit_s:
                return
            self._hand_over(key)

    def _hand_over(self, key: tuple[str, str | None]) -> None:
        session = self._open.pop(key)
        session.finish()
        self._on_session(session)
