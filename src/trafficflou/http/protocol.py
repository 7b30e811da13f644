"""HTTP/1.1 responses, without any I/O: heads, body framing, and the bytes in between (RFC 9112).

Theory of operation
-------------------
`ResponseReader` is fed whatever the socket gave and says when the response is complete. Two things make it fast in plain
Python:

* A server answers with the same few heads again and again; only the `Date` line moves. `HeadCache` keeps validated heads
  keyed on their bytes without that line, so the usual response costs one dictionary look-up instead of a parse.
* A response that arrives whole (head and `Content-Length` body in one read) never touches a buffer.

What a server may send is bounded everywhere: head, field count, chunk lines, trailers, body.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trafficflou.http.cache import CachePolicy

__all__ = [
    "HeadCache",
    "ProtocolViolation",
    "ResponseHead",
    "ResponseReader",
    "ResponseTooLarge",
    "parse_head",
]

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_FIELDS: Final = 1000
MAX_INFORMATIONAL: Final = 8
MAX_CHUNK_LINE_BYTES: Final = 4096
MAX_TRAILER_BYTES: Final = 16 * 1024
MAX_HTML_BYTES: Final = 4 * 1024 * 1024
"""Of a longer document only the bytes are counted: thousands of visitors may hold one at once."""

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n\x00]*)?")
# Field names are tokens (RFC 9110, 5.6.2); values exclude CR, LF and NUL (RFC 9110, 5.5).
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\x00]*)")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_DATE_LINE_BYTES: Final = len(b"\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT")

_STATUS_LINE_START: Final = b"HTTP/1."
_NOTHING_PENDING: Final = bytearray()
"""Shared and never changed: the usual response arrives with its head whole."""

_UNTIL_CLOSE: Final = -1
_CHUNKED: Final = -2


class ProtocolViolation(Exception):  # noqa: N818 - said of the peer, not of us
    """The peer's bytes are not a valid HTTP/1.1 response; the connection cannot be used further."""


class ResponseTooLarge(Exception):  # noqa: N818 - said of the peer, not of us
    """The response is larger than the limit of the run."""


class ResponseHead:
    """A validated response head; shared by all responses with the same bytes, so never changed.

    Attributes:
        status: 100..599.
        body_length: Bytes of the body by its framing, or a negative marker for chunked and until-close.
        keep_alive: The connection may carry another request afterwards.
        is_html: The body is a document to look into for subresources.
        content_encoding: Lower-case value of the field, empty where absent.
        location: Value of the field, `None` where absent.
        set_cookies: The values of all `Set-Cookie` fields.
        cache_policy: What RFC 9111 allows a private cache to do with it.
    """

    __slots__ = (
        "body_length",
        "cache_policy",
        "content_encoding",
        "is_html",
        "keep_alive",
        "location",
        "set_cookies",
        "status",
    )

    def __init__(self, status: int, minor_version: int, fields: list[tuple[bytes, bytes]]) -> None:
        headers = _combine(fields)
        self.status = status
        self.body_length = _framing(status, headers)
        self.keep_alive = _keeps_alive(minor_version, headers) and self.body_length != _UNTIL_CLOSE
        if b"transfer-encoding" in headers and b"content-length" in headers:
            self.keep_alive = False  # RFC 9112, 6.3: possible smuggling, use the connection no further
        content_type = headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()
        self.is_html = content_type in {b"text/html", b"application/xhtml+xml"}
        self.content_encoding = headers.get(b"content-encoding", b"").lower()
        self.location = headers.get(b"location")
        self.set_cookies = tuple(value for name, value in fields if name == b"set-cookie")
        self.cache_policy = CachePolicy.from_headers(headers)


def _combine(fields: list[tuple[bytes, bytes]]) -> Mapping[bytes, bytes]:
    headers: dict[bytes, bytes] = {}
    for name, value in fields:
        known = headers.get(name)
        headers[name] = value if known is None else known + b", " + value
    return MappingProxyType(headers)


