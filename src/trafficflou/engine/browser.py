"""What a visitor's browser does: one page view at a time, its document first, then its subresources.

Theory of operation
-------------------
A `Browser` is a small state machine without a task of its own. `open_page` sends the document's request; when the response is
there it follows redirects within the target, stores cookies, looks what the document names, and fetches that over up to six
connections, as browsers do over HTTP/1.1. When nothing is outstanding the page view has ended and the visitor is told.

Every response is measured twice: *response time* from the intended start (so that waiting for a connection, or for a busy
generator, counts), *service time* from the moment the request was handed to the kernel.
"""

import math
from collections import deque
from typing import Final, Protocol

from trafficflou.core.media import subresource_kind
from trafficflou.engine.fetch import Fetch
from trafficflou.engine.page_view import NO_DOCUMENT, Document, PageView, Subresources
from trafficflou.engine.request_builder import VisitorHeaders
from trafficflou.engine.site import Site
from trafficflou.http import (
    Connection,
    CookieJar,
    DecodingError,
    FailureKind,
    Fresh,
    HttpCache,
    PageContent,
    ResponseHead,
    Retention,
    resolve,
)
from trafficflou.metrics import StrategyRecorder
from trafficflou.traffic import Page, PageReading, Step

__all__ = ["Browser", "PageOwner"]

MAX_CONNECTIONS: Final = 6
"""Per visitor and origin, as browsers do over HTTP/1.1."""

MAX_REDIRECTS: Final = 10
MAX_SUBRESOURCES: Final = 300

_ACCEPT_DOCUMENT: Final = b"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
_ACCEPT_ANY: Final = b"Accept: */*\r\n"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_REPEATING_REDIRECTS: Final = frozenset({307, 308})
"""After these method and body stay what they were; after the others a browser asks with GET."""

_MISSING: Final = frozenset({404, 410})
_STALE_KINDS: Final = frozenset({FailureKind.RESET, FailureKind.CLOSED_EARLY})


class PageOwner(Protocol):
    """Who asked for a page view."""

    def page_ended(self, page: Page, now_ns: int) -> None:
        """Take the end of the page view."""
        ...


