"""A web server that misbehaves on purpose: a public test double for HTTP clients.

Each path answers with a script of raw bytes, pauses and torn connections (`trafficflou.testing.fault.FAULTS`; own scripts can be
added). It listens on a free loopback port only, records every request head, and stops by itself after its lifetime, so a
client that hangs cannot hang the test run.
"""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from trafficflou.testing.fault import (
    FAULTS,
    Close,
    Drip,
    Endless,
    Hang,
    Pause,
    Reset,
    Script,
    Step,
    response,
)

__all__ = ["FaultServer"]

_LONGEST_HEAD_BYTES: Final = 65_536
_MOST_REQUESTS_KEPT: Final = 10_000
_MOST_BODY_BYTES: Final = 16 * 1024 * 1024
_CONTENT_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_NOT_FOUND: Final = (response(b"no such fault", status=b"404 Not Found"),)


class FaultServer:
    r"""Serves scripted faults for as long as its `async with` block lasts.

    Example:
        async with FaultServer({"/mine": (b"HTTP/1.1 200 OK\r\n", Reset())}) as server:
            ...  # ask for server.url + "/mine"
            assert server.requests[0].startswith(b"GET /mine ")

    Attributes:
        requests: The raw request heads in the order of their arrival, each with its empty line; 10,000 at most.
        bodies: The bodies that came with them.
        connection_count: How many connections were accepted.
    """

    def __init__(
        self,
        scripts: Mapping[str, Script] | None = None,
        *,
        ssl_context: ssl.SSLContext | None = None,
        beat_s: float = 1.0,
        lifetime_s: float = 30.0,
    ) -> None:
        """Prepare a server; entering it starts it.

        Args:
            scripts: Further scripts by path; they go before those of the same path in `FAULTS`.
            ssl_context: Serve HTTPS with this context.
            beat_s: How long one beat of a slow script lasts, seconds.
            lifetime_s: When the server stops by itself, seconds after its start.
        """
        self._scripts = dict(FAULTS) | dict(scripts or {})
        self._ssl_context = ssl_context
        self._beat_s = beat_s
        self._lifetime_s = lifetime_s
        self._server: asyncio.Server | None = None
        self._lifetime: asyncio.TimerHandle | None = None
        self._stopping = asyncio.Event()
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}
        self._port = 0
        self.requests: list[bytes] = []
        self.bodies: list[bytes] = []
        self.connection_count = 0

    @property
    def url(self) -> str:
        """The server's origin, such as `http://127.0.0.1:40123`."""
        scheme = "https" if self._ssl_context else "http"
        return f"{scheme}://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    async def __aenter__(self) -> Self:
        """Start to listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self._ssl_context, limit=_LONGEST_HEAD_BYTES
        )
        self._port = self._server.sockets[0].getsockname()[1]
        self._lifetime = asyncio.get_running_loop().call_later(self._lifetime_s, self._stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop and wait until every connection has ended."""
        if self._lifetime is not None:
            self._lifetime.cancel()
        self._stop()
        if self._connections:
            await asyncio.wait(list(self._connections.values()))
        if self._server is not None:
            await self._server.wait_closed()

    def _stop(self) -> None:
        self._stopping.set()
        if self._server is not None:
            self._server.close()
        for writer in list(self._connections):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - start_server runs this in a task; narrows the type
        self._connections[writer] = task
        self.connection_count += 1
        try:
            await self._dialogue(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # The client went away, or sent no request head: both end the connection, which is what clients test.
            writer.transport.abort()
        finally:
            del self._connections[writer]
            writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served = 0
        while not self._stopping.is_set():
            head = await reader.readuntil(b"\r\n\r\n")
            match = _CONTENT_LENGTH.search(head)
            body = await reader.readexactly(min(int(match[1]), _MOST_BODY_BYTES)) if match else b""
            if len(self.requests) < _MOST_REQUESTS_KEPT:
                self.requests.append(head)
                self.bodies.append(body)
            served += 1
            for step in self.script_for(head, body):
                if not await self._perform(step, writer, served):
                    return

    def script_for(self, head: bytes, body: bytes) -> Script:
        """Return what a request is answered with: the script of its path.

        A server that speaks a protocol of its own overrides this and looks at the whole request.
        """
        parts = head.split(b" ", 2)
        path = parts[1].partition(b"?")[0].decode("latin-1") if len(parts) == 3 else ""
        return self._scripts.get(path, _NOT_FOUND)

    async def _perform(self, step: Step, writer: asyncio.StreamWriter, served: int) -> bool:
        """Take one step; `False` where the connection is over."""
        match step:
            case Pause(beats=beats):
                return await self._wait(beats * self._beat_s)
            case Drip(data=data, piece_bytes=piece_bytes):
                return await self._drip(data, piece_bytes, writer)
            case Endless(data=data):
                while not self._stopping.is_set():
                    await _send(writer, data)
                return False
            case Close(after_requests=after_requests):
                return served < after_requests
            case Reset():
                _reset(writer)
                return False
            case Hang():
                return await self._wait(self._lifetime_s)
            case bytes():
                await _send(writer, step)
            case _:
                await _send(writer, step())
        return True

    async def _drip(self, data: bytes, piece_bytes: int, writer: asyncio.StreamWriter) -> bool:
        for position in range(0, len(data), piece_bytes):
            await _send(writer, data[position : position + piece_bytes])
            if not await self._wait(self._beat_s):
                return False
        return True

    async def _wait(self, seconds: float) -> bool:
        """Let time pass; `False` where the server stopped meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    if writer.transport.is_closing():
        raise ConnectionResetError("the client went away")
    writer.write(data)
    await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close so that the peer gets RST: with a linger time of zero the kernel forgets what was not sent yet."""
    endpoint = writer.get_extra_info("socket")
    if endpoint is not None:
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
