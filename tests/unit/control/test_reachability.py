"""One connection before the run."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from trafficflou.control.reachability import check_reachable
from trafficflou.core import TargetError, UsageError
from trafficflou.http import make_tls_context
from trafficflou.security import PermittedTarget


def _target(port: int, *addresses: str, scheme: str = "http") -> PermittedTarget:
    return PermittedTarget(scheme=scheme, host="localhost", port=port, addresses=addresses or ("127.0.0.1",))


async def _serve(tls: ssl.SSLContext | None = None) -> tuple[asyncio.Server, int]:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=tls)
    return server, server.sockets[0].getsockname()[1]


async def test_reachable_keeps_only_the_addresses_that_answer() -> None:
    """`localhost` is ::1 and 127.0.0.1; a site that listens on one gets all visitors there."""
    server, port = await _serve()
    async with server:
        found = await check_reachable(_target(port, "127.0.0.2", "127.0.0.1"), None, 5.0)
    assert found.addresses == ("127.0.0.1",)


async def test_reachable_says_when_nobody_listens() -> None:
    """A refused connection is told in plain words, with what to check."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    with pytest.raises(
        TargetError, match=f"localhost port {port} cannot be reached: connection refused"
    ) as caught:
        await check_reachable(_target(port), None, 5.0)
    assert "Is the site running" in caught.value.hint


async def test_reachable_does_not_wait_for_ever() -> None:
    """A TLS handshake that is never answered ends with the timeout."""
    tls = make_tls_context(None)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = _target(silent.getsockname()[1], scheme="https")
        with pytest.raises(TargetError, match="no answer in time"):
            await check_reachable(target, tls, 0.05)


async def test_reachable_says_when_the_port_speaks_plain_http() -> None:
    """A handshake with a server that does not speak TLS hints at http://."""

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        target = _target(server.sockets[0].getsockname()[1], scheme="https")
        with pytest.raises(TargetError, match="TLS failed") as caught:
            await check_reachable(target, make_tls_context(None), 5.0)
    assert "write http://" in caught.value.hint


async def test_reachable_trusts_the_ca_file_and_nobody_else(tmp_path: Path) -> None:
    """An unknown authority is refused with the way to name it; a named one is taken."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_tls)
    server, port = await _serve(server_tls)
    async with server:
        target = _target(port, scheme="https")
        with pytest.raises(TargetError, match="its certificate is not trusted") as caught:
            await check_reachable(target, make_tls_context(None), 5.0)
        assert "--ca-file" in caught.value.hint
        assert await check_reachable(target, make_tls_context(tmp_path / "ca.pem"), 5.0) == target


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "No such file"), (b"not a certificate", "it holds no certificate")]
)
def test_ca_file_that_cannot_be_used_is_a_usage_error(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    """The file is checked before anything is started."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=reason):
        make_tls_context(path)
