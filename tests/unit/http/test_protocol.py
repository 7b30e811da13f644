"""Response heads and bodies: whole, byte by byte, cut anywhere, with trailing bytes."""

import gzip

import pytest

from trafficflou.http.head import HeadCache, ProtocolViolation, parse_head
from trafficflou.http.protocol import MAX_HEAD_BYTES, ResponseReader, ResponseTooLarge, Retention

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"

RESPONSES = {
    "sized": (HTML + b"Content-Length: 5\r\n\r\nhello", 200, b"hello"),
    "empty": (HTML + b"Content-Length: 0\r\n\r\n", 200, b""),
    "chunked": (
        HTML + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;name=value\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n",
        200,
        b"hello",
    ),
    "chunked-empty": (HTML + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, b""),
    "after-informational": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + HTML + b"Content-Length: 2\r\n\r\nok",
        200,
        b"ok",
    ),
    "bare-line-feeds": (b"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: 2\n\nok", 200, b"ok"),
    "no-content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
    "not-modified-with-length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\n", 304, None),
    "without-reason": (b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", 404, None),
}

VIOLATIONS = {
    "not-http": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "http-2-preface": b"HTTP/2 200\r\n\r\n",
    "status-too-long": b"HTTP/1.1 2000 OK\r\n\r\n",
    "space-before-colon": b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
    "no-colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    "nul-in-value": b"HTTP/1.1 200 OK\r\nA: b\x00c\r\n\r\n",
    "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "negative-length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "huge-length": b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999\r\n\r\n",
    "gzip-transfer-coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "switching-protocols": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "endless-informational": b"HTTP/1.1 100 Continue\r\n\r\n" * 9,
    "too-many-fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1100 + b"\r\n",
    "head-too-long": b"HTTP/1.1 200 OK\r\nA: " + b"b" * MAX_HEAD_BYTES + b"\r\n\r\n",
    "head-without-end": b"HTTP/1.1 200 OK\r\nA: " + b"b" * (MAX_HEAD_BYTES + 10),
    "chunk-size-not-hex": HTML + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "chunk-size-negative": HTML + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "chunk-too-long": HTML + b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    "chunk-line-without-end": HTML + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"x" * 5000,
    "trailers-too-long": HTML + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"A: b\r\n" * 5000,
}


def make_reader(*, retain: Retention = Retention.HTML, limit_bytes: int = 1_000_000) -> ResponseReader:
    """Make a reader that is ready for a response."""
    reader = ResponseReader(HeadCache(), limit_bytes)
    reader.begin(retain)
    return reader


def feed_in_steps(reader: ResponseReader, raw: bytes, step: int) -> list[bool]:
    """Feed bytes in pieces; return what each piece was answered."""
    return [reader.feed(raw[start : start + step]) for start in range(0, len(raw), step)]


@pytest.mark.parametrize("name", RESPONSES)
@pytest.mark.parametrize("step", [1, 2, 3, 7, 1_000_000])
def test_reader_takes_a_response_however_it_is_cut(name: str, step: int) -> None:
    """A response means the same whole, byte by byte, or in pieces of any size."""
    raw, status, body = RESPONSES[name]
    reader = make_reader()
    done = feed_in_steps(reader, raw, step)
    assert done == [False] * (len(done) - 1) + [True]
    assert reader.head is not None
    assert reader.head.status == status
    assert reader.body == body
    assert reader.received_bytes == len(raw)
    assert not reader.excess


@pytest.mark.parametrize("name", RESPONSES)
def test_reader_takes_a_response_cut_in_two_anywhere(name: str) -> None:
    """No place in a response is a bad place for a packet to end."""
    raw, _, body = RESPONSES[name]
    for cut in range(1, len(raw)):
        reader = make_reader()
        assert not reader.feed(raw[:cut])
        assert reader.feed(raw[cut:])
        assert reader.body == body


@pytest.mark.parametrize("name", RESPONSES)
def test_reader_says_when_bytes_follow_the_response(name: str) -> None:
    """Bytes behind a response were not asked for: the connection must not be used again."""
    reader = make_reader()
    assert reader.feed(RESPONSES[name][0] + b"HTTP/1.1 200 OK\r\n")
    assert reader.excess


@pytest.mark.parametrize("name", VIOLATIONS)
@pytest.mark.parametrize("step", [1, 1_000_000])
def test_reader_refuses_what_is_not_http(name: str, step: int) -> None:
    """Whatever breaks the grammar or a bound ends as ProtocolViolation, also when it comes byte by byte."""
    raw = VIOLATIONS[name]
    with pytest.raises(ProtocolViolation):
        feed_in_steps(make_reader(), raw, step)


def test_reader_bounds_a_response_by_its_announced_and_its_real_size() -> None:
    """A response over the limit is refused at its head when it says so, otherwise when it gets there."""
    with pytest.raises(ResponseTooLarge):
        make_reader(limit_bytes=100).feed(HTML + b"Content-Length: 1000\r\n\r\n")
    reader = make_reader(limit_bytes=100)
    reader.feed(HTML + b"\r\n")
    with pytest.raises(ResponseTooLarge):
        reader.feed(b"x" * 100)


