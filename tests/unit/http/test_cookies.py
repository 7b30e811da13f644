"""A visitor's cookies are kept and sent as RFC 6265 has it, and hostile ones are refused."""

import tracemalloc

import pytest

from trafficflou.http.cookies import CookieJar
from trafficflou.http.url import Origin

HTTP = Origin.parse("http://shop.example:8080")
HTTPS = Origin.parse("https://shop.example")
NOW_S = 1_700_000_000.0


def _jar(*values: bytes, path: str = "/", origin: Origin = HTTPS) -> CookieJar:
    jar = CookieJar(origin)
    jar.store(values, path, NOW_S)
    return jar


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (b"a=b", b"a=b"),
        (b" a = b ; HttpOnly", b"a=b"),
        (b"a=b=c", b"a=b=c"),
        (b'a="b c"', b'a="b c"'),
        (b"a=", b"a="),
        (b"a", b"a"),
        (b"=a", b"a"),
        (b"a=\xc3\xa9", b"a=\xc3\xa9"),
        (b"a=b; Path=/; Unknown; =x; Max-Age=oops; Expires=never", b"a=b"),
        (b"a=b; Domain=shop.example", b"a=b"),
        (b"a=b; Domain=.SHOP.example", b"a=b"),
        (b"a=b; Domain=; Path=relative", b"a=b"),
        (b"a=b; Domain=evil.example; Domain=shop.example", b"a=b"),
        (b"a=b; Secure", b"a=b"),
        (b"__Secure-a=b; Secure", b"__Secure-a=b"),
        (b"__Host-a=b; Secure; Path=/", b"__Host-a=b"),
        (b"__Host-a=b; Secure; Path=/; Domain=", b"__Host-a=b"),
        (b"a=b; Path=" + b"/x" * 600, b"a=b"),
        (b"a=" + b"v" * 4095, b"a=" + b"v" * 4095),
    ],
)
def test_cookie_jar_keeps_what_browsers_keep(value: bytes, sent: bytes) -> None:
    """Well-formed and tolerably odd cookies are sent back unchanged."""
    assert _jar(value).header_for("/", NOW_S) == b"Cookie: " + sent + b"\r\n"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"=",
        b"; Path=/",
        b"a=b\r\nX-Split: 1",
        b"a=b\x00",
        b"a\x7f=b",
        b"a=b; Path=/\nx",
        b"a=b; Domain=evil.example",
        b"a=b; Domain=op.example",
        b"a=b; Domain=www.shop.example",
        b"a=b; Domain=example.shop.example.com",
        b"a=b; Domain=com",
        b"__Secure-a=b",
        b"__SECURE-a=b",
        b"__Host-a=b; Secure",
        b"__Host-a=b; Secure; Path=/x",
        b"__Host-a=b; Path=/",
        b"__Host-a=b; Secure; Path=/; Domain=shop.example",
        b"=__Host-a=b; Secure; Path=/",
        b"__Secure-a; Secure",
        b"a=" + b"v" * 4096,
        b"a=b; Max-Age=0",
        b"a=b; Max-Age=-5",
        b"a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ],
)
def test_cookie_jar_refuses_what_browsers_refuse(value: bytes) -> None:
    """Other sites' domains, broken prefixes, control characters and over-long or expired cookies are not kept."""
    jar = _jar(value)
    assert jar.header_for("/", NOW_S) == b""
    assert len(jar) == 0


def test_cookie_jar_accepts_a_parent_domain_of_a_name_only() -> None:
    """A parent domain with a dot is accepted for a name; part of an IP address is no domain."""
    deep = Origin.parse("https://www.shop.example")
    address = Origin.parse("https://127.0.0.1")
    assert _jar(b"a=b; Domain=shop.example", origin=deep).header_for("/", NOW_S)
    assert not _jar(b"a=b; Domain=example", origin=deep).header_for("/", NOW_S)
    assert not _jar(b"a=b; Domain=0.0.1", origin=address).header_for("/", NOW_S)
    assert _jar(b"a=b; Domain=127.0.0.1", origin=address).header_for("/", NOW_S)


def test_cookie_jar_of_a_plain_origin_refuses_secure() -> None:
    """`Secure` over plain http is refused, as browsers do, so such a cookie can never be sent in the clear."""
    assert not _jar(b"a=b; Secure", origin=HTTP).header_for("/", NOW_S)


@pytest.mark.parametrize(
    ("cookie_path", "request_path", "matches"),
    [
        (b"/shop", "/shop", True),
        (b"/shop", "/shop?x=/", True),
        (b"/shop", "/shop/cart", True),
        (b"/shop/", "/shop/cart", True),
        (b"/shop/", "/shop", False),
        (b"/shop", "/shopping", False),
        (b"/shop", "/", False),
    ],
)
def test_cookie_jar_matches_paths(cookie_path: bytes, request_path: str, matches: bool) -> None:
    """A cookie goes to its path and below it, where below begins at a slash."""
    jar = _jar(b"a=b; Path=" + cookie_path)
    assert bool(jar.header_for(request_path, NOW_S)) == matches


