"""Content codings are undone within the limit; corrupt and cut data is never called whole."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]  # the package has no types
import pytest
import zstandard

from trafficflou.http.decoding import ACCEPT_ENCODING, DecodingError, DecodingFault, decode

TEXT = b"".join(b"<p>Line %d of a page that compresses well.</p>\n" % number for number in range(2000))
LIMIT_BYTES = 1_000_000


def _raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data))


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


ENCODERS: list[tuple[bytes, Callable[[bytes], bytes]]] = [
    (b"gzip", _gzip),
    (b"x-gzip", _gzip),
    (b"deflate", zlib.compress),
    (b"deflate", _raw_deflate),
    (b"br", _brotli),
    (b"zstd", _zstd),
]


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
@pytest.mark.parametrize("text", [TEXT, b"x", b""])
def test_decode_undoes_each_coding(coding: bytes, encode: Callable[[bytes], bytes], text: bytes) -> None:
    """What was encoded comes back, also nothing at all, and the name's case does not matter."""
    assert decode(encode(text), coding, LIMIT_BYTES) == text
    assert decode(encode(text), coding.upper(), LIMIT_BYTES) == text


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
def test_decode_allows_exactly_the_limit(coding: bytes, encode: Callable[[bytes], bytes]) -> None:
    """A body of exactly the limit passes, one byte more does not."""
    body = encode(TEXT)
    assert decode(body, coding, len(TEXT)) == TEXT
    with pytest.raises(DecodingError) as caught:
        decode(body, coding, len(TEXT) - 1)
    assert caught.value.kind is DecodingFault.TOO_LARGE


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
def test_decode_refuses_a_stream_cut_anywhere(coding: bytes, encode: Callable[[bytes], bytes]) -> None:
    """However a stream is cut short, it is corrupt and not a shorter page."""
    body = encode(TEXT[:3000])
    for length in range(1, len(body)):
        with pytest.raises(DecodingError) as caught:
            decode(body[:length], coding, LIMIT_BYTES)
        assert caught.value.kind is DecodingFault.CORRUPT


@pytest.mark.parametrize(("coding", "encode"), [pair for pair in ENCODERS if pair[0] != b"br"])
def test_decode_tolerates_rubbish_behind_the_stream(coding: bytes, encode: Callable[[bytes], bytes]) -> None:
    """Bytes behind a complete stream are ignored, as browsers do."""
    assert decode(encode(TEXT) + b"\x00rubbish" * 20, coding, LIMIT_BYTES) == TEXT


def test_decode_refuses_rubbish_behind_brotli() -> None:
    """The br decoder does not say where a stream ended, so more bytes than it has are corrupt."""
    with pytest.raises(DecodingError) as caught:
        decode(_brotli(TEXT) + b"\x00rubbish", b"br", LIMIT_BYTES)
    assert caught.value.kind is DecodingFault.CORRUPT


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"zstd", b"deflate"])
def test_decode_refuses_what_is_not_encoded(coding: bytes) -> None:
    """A body that is not what its head says is corrupt, and the message names the coding."""
    with pytest.raises(DecodingError, match=coding.decode()) as caught:
        decode(b"<!doctype html><title>Plain</title>", coding, LIMIT_BYTES)
    assert caught.value.kind is DecodingFault.CORRUPT


@pytest.mark.parametrize("coding", [b"gzip", b"zstd"])
def test_decode_reads_streams_one_after_the_other(coding: bytes) -> None:
    """Several gzip members or zstd frames are one body."""
    encode = dict(ENCODERS)[coding]
    assert decode(encode(TEXT) + encode(b"more"), coding, LIMIT_BYTES) == TEXT + b"more"
    with pytest.raises(DecodingError, match="larger"):
        decode(encode(TEXT) + encode(b"more"), coding, len(TEXT) + 3)
    with pytest.raises(DecodingError, match="ends before"):
        decode(encode(TEXT) + encode(b"more")[:-1], coding, LIMIT_BYTES)


def test_decode_reads_64_gzip_members_at_most() -> None:
    """A flood of tiny members costs a bounded time: what follows the sixty-fourth is ignored."""
    assert decode(_gzip(b"x") * 10_000, b"gzip", LIMIT_BYTES) == b"x" * 64


@pytest.mark.parametrize(("coding", "encode"), ENCODERS)
def test_decode_stops_a_bomb_at_the_limit(coding: bytes, encode: Callable[[bytes], bytes]) -> None:
    """A decompression bomb costs memory near the limit, not its own size."""
    bomb = encode(bytes(64 * 1024 * 1024))
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(DecodingError) as caught:
            decode(bomb, coding, LIMIT_BYTES)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert caught.value.kind is DecodingFault.TOO_LARGE
    assert peak_bytes < 8 * LIMIT_BYTES


def test_decode_refuses_a_zstd_window_above_8_mb() -> None:
    """A frame that asks for more memory than RFC 9659 allows is refused before it is given."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    body = compressor.compress(TEXT) + compressor.flush()
    with pytest.raises(DecodingError) as caught:
        decode(body, b"zstd", LIMIT_BYTES)
    assert caught.value.kind is DecodingFault.CORRUPT


def test_decode_undoes_stacked_codings_from_the_outside() -> None:
    """The last coding named was applied last; `identity` and empty names count for nothing."""
    assert decode(_gzip(_brotli(TEXT)), b"br, gzip", LIMIT_BYTES) == TEXT
    assert decode(_gzip(TEXT), b" identity,, GZIP ", LIMIT_BYTES) == TEXT


@pytest.mark.parametrize("content_encoding", [b"", b"identity"])
def test_decode_passes_plain_bodies_through(content_encoding: bytes) -> None:
    """Without a coding the very body comes back, if it is within the limit."""
    assert decode(TEXT, content_encoding, LIMIT_BYTES) is TEXT
    with pytest.raises(DecodingError) as caught:
        decode(TEXT, content_encoding, 10)
    assert caught.value.kind is DecodingFault.TOO_LARGE


def test_decode_leaves_an_empty_body_empty() -> None:
    """An answer without a body (to HEAD, a 304) may well name a coding."""
    assert decode(b"", b"gzip", LIMIT_BYTES) == b""


@pytest.mark.parametrize("content_encoding", [b"rot13", b"gzip, compress", b"gzip," * 6, b"\xff\x00" * 100])
def test_decode_refuses_codings_that_were_not_asked_for(content_encoding: bytes) -> None:
    """Unknown codings and more than five of them are refused, with a short message."""
    with pytest.raises(DecodingError) as caught:
        decode(TEXT, content_encoding, LIMIT_BYTES)
    assert caught.value.kind is DecodingFault.UNKNOWN_CODING
    assert len(str(caught.value)) < 250


def test_accept_encoding_names_only_what_can_be_decoded() -> None:
    """What is asked for can be undone."""
    encoders = dict(ENCODERS)
    for coding in ACCEPT_ENCODING.split(b", "):
        assert decode(encoders[coding](TEXT), coding, LIMIT_BYTES) == TEXT
