"""Whatever a hostile site sends: no exception, no split request, no time that grows faster than the input."""

import gzip
import re
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import brotli  # type: ignore[import-untyped]  # the package has no types
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from trafficflou.http.cache import CachePolicy, Fresh, HttpCache, Revalidate
from trafficflou.http.cookies import CookieJar
from trafficflou.http.date import parse_date_s
from trafficflou.http.decoding import DecodingError, decode
from trafficflou.http.html import scan
from trafficflou.http.url import LONGEST_REFERENCE_CHARS, Origin, resolve

ORIGIN: Final = Origin.parse("http://127.0.0.1:8080")
SECURE: Final = Origin.parse("https://shop.example")
NOW_S: Final = 1_700_000_000.0
SAFE_TARGET: Final = re.compile(r"/[!-~]*")
URL_TEXT: Final = st.text(
    st.sampled_from("ab/.\\:?#@%2eE[]1 \t\r\n\x00\x7fü\u2028") | st.characters(), max_size=60
)


@given(base=URL_TEXT, reference=URL_TEXT)
@example(base="/", reference="/x HTTP/1.1\r\nHost: evil\r\n\r\nGET /")
@example(base="\r\n", reference="")
@example(base="/", reference="/\u0130\udfff")
def test_resolve_always_gives_a_safe_target(base: str, reference: str) -> None:
    """A target is printable ASCII without blanks that starts with a slash, and resolving it again changes nothing."""
    resolved = resolve(base, reference, ORIGIN)
    if resolved.path is not None:
        assert resolved.foreign is None
        assert SAFE_TARGET.fullmatch(resolved.path)
        assert "#" not in resolved.path
        assert len(resolved.path) <= LONGEST_REFERENCE_CHARS
        assert not re.search(r"/(\.|%2e){1,2}(/|\?|\Z)", resolved.path.partition("?")[0], re.IGNORECASE)
        assert resolve("/", str(ORIGIN) + resolved.path, ORIGIN) == resolved
    if resolved.foreign is not None:
        assert Origin.parse(resolved.foreign) != ORIGIN
        assert str(Origin.parse(resolved.foreign)) == resolved.foreign


@given(text=URL_TEXT)
def test_origin_parse_gives_a_safe_header_or_refuses(text: str) -> None:
    """What passes for an origin can stand in a Host field."""
    try:
        origin = Origin.parse("http://" + text)
    except ValueError:
        return
    assert re.fullmatch(rb"[a-z0-9._\-]+(:\d+)?|\[[0-9a-f:.]+\](:\d+)?", origin.host_header)


COOKIE_TEXT: Final = st.binary(max_size=80) | st.lists(
    st.sampled_from(
        [
            b"a",
            b"b",
            b"=",
            b";",
            b" ",
            b"Path=/",
            b"/x",
            b"Domain=",
            b"shop.example",
            b"Max-Age=",
            b"9",
            b"-1",
            b"Secure",
            b"Expires=Fri, 01 Jan 2100 00:00:00 GMT",
            b"__Host-",
            b"\r\n",
            b"\x00",
            b"\xff",
        ]
    ),
    max_size=12,
).map(b"".join)


@given(responses=st.lists(st.lists(COOKIE_TEXT, max_size=5), max_size=20), path=URL_TEXT)
def test_cookie_jar_always_gives_one_safe_line(responses: list[list[bytes]], path: str) -> None:
    """The header is empty or one line without control characters, and the jar never holds more than 50."""
    for origin in (ORIGIN, SECURE):
        jar = CookieJar(origin)
        for number, values in enumerate(responses):
            jar.store(values, path, NOW_S + number)
            for asked in ("/", path):
                header = jar.header_for(asked, NOW_S + number)
                assert header == b"" or re.fullmatch(rb"Cookie: [^\x00-\x08\x0a-\x1f\x7f]+\r\n", header)
        assert len(jar) <= 50


CACHE_FIELDS: Final = st.fixed_dictionaries(
    {},
    optional={
        b"cache-control": st.sampled_from([b"max-age=60", b"no-cache", b"no-store", b"max-age=0, private"])
        | st.binary(max_size=40),
        b"expires": st.sampled_from([b"0", b"Tue, 14 Nov 2023 22:14:20 GMT"]) | st.binary(max_size=40),
        b"last-modified": st.sampled_from([b"Tue, 14 Nov 2000 22:14:20 GMT"]) | st.binary(max_size=40),
        b"etag": st.sampled_from([b'"1"', b'W/"2"', b'"\r\n"']) | st.binary(max_size=20),
        b"vary": st.sampled_from([b"*", b"Accept-Encoding", b"Cookie"]) | st.binary(max_size=20),
        b"age": st.sampled_from([b"0", b"30", b"99999999999999999999"]) | st.binary(max_size=20),
    },
)


@given(
    stored=CACHE_FIELDS,
    renewed=CACHE_FIELDS,
    status=st.sampled_from([200, 206, 302, 304, 404, 500]),
    skew_s=st.none() | st.floats(-1e6, 1e6),
)
def test_http_cache_never_sends_a_broken_validator(
    stored: dict[bytes, bytes], renewed: dict[bytes, bytes], status: int, skew_s: float | None
) -> None:
    """Any two heads leave a cache that says fresh, asks with whole field lines, or knows nothing."""
    date_s = None if skew_s is None else NOW_S + skew_s
    cache: HttpCache[str] = HttpCache()
    cache.store("/x", status, CachePolicy.from_headers(stored), NOW_S, date_s, "kept")
    assert not (len(cache) and stored.get(b"cache-control") == b"no-store")
    cache.refresh("/x", CachePolicy.from_headers(renewed), NOW_S + 1, date_s)
    for later_s in (1, 50, 10**10):
        found = cache.lookup("/x", NOW_S + later_s)
        assert not (later_s == 10**10 and isinstance(found, Fresh))
        if isinstance(found, Revalidate):
            assert re.fullmatch(
                rb"(If-(None-Match|Modified-Since): [^\x00-\x08\x0a-\x1f\x7f]+\r\n){1,2}", found.validators
            )


