"""The scan finds what a desktop browser would fetch with a page, and nothing else."""

import pytest

from trafficflou.http.html import PageLinks, scan


@pytest.mark.parametrize(
    ("html", "references"),
    [
        (b'<link rel="stylesheet" href="/a.css">', (("/a.css", "style"),)),
        (b"<LINK HREF=/a.css REL='Preload StyleSheet'/>", (("/a.css", "style"),)),
        (b'<link rel="shortcut icon" href=/f.ico><link rel=icon href=/g.png>', (("/f.ico", "image"),)),
        (b"<link rel=preload as=font href=/f.woff2 crossorigin>", (("/f.woff2", "font"),)),
        (b"<link rel=preload as=fetch href=/d.json>", (("/d.json", "data"),)),
        (b"<link rel=preload as=track href=/t.vtt>", (("/t.vtt", "other"),)),
        (b"<link rel=preload as=image href=/i.png>", (("/i.png", "image"),)),
        (b"<link rel=modulepreload href=/m.js>", (("/m.js", "script"),)),
        (b'<script src="/a.js" defer></script>', (("/a.js", "script"),)),
        (b"<script type=module src=/m.mjs></script>", (("/m.mjs", "script"),)),
        (b"<img src=/a.png>", (("/a.png", "image"),)),
        (b"<img\n\tsrc\n=\n'/a b.png'\nalt>", (("/a b.png", "image"),)),
        (b"<img src=/a/>", (("/a/", "image"),)),
        (b'<img alt=it\'s src=/a.png><img alt=">" src=/b.png>', (("/a.png", "image"), ("/b.png", "image"))),
        (b"<img src=/first.png src=/second.png>", (("/first.png", "image"),)),
        (b"<img src='/a?b=1&amp;c=2&#x26;d'>", (("/a?b=1&c=2&d", "image"),)),
        (b"<img src='/a?b=1&copy=2&section=3&lt'>", (("/a?b=1&copy=2&section=3<", "image"),)),
        (b"<img src='/\xc3\xa9.png'>", (("/é.png", "image"),)),
        (b"<img src=/same.png><img src=/same.png>", (("/same.png", "image"),)),
        (b"<video poster=/p.jpg src=/v.mp4><source src=/w.mp4></video>", (("/p.jpg", "image"),)),
        (b"<input type=IMAGE src=/i.png><input src=/no.png>", (("/i.png", "image"),)),
        (b"<p>1 < 2 <img src=/a.png> </p><", (("/a.png", "image"),)),
    ],
)
def test_scan_finds_what_is_fetched_with_the_page(
    html: bytes, references: tuple[tuple[str, str], ...]
) -> None:
    """Styles, scripts, images, fonts and preloads are found however their tags are written."""
    assert scan(html).references == references


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"<!-- <img src=/a.png> -->",
        b"<!-- <img src=/a.png>",
        b"<script>document.write('<img src=/a.png>')</script>",
        b"<script><img src=/a.png>",
        b"<SCRIPT>'<img src=/a.png>'</scripty></Script >",
        b"<style>/* <img src=/a.png> */</style>",
        b"<noscript><img src=/a.png></noscript>",
        b"<title><img src=/a.png></title>",
        b"<textarea><img src=/a.png></textarea>",
        b"<template><template></template><img src=/a.png></template>",
        b"<template><img src=/a.png>",
        b"<img src=/a.png",
        b"<img src='/a.png>",
        b'<img alt="never closed src=/a.png>',
        b"<imgsrc=/a.png>",
        b"<image-card src=/a.png>",
        b"</img src=/a.png>",
        b"<img data-src=/a.png>",
        b"<img alt='src=/a.png'>",
        b"<img src><img src=''><img src='  '>",
        b"<img src='data:image/png;base64,AAAA'><img src=#top><img src=JavaScript:x>",
        b"<script type=text/template src=/a.html></script><script nomodule src=/old.js></script>",
        b"<link rel='alternate stylesheet' href=/a.css>",
        b"<link rel=canonical href=/a><link rel=dns-prefetch href=//b><link rel=preconnect href=//c>",
        b"<link href=/a.css><link rel=stylesheet><link rel=preload href=/x>",
        b"<source srcset=/a.png>",
        b"<a href=/page><form action=/send>",
        b"<img src=" + b"x" * 9000 + b">",
        b"<img src='" + b"x" * 40_000 + b"'>",
    ],
)
def test_scan_leaves_out_what_is_not_fetched(html: bytes) -> None:
    """Comments, text content, cut-off tags, other relations and inline data are not fetched."""
    assert scan(html).references == ()


@pytest.mark.parametrize(
    "skipped",
    [
        b"<!---->",
        b"<!-->",
        b"<!-- > -- -->",
        b"<script>x</script>",
        b"<template><template></template></template>",
        b"<style></STYLE\n>",
        b"<title>a</title>",
    ],
)
def test_scan_goes_on_behind_what_it_skips(skipped: bytes) -> None:
    """What follows a comment or skipped content is markup again."""
    assert scan(skipped + b"<img src=/a.png>").references == (("/a.png", "image"),)


@pytest.mark.parametrize(
    ("attributes", "chosen"),
    [
        (b"src=s srcset='a 500w, b 1000w, c 2000w'", "b"),
        (b"src=s srcset='c 2000w, a 500w'", "c"),
        (b"src=s srcset='a 500w, b 900w'", "b"),
        (b"src=s srcset='a 1x, b 2x'", "a"),
        (b"src=s srcset='b 2x'", "s"),
        (b"srcset='b 2x, c 3x'", "b"),
        (b"srcset='a 0.5x, b 0.75x'", "b"),
        (b"srcset='a, b 2x'", "a"),
        (b"srcset='a.png?x=1,2 1x,b 2x'", "a.png?x=1,2"),
        (b"src=s srcset='a oops, b -1x, c 1h'", "s"),
        (b"src=s srcset=''", "s"),
        (b"src=s srcset=','", "s"),
        (b"srcset='a 1e9w, b 20w'", "b"),
    ],
)
def test_scan_chooses_one_candidate_of_a_srcset(attributes: bytes, chosen: str) -> None:
    """One candidate is fetched: 1x, or the smallest that is 1,000 pixels wide, else the largest."""
    assert scan(b"<img %b>" % attributes).references == ((chosen, "image"),)


