"""HTTP/1.1 responses, without any I/O: a reader that is fed what the socket gave (RFC 9112).

A response that arrives whole (head and `Content-Length` body in one read, the usual case) never touches a buffer: its head is looked
up, its length compared, and that is all. What a server may send is bounded everywhere: head, field count, chunk lines, trailers,
body.
"""

import re
from enum import IntEnum
from typing import Final

from trafficflou.http.chunked import ChunkedBody
from trafficflou.http.head import CHUNKED, UNTIL_CLOSE, HeadCache, ProtocolViolation, ResponseHead

__all__ = ["ResponseReader", "ResponseTooLarge", "Retention"]

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_INFORMATIONAL: Final = 8
MAX_HTML_BYTES: Final = 4 * 1024 * 1024
"""Of a longer document only the bytes are counted: thousands of visitors may hold one at once."""

_STATUS_LINE_START: Final = b"HTTP/1."
_NOTHING_PENDING: Final = bytearray()
"""Shared and never changed: the usual response arrives with its head whole."""


class Retention(IntEnum):
    """Which bodies are kept; the others are only counted."""

    NOTHING = 0
    HTML = 1
    """Those of HTML documents."""
    ALL = 2


class ResponseTooLarge(Exception):  # noqa: N818 - said of the peer, not of us
    """The response is larger than the limit of the run."""