def _framing(status: int, headers: Mapping[bytes, bytes]) -> int:
    """Decide how the body ends (RFC 9112, 6.3)."""
    if status < 200 or status in {204, 304}:
        return 0
    transfer_encoding = headers.get(b"transfer-encoding")
    if transfer_encoding is not None:
        codings = [coding.strip().lower() for coding in transfer_encoding.split(b",")]
        if codings == [b"chunked"]:
            return _CHUNKED
        raise ProtocolViolation(f"unsupported transfer coding {transfer_encoding[:80]!r}")
    content_length = headers.get(b"content-length")
    if content_length is None:
        return _UNTIL_CLOSE
    lengths = {part.strip() for part in content_length.split(b",")}
    length = lengths.pop()
    if lengths or not length.isdigit() or len(length) > 15:
        raise ProtocolViolation(f"bad Content-Length {content_length[:80]!r}")
    return int(length)


def _keeps_alive(minor_version: int, headers: Mapping[bytes, bytes]) -> bool:
    options = {option.strip().lower() for option in headers.get(b"connection", b"").split(b",")}
    if b"close" in options:
        return False
    return minor_version == 1 or b"keep-alive" in options


def parse_head(raw: bytes) -> ResponseHead:
    """Parse and validate a response head.

    Args:
        raw: Status line and fields, without the empty line that ends them. Lines may end in a bare LF (RFC 9112, 2.2);
            folded lines are joined (RFC 9112, 5.2).

    Raises:
        ProtocolViolation: A line breaks the grammar, framing fields contradict each other, or there are too many fields.
    """
    status_line, *lines = raw.split(b"\n")
    match = _STATUS_LINE.fullmatch(status_line.removesuffix(b"\r"))
    if match is None:
        raise ProtocolViolation(f"not an HTTP/1.1 status line: {status_line[:80]!r}")
    if len(lines) > MAX_FIELDS:
        raise ProtocolViolation(f"more than {MAX_FIELDS} header lines")
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        text = line.removesuffix(b"\r")
        if text[:1] in {b" ", b"\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, value + b" " + text.strip())
            continue
        field = _FIELD.fullmatch(text)
        if field is None:
            raise ProtocolViolation(f"not a header field: {text[:80]!r}")
        fields.append((field[1].lower(), field[2].rstrip()))
    return ResponseHead(int(match[2]), int(match[1]), fields)


class HeadCache:
    """Validated heads by their bytes without the `Date` line; one per worker, bounded.

    When it is full it starts over: a site whose heads all differ gains nothing from a cleverer eviction, and one whose
    heads repeat fills it again within a few requests.
    """

    __slots__ = ("_heads", "_max_entries")

    def __init__(self, max_entries: int = 2048) -> None:
        self._heads: dict[bytes, ResponseHead] = {}
        self._max_entries = max_entries

    def get(self, raw: bytes) -> ResponseHead:
        """Return the head that these bytes say; parsed only if no equal one was seen lately.

        Raises:
            ProtocolViolation: As `parse_head`.
        """
        start = raw.find(b"\r\nDate: ")
        if start < 0:
            start = raw.find(b"\r\ndate: ")
        key = raw
        if start >= 0:
            end = start + _DATE_LINE_BYTES
            if raw[end : end + 2] in {b"\r\n", b""}:
                key = raw[:start] + raw[end:]
        head = self._heads.get(key)
        if head is None:
            head = parse_head(raw)
            if len(self._heads) >= self._max_entries:
                self._heads.clear()
            self._heads[key] = head
        return head


class _ChunkedBody:
    """Decoder of the chunked transfer coding (RFC 9112, 7.1)."""

    __slots__ = ("_buffer", "_in_trailers", "_remaining", "_trailer_bytes")

    def __init__(self) -> None:
        self._buffer = b""
        self._remaining = -1  # of the current chunk including its CRLF; -1: a size line is next
        self._in_trailers = False
        self._trailer_bytes = 0

    def feed(self, data: bytes, parts: list[bytes] | None) -> bytes | None:
        """Take bytes.

        Args:
            data: What follows in the stream.
            parts: Where to put body bytes, or `None` to pass over them.

        Returns:
            What follows the body; `None` while it goes on.

        Raises:
            ProtocolViolation: Not chunked coding.
        """
        buffer = self._buffer + data if self._buffer else data
        position = 0
        size = len(buffer)
        while position < size:
            if self._remaining >= 0:
                taken = min(self._remaining, size - position)
                body = min(max(self._remaining - 2, 0), taken)
                if parts is not None and body:
                    parts.append(buffer[position : position + body])
                self._check_chunk_end(buffer[position + body : position + taken], taken - body)
                position += taken
                self._remaining -= taken
                if self._remaining == 0:
                    self._remaining = -1
                continue
            line_end = buffer.find(b"\n", position)
            if line_end < 0:
                break
            line = buffer[position:line_end].removesuffix(b"\r")
            position = line_end + 1
            if self._take_line(line):
                self._buffer = b""
                return buffer[position:]
        self._buffer = buffer[position:]
        if len(self._buffer) > MAX_CHUNK_LINE_BYTES:
            raise ProtocolViolation("a chunk line does not end")
        return None

    def _check_chunk_end(self, tail: bytes, length: int) -> None:
        """`tail` is the part of the CRLF behind a chunk that has arrived: the last `length` of its two bytes."""
        remaining_of_end = min(2, self._remaining)
        expected = b"\r\n"[2 - remaining_of_end : 2 - remaining_of_end + length]
        if length and tail != expected:
            raise ProtocolViolation("a chunk is longer than its size says")

    def _take_line(self, line: bytes) -> bool:
        """Take a size line or a trailer line; true when the body is over."""
        if self._in_trailers:
            self._trailer_bytes += len(line) + 2
            if self._trailer_bytes > MAX_TRAILER_BYTES:
                raise ProtocolViolation("the trailers are too long")
            return not line
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise ProtocolViolation(f"not a chunk size: {line[:40]!r}")
        length = int(match[1], 16)
        if length:
            self._remaining = length + 2
        else:
            self._in_trailers = True
        return False


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
        "_informational",
        "_limit_bytes",
        "_parts",
        "_pending",
        "_remaining",
        "_retain_html",
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
        self.begin(retain_html=False)

    def begin(self, *, retain_html: bool) -> None:
        """Prepare for the next response.

        Args:
            retain_html: Keep the body if it is an HTML document; other bodies are only counted.
        """
        self.head: ResponseHead | None = None
        self.received_bytes = 0
        self.excess = False
        self._retain_html = retain_html
        self._pending = _NOTHING_PENDING
        self._parts: list[bytes] | None = None
        self._chunked: _ChunkedBody | None = None
        self._remaining = 0
        self._informational = 0

    @property
    def body(self) -> bytes | None:
        """The body as sent (still content-encoded); `None` unless it was retained."""
        return None if self._parts is None else b"".join(self._parts)

    def feed(self, data: bytes) -> bool:
        """Take bytes from the wire.

        Returns:
            True when the response is complete.

        Raises:
            ProtocolViolation: The bytes are not a valid response.
            ResponseTooLarge: The response exceeds the limit.
        """
        head = self.head
        if head is None and not self._pending:
            end = data.find(b"\r\n\r\n")
            if end > 0 and self._feed_whole(data, end):
                return True
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
        if head.body_length == _UNTIL_CLOSE:
            if self._parts is not None:
                self._parts.append(data)
                self._drop_oversized_body()
            return False
        return self._feed_sized(data)

    def _drop_oversized_body(self) -> None:
        if self.received_bytes > MAX_HTML_BYTES:
            self._parts = None

    def _feed_whole(self, data: bytes, end: int) -> bool:
        """Take a response that is all of `data`, the usual case; otherwise leave everything as it was."""
        head = self._heads.get(data[:end])
        size = len(data)
        if head.status < 200 or head.body_length != size - end - 4 or size > self._limit_bytes:
            return False
        self.head = head
        self.received_bytes = size
        if self._retain_html and head.is_html:
            self._parts = [data[end + 4 :]]
        return True

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
            end = window.find(b"\r\n\r\n", searched)
            width = 4
            if end < 0:
                end, width = _bare_head_end(window, searched)
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
        if self._retain_html and head.is_html and head.body_length <= MAX_HTML_BYTES:
            self._parts = []
        if head.body_length == _CHUNKED:
            self._chunked = _ChunkedBody()
        elif head.body_length > self._limit_bytes:
            raise ResponseTooLarge

    def feed_eof(self) -> bool:
        """Say that the peer closed the connection.

        Returns:
            True if that completes the response (a body that ends with the connection); false if it was cut short.
        """
        return self.head is not None and self.head.body_length == _UNTIL_CLOSE


_BARE_HEAD_END = re.compile(rb"\r?\n\r?\n")


def _bare_head_end(data: bytes | bytearray, searched: int) -> tuple[int, int]:
    """Find the end of a head whose lines end in a bare LF; (-1, 0) where there is none."""
    match = _BARE_HEAD_END.search(data, searched)
    return (match.start(), match.end() - match.start()) if match else (-1, 0)
