"""Reads single documents of a site outside of a run, one after another: for whoever wants to know a site before visitors come.

Each request says who it is, as those of a run do. Only the target's permitted addresses are connected to; redirects are followed within
the target. A document that is slow, endless or broken is a document that was not read: that is a value here, never an error.
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final

from trafficflou.core import Clock, SystemClock
from trafficflou.engine.page_scanner import PageScanner
from trafficflou.engine.request_builder import RequestBuilder
from trafficflou.http import (
    EMPTY_PAGE,
    Connection,
    CookieJar,
    DecodingError,
    Dialer,
    FailureKind,
    Origin,
    PageContent,
    ResponseHead,
    Retention,
    resolve,
)
from trafficflou.security import PermittedTarget

__all__ = ["MAX_DOCUMENT_BYTES", "ReadDocument", "SiteReader"]

MAX_REDIRECTS: Final = 5
MAX_DOCUMENT_BYTES: Final = 4 * 1024 * 1024
CONNECT_TIMEOUT_S: Final = 3.0
READER_VISITOR: Final = 2**32 - 1
"""The visitor number that its requests carry: no run has so many."""

_ACCEPT: Final = b"Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_STALE_KINDS: Final = frozenset({FailureKind.RESET, FailureKind.CLOSED_EARLY})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """What became of asking for a document.

    Attributes:
        path: Where redirects ended.
        status: Its HTTP status; 0 where no response came.
        failure: Why there is none: `timeout`, `connect_refused`, `too_large`, `redirect_loop`...; empty where there is.
        foreign: The other origin that it redirects to; empty otherwise.
        is_html: It is a page.
        content: What a person sees of it; nothing where it is no page.
        body: Its bytes without content encoding.
    """

    path: str
    status: int = 0
    failure: str = ""
    foreign: str = ""
    is_html: bool = False
    content: PageContent = EMPTY_PAGE
    body: bytes = b""

    @property
    def is_page(self) -> bool:
        """Whether a person could read it."""
        return 200 <= self.status < 300 and self.is_html and not self.failure


class SiteReader:
    """Reads over one connection at a time for each caller, and with one jar of cookies.

    Args:
        target: Whose documents, resolved and permitted.
        tls: Decides whom to trust; `None` for http.
        run_id: Identifies the run in every request.
        clock: Tells the time.
    """

    def __init__(
        self, target: PermittedTarget, tls: ssl.SSLContext | None, run_id: str, *, clock: Clock | None = None
    ) -> None:
        host = f"[{target.host}]" if ":" in target.host else target.host
        self.origin = Origin.parse(f"{target.scheme}://{host}:{target.port}")
        self._clock = clock or SystemClock()
        self._headers = RequestBuilder(self.origin, run_id).for_visitor(READER_VISITOR, "desktop")
        self._scanner = PageScanner(self.origin, max_entries=64)
        self._cookies = CookieJar(self.origin)
        self._idle: list[_Line] = []
        self._lines: set[_Line] = set()
        self._dialer = Dialer(
            asyncio.get_running_loop(),
            addresses=target.addresses,
            port=target.port,
            server_hostname=target.host,
            tls=tls,
            # Each reading has its own limit of time and closes the connection: nobody has to sweep.
            connect_timeout_s=CONNECT_TIMEOUT_S,
            total_timeout_s=60.0,
            limit_bytes=MAX_DOCUMENT_BYTES,
        )

    async def read(self, path: str, *, within_s: float) -> ReadDocument:
        """Read a document.

        Args:
            path: Path and query.
            within_s: Longest time, redirects included.
        """
        line = self._idle.pop() if self._idle else _Line(self._dialer, self._clock)
        self._lines.add(line)
        try:
            async with asyncio.timeout(within_s):
                return await self._follow(line, path)
        except TimeoutError:
            return ReadDocument(path=path, failure="timeout")
        finally:
            line.rest()
            self._idle.append(line)

    def close(self) -> None:
        """Close all connections; idempotent."""
        for line in self._lines:
            line.close()

    async def _follow(self, line: "_Line", path: str) -> ReadDocument:
        for _ in range(MAX_REDIRECTS + 1):
            answer = await line.ask(self._request(path))
            if isinstance(answer, FailureKind):
                return ReadDocument(path=path, failure=str(answer))
            head, body = answer
            self._cookies.store(head.set_cookies, path, self._clock.wall_s())
            if head.location is None or head.status not in _REDIRECTS:
                return self._document(path, head, body)
            resolved = resolve(path, head.location.decode("utf-8", "replace"), self.origin)
            if resolved.path is None:
                return ReadDocument(
                    path=path,
                    status=head.status,
                    failure="foreign_redirect" if resolved.foreign else "bad_redirect",
                    foreign=resolved.foreign or "",
                )
            path = resolved.path
        return ReadDocument(path=path, failure="redirect_loop")

    def _request(self, path: str) -> bytes:
        self._headers.begin_page()
        return self._headers.build(path, _ACCEPT, self._cookies.header_for(path, self._clock.wall_s()))

    def _document(self, path: str, head: ResponseHead, body: bytes) -> ReadDocument:
        try:
            decoded = self._scanner.decoded(body, head.content_encoding)
            content = (
                self._scanner.read(path, body, head.content_encoding, head.charset)
                if head.is_html
                else EMPTY_PAGE
            )
        except DecodingError:
            return ReadDocument(path=path, status=head.status, failure="decoding", is_html=head.is_html)
        return ReadDocument(
            path=path, status=head.status, is_html=head.is_html, content=content, body=decoded
        )


class _Line:
    """One connection, opened again where the site closed it: the owner of whatever `Connection` it has."""

    __slots__ = ("_answer", "_clock", "_connection", "_dialer")

    def __init__(self, dialer: Dialer, clock: Clock) -> None:
        self._dialer = dialer
        self._clock = clock
        self._connection: Connection | None = None
        self._answer: asyncio.Future[tuple[ResponseHead, bytes] | FailureKind] | None = None

    async def ask(self, request: bytes) -> tuple[ResponseHead, bytes] | FailureKind:
        """Send a request and wait for what becomes of it; one that met a connection just closed is sent again, as browsers do."""
        is_used = self._connection is not None and self._connection.usable
        answer = await self._send(request)
        is_stale = is_used and isinstance(answer, FailureKind) and answer in _STALE_KINDS
        return await self._send(request) if is_stale else answer

    async def _send(self, request: bytes) -> tuple[ResponseHead, bytes] | FailureKind:
        self._answer = self._dialer.loop.create_future()
        now_ns = self._clock.now_ns()
        if self._connection is not None and self._connection.usable:
            self._connection.request(request, retain=Retention.ALL, now_ns=now_ns)
        else:
            self._connection = Connection(self._dialer, self)
            self._connection.open_and_request(request, retain=Retention.ALL, now_ns=now_ns)
        return await self._answer

    def rest(self) -> None:
        """Be of use again later, or close where an answer is still under way."""
        if self._connection is not None and not self._connection.usable:
            self.close()

    def close(self) -> None:
        """Close the connection; idempotent."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- the ConnectionOwner's calls ---------------------------------------------------------------------------------

    def response_received(self, connection: Connection, head: ResponseHead) -> None:
        """Hand over a response."""
        self._settle((head, connection.take_body() or b""))

    def exchange_failed(self, connection: Connection, kind: FailureKind) -> None:
        """Hand over a failure."""
        self._settle(kind)

    def connection_lost(self, connection: Connection) -> None:
        """Nobody waits; the next request opens another."""

    def _settle(self, answer: tuple[ResponseHead, bytes] | FailureKind) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)
