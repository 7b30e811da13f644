"""The engine's connection against a server that misbehaves in every way we know of, over real sockets."""

import asyncio
import ssl
import time

import pytest
import trustme

from trafficflou.http import Connection, Dialer, FailureKind, ResponseHead, Retention
from trafficflou.testing.fault import response
from trafficflou.testing.fault_server import FaultServer

BEAT_S = 0.05
TIMEOUT_S = 0.6

COMPLETE = {
    "/normal": (200, True),
    "/empty": (200, True),
    "/close": (200, False),
    "/close-delimited": (200, False),
    "/http-1.0": (200, False),
    "/http-1.0-keep-alive": (200, True),
    "/http-1.0-close-delimited": (200, False),
    "/no-reason": (200, True),
    "/not-found": (404, True),
    "/server-error": (500, True),
    "/informational": (200, True),
    "/no-content": (204, True),
    "/not-modified": (304, True),
    "/chunked": (200, True),
    "/chunked-odd-sizes": (200, True),
    "/chunked-upper-case": (200, True),
    "/chunked-extensions": (200, True),
    "/chunked-trailers": (200, True),
    "/slow-head": (200, True),
    "/slow-body": (200, True),
    "/bare-line-feeds": (200, True),
    "/obs-fold": (200, True),
    "/duplicate-length": (200, True),
    "/set-cookie-flood": (200, True),
    "/set-cookie-large": (200, True),
    "/chunked-and-length": (200, False),
    "/length-too-small": (200, False),
    "/no-content-with-body": (204, False),
    "/not-modified-with-body": (304, False),
    "/unasked": (200, False),
    "/redirect": (302, True),
}

FAILED = {
    "/chunked-bad-size": FailureKind.PROTOCOL,
    "/chunked-huge-size": FailureKind.PROTOCOL,
    "/chunked-bad-end": FailureKind.PROTOCOL,
    "/chunked-cut": FailureKind.CLOSED_EARLY,
    "/chunked-no-end": FailureKind.CLOSED_EARLY,
    "/chunked-endless-trailers": FailureKind.PROTOCOL,
    "/drip-endless-head": FailureKind.TIMEOUT,
    "/never": FailureKind.TIMEOUT,
    "/never-body": FailureKind.TIMEOUT,
    "/never-end": FailureKind.TIMEOUT,
    "/endless": FailureKind.TOO_LARGE,
    "/endless-chunked": FailureKind.TOO_LARGE,
    "/endless-head": FailureKind.PROTOCOL,
    "/endless-informational": FailureKind.PROTOCOL,
    "/cut-body": FailureKind.CLOSED_EARLY,
    "/cut-head": FailureKind.CLOSED_EARLY,
    "/cut-status": FailureKind.CLOSED_EARLY,
    "/close-at-once": FailureKind.CLOSED_EARLY,
    "/reset": FailureKind.RESET,
    "/reset-in-head": FailureKind.RESET,
    "/reset-in-body": FailureKind.RESET,
    "/garbage": FailureKind.PROTOCOL,
    "/garbage-binary": FailureKind.PROTOCOL,
    "/bad-status": FailureKind.PROTOCOL,
    "/http-2": FailureKind.PROTOCOL,
    "/bad-header": FailureKind.PROTOCOL,
    "/bad-header-name": FailureKind.PROTOCOL,
    "/nul-in-header": FailureKind.PROTOCOL,
    "/huge-header": FailureKind.PROTOCOL,
    "/many-headers": FailureKind.PROTOCOL,
    "/conflicting-length": FailureKind.PROTOCOL,
    "/negative-length": FailureKind.PROTOCOL,
    "/length-not-a-number": FailureKind.PROTOCOL,
    "/length-too-long": FailureKind.PROTOCOL,
    "/unknown-transfer-coding": FailureKind.PROTOCOL,
}


class Client:
    """Owns connections and waits for what becomes of an exchange."""

    def __init__(self, port: int, *, tls: ssl.SSLContext | None = None, hostname: str = "localhost") -> None:
        self.dialer = Dialer(
            asyncio.get_running_loop(),
            addresses=("127.0.0.1",),
            port=port,
            server_hostname=hostname,
            tls=tls,
            connect_timeout_s=TIMEOUT_S,
            total_timeout_s=TIMEOUT_S,
            limit_bytes=2_000_000,
        )
        self.outcome: asyncio.Future[ResponseHead | FailureKind]
        self.lost = asyncio.Event()

    def response_received(self, connection: Connection, head: ResponseHead) -> None:
        self.outcome.set_result(head)

    def exchange_failed(self, connection: Connection, kind: FailureKind) -> None:
        self.outcome.set_result(kind)

    def connection_lost(self, connection: Connection) -> None:
        self.lost.set()

    async def ask(
        self, path: str, connection: Connection | None = None
    ) -> tuple[ResponseHead | FailureKind, Connection]:
        self.outcome = asyncio.get_running_loop().create_future()
        data = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        if connection is None:
            connection = Connection(self.dialer, self)
            connection.open_and_request(data, retain=Retention.HTML, now_ns=time.monotonic_ns())
        else:
            connection.request(data, retain=Retention.HTML, now_ns=time.monotonic_ns())
        while not self.outcome.done():
            await asyncio.wait([self.outcome], timeout=0.02)
            self.dialer.fail_overdue(time.monotonic_ns())
        return self.outcome.result(), connection


