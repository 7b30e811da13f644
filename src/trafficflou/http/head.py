"""Response heads: parsed, validated, and remembered (RFC 9112, sections 4 to 6).

A server answers with the same few heads again and again; only the `Date` line moves. `HeadCache` keeps validated heads keyed on
their bytes without that line, so the usual response costs one dictionary look-up instead of a parse.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from trafficflou.http.cache import CachePolicy

__all__ = ["CHUNKED", "UNTIL_CLOSE", "HeadCache", "ProtocolViolation", "ResponseHead", "parse_head"]

MAX_FIELDS: Final = 1000

UNTIL_CLOSE: Final = -1
"""A body length: the body ends with the connection."""

CHUNKED: Final = -2
"""A body length: the body is in chunks."""

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: [^\r\n\x00]*)?")
# Field names are tokens (RFC 9110, 5.6.2); values exclude CR, LF and NUL (RFC 9110, 5.5).
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n\x00]*)")
_CHARSET = re.compile(rb"charset\s*=\s*\"?([a-z0-9_:.-]{1,40})")
_DATE_LINE_BYTES: Final = len(b"\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT")


class ProtocolViolation(Exception):  # noqa: N818 - said of the peer, not of us
    """The peer's bytes are not a valid HTTP/1.1 response; the connection cannot be used further."""


class ResponseHead:
    """A validated response head; shared by all responses with the same bytes, so never changed.

    Attributes:
        status: 100..599.
        body_length: Bytes of the body by its framing, or a negative marker for chunked and until-close.
        keep_alive: The connection may carry another request afterwards.
        is_html: The body is a document to look into for subresources.
        charset: What its `Content-Type` names, lower case; empty where it names none.
        content_encoding: Lower-case value of the field, empty where absent.
        location: Value of the field, `None` where absent.
        set_cookies: The values of all `Set-Cookie` fields.
        cache_policy: What RFC 9111 allows a private cache to do with it.
    """

    __slots__ = (
        "body_length",
        "cache_policy",
        "charset",
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
        self.keep_alive = _keeps_alive(minor_version, headers) and self.body_length != UNTIL_CLOSE
        if b"transfer-encoding" in headers and b"content-length" in headers:
            self.keep_alive = False  # RFC 9112, 6.3: possible smuggling, use the connection no further
        content_type, _, parameters = headers.get(b"content-type", b"").lower().partition(b";")
        content_type = content_type.strip()
        charset = _CHARSET.search(parameters)
        self.charset = charset[1].decode("ascii") if charset else ""
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
            return CHUNKED
        raise ProtocolViolation(f"unsupported transfer coding {transfer_encoding[:80]!r}")
    content_length = headers.get(b"content-length")
    if content_length is None:
        return UNTIL_CLOSE
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