class ResponseReader:
    """Reads the responses of one connection, one after another.

    Call `begin` before each request, then `feed` until it answers true. `head`, `body` and `received_bytes` then describe
    the response.

    Attributes:
        head: The final head, `None` until it has arrived.
        received_bytes: Bytes taken from the wire for this response, head included.
        excess: Bytes came behind the end of the response: the connection must be closed.
    """

    __slots__ = (
        "_chunked",
        "_heads",
        "_in_pieces",
        "_informational",
        "_limit_bytes",
        "_parts",
        "_pending",
        "_remaining",
        "_retain",
        "excess",
        "head",
        "received_bytes",
    )

    def __init__(self, heads: HeadCache, limit_bytes: int) -> None:
        """Make a reader.

        Args:
            heads: The worker's cache.
            limit_bytes: Above this many received bytes `feed` raises `ResponseTooLarge`.
        """
        self._heads = heads
        self._limit_bytes = limit_bytes
        self._in_pieces = True
        self.begin(Retention.NOTHING)

    def begin(self, retain: Retention) -> None:
        """Prepare for the next response.

        Args:
            retain: Whether its body is kept.
        """
        self.head: ResponseHead | None = None
        self._retain = retain
        self._parts: list[bytes] | None = None
        if not self._in_pieces:
            return  # the last response was taken whole and touched nothing else
        self.received_bytes = 0
        self.excess = False
        self._in_pieces = False
        self._pending = _NOTHING_PENDING
        self._chunked: ChunkedBody | None = None
        self._remaining = 0
        self._informational = 0

    @property
    def body(self) -> bytes | None:
        """The body as sent (still content-encoded); `None` unless it was retained."""
        return None if self._parts is None else b"".join(self._parts)

    def forget_body(self) -> None:
        """Let go of the body; `body` is `None` afterwards."""
        self._parts = None

    def feed(self, data: bytes) -> bool:
        """Take bytes from the wire.

        Returns:
            True when the response is complete.

        Raises:
            ProtocolViolation: The bytes are not a valid response.
            ResponseTooLarge: The response exceeds the limit.
        """
        if not self._in_pieces:
            if self._feed_whole(data):
                return True
            self._in_pieces = True
            self.received_bytes = 0
        head = self.head
        self.received_bytes += len(data)
        if self.received_bytes > self._limit_bytes:
            raise ResponseTooLarge
        if head is None:
            rest = self._feed_head(data)
            if rest is None:
                return False
            head = self.head
            assert head is not None  # noqa: S101 - for the type checker: _feed_head set it
            data = rest
        if self._chunked is not None:
            return self._feed_chunked(data)
        if head.body_length == UNTIL_CLOSE:
            if self._parts is not None:
                self._parts.append(data)
                self._drop_oversized_body()
            return False
        return self._feed_sized(data)

    def _drop_oversized_body(self) -> None:
        if self.received_bytes > MAX_HTML_BYTES:
            self._parts = None

    def _feed_whole(self, data: bytes) -> bool:
        """Take a response that is all of `data`, the usual case; otherwise leave everything as it was."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return False
        try:
            head = self._heads.get(data[:end])
        except ProtocolViolation:
            return False  # perhaps the head ended before, in bare line feeds
        size = len(data)
        if head.status < 200 or head.body_length != size - end - 4 or size > self._limit_bytes:
            return False
        self.head = head
        self.received_bytes = size
        if self._retain and self._keeps(head):
            self._parts = [data[end + 4 :]]
        return True

    def _keeps(self, head: ResponseHead) -> bool:
        return self._retain is Retention.ALL or (self._retain is Retention.HTML and head.is_html)

    def _feed_sized(self, data: bytes) -> bool:
        if len(data) > self._remaining:
            self.excess = True
            data = data[: self._remaining]
        if data and self._parts is not None:
            self._parts.append(data)
        self._remaining -= len(data)
        return self._remaining == 0

    def _feed_chunked(self, data: bytes) -> bool:
        assert self._chunked is not None  # noqa: S101 - for the type checker: the caller looked
        rest = self._chunked.feed(data, self._parts)
        self._drop_oversized_body()
        if rest is None:
            return False
        self.excess = bool(rest)
        return True

    def _feed_head(self, data: bytes) -> bytes | None:
        """Look for the end of the head; return the bytes behind it, or `None` while it goes on."""
        while True:
            window: bytes | bytearray = data
            searched = 0
            if self._pending:
                # Only what is new is searched: a head that drips in byte by byte costs linear time.
                searched = max(0, len(self._pending) - 3)
                self._pending += data
                window = self._pending
            end, width = _head_end(window, searched)
            if end < 0:
                self._keep_partial_head(data)
                return None
            if end > MAX_HEAD_BYTES:
                raise ProtocolViolation("the response head is too long")
            head = self._heads.get(bytes(window[:end]))
            data = bytes(window[end + width :])
            self._pending = _NOTHING_PENDING
            if head.status >= 200:
                self._begin_body(head)
                return data
            self._informational += 1
            if head.status == 101 or self._informational > MAX_INFORMATIONAL:
                raise ProtocolViolation(f"unexpected informational responses, last {head.status}")

    def _keep_partial_head(self, data: bytes) -> None:
        if not self._pending:
            self._pending = bytearray(data)
        if len(self._pending) > MAX_HEAD_BYTES:
            raise ProtocolViolation("the response head does not end")
        if not _STATUS_LINE_START.startswith(self._pending[: len(_STATUS_LINE_START)]):
            raise ProtocolViolation(f"not an HTTP/1.1 response: {bytes(self._pending[:40])!r}")

    def _begin_body(self, head: ResponseHead) -> None:
        self.head = head
        self._remaining = head.body_length
        if self._keeps(head) and head.body_length <= MAX_HTML_BYTES:
            self._parts = []
        if head.body_length == CHUNKED:
            self._chunked = ChunkedBody()
        elif head.body_length > self._limit_bytes:
            raise ResponseTooLarge

    def feed_eof(self) -> bool:
        """Say that the peer closed the connection.

        Returns:
            True if that completes the response (a body that ends with the connection); false if it was cut short.
        """
        return self.head is not None and self.head.body_length == UNTIL_CLOSE


_HEAD_END = re.compile(rb"\r?\n\r?\n")


def _head_end(data: bytes | bytearray, searched: int) -> tuple[int, int]:
    """Find the first empty line, whose line ends may be bare LFs, and its width; (-1, 0) where there is none."""
    match = _HEAD_END.search(data, searched)
    return (match.start(), match.end() - match.start()) if match else (-1, 0)