@pytest.mark.parametrize("path", COMPLETE)
async def test_connection_completes(path: str) -> None:
    """A response that means something is taken, and the connection is kept exactly when it may be."""
    status, usable = COMPLETE[path]
    async with FaultServer(beat_s=BEAT_S) as server:
        client = Client(server.port)
        head, connection = await client.ask(path)
        assert isinstance(head, ResponseHead)
        assert head.status == status
        assert connection.usable is usable
        assert connection.sent_at_ns <= connection.first_byte_at_ns <= connection.done_at_ns
        connection.close()
        assert client.dialer.open_connections == 0
        assert not client.dialer.busy


@pytest.mark.parametrize("path", FAILED)
async def test_connection_fails(path: str) -> None:
    """Everything else ends as a named failure, in time, with the socket closed."""
    async with FaultServer(beat_s=BEAT_S) as server:
        client = Client(server.port)
        began = time.monotonic()
        kind, _ = await client.ask(path)
        assert kind == FAILED[path]
        assert time.monotonic() - began < TIMEOUT_S + 1
        assert client.dialer.open_connections == 0
        assert not client.dialer.busy


async def test_connection_is_used_again_and_notices_when_the_site_closes_it() -> None:
    """Keep-alive carries many exchanges; the site's close of an idle connection is not an error."""
    async with FaultServer(beat_s=BEAT_S) as server:
        client = Client(server.port)
        _, connection = await client.ask("/normal")
        for _ in range(3):
            await client.ask("/chunked", connection)
        assert connection.exchanges == 4
        assert server.connection_count == 1
        await client.ask("/keep-alive-then-close", connection)
        if connection.usable:
            await asyncio.wait_for(client.lost.wait(), 2)
        assert not connection.usable
        assert client.dialer.open_connections == 0


async def test_connection_says_that_nobody_listens() -> None:
    """A closed port is refused, not timed out."""
    async with FaultServer() as server:
        port = server.port
    client = Client(port)
    kind, _ = await client.ask("/")
    assert kind is FailureKind.CONNECT_REFUSED


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority for this run only."""
    return trustme.CA()


def server_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    """Make the context of a server with a certificate for `name`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def client_context(authority: trustme.CA | None) -> ssl.SSLContext:
    """Make a verifying client context that trusts the authority."""
    context = ssl.create_default_context()
    if authority is not None:
        authority.configure_trust(context)
    return context


async def test_connection_speaks_tls(authority: trustme.CA) -> None:
    """HTTPS with verification: several exchanges, large and chunked bodies over one connection."""
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 1500000\r\n\r\n" + bytes(1_500_000)
    async with FaultServer({"/big": (big,)}, ssl_context=server_context(authority), beat_s=BEAT_S) as server:
        client = Client(server.port, tls=client_context(authority))
        head, connection = await client.ask("/big")
        assert isinstance(head, ResponseHead)
        assert connection.received_bytes == len(big)
        assert connection.connected_at_ns < connection.ready_at_ns
        for path in ("/normal", "/chunked", "/normal"):
            head, _ = await client.ask(path, connection)
            assert isinstance(head, ResponseHead)
        assert connection.exchanges == 4
        connection.close()


@pytest.mark.parametrize("path", ["/never", "/cut-body", "/reset-in-body", "/endless"])
async def test_connection_fails_over_tls_as_it_does_without(path: str, authority: trustme.CA) -> None:
    """Failures have the same names over TLS; a torn connection may show as either end of it."""
    async with FaultServer(ssl_context=server_context(authority), beat_s=BEAT_S) as server:
        client = Client(server.port, tls=client_context(authority))
        kind, _ = await client.ask(path)
        torn = {FailureKind.RESET, FailureKind.CLOSED_EARLY}
        assert kind in (torn if FAILED[path] in torn else {FAILED[path]})
        assert client.dialer.open_connections == 0


async def test_connection_refuses_a_certificate_that_does_not_verify(authority: trustme.CA) -> None:
    """An unknown authority and a wrong name are TLS failures; not a byte of the request is sent."""
    async with FaultServer(ssl_context=server_context(authority)) as server:
        assert (await Client(server.port, tls=client_context(None)).ask("/"))[0] is FailureKind.TLS
        other = Client(server.port, tls=client_context(authority), hostname="other.example")
        assert (await other.ask("/"))[0] is FailureKind.TLS
        assert server.requests == []


async def test_connection_times_out_in_a_handshake_that_does_not_go_on(authority: trustme.CA) -> None:
    """A port that accepts and says nothing fails by the connect limit when TLS is wanted."""
    async with FaultServer() as server:
        kind, _ = await Client(server.port, tls=client_context(authority)).ask("/never")
        assert kind is FailureKind.CONNECT_TIMEOUT


async def test_connection_holds_a_document_only_until_it_is_taken() -> None:
    """An idle connection keeps no body: thousands of visitors think at once."""
    html = b"<!doctype html><p>held"
    scripts = {"/page": (response(html, b"Content-Type: text/html"),)}
    async with FaultServer(scripts) as server:
        client = Client(server.port)
        _, connection = await client.ask("/page")
        assert connection.take_body() == html
        assert connection.take_body() is None
        connection.close()