def test_reader_ends_an_unsized_body_with_the_connection() -> None:
    """Without a length the body is what comes until the peer closes; a sized one that is cut short is not complete."""
    reader = make_reader()
    assert not reader.feed(HTML + b"\r\nhel")
    assert not reader.feed(b"lo")
    assert reader.feed_eof()
    assert reader.body == b"hello"
    assert reader.head is not None
    assert not reader.head.keep_alive
    cut = make_reader()
    cut.feed(HTML + b"Content-Length: 5\r\n\r\nhel")
    assert not cut.feed_eof()


def test_reader_counts_but_does_not_keep_what_is_not_html() -> None:
    """Only documents are looked into; an image is counted and forgotten."""
    raw = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG"
    reader = make_reader()
    assert reader.feed(raw)
    assert reader.body is None
    reader = make_reader(retain=Retention.NOTHING)
    assert reader.feed(RESPONSES["sized"][0])
    assert reader.body is None


def test_reader_drops_a_document_that_is_too_large_to_look_into() -> None:
    """A document of many megabytes is counted, not kept: thousands of visitors may receive one at once."""
    reader = make_reader(limit_bytes=100_000_000)
    reader.feed(HTML + b"\r\n")
    for _ in range(90):
        reader.feed(b"x" * 60_000)
    assert reader.feed_eof()
    assert reader.body is None
    assert reader.received_bytes > 5_000_000


@pytest.mark.parametrize("end", [b"\n\n", b"\n\r\n"])
def test_reader_ends_a_head_at_its_first_empty_line(end: bytes) -> None:
    """An empty line within the body is the body's, also where the head's lines end in bare LFs."""
    raw = b"HTTP/1.1 200 OK\nContent-Length: 6" + end + b"ab\r\n\r\n"
    for pieces in ((raw,), (raw[:20], raw[20:])):
        reader = make_reader()
        assert [reader.feed(piece) for piece in pieces][-1]
        assert reader.received_bytes == len(raw)
        assert not reader.excess


def test_reader_is_used_again_for_the_next_response() -> None:
    """Nothing of one response is left in the next."""
    reader = make_reader()
    assert reader.feed(RESPONSES["chunked"][0])
    reader.begin(Retention.HTML)
    assert reader.feed(RESPONSES["empty"][0])
    assert reader.body == b""


def test_head_joins_folded_and_repeated_fields() -> None:
    """Folded lines are one value; repeated Set-Cookie fields stay apart."""
    head = parse_head(
        b"HTTP/1.1 302 Found\r\nLocation: /next\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nCache-Control: no-cache,\r\n  no-store"
    )
    assert head.set_cookies == (b"a=1", b"b=2")
    assert head.location == b"/next"
    assert not head.cache_policy.is_storable


@pytest.mark.parametrize(
    ("raw", "keep_alive"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: upgrade, close", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive", True),
        (b"HTTP/1.1 200 OK", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked", False),
    ],
)
def test_head_says_whether_the_connection_goes_on(raw: bytes, keep_alive: bool) -> None:
    """Persistence follows RFC 9112, 9.3; both framing fields at once end the connection (6.3)."""
    assert parse_head(raw).keep_alive is keep_alive


def test_head_cache_shares_heads_that_differ_only_in_their_date() -> None:
    """The Date line moves every second and must not cost a parse."""
    cache = HeadCache()
    raw = b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:%02d GMT\r\nContent-Length: 0"
    assert cache.get(raw % 37) is cache.get(raw % 38)
    lower = raw.replace(b"Date", b"date")
    assert cache.get(lower % 1) is cache.get(lower % 2)
    assert cache.get(raw % 37) is not cache.get(raw.replace(b"200", b"201") % 37)


def test_head_cache_does_not_cut_a_strange_date() -> None:
    """A Date of another length is part of the key, so nothing beside it can be cut away."""
    cache = HeadCache()
    strange = cache.get(b"HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 3\r\nX: 123456789012345678")
    other = cache.get(b"HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 4\r\nX: 123456789012345678")
    assert (strange.body_length, other.body_length) == (3, 4)


def test_head_cache_is_bounded() -> None:
    """A site whose heads all differ does not fill the memory."""
    cache = HeadCache(max_entries=10)
    first = cache.get(b"HTTP/1.1 200 OK\r\nX: 0\r\nContent-Length: 0")
    for number in range(1, 11):
        cache.get(b"HTTP/1.1 200 OK\r\nX: %d\r\nContent-Length: 0" % number)
    assert cache.get(b"HTTP/1.1 200 OK\r\nX: 0\r\nContent-Length: 0") is not first


def test_reader_keeps_encoded_bodies_as_they_were_sent() -> None:
    """Decoding is somebody else's work: the reader gives the bytes of the wire."""
    body = gzip.compress(b"<html>")
    reader = make_reader()
    assert reader.feed(HTML + b"Content-Encoding: GZIP\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    assert reader.body == body
    assert reader.head is not None
    assert reader.head.content_encoding == b"gzip"