@given(st.binary(max_size=60))
def test_parse_date_s_never_raises(value: bytes) -> None:
    """Any bytes are a date or none."""
    seconds = parse_date_s(value)
    assert seconds is None or -2e10 < seconds < 3e11


@given(
    text=st.binary(max_size=3000),
    coding=st.sampled_from(["gzip", "deflate", "br", "zstd"]),
    position=st.integers(0, 200),
    flipped=st.integers(0, 255),
)
def test_decode_gives_the_text_or_a_decoding_error(
    text: bytes, coding: str, position: int, flipped: int
) -> None:
    """What is whole comes back; what was damaged raises nothing but DecodingError and stays within the limit."""
    encoders: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }
    body = bytearray(encoders[coding](text))
    assert decode(bytes(body), coding.encode(), 3000) == text
    body[position % len(body)] ^= flipped
    with suppress(DecodingError):
        assert len(decode(bytes(body), coding.encode(), 3000)) <= 3000


@given(
    body=st.binary(max_size=200),
    content_encoding=st.binary(max_size=20) | st.sampled_from([b"br, gzip", b"zstd"]),
)
def test_decode_raises_nothing_but_decoding_errors(body: bytes, content_encoding: bytes) -> None:
    """Any body under any name of a coding is decoded or refused."""
    with suppress(DecodingError):
        assert len(decode(body, content_encoding, 1000)) <= 1000


HTML_PIECES: Final = st.lists(
    st.sampled_from(
        [
            b"<",
            b">",
            b"<img ",
            b"src=",
            b"srcset=",
            b"'",
            b'"',
            b"=",
            b"/a.png",
            b" ",
            b",",
            b"2x",
            b"900w",
            b"&amp;",
            b"&#0;",
            b"<!--",
            b"-->",
            b"<script ",
            b"</script>",
            b"<picture>",
            b"</picture>",
            b"<source ",
            b"<template>",
            b"</template>",
            b"<link rel=icon href=",
            b"<base href=",
            b"\x00",
            b"\xff\xfe",
            b"\xff",
            b"media='(min-width:9px)'",
            b"<title>",
        ]
    ),
    max_size=40,
).map(b"".join)


@given(
    html=st.binary(max_size=300) | HTML_PIECES,
    charset=st.none() | st.text(max_size=12) | st.sampled_from(["utf-16", "hex", "idna"]),
)
def test_scan_never_raises(html: bytes, charset: str | None) -> None:
    """Any bytes in any charset are scanned; each reference comes once and is not blank."""
    links = scan(html, charset)
    names = [name for name, _ in links.references]
    assert len(set(names)) == len(names)
    assert all(name.strip() for name in names)
    for name in names:
        resolve("/", name, ORIGIN)


HOSTILE_UNITS: Final = [
    b"<",
    b"<!",
    b"<!--",
    b"<!-->",
    b"<img",
    b"<img ",
    b"<img '",
    b'<img src="',
    b"<img src='\"",
    b"<img =",
    b"<img src=x",
    b"<img a=\" '",
    b"<img src=x>",
    b"<img srcset='a,",
    b"<script>",
    b"<script></script",
    b"</script",
    b"<style><",
    b"<template>",
    b"<template></template",
    b"<picture>",
    b"<picture></picture",
    b"<picture><source srcset=a>",
    b"<link rel=",
    b"<base href=x>",
    b"=",
    b'"',
    b"a ",
    b" ",
    b"&",
]


@pytest.mark.parametrize("unit", HOSTILE_UNITS)
@pytest.mark.parametrize("prefix", [b"", b"<img ", b"<img src=", b"<img src='", b"<img srcset='"])
def test_scan_takes_linear_time(unit: bytes, prefix: bytes) -> None:
    """A megabyte of the same hostile bytes costs milliseconds; quadratic time would be hours."""
    page = (prefix + unit * (1_000_000 // len(unit) + 1))[:1_000_000]
    started_at_s = time.process_time()
    scan(page)
    assert time.process_time() - started_at_s < 1.0


@pytest.mark.parametrize(
    "inside", [b"a" * 1_000_000, b"a " * 500_000, b"a=b " * 250_000, b" " * 1_000_000, b"&#x41;" * 160_000]
)
def test_scan_survives_attributes_of_a_megabyte(inside: bytes) -> None:
    """One giant tag is read in linear time and does not hide what follows it."""
    for tag in (b"<img alt='%b'>", b"<img %b>", b"<img srcset='%b'>", b"<img src='%b'>"):
        started_at_s = time.process_time()
        assert ("/next.png", "image") in scan(tag % inside + b"<img src=/next.png>").references
        assert time.process_time() - started_at_s < 1.0


@pytest.mark.parametrize(
    "value",
    [
        b"a" * 8000,
        b"=" * 8000,
        b"; " * 4000,
        b"a=b;" * 2000,
        b"," * 8000,
        b'"' * 8000,
        b"a  " * 2500,
        b"9" * 8000,
    ],
)
def test_head_fields_take_linear_time(value: bytes) -> None:
    """Long values of the fields that are parsed cost microseconds, not seconds."""
    started_at_s = time.process_time()
    for _ in range(10):
        CachePolicy((value, value, value, value, value, value))
        CookieJar(SECURE).store([value], "/", NOW_S)
        resolve("/", value.decode(), ORIGIN)
    assert time.process_time() - started_at_s < 0.5
