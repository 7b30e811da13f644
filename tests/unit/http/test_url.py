"""References resolve as browsers resolve them, and cannot leave the origin or the request line."""

import pickle

import pytest

from trafficflou.http.url import LONGEST_REFERENCE_CHARS, NOT_FETCHABLE, Origin, resolve

ORIGIN = Origin.parse("http://127.0.0.1:8080")
BASE = "/b/c/d;p?q"


@pytest.mark.parametrize(
    ("text", "written", "host_header"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", b"127.0.0.1:8080"),
        ("HTTP://LocalHost:80/path?q#f", "http://localhost", b"localhost"),
        ("https://localhost:443", "https://localhost", b"localhost"),
        ("https://localhost:80", "https://localhost:80", b"localhost:80"),
        ("http://[::1]:8080", "http://[::1]:8080", b"[::1]:8080"),
        ("http://[0:0::1]", "http://[::1]", b"[::1]"),
        ("http://bücher.example", "http://xn--bcher-kva.example", b"xn--bcher-kva.example"),
        ("http://127.1", "http://127.0.0.1", b"127.0.0.1"),
        ("http://0x7f.1", "http://127.0.0.1", b"127.0.0.1"),
        ("http://2130706433", "http://127.0.0.1", b"127.0.0.1"),
        ("http://127.0.0.1.:81", "http://127.0.0.1:81", b"127.0.0.1:81"),
        ("http://１２７.0.0.1", "http://127.0.0.1", b"127.0.0.1"),
        ("http://localhost.", "http://localhost.", b"localhost."),
        ("http://under_score.example\\x", "http://under_score.example", b"under_score.example"),
    ],
)
def test_origin_parse_reads_the_canonical_form(text: str, written: str, host_header: bytes) -> None:
    """Every spelling of an origin ends in one form, without the port where it is the scheme's own."""
    origin = Origin.parse(text)
    assert str(origin) == written
    assert origin.host_header == host_header
    assert Origin.parse(written) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "127.0.0.1:8080",
        "ftp://127.0.0.1",
        "http://",
        "http://:80",
        "http://user@127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:65536",
        "http://127.0.0.1:+80",
        "http://127.0.0.1:８０",
        "http://a b",
        "http://a\r\nHost: evil",
        "http://a..b",
        "http://-a.example",
        "http://1.2.3.4.5",
        "http://256.1.1.1",
        "http://[::1",
        "http://[::1]x",
        "http://[fe80::1%25lo]",
        "http://%31.example",
        "http://" + "a" * 64 + ".example",
        "http://" + "a." * 127 + "aa",
        "http://ü" + "a" * 300 + ".example",
        "http://\u200b",
    ],
)
def test_origin_parse_refuses_what_is_no_origin(text: str) -> None:
    """What is no http or https origin is refused and never guessed at."""
    with pytest.raises(ValueError, match=r".+"):
        Origin.parse(text)


@pytest.mark.parametrize(
    ("scheme", "host", "port"),
    [
        ("http", "UPPER", 80),
        ("http", "a b", 80),
        ("http", "[::1]", 80),
        ("gopher", "a", 70),
        ("http", "a", 0),
    ],
)
def test_origin_refuses_parts_that_are_not_canonical(scheme: str, host: str, port: int) -> None:
    """An origin that exists is valid, also when it was not parsed."""
    with pytest.raises(ValueError, match=r".+"):
        Origin(scheme, host, port)