@pytest.mark.parametrize(
    ("inside", "chosen"),
    [
        (b"<source srcset=a type=image/webp><source srcset=b><img src=c>", "a"),
        (b"<source srcset=a type=image/jxl><source srcset=b><img src=c>", "b"),
        (b"<source srcset=a media='(max-width: 600px)'><img src=c>", "c"),
        (b"<source srcset=a media='(min-width:600px) and (max-width: 1400px)'><img src=c>", "a"),
        (b"<source srcset=a media='(min-width: 1600px)'><source srcset=b media=screen><img src=c>", "b"),
        (b"<source srcset=a media='(orientation: portrait)'><img src=c>", "c"),
        (b"<source srcset=a media='not all and (min-width: 10px)'><img src=c>", "c"),
        (b"<source src=a><img src=c>", "c"),
        (b"<source srcset='a 500w, b 1200w'><img src=c>", "b"),
    ],
)
def test_scan_chooses_one_source_of_a_picture(inside: bytes, chosen: str) -> None:
    """The first source that a desktop browser understands wins; else the image of the picture."""
    html = b"<picture>%b</picture><img src=/behind.png>" % inside
    assert scan(html).references == ((chosen, "image"), ("/behind.png", "image"))


def test_scan_chooses_anew_in_each_picture() -> None:
    """A source settles its own picture only; one that is not closed reaches to the end of the page."""
    one = b"<picture><source srcset=a%d><img src=i%d></picture>"
    assert [name for name, _ in scan(one % (1, 1) + one % (2, 2)).references] == ["a1", "a2"]
    assert [
        name for name, _ in scan(b"<picture><picture><source srcset=a><img src=b><img src=c>").references
    ] == ["a"]


def test_scan_reports_base_and_iframes() -> None:
    """The first base counts; frames are counted where they have an address, and not fetched."""
    links = scan(b"<base><base href=' /shop/ '><base href=/x/><iframe src=/f></iframe><iframe></iframe>")
    assert links == PageLinks(references=(), base="/shop/", iframe_count=1, is_complete=True)


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("ISO-8859-1", "latin-1"),
        (' "windows-1251" ', "cp1251"),
        ("utf-16le", "utf-16-le"),
        ("UTF-16", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
        (None, "utf-16"),
        (None, "utf-8"),
        ("x-unknown", "utf-8"),
        ("utf-7", "utf-8"),
        ("hex", "utf-8"),
    ],
)
def test_scan_reads_the_charset_it_is_told(charset: str | None, encoding: str) -> None:
    """A known charset is used, a byte order mark goes before it, and anything else is UTF-8."""
    name = "ж" if encoding in {"cp1251", "utf-8"} else "é"
    html = f"<img src='/{name}.png'>".encode(encoding)
    assert scan(html, charset).references == ((f"/{name}.png", "image"),)


def test_scan_never_fails_on_bytes_that_are_not_of_the_charset() -> None:
    """Undecodable bytes become replacement characters."""
    assert scan(b"<img src='/\xff.png'>", "utf-8").references == (("/\ufffd.png", "image"),)


def test_scan_keeps_300_references_at_most() -> None:
    """A page with more is reported as incomplete; exactly 300 are complete."""
    images = [b"<img src=/%d.png>" % number for number in range(301)]
    assert scan(b"".join(images[:300])).is_complete
    links = scan(b"".join(images))
    assert len(links.references) == 300
    assert not links.is_complete


def test_scan_keeps_64_kib_of_references_at_most() -> None:
    """A page of a few very long references cannot fill the memory of its visitors."""
    links = scan(b"".join(b"<img src='/%d%b'>" % (number, b"x" * 8000) for number in range(9)))
    assert len(links.references) == 8
    assert not links.is_complete


def test_scan_looks_at_2_mib_at_most() -> None:
    """What stands behind the first 2 MiB is not looked at, and said to be missing."""
    links = scan(b"<img src=/a.png>" + b" " * (2 * 1024 * 1024) + b"<img src=/b.png>")
    assert links == PageLinks(references=(("/a.png", "image"),), is_complete=False)


def test_scan_shares_equal_results() -> None:
    """Two pages that fetch the same have one result object, so thousands of visitors can keep it."""
    assert scan(b"<p>one<img src=/a.png>") is scan(b"<p>two<img src=/a.png>")


def test_scan_bounds_what_it_remembers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of known tags and results start again when they are full."""
    monkeypatch.setattr("trafficflou.http.html._MOST_KNOWN_TAGS", 3)
    monkeypatch.setattr("trafficflou.http.html._MOST_KNOWN_LINKS", 3)
    tags: dict[bytes, object] = {}
    links: dict[PageLinks, PageLinks] = {}
    monkeypatch.setattr("trafficflou.http.html._KNOWN_TAGS", tags)
    monkeypatch.setattr("trafficflou.http.html._KNOWN_LINKS", links)
    for number in range(10):
        assert scan(b"<img src=/%d.png>" % number).references == ((f"/{number}.png", "image"),)
    scan(b"<img src='/%b'>" % (b"x" * 1000))
    assert 1 <= len(tags) <= 3
    assert 1 <= len(links) <= 3
    assert all(len(tag) < 1000 for tag in tags)