@pytest.mark.parametrize(
    ("path", "inside", "outside"),
    [("/shop/cart?x=/y/z", "/shop/other", "/other"), ("/shop/", "/shop", "/")],
)
def test_cookie_jar_defaults_to_the_folder_of_the_request(path: str, inside: str, outside: str) -> None:
    """A cookie without a path belongs to the folder of the page that set it."""
    jar = _jar(b"a=b", path=path)
    assert jar.header_for(inside, NOW_S)
    assert not jar.header_for(outside, NOW_S)


def test_cookie_jar_sends_long_paths_first_then_old_ones() -> None:
    """The order is by length of path, then by age; setting a cookie again keeps its age."""
    jar = _jar(b"one=1; Path=/", b"two=2; Path=/", b"deep=3; Path=/a/b", b"one=4; Path=/")
    assert jar.header_for("/a/b/c", NOW_S) == b"Cookie: deep=3; one=4; two=2\r\n"
    assert jar.header_for("/a", NOW_S) == b"Cookie: one=4; two=2\r\n"


def test_cookie_jar_tells_paths_of_one_name_apart() -> None:
    """The same name at two paths is two cookies."""
    jar = _jar(b"a=1; Path=/", b"a=2; Path=/x")
    assert jar.header_for("/x", NOW_S) == b"Cookie: a=2; a=1\r\n"


def test_cookie_jar_forgets_expired_cookies() -> None:
    """`Max-Age` counts from the response and goes before `Expires`; a session cookie stays."""
    jar = _jar(
        b"short=1; Max-Age=10; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
        b"dated=2; Expires=Tue, 14 Nov 2023 22:13:40 GMT",  # 20 s from now
        b"session=3",
    )
    assert jar.header_for("/", NOW_S + 9) == b"Cookie: short=1; dated=2; session=3\r\n"
    assert jar.header_for("/", NOW_S + 10) == b"Cookie: dated=2; session=3\r\n"
    assert jar.header_for("/", NOW_S + 20) == b"Cookie: session=3\r\n"
    assert len(jar) == 1


def test_cookie_jar_deletes_on_request_of_the_server() -> None:
    """Setting a cookie with a past expiry removes it; an emptied jar holds nothing."""
    jar = _jar(b"a=1", b"b=2")
    jar.store([b"a=; Max-Age=0"], "/", NOW_S)
    assert jar.header_for("/", NOW_S) == b"Cookie: b=2\r\n"
    jar.store([b"b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/", NOW_S)
    assert jar.header_for("/", NOW_S) == b""
    assert len(jar) == 0


@pytest.mark.parametrize(
    "life", [b"Max-Age=34560001", b"Max-Age=" + b"9" * 1000, b"Expires=Fri, 01 Jan 2100 00:00:00 GMT"]
)
def test_cookie_jar_ends_every_life_after_400_days(life: bytes) -> None:
    """No cookie lives longer than 400 days, however long its number is."""
    jar = _jar(b"a=b; " + life)
    assert jar.header_for("/", NOW_S + 400 * 86_400 - 1)
    assert not jar.header_for("/", NOW_S + 400 * 86_400)


def test_cookie_jar_keeps_the_newest_50() -> None:
    """The fifty-first cookie pushes out the oldest; expired ones go first."""
    jar = _jar(*(b"c%d=%d" % (number, number) for number in range(60)))
    sent = jar.header_for("/", NOW_S)
    assert len(jar) == 50
    assert b"c9=9;" not in sent
    assert sent.startswith(b"Cookie: c10=10;")
    jar = _jar(*(b"c%d=%d%b" % (number, number, b"; Max-Age=5" if number else b"") for number in range(50)))
    jar.store([b"new=1"], "/", NOW_S + 6)
    assert jar.header_for("/", NOW_S + 6) == b"Cookie: c0=0; new=1\r\n"


def test_cookie_jar_holds_32_kib_at_most() -> None:
    """Large cookies push out the oldest, so that a hostile site cannot fill the memory of thousands of visitors."""
    jar = _jar(*(b"c%d=%b" % (number, b"v" * 4000) for number in range(20)))
    assert len(jar) == 8
    assert jar.header_for("/", NOW_S).startswith(b"Cookie: c12=v")


def test_cookie_jar_looks_at_200_cookies_of_a_response_at_most() -> None:
    """A flood of cookies costs a bounded time: what comes after the two hundredth is not read."""
    jar = _jar(*[b"a=1"] * 200, b"late=1")
    assert jar.header_for("/", NOW_S) == b"Cookie: a=1\r\n"


def test_cookie_jar_keeps_its_header_until_something_changes() -> None:
    """The header is built once for all paths where every cookie is for the whole site."""
    jar = _jar(b"a=1; Path=/")
    first = jar.header_for("/x", NOW_S)
    assert jar.header_for("/y", NOW_S) is first
    jar.store([b"b=2; Path=/"], "/", NOW_S)
    assert jar.header_for("/y", NOW_S) == b"Cookie: a=1; b=2\r\n"


def test_cookie_jar_is_small() -> None:
    """5,000 visitors with one session cookie each fit in 3 MB, empty jars in 1 MB."""

    def measured(*values: bytes) -> int:
        tracemalloc.start()
        try:
            jars = [CookieJar(HTTPS) for _ in range(1000)]
            for number, jar in enumerate(jars):
                jar.store([value % number for value in values], "/", NOW_S)
                jar.header_for("/", NOW_S)
            return 5 * tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    assert measured() < 1_000_000
    assert measured(b"session=0123456789abcdef-%d; Path=/") < 3_000_000
