"""Content codings, undone within a limit (RFC 9110 section 8.4): gzip, deflate, br, zstd, and several of them stacked.

Input is hostile: every decoder is asked for no more output than the limit still allows, so a decompression bomb costs the
limit and one step, never its full size. As browsers do, `deflate` is read with and without its zlib wrapper, and rubbish
after a complete stream is ignored (not after br, whose decoder does not tell where the stream ended). A stream that ends early
is an error: the measurement must not call that page whole.
"""

import zlib
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Final

import brotli  # type: ignore[import-untyped]  # the package has no types
import zstandard

__all__ = ["ACCEPT_ENCODING", "DecodingError", "DecodingFault", "decode"]

ACCEPT_ENCODING: Final = b"gzip, deflate, br, zstd"
_MOST_CODINGS: Final = 5
# Each member costs a copy of what follows it. Browsers read only the first; archives have one for each 64 KB.
_MOST_GZIP_MEMBERS: Final = 64
_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
_ZLIB_WINDOW: Final = zlib.MAX_WBITS
_RAW_WINDOW: Final = -zlib.MAX_WBITS
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
# A block of 4 bytes can stand for 128 KiB (RFC 8878 section 3.1.1.2): the steepest that zstd can expand.
_ZSTD_WORST_RATIO: Final = 32_768
_ZSTD_LEAST_STEP_BYTES: Final = 64
_STEP_BYTES: Final = 65_536
# RFC 9659: a zstd content coding needs no window above 8 MB.
_ZSTD_WINDOW_BYTES: Final = 8 * 1024 * 1024


class DecodingFault(StrEnum):
    """Why a body could not be decoded."""

    CORRUPT = "corrupt"
    TOO_LARGE = "too-large"
    UNKNOWN_CODING = "unknown-coding"


class DecodingError(ValueError):
    """A body is not what its `Content-Encoding` says, or is larger than allowed once decoded.

    Attributes:
        kind: What kind of fault it is.
    """

    def __init__(self, kind: DecodingFault, message: str) -> None:
        """Describe the fault."""
        super().__init__(kind, message)
        self.kind = kind

    def __str__(self) -> str:
        return str(self.args[1])


def decode(body: bytes, content_encoding: bytes, limit_bytes: int) -> bytes:
    """Undo the codings of a body.

    Args:
        body: The body as it was transferred, complete.
        content_encoding: The value of `Content-Encoding`; codings in the order in which they were applied. Empty and
            `identity` mean none.
        limit_bytes: Most bytes that the result, and each step to it, may have.

    Returns:
        The decoded body. An empty body stays empty whatever its coding, as browsers have it.

    Raises:
        DecodingError: The data is corrupt or cut short, larger than the limit, or of an unknown coding.
    """
    if content_encoding:
        for decoder in _decoders(content_encoding):
            if not body:
                break
            body = decoder(body, limit_bytes)
    if len(body) > limit_bytes:
        raise _too_large(limit_bytes)
    return body


@lru_cache(maxsize=64)
def _decoders(content_encoding: bytes) -> tuple[Callable[[bytes, int], bytes], ...]:
    names = [name.strip().lower() for name in content_encoding.split(b",", _MOST_CODINGS + 1)]
    wanted = [name for name in reversed(names) if name not in {b"", b"identity"}]
    if len(wanted) > _MOST_CODINGS:
        raise DecodingError(
            DecodingFault.UNKNOWN_CODING, f"more than {_MOST_CODINGS} content codings are stacked"
        )
    unknown = [name for name in wanted if name not in _DECODERS]
    if unknown:
        name = unknown[0][:40].decode("latin-1")
        raise DecodingError(
            DecodingFault.UNKNOWN_CODING, f"{name!r} is not a content coding that was asked for"
        )
    return tuple(_DECODERS[name] for name in wanted)