def test_origin_survives_pickling() -> None:
    """Origins cross to worker processes."""
    assert pickle.loads(pickle.dumps(ORIGIN)) == ORIGIN  # noqa: S301 - our own bytes
    assert len({ORIGIN, pickle.loads(pickle.dumps(ORIGIN))}) == 1  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        # RFC 3986 section 5.4, normal and abnormal examples.
        ("g", "/b/c/g"),
        ("./g", "/b/c/g"),
        ("g/", "/b/c/g/"),
        ("/g", "/g"),
        ("?y", "/b/c/d;p?y"),
        ("g?y", "/b/c/g?y"),
        ("#s", "/b/c/d;p?q"),
        ("g#s", "/b/c/g"),
        ("g?y#s", "/b/c/g?y"),
        (";x", "/b/c/;x"),
        ("g;x=1/../y", "/b/c/y"),
        ("", "/b/c/d;p?q"),
        (".", "/b/c/"),
        ("./", "/b/c/"),
        ("..", "/b/"),
        ("../g", "/b/g"),
        ("../..", "/"),
        ("../../../../g", "/g"),
        ("/./g", "/g"),
        ("/../g", "/g"),
        ("g.", "/b/c/g."),
        (".g", "/b/c/.g"),
        ("g..", "/b/c/g.."),
        ("./../g", "/b/g"),
        ("g/./h", "/b/c/g/h"),
        ("g?y/../x", "/b/c/g?y/../x"),
        ("?", "/b/c/d;p?"),
        # As browsers do beyond the RFC.
        (" g\t ", "/b/c/g"),
        ("g\r\nh", "/b/c/gh"),
        ("/a/%2e%2E/b", "/b"),
        ("/a/.%2e/%2e", "/"),
        ("\\x\\y", "/x/y"),
        ("/a//b", "/a//b"),
        ("http:g", "/b/c/g"),
        ("http:/g", "/g"),
        ("http://127.0.0.1:8080", "/"),
        ("http://127.0.0.1:8080?x", "/?x"),
        ("HTTP://127.1:8080/x", "/x"),
        ("http:\\\\127.0.0.1:8080\\x", "/x"),
        ("http://me:secret@127.0.0.1:8080/x", "/x"),
        ("//127.0.0.1:8080/x", "/x"),
        ("///127.0.0.1:8080/x", "/x"),
        # Percent-encoding: what is encoded stays, what would break the request line is encoded.
        ("/a b?c d", "/a%20b?c%20d"),
        ("/ü?ü", "/%C3%BC?%C3%BC"),
        ('/"<>`{}^', "/%22%3C%3E%60%7B%7D%5E"),
        ("/'?'", "/'?%27"),
        ("/%41%zz", "/%41%zz"),
        ("/a?b?c", "/a?b?c"),
        ("/\x00\x7f", "/%00%7F"),
        ("/a\x85b\u2028c", "/a%C2%85b%E2%80%A8c"),
        ("/\ud800", "/%EF%BF%BD%EF%BF%BD%EF%BF%BD"),
    ],
)
def test_resolve_finds_the_path_on_the_same_origin(reference: str, path: str) -> None:
    """References to this origin become a path and query that can stand in a request line."""
    assert resolve(BASE, reference, ORIGIN).path == path
    assert resolve(BASE, reference, ORIGIN).foreign is None


@pytest.mark.parametrize(
    ("reference", "foreign"),
    [
        ("http://other.example/x", "http://other.example"),
        ("https://127.0.0.1:8080/x", "https://127.0.0.1:8080"),
        ("https:other.example/x", "https://other.example"),
        ("http://127.0.0.1/x", "http://127.0.0.1"),
        ("//CDN.Example:80/x", "http://cdn.example"),
        ("\\\\cdn.example\\x", "http://cdn.example"),
        ("/\\cdn.example/x", "http://cdn.example"),
        ("/\t/cdn.example", "http://cdn.example"),
        ("http://127.0.0.1:8080@evil.example/", "http://evil.example"),
        ("http://127.0.0.1:8080\\@evil.example/", None),
        ("//169.254.169.254/latest", "http://169.254.169.254"),
        ("//[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_resolve_names_a_foreign_origin(reference: str, foreign: str | None) -> None:
    """A reference to another scheme, host or port comes back as that origin only; user names deceive nobody."""
    resolved = resolve(BASE, reference, ORIGIN)
    assert resolved.foreign == foreign
    assert (resolved.path is None) == (foreign is not None)


@pytest.mark.parametrize(
    "reference",
    [
        "mailto:a@b.example",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/plain,x",
        "tel:+1",
        "ws://127.0.0.1:8080/",
        "file:///etc/passwd",
        "http://",
        "http:///",
        "//",
        "//a b/",
        "//127.0.0.1:99999/",
        "//127.0.0.1:8080x/",
        "/" + "x" * LONGEST_REFERENCE_CHARS,
        "/" + "ü" * (LONGEST_REFERENCE_CHARS // 2),
    ],
)
def test_resolve_finds_nothing_to_fetch(reference: str) -> None:
    """Other schemes, malformed authorities and paths over 8 KiB (also once encoded) are nothing to fetch."""
    assert resolve(BASE, reference, ORIGIN) == NOT_FETCHABLE


def test_resolve_answers_long_references_like_short_ones() -> None:
    """Beyond the length that is cached the answers are the same."""
    assert resolve("/a/" + "b" * 300 + "/c", "../d", ORIGIN).path == "/a/d"
    assert resolve("/a/b", "c" * 300, ORIGIN).path == "/a/" + "c" * 300


def test_resolve_shares_its_answers() -> None:
    """The same reference gives the same object, whatever the page is where the reference is absolute."""
    assert resolve("/one", "/shared/logo.png", ORIGIN) is resolve("/two/three", "/shared/logo.png", ORIGIN)
