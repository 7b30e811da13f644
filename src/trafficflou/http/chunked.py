"""The chunked transfer coding (RFC 9112, 7.1), decoded as it comes, every part of it bounded."""

import re
from typing import Final

from trafficflou.http.head import ProtocolViolation

__all__ = ["ChunkedBody"]

MAX_CHUNK_LINE_BYTES: Final = 4096
MAX_TRAILER_BYTES: Final = 16 * 1024

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")


class ChunkedBody:
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
