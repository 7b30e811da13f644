"""The fault server sends what its scripts say, and never outlives its block."""

import asyncio
import gzip
import socket
import ssl
import time

import pytest
import trustme

from trafficflou.testing.fault import (
    FAULTS,
    GZIP_BOMB_BYTES,
    Close,
    Drip,
    Endless,
    Hang,
    Pause,
    Reset,
    response,
)
from trafficflou.testing.fault_server import FaultServer

_BEAT_S = 0.005


async def _ask(server: FaultServer, *paths: str, most_bytes: int = 1 << 20, wait_s: float = 2.0) -> bytes:
    """Send one request for each path over one connection; return what comes until it is closed or time is up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    got = b""
    try:
        for path in paths:
            writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
        async with asyncio.timeout(wait_s):
            while len(got) < most_bytes and (data := await reader.read(65_536)):
                got += data
    except TimeoutError:
        pass
    finally:
        writer.transport.abort()
    return got


async def test_fault_server_sends_scripts_byte_for_byte() -> None:
    """Every script that ends by closing puts exactly its bytes on the wire."""
    closing = {
        path: script
        for path, script in FAULTS.items()
        if script[-1] == Close() and all(isinstance(step, bytes) for step in script[:-1])
    }
    assert len(closing) > 15
    async with FaultServer(beat_s=_BEAT_S) as server:
        for path, script in closing.items():
            assert await _ask(server, path) == b"".join(step for step in script if isinstance(step, bytes)), (
                path
            )


async def test_fault_server_keeps_the_connection_between_well_formed_answers() -> None:
    """A script without a closing step leaves the connection open for the next request."""
    async with FaultServer() as server:
        got = await _ask(server, "/normal", "/empty", "/close-at-once")
        assert got == response() + response(b"")
        assert server.connection_count == 1
        assert [head.split()[1] for head in server.requests] == [b"/normal", b"/empty", b"/close-at-once"]


async def test_fault_server_closes_without_notice_after_so_many_requests() -> None:
    """`Close(after_requests=2)` answers twice on one connection."""
    async with FaultServer() as server:
        got = await _ask(server, *["/keep-alive-then-close"] * 3)
        assert got == response() * 2


async def test_fault_server_answers_an_unknown_path_with_404_and_own_scripts_first() -> None:
    """A test's own script goes before the catalogue's; a path of neither is 404."""
    async with FaultServer({"/normal": (b"mine", Close())}) as server:
        assert await _ask(server, "/normal?with=query") == b"mine"
        assert (await _ask(server, "/nowhere", "/close-at-once")).startswith(b"HTTP/1.1 404 ")


async def test_fault_server_reads_the_body_of_a_request() -> None:
    """A request's body is not taken for the next request."""
    async with FaultServer() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"POST /empty HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello")
        writer.write(b"GET /close-at-once HTTP/1.1\r\n\r\n")
        assert await reader.read(-1) == response(b"")
        writer.close()
        assert [head.split()[0] for head in server.requests] == [b"POST", b"GET"]


async def test_fault_server_resets_the_connection() -> None:
    """`Reset` reaches the client as a reset and not as an end of the stream."""
    async with FaultServer() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /reset HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
        writer.close()


async def test_fault_server_drips_and_pauses() -> None:
    """`Drip` sends piece by piece, `Pause` waits its beats, and both go on afterwards."""
    script = (Drip(b"abcdef", piece_bytes=2), Pause(1), b"!", Close())
    async with FaultServer({"/mine": script}, beat_s=0.02) as server:
        started_at_s = time.monotonic()
        assert await _ask(server, "/mine") == b"abcdef!"
        assert time.monotonic() - started_at_s >= 0.07


async def test_fault_server_makes_the_bomb_when_asked() -> None:
    """The bomb is small on the wire and large behind it."""
    async with FaultServer() as server:
        head, _, body = (await _ask(server, "/gzip-bomb", "/close-at-once")).partition(b"\r\n\r\n")
        assert b"Content-Length: %d\r\n" % len(body) in head
        assert len(body) < 1_000_000
        assert len(gzip.decompress(body)) == GZIP_BOMB_BYTES


@pytest.mark.parametrize("script", [(Hang(),), (Endless(b"x" * 65_536),), (Pause(1000),), (Drip(b"abc"),)])
async def test_fault_server_stops_in_the_middle_of_a_script(
    script: tuple[Hang | Endless | Pause | Drip],
) -> None:
    """Leaving the block ends every connection at once, whatever its script is doing."""
    started_at_s = time.monotonic()
    async with FaultServer({"/mine": (b"!", *script)}, beat_s=1000) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /mine HTTP/1.1\r\n\r\n")
        assert await reader.readexactly(1) == b"!"
    with pytest.raises(ConnectionError):
        await asyncio.wait_for(_read_to_the_end(reader), 2)
    writer.close()
    assert time.monotonic() - started_at_s < 2


async def _read_to_the_end(reader: asyncio.StreamReader) -> None:
    while await reader.read(65_536):
        pass
    raise ConnectionError("ended in order")


async def test_fault_server_stops_by_itself() -> None:
    """After its lifetime the server hangs up and listens no more, inside its block."""
    async with FaultServer(lifetime_s=0.05) as server:
        assert await _ask(server, "/never") == b""
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", server.port)


@pytest.mark.parametrize("sent", [b"x" * 200_000, b"GET /\r\n\r\n", b"GET / HT"])
async def test_fault_server_survives_a_broken_client(sent: bytes) -> None:
    """A client that sends rubbish, too much or half a head ends its own connection only."""
    async with FaultServer() as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(sent)
        writer.transport.write_eof()
        assert await _ask(server, "/normal", "/close-at-once") == response()
        writer.transport.abort()


async def test_fault_server_speaks_tls() -> None:
    """With a context the same scripts are served over HTTPS."""
    authority = trustme.CA()
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_context)
    client_context = ssl.create_default_context()
    authority.configure_trust(client_context)
    async with FaultServer(ssl_context=server_context) as server:
        assert server.url == f"https://127.0.0.1:{server.port}"
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context)
        writer.write(b"GET /close HTTP/1.1\r\n\r\n")
        assert (await reader.read(-1)).startswith(b"HTTP/1.1 200 OK\r\n")
        writer.close()
        await writer.wait_closed()


async def test_fault_server_listens_on_loopback_only() -> None:
    """The server is bound to 127.0.0.1: a machine beside this one cannot reach it."""
    async with FaultServer() as server:
        assert server.url == f"http://127.0.0.1:{server.port}"
        with socket.socket() as other:
            assert other.connect_ex(("127.0.0.2", server.port)) != 0


def test_faults_reset_and_hang_are_scripted() -> None:
    """The catalogue holds each kind of step, so no kind goes untested by those who walk it."""
    kinds = {type(step) for script in FAULTS.values() for step in script}
    assert {bytes, Close, Drip, Endless, Hang, Pause, Reset} <= kinds
