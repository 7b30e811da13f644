"""One connection to the site: a non-blocking socket driven by the event loop's readiness callbacks.

Theory of operation
-------------------
There is no transport, stream, task or future between the socket and the visitor. The loop says "readable", the connection
reads, feeds the `ResponseReader`, and calls its owner when the response is complete; the owner may send the next request
from inside that call. TLS is the `ssl` module's non-blocking socket, driven the same way, because the loop's own TLS transport
costs several times the rest of a request. `benches/engine.py` compares it all with wrk.

A connection carries one request at a time (no pipelining, as in browsers).
"""

import errno
import socket
import ssl
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final, Protocol

from trafficflou.http.dialer import Dialer
from trafficflou.http.head import ProtocolViolation, ResponseHead
from trafficflou.http.protocol import ResponseReader, ResponseTooLarge, Retention

__all__ = ["Connection", "ConnectionOwner", "FailureKind"]

READ_BYTES: Final = 64 * 1024
MAX_READS_PER_CALLBACK: Final = 16
"""After so many reads the other connections get their turn."""

_BLOCKED = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class FailureKind(StrEnum):
    """Why an exchange ended without a complete response; the error kinds of the report."""

    CONNECT_REFUSED = "connect_refused"
    CONNECT_FAILED = "connect_failed"
    CONNECT_TIMEOUT = "connect_timeout"
    OUT_OF_SOCKETS = "out_of_sockets"
    TLS = "tls"
    RESET = "reset"
    CLOSED_EARLY = "closed_early"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    UNFINISHED = "unfinished"


class ConnectionOwner(Protocol):
    """Who uses a connection; all calls come from the event loop."""

    def response_received(self, connection: "Connection", head: ResponseHead) -> None:
        """Take a complete response; `connection.take_body` and its instants describe it; it may be used again if `usable`."""
        ...

    def exchange_failed(self, connection: "Connection", kind: FailureKind) -> None:
        """Take the end of an exchange without a response; the connection is closed."""
        ...

    def connection_lost(self, connection: "Connection") -> None:
        """Note that the site closed an idle connection."""
        ...


