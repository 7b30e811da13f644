"""Which requests a live document leads to."""

import gzip

import pytest

from trafficflou.engine.page_scanner import PageScanner
from trafficflou.http import EMPTY_PAGE, DecodingError, Origin

ORIGIN = Origin.parse("http://127.0.0.1:8080")


def test_scanner_resolves_references_against_the_page() -> None:
    """Relative, rooted and absolute references to the own origin are one path each; the order of the document is kept."""
    html = b"""<link rel=stylesheet href="style.css"><script src="/app.js"></script>
        <img src="http://127.0.0.1:8080/a/style.css"><img src="../logo.png">"""
    scanned = PageScanner(ORIGIN).scan("/a/page", html, b"")
    assert [path for path, _ in scanned.subresources] == ["/a/style.css", "/app.js", "/logo.png"]
    assert scanned.foreign_origins == ()


def test_scanner_reports_foreign_origins_and_never_offers_them() -> None:
    """What lies elsewhere is named, each origin once, and is not among what may be fetched."""
    html = b'<script src="//cdn.example/x.js"></script><img src="https://cdn.example/y.png"><img src="http://localhost:8080/z.png">'
    scanned = PageScanner(ORIGIN).scan("/", html, b"")
    assert scanned.subresources == ()
    assert set(scanned.foreign_origins) == {
        "http://cdn.example",
        "https://cdn.example",
        "http://localhost:8080",
    }


def test_scanner_honours_the_base_of_the_page() -> None:
    """`<base href>` moves relative references; one that leads elsewhere takes them out of scope."""
    moved = PageScanner(ORIGIN).scan("/a/b", b'<base href="/assets/"><img src="x.png">', b"")
    assert [path for path, _ in moved.subresources] == ["/assets/x.png"]
    foreign = (
        b'<base href="https://cdn.example/v1/"><img src="x.png"><img src="http://127.0.0.1:8080/own.png">'
    )
    scanned = PageScanner(ORIGIN).scan("/a/b", foreign, b"")
    assert [path for path, _ in scanned.subresources] == ["/own.png"]
    assert scanned.foreign_origins == ("https://cdn.example",)


def test_scanner_decodes_first_and_remembers() -> None:
    """Encoded documents are decoded; the same bytes are looked into once."""
    scanner = PageScanner(ORIGIN)
    body = gzip.compress(b"<img src=/x.png>")
    scanned = scanner.scan("/", body, b"gzip")
    assert [path for path, _ in scanned.subresources] == ["/x.png"]
    assert scanner.scan("/", bytes(body), b"gzip") is scanned
    assert scanner.scan("/", b"", b"") == ((), ())


def test_scanner_says_when_a_body_is_not_what_its_encoding_says() -> None:
    """A broken body is the site's error and is raised as such."""
    with pytest.raises(DecodingError):
        PageScanner(ORIGIN).scan("/", b"plain", b"gzip")


def test_scanner_is_bounded() -> None:
    """A site whose pages all differ does not fill the memory."""
    scanner = PageScanner(ORIGIN, max_entries=2)
    first = scanner.scan("/0", b"<img src=/0.png>", b"")
    scanner.scan("/1", b"<img src=/1.png>", b"")
    scanner.scan("/2", b"<img src=/2.png>", b"")
    assert scanner.scan("/0", b"<img src=/0.png>", b"") is not first


def test_scanner_reads_what_a_person_sees() -> None:
    """Equal documents at equal paths are one shared object; elsewhere the same links lead elsewhere."""
    scanner = PageScanner(ORIGIN)
    body = gzip.compress(b"<title>T</title><a href=b>x</a>")
    page = scanner.read("/a/", body, b"gzip", "")
    assert (page.title, [link.path for link in page.links]) == ("T", ["/a/b"])
    assert scanner.read("/a/", bytes(bytearray(body)), b"gzip", "") is page
    assert [link.path for link in scanner.read("/c/", body, b"gzip", "").links] == ["/c/b"]
    assert scanner.read("/", b"", b"", "") is EMPTY_PAGE


def test_scanner_reads_in_the_charset_of_the_response() -> None:
    """The same bytes in another charset are another page."""
    scanner = PageScanner(ORIGIN)
    assert scanner.read("/", b"<title>\xe9</title>", b"", "iso-8859-1").title == "é"
    assert scanner.read("/", b"<title>\xe9</title>", b"", "utf-8").title == "\ufffd"


def test_scanner_decodes_a_document_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was scanned and is then read is not decoded a second time."""
    calls: list[bytes] = []

    def decode(body: bytes, coding: bytes, limit: int) -> bytes:
        calls.append(body)
        return gzip.decompress(body)

    monkeypatch.setattr("trafficflou.engine.page_scanner.decode", decode)
    scanner = PageScanner(ORIGIN)
    body = gzip.compress(b"<img src=/x.png><a href=/y>y</a>")
    assert scanner.scan("/", body, b"gzip").subresources
    assert scanner.read("/", body, b"gzip", "").links
    assert calls == [body]


def test_scanner_bounds_what_it_remembers_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """By their number and by their size."""
    few = PageScanner(ORIGIN, max_entries=2)
    first = few.read("/0", b"<a href=/x>x</a>", b"", "")
    for number in range(1, 3):
        few.read(f"/{number}", b"<a href=/x>x</a>", b"", "")
    assert few.read("/0", b"<a href=/x>x</a>", b"", "") is not first
    monkeypatch.setattr("trafficflou.engine.page_scanner._MOST_READ_BYTES", 1000)
    small = PageScanner(ORIGIN)
    form = b"<form><select name=a><option>1<option>2</select></form>"
    first = small.read("/0", form, b"", "")
    assert small.read("/0", form, b"", "") is first
    small.read("/1", form, b"", "")
    assert small.read("/0", form, b"", "") is not first


def test_scanner_says_when_a_page_cannot_be_decoded() -> None:
    """A broken body is the site's error when it is read, too."""
    with pytest.raises(DecodingError):
        PageScanner(ORIGIN).read("/", b"plain", b"gzip", "")