def _gunzip(body: bytes, limit_bytes: int) -> bytes:
    """Decode gzip, with any number of members one after the other (RFC 1952 section 2.2)."""
    parts: list[bytes] = []
    left_bytes = limit_bytes
    rest = body
    while not parts or (rest.startswith(_GZIP_MAGIC) and len(parts) < _MOST_GZIP_MEMBERS):
        member, rest = _inflated(rest, _GZIP_WINDOW, left_bytes, limit_bytes)
        parts.append(member)
        left_bytes -= len(member)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _undeflate(body: bytes, limit_bytes: int) -> bytes:
    # A zlib header is a multiple of 31 with method 8; many servers send raw deflate under this name.
    is_wrapped = body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    if is_wrapped:
        return _inflated(body, _ZLIB_WINDOW, limit_bytes, limit_bytes)[0]
    return _inflated(body, _RAW_WINDOW, limit_bytes, limit_bytes)[0]


def _inflated(body: bytes, window: int, left_bytes: int, limit_bytes: int) -> tuple[bytes, bytes]:
    coding = "gzip" if window == _GZIP_WINDOW else "deflate"
    inflator = zlib.decompressobj(window)
    try:
        # zlib takes 0 as "no limit", and one byte more than allowed shows that there is more.
        data = inflator.decompress(body, left_bytes + 1)
    except zlib.error as error:
        raise _corrupt(coding, error) from error
    if len(data) > left_bytes:
        raise _too_large(limit_bytes)
    if not inflator.eof:
        raise _cut_short(coding)
    return data, inflator.unused_data


def _unbrotli(body: bytes, limit_bytes: int) -> bytes:
    decompressor = brotli.Decompressor()
    parts: list[bytes] = []
    size_bytes = 0
    data = body
    try:
        while True:
            part = decompressor.process(data, output_buffer_limit=min(_STEP_BYTES, limit_bytes + 1))
            data = b""
            parts.append(part)
            size_bytes += len(part)
            if size_bytes > limit_bytes:
                raise _too_large(limit_bytes)
            if decompressor.is_finished() or (not part and decompressor.can_accept_more_data()):
                break
    except brotli.error as error:
        raise _corrupt("br", error) from error
    if not decompressor.is_finished():
        raise _cut_short("br")
    return b"".join(parts)


def _unzstd(body: bytes, limit_bytes: int) -> bytes:
    """Decode zstd, frames one after the other included (RFC 8878 section 3)."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
    frame = decompressor.decompressobj()
    parts: list[bytes] = []
    left_bytes = limit_bytes
    position = 0
    try:
        while position < len(body):
            # The binding has no limit on output, so the input is fed in steps that cannot expand far beyond it.
            step_bytes = max(left_bytes // _ZSTD_WORST_RATIO, _ZSTD_LEAST_STEP_BYTES)
            part = frame.decompress(body[position : position + step_bytes])
            parts.append(part)
            left_bytes -= len(part)
            if left_bytes < 0:
                raise _too_large(limit_bytes)
            position += step_bytes
            if frame.eof:
                position = min(position, len(body)) - len(frame.unused_data)
                if not body.startswith(_ZSTD_MAGIC, position):
                    break
                frame = decompressor.decompressobj()
    except zstandard.ZstdError as error:
        raise _corrupt("zstd", error) from error
    if not frame.eof:
        raise _cut_short("zstd")
    return b"".join(parts)


_DECODERS: Final[dict[bytes, Callable[[bytes, int], bytes]]] = {
    b"gzip": _gunzip,
    b"x-gzip": _gunzip,
    b"deflate": _undeflate,
    b"br": _unbrotli,
    b"zstd": _unzstd,
}


def _too_large(limit_bytes: int) -> DecodingError:
    return DecodingError(DecodingFault.TOO_LARGE, f"the decoded body is larger than {limit_bytes} bytes")


def _corrupt(coding: str, error: Exception) -> DecodingError:
    return DecodingError(DecodingFault.CORRUPT, f"the body is not valid {coding}: {error}")


def _cut_short(coding: str) -> DecodingError:
    return DecodingError(DecodingFault.CORRUPT, f"the {coding} stream ends before its end")
