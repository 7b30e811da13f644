"""Where and how a worker's connections go, and the one place that knows which of them are overdue."""

import asyncio
import socket
import ssl
from typing import Protocol

from trafficflou.http.head import HeadCache

__all__ = ["Dialer", "Exchange"]


class Exchange(Protocol):
    """A connection with an exchange under way."""

    deadline_ns: int

    def time_out(self) -> None:
        """Fail the exchange."""
        ...


class Dialer:
    """What all connections of a worker share: where to connect, how, and within which limits.

    Attributes:
        open_connections: Sockets that are open now.
        busy: Connections with an exchange under way, for the deadline sweep.
    """

    __slots__ = (
        "_addresses",
        "_next_address",
        "busy",
        "connect_timeout_ns",
        "heads",
        "limit_bytes",
        "loop",
        "open_connections",
        "server_hostname",
        "tls",
        "total_timeout_ns",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        addresses: tuple[str, ...],
        port: int,
        server_hostname: str,
        tls: ssl.SSLContext | None,
        connect_timeout_s: float,
        total_timeout_s: float,
        limit_bytes: int,
    ) -> None:
        """Make a dialer.

        Args:
            loop: The worker's loop; must support `add_reader`.
            addresses: Resolved and permitted addresses, tried in turn; nothing is ever resolved here.
            port: TCP port.
            server_hostname: Name for SNI and certificate verification.
            tls: Context for HTTPS, `None` for HTTP.
            connect_timeout_s: Limit for TCP and TLS handshakes together.
            total_timeout_s: Limit from the request to the last byte.
            limit_bytes: Largest response taken.
        """
        self.loop = loop
        self._addresses = tuple(
            (socket.AF_INET6 if ":" in address else socket.AF_INET, (address, port)) for address in addresses
        )
        self._next_address = 0
        self.server_hostname = server_hostname
        self.tls = tls
        self.connect_timeout_ns = round(connect_timeout_s * 1e9)
        self.total_timeout_ns = round(total_timeout_s * 1e9)
        self.limit_bytes = limit_bytes
        self.heads = HeadCache()
        self.open_connections = 0
        self.busy: set[Exchange] = set()

    def next_address(self) -> tuple[int, tuple[str, int]]:
        """Return address family and socket address to try next, round robin."""
        self._next_address = (self._next_address + 1) % len(self._addresses)
        return self._addresses[self._next_address]

    def fail_overdue(self, now_ns: int) -> None:
        """Fail every exchange whose deadline has passed; call it several times a second."""
        for connection in [busy for busy in self.busy if busy.deadline_ns <= now_ns]:
            connection.time_out()