class Connection:
    """A connection and the one exchange that it carries; times are monotonic nanoseconds.

    Attributes:
        connecting_at_ns: When `connect` was called.
        connected_at_ns: When TCP was up; 0 before.
        ready_at_ns: When requests could be sent (TLS included); 0 before.
        sent_at_ns: When the current request was handed to the kernel; 0 while it waits for the handshake.
        first_byte_at_ns: When the first bytes of the response were read; 0 before.
        done_at_ns: When the last bytes were read.
        exchanges: Requests sent on it so far.
        deadline_ns: When the current exchange fails.
        usable: Idle, open, and allowed to carry another request.
        context: The owner's own note on the current exchange.
    """

    __slots__ = (
        "_dialer",
        "_fd",
        "_outgoing",
        "_owner",
        "_reader",
        "_recv",
        "_retain",
        "_send",
        "_socket",
        "_writing",
        "connected_at_ns",
        "connecting_at_ns",
        "context",
        "deadline_ns",
        "done_at_ns",
        "exchanges",
        "first_byte_at_ns",
        "ready_at_ns",
        "sent_at_ns",
        "usable",
    )

    def __init__(self, dialer: Dialer, owner: ConnectionOwner) -> None:
        self._dialer = dialer
        self._owner = owner
        self._reader = ResponseReader(dialer.heads, dialer.limit_bytes)
        self._socket: socket.socket | None = None
        self._fd = -1
        self._recv: Callable[[int], bytes]
        self._send: Callable[[bytes], int]
        self._outgoing = b""
        self._retain = Retention.NOTHING
        self._writing = False
        self.connecting_at_ns = self.connected_at_ns = self.ready_at_ns = 0
        self.sent_at_ns = self.first_byte_at_ns = self.done_at_ns = 0
        self.deadline_ns = 0
        self.exchanges = 0
        self.usable = False
        self.context: Any = None

    def take_body(self) -> bytes | None:
        """Return the document's body as sent, where it was asked to be retained, and forget it.

        An idle connection would otherwise hold its last document: thousands of visitors think at once.
        """
        body = self._reader.body
        self._reader.forget_body()
        return body

    @property
    def received_bytes(self) -> int:
        """Bytes of the current response, head included."""
        return self._reader.received_bytes

    def open_and_request(self, data: bytes, *, retain: Retention, now_ns: int) -> None:
        """Connect, then send a first request; answers through the owner, never from inside this call."""
        self.connecting_at_ns = now_ns
        self._outgoing = data
        self._retain = retain
        self.exchanges = 1
        self.sent_at_ns = self.first_byte_at_ns = 0
        self.deadline_ns = now_ns + self._dialer.connect_timeout_ns
        self._dialer.busy.add(self)
        family, address = self._dialer.next_address()
        try:
            self._socket = socket.socket(family, socket.SOCK_STREAM)
        except OSError:  # too many open files, or no memory for more
            self._dialer.loop.call_soon(self._fail, FailureKind.OUT_OF_SOCKETS)
            return
        self._dialer.open_connections += 1
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._fd = self._socket.fileno()
        try:
            self._socket.connect(address)
        except BlockingIOError:
            pass
        except OSError as error:
            self._dialer.loop.call_soon(self._fail, _connect_failure(error))
            return
        self._writing = True
        self._dialer.loop.add_writer(self._fd, self._on_connected)

    def _on_connected(self) -> None:
        if self._socket is None:
            return
        self._stop_writing()
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._fail(_connect_failure(OSError(code, "connect")))
            return
        self.connected_at_ns = time.monotonic_ns()
        if self._dialer.tls is None:
            self._become_ready()
            return
        try:
            self._socket = self._dialer.tls.wrap_socket(
                self._socket, server_hostname=self._dialer.server_hostname, do_handshake_on_connect=False
            )
        except (OSError, ValueError):
            self._fail(FailureKind.TLS)
            return
        self._handshake()

    def _handshake(self) -> None:
        assert isinstance(self._socket, ssl.SSLSocket)  # noqa: S101 - for the type checker: _on_connected wrapped it
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            self._stop_writing()
            self._dialer.loop.add_reader(self._fd, self._handshake)
        except ssl.SSLWantWriteError:
            self._start_writing(self._handshake)
        except OSError:  # ssl.SSLError, a refused certificate and a reset are all OSErrors
            self._fail(FailureKind.TLS)
        else:
            self._stop_writing()
            self._become_ready()

    def _become_ready(self) -> None:
        assert self._socket is not None  # noqa: S101 - for the type checker: only open sockets become ready
        self.ready_at_ns = time.monotonic_ns()
        if isinstance(self._socket, ssl.SSLSocket):
            self._recv, self._send = self._socket.read, self._socket.write
        else:
            self._recv, self._send = self._socket.recv, self._socket.send
        self._dialer.loop.add_reader(self._fd, self._on_readable)
        self._transmit(self._outgoing, self.ready_at_ns)

    def request(self, data: bytes, *, retain: Retention, now_ns: int) -> None:
        """Send another request on a usable connection; answers through the owner."""
        self.usable = False
        self._retain = retain
        self.exchanges += 1
        self.first_byte_at_ns = 0
        self._dialer.busy.add(self)
        self._transmit(data, now_ns)

    def _transmit(self, data: bytes, now_ns: int) -> None:
        self._reader.begin(self._retain)
        self.sent_at_ns = now_ns
        self.deadline_ns = now_ns + self._dialer.total_timeout_ns
        self._outgoing = b""
        try:
            sent = self._send(data)
        except _BLOCKED:
            sent = 0
        except OSError:
            # Not failed from inside: the owner is in the middle of sending.
            self._dialer.loop.call_soon(self._fail, FailureKind.RESET)
            return
        if sent != len(data):
            self._outgoing = data[sent:]
            self._start_writing(self._on_writable)

    def _on_writable(self) -> None:
        try:
            sent = self._send(self._outgoing)
        except _BLOCKED:
            return
        except OSError:
            self._fail(FailureKind.RESET)
            return
        self._outgoing = self._outgoing[sent:]
        if not self._outgoing:
            self._stop_writing()

    def _on_readable(self) -> None:
        if self._socket is None:
            return
        for _ in range(MAX_READS_PER_CALLBACK):
            try:
                data = self._recv(READ_BYTES)
            except _BLOCKED:
                return
            except OSError:
                self._fail(FailureKind.RESET)
                return
            if not data or self.usable:
                self._ended_by_peer(unasked=bool(data))
                return
            if self._take(data):
                return
        # TLS may hold decrypted bytes that the kernel will not announce again.
        self._dialer.loop.call_soon(self._on_readable)

    def _take(self, data: bytes) -> bool:
        """Take bytes of the response; true when they ended the exchange, well or badly."""
        now_ns = time.monotonic_ns()
        if not self.first_byte_at_ns:
            self.first_byte_at_ns = now_ns
        try:
            complete = self._reader.feed(data)
        except ProtocolViolation:
            self._fail(FailureKind.PROTOCOL)
            return True
        except ResponseTooLarge:
            self._fail(FailureKind.TOO_LARGE)
            return True
        if complete:
            self._complete(now_ns)
        return complete

    def _ended_by_peer(self, *, unasked: bool) -> None:
        if self.usable:
            # An idle connection was closed, or spoke without being asked: either way it ends here.
            self.close()
            self._owner.connection_lost(self)
        elif not unasked and self._reader.feed_eof():
            self._complete(time.monotonic_ns())
        else:
            self._fail(FailureKind.CLOSED_EARLY)

    def _complete(self, now_ns: int) -> None:
        self.done_at_ns = now_ns
        reader = self._reader
        head = reader.head
        assert head is not None  # noqa: S101 - for the type checker: a complete response has a head
        self._dialer.busy.discard(self)
        if head.keep_alive and not reader.excess and not self._outgoing:
            self.usable = True
        else:
            self.close()
        self._owner.response_received(self, head)

    def time_out(self) -> None:
        """Fail the current exchange because its deadline passed."""
        self._fail(FailureKind.TIMEOUT if self.ready_at_ns else FailureKind.CONNECT_TIMEOUT)

    def give_up(self) -> None:
        """Fail the current exchange, if there is one, because nobody waits for it any more."""
        self._fail(FailureKind.UNFINISHED)

    def _fail(self, kind: FailureKind) -> None:
        if self not in self._dialer.busy:
            return  # already failed or closed: a callback that was under way
        self.done_at_ns = time.monotonic_ns()
        self.close()
        self._owner.exchange_failed(self, kind)

    def close(self) -> None:
        """Close at once; idempotent, and nothing is called afterwards."""
        self.usable = False
        self._dialer.busy.discard(self)
        if self._socket is None:
            return
        self._stop_writing()
        self._dialer.loop.remove_reader(self._fd)
        self._socket.close()
        self._socket = None
        self._fd = -1
        self._dialer.open_connections -= 1

    def _start_writing(self, callback: Callable[[], None]) -> None:
        self._writing = True
        self._dialer.loop.add_writer(self._fd, callback)

    def _stop_writing(self) -> None:
        if self._writing:
            self._writing = False
            self._dialer.loop.remove_writer(self._fd)


def _connect_failure(error: OSError) -> FailureKind:
    if isinstance(error, ConnectionRefusedError):
        return FailureKind.CONNECT_REFUSED
    if error.errno == errno.EADDRNOTAVAIL:  # all local ports are in use, or wait for their last packets
        return FailureKind.OUT_OF_SOCKETS
    return FailureKind.CONNECT_FAILED