class Browser:
    """A visitor's browser: connections, cookies, private cache, and the page view under way."""

    __slots__ = (
        "_cache",
        "_connections",
        "_cookies",
        "_headers",
        "_owner",
        "_queue",
        "_recorder",
        "_referer",
        "_site",
        "_view",
    )

    def __init__(
        self, site: Site, headers: VisitorHeaders, owner: PageOwner, recorder: StrategyRecorder
    ) -> None:
        self._site = site
        self._recorder = recorder
        self._headers = headers
        self._owner = owner
        self._connections: list[Connection] = []
        self._queue: deque[Fetch] | None = None
        self._cookies: CookieJar | None = None
        self._cache: HttpCache[Document] | None = None
        self._referer = b""
        self._view: PageView | None = None

    def open_page(
        self,
        step: Step,
        intended_at_ns: int,
        now_ns: int,
        reading: PageReading = PageReading.NOTHING,
    ) -> None:
        """Start a page view; `PageOwner.page_ended` is called later, never from inside this call.

        Args:
            step: What the strategy wants.
            intended_at_ns: When the click was due.
            now_ns: Now.
            reading: How much of the document the strategy wants to see.
        """
        series = self._recorder.series(step.template)
        view = self._view = PageView(step, series, reading, intended_at_ns)
        self._headers.begin_page()
        place = self._site.place(step.path)
        if place is None:
            view.failure = "unusable_path"
            series.record_error("unusable_path", 0, 0)
            self._site.dialer.loop.call_soon(self._fetch_ended, now_ns)
            return
        fetch = Fetch(place[0], series, intended_at_ns, now_ns, is_document=True, learned=step.is_learned)
        if not step.is_plain:
            fetch.sent_with = step
        self._begin(fetch)

    # -- sending -----------------------------------------------------------------------------------------------------

    def _begin(self, fetch: Fetch) -> None:
        if self._cache is not None and fetch.sent_with is None:
            found = self._cache.lookup(fetch.path, self._site.clock.wall_s())
            if isinstance(found, Fresh):
                self._site.dialer.loop.call_soon(self._served_from_cache, fetch, found)
                return
            fetch.held = found
        self._send(fetch)

    def _send(self, fetch: Fetch) -> None:
        for connection in self._connections:
            if connection.usable:
                connection.context = fetch
                data = self._request(fetch)
                connection.request(data, retain=self._retention(fetch), now_ns=self._site.clock.now_ns())
                return
        if len(self._connections) < self._connection_limit():
            connection = Connection(self._site.dialer, self)
            self._site.extra_connections += bool(self._connections)
            self._connections.append(connection)
            connection.context = fetch
            connection.open_and_request(
                self._request(fetch),
                retain=self._retention(fetch),
                now_ns=self._site.clock.now_ns(),
            )
            return
        if self._queue is None:
            self._queue = deque()
        fetch.queued = True
        self._queue.append(fetch)

    def _retention(self, fetch: Fetch) -> Retention:
        if not fetch.is_document:
            return Retention.NOTHING
        view = self._view
        return Retention.ALL if view is not None and view.reading is PageReading.BODY else Retention.HTML

    def _connection_limit(self) -> int:
        return MAX_CONNECTIONS if self._site.free_sockets > 0 else 1

    def _forget(self, connection: Connection) -> None:
        self._connections.remove(connection)
        self._site.extra_connections -= bool(self._connections)

    def _request(self, fetch: Fetch) -> bytes:
        extra = self._referer
        if fetch.held is not None:
            extra += fetch.held.validators
        if self._cookies is not None:
            extra += self._cookies.header_for(fetch.path, self._site.clock.wall_s())
        accept = _ACCEPT_DOCUMENT if fetch.is_document else _ACCEPT_ANY
        if fetch.sent_with is not None:
            return self._headers.build_step(fetch.sent_with, fetch.path, accept, extra)
        return self._headers.build(fetch.path, accept, extra)

    # -- receiving: the ConnectionOwner's calls ----------------------------------------------------------------------

    def response_received(self, connection: Connection, head: ResponseHead) -> None:
        """Measure a response, keep its cookies and cache entry, and go on with the page."""
        fetch: Fetch = connection.context
        body = connection.take_body()
        self._measure(fetch, connection, head)
        if not connection.usable:
            self._forget(connection)
        if head.set_cookies:
            if self._cookies is None:
                self._cookies = CookieJar(self._site.origin)
            self._cookies.store(head.set_cookies, fetch.path, self._site.clock.wall_s())
        if head.location is not None and head.status in _REDIRECTS:
            self._follow_redirect(fetch, head, head.location, connection.done_at_ns)
        elif fetch.is_document:
            self._document_arrived(fetch, head, body, connection.done_at_ns)
        else:
            self._remember(fetch, head, NO_DOCUMENT)
            self._fetch_ended(connection.done_at_ns)
        if self._queue:
            self._pump()
        if len(self._connections) > 1 and self._site.free_sockets < 0:
            self.close_idle()

    def exchange_failed(self, connection: Connection, kind: FailureKind) -> None:
        """Measure a failure and go on; a request that met a connection just closed by the site is sent again, as browsers do.

        That ends: each repetition uses up a connection that had carried a request before, and one that had not is no excuse.
        """
        fetch: Fetch = connection.context
        self._forget(connection)
        if connection.exchanges > 1 and not connection.first_byte_at_ns and kind in _STALE_KINDS:
            self._send(fetch)
            return
        now_ns = connection.done_at_ns
        began_at_ns = connection.sent_at_ns or connection.connecting_at_ns
        fetch.series.record_error(str(kind), now_ns - fetch.intended_at_ns, now_ns - began_at_ns)
        if fetch.is_document and self._view is not None:
            self._view.failure = str(kind)
        self._fetch_ended(now_ns)
        self._pump()

    def connection_lost(self, connection: Connection) -> None:
        """Forget an idle connection that the site closed."""
        self._forget(connection)

    def _measure(self, fetch: Fetch, connection: Connection, head: ResponseHead) -> None:
        done_at_ns = connection.done_at_ns
        sent_at_ns = connection.sent_at_ns
        first_byte_at_ns = connection.first_byte_at_ns
        series = fetch.series
        if connection.exchanges == 1 or fetch.queued:
            self._measure_waiting(fetch, connection)
        record = series.record_response
        if fetch.learned and head.status in _MISSING:
            record = series.record_missing
            self._note_missing(fetch, head.status)
        record(
            head.status,
            done_at_ns - fetch.intended_at_ns,
            done_at_ns - sent_at_ns,
            first_byte_at_ns - sent_at_ns,
            done_at_ns - first_byte_at_ns,
            connection.received_bytes,
        )

    def _measure_waiting(self, fetch: Fetch, connection: Connection) -> None:
        if connection.exchanges > 1:
            fetch.series.record_connection(connection.sent_at_ns - fetch.wanted_at_ns, 0, 0)
            return
        connected_at_ns, ready_at_ns = connection.connected_at_ns, connection.ready_at_ns
        fetch.series.record_connection(
            connection.connecting_at_ns - fetch.wanted_at_ns,
            connected_at_ns - connection.connecting_at_ns,
            ready_at_ns - connected_at_ns if self._site.dialer.tls is not None else 0,
        )

    def _note_missing(self, fetch: Fetch, status: int) -> None:
        site = self._site
        view = self._view
        site.recorder.missing_path(fetch.path, view.step.template if view else "", status)
        if not fetch.is_document:
            site.note_missing_subresource(fetch.path)

    # -- the page ----------------------------------------------------------------------------------------------------

    def _follow_redirect(self, fetch: Fetch, head: ResponseHead, location: bytes, now_ns: int) -> None:
        resolved = resolve(fetch.path, location.decode("utf-8", "replace"), self._site.origin)
        if resolved.path is None:
            if resolved.foreign is not None:
                self._site.recorder.foreign_origin(resolved.foreign, "redirect")
            if fetch.is_document:
                self._document_lost(
                    head.status, "foreign_redirect" if resolved.foreign else "bad_redirect", now_ns
                )
            self._fetch_ended(now_ns)
            return
        if fetch.redirects >= MAX_REDIRECTS:
            fetch.series.record_spoiled("redirect_loop")
            if fetch.is_document:
                self._document_lost(0, "redirect_loop", now_ns)
            self._fetch_ended(now_ns)
            return
        hop = Fetch(
            resolved.path, fetch.series, now_ns, now_ns, is_document=fetch.is_document, learned=fetch.learned
        )
        hop.redirects = fetch.redirects + 1
        if head.status in _REPEATING_REDIRECTS:
            hop.sent_with = fetch.sent_with
        if fetch.is_document and self._view is not None:
            self._view.final_path = resolved.path
        self._begin(hop)

    def _document_lost(self, status: int, failure: str, now_ns: int) -> None:
        view = self._view
        if view is not None:
            view.status, view.failure, view.document_at_ns = status, failure, now_ns

    def _served_from_cache(self, fetch: Fetch, found: Fresh[Document]) -> None:
        fetch.series.record_cache_hit()
        now_ns = self._site.clock.now_ns()
        if fetch.is_document:
            self._show(fetch, found.status, found.payload or NO_DOCUMENT, now_ns)
        self._fetch_ended(now_ns)

    def _document_arrived(self, fetch: Fetch, head: ResponseHead, body: bytes | None, now_ns: int) -> None:
        status, document = head.status, NO_DOCUMENT
        if head.status == 304 and fetch.held is not None:
            status, document = fetch.held.status, fetch.held.payload or NO_DOCUMENT
        elif body is not None:
            document = self._read(fetch, body, head)
        if fetch.sent_with is not None:
            self._forget_cached(fetch)
        elif self._cache is not None or head.cache_policy.is_storable:
            self._remember(fetch, head, document)
        self._show(fetch, status, document, now_ns)
        self._fetch_ended(now_ns)

    def _show(self, fetch: Fetch, status: int, document: Document, now_ns: int) -> None:
        """Let the visitor see a document: what follows is asked for from there."""
        place = self._site.place(fetch.path)
        self._referer = b"" if place is None else place[1]
        view = self._view
        if view is None:
            return
        view.status, view.document, view.document_at_ns = status, document, now_ns
        if view.step.loads_subresources:
            self._fetch_subresources(view, document.subresources, now_ns)

    def _read(self, fetch: Fetch, body: bytes, head: ResponseHead) -> Document:
        site, view = self._site, self._view
        reading = PageReading.NOTHING if view is None else view.reading
        subresources: Subresources = ()
        content: PageContent | None = None
        try:
            if head.is_html and site.reads_pages:
                scanned = site.scanner.scan(fetch.path, body, head.content_encoding)
                subresources = scanned.subresources
                for origin in scanned.foreign_origins:
                    site.recorder.foreign_origin(origin, "subresource")
            if reading is PageReading.NOTHING:
                return Document(subresources) if subresources else NO_DOCUMENT
            if head.is_html:
                content = site.scanner.read(fetch.path, body, head.content_encoding, head.charset)
            shown = site.scanner.decoded(body, head.content_encoding) if reading is PageReading.BODY else None
        except DecodingError:
            fetch.series.record_spoiled("decoding")
            if view is not None:
                view.failure = "decoding"
            return NO_DOCUMENT
        return Document(subresources, content, shown)

    def _forget_cached(self, fetch: Fetch) -> None:
        """Let go of what was cached of a page that something was sent to (RFC 9111, 4.4)."""
        if self._cache is not None:
            self._cache.invalidate(fetch.path)

    def _remember(self, fetch: Fetch, head: ResponseHead, payload: Document) -> None:
        if head.status == 304:
            if self._cache is not None:
                self._cache.refresh(fetch.path, head.cache_policy, self._site.clock.wall_s())
            return
        if self._cache is None:
            if not head.cache_policy.is_storable:
                return
            self._cache = HttpCache()
        # Also what may not be kept: it replaces an older response that was.
        self._cache.store(
            fetch.path, head.status, head.cache_policy, self._site.clock.wall_s(), payload=payload
        )

    def _fetch_subresources(self, view: PageView, named: Subresources, now_ns: int) -> None:
        site = self._site
        learned = view.step.learned_subresources if site.plays_learned else ()
        if not named and not learned:
            return
        recorder = self._recorder
        wanted: dict[str, tuple[str, bool]] = {path: (kind, False) for path, kind in named[:MAX_SUBRESOURCES]}
        for reference in learned:
            place = site.place(reference)
            if place is not None and place[0] not in site.missing_subresources:
                wanted.setdefault(place[0], (subresource_kind(place[0]), True))
        view.outstanding += len(wanted)
        for path, (kind, from_model) in wanted.items():
            series = recorder.subresource_series(kind)
            self._begin(Fetch(path, series, now_ns, now_ns, is_document=False, learned=from_model))

    def _fetch_ended(self, now_ns: int) -> None:
        view = self._view
        if view is None:
            return
        view.outstanding -= 1
        if view.outstanding:
            return
        self._view = None
        load_ns = now_ns - view.intended_at_ns
        if view.status:
            view.series.record_page_view(load_ns)
        self._owner.page_ended(view.ended(load_ns), now_ns)

    def _pump(self) -> None:
        """Send what waits for a connection."""
        queue = self._queue
        while queue:
            usable = next((connection for connection in self._connections if connection.usable), None)
            if usable is None and len(self._connections) >= self._connection_limit():
                return
            self._send(queue.popleft())

    # -- upkeep ------------------------------------------------------------------------------------------------------

    def close_idle(self, idle_since_ns: float = math.inf) -> None:
        """Close connections beyond the first that have been idle since then, by default all that are idle."""
        for connection in self._connections[1:]:
            if connection.usable and connection.done_at_ns < idle_since_ns:
                connection.close()
                self._forget(connection)

    def give_up(self, now_ns: int) -> None:
        """Stop waiting: measure what is under way as unfinished, with the time that it was waited for, and close.

        Leaving it out would leave out the slowest. What was never sent is no request, so the queue is dropped.
        """
        view, self._view = self._view, None
        self._queue = None
        for connection in tuple(self._connections):
            connection.give_up()
        if view is not None and view.status:
            view.series.record_page_view(now_ns - view.intended_at_ns)
        self.close()

    def close(self) -> None:
        """Close all connections; a page view under way is dropped without a word."""
        self._view = None
        self._queue = None
        while self._connections:
            connection = self._connections[-1]
            connection.close()
            self._forget(connection)
