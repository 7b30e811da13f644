"""What a person sees of a page: links with their words, place and price, headings, title."""

import pytest

from trafficflou.http import Link, Origin, PageContent, read_page

ORIGIN = Origin.parse("http://127.0.0.1:8080")


def page(html: str, path: str = "/here") -> PageContent:
    """Read a page of the test's origin."""
    return read_page(html.encode(), path=path, origin=ORIGIN)


def links(html: str) -> list[tuple[str, str]]:
    """Return path and text of the links of a page."""
    return [(link.path, link.text) for link in page(html).links]


def only_link(html: str) -> Link:
    """Return the one link of a page."""
    (link,) = page(html).links
    return link


@pytest.mark.parametrize(
    ("html", "path", "text"),
    [
        ("<a href=/a>Lamps</a>", "/a", "Lamps"),
        ("<A HREF='/a'>  Desk\n\t lamps </A>", "/a", "Desk lamps"),
        ("<a href=b>x</a>", "/b", "x"),
        ("<a href='?page=2#top'>2</a>", "/here?page=2", "2"),
        ("<a href=http://127.0.0.1:8080/a>x</a>", "/a", "x"),
        ("<a href=//127.0.0.1:8080/a>x</a>", "/a", "x"),
        ("<a href='/a?x=1&amp;y=2'>&lt;b&gt;</a>", "/a?x=1&y=2", "<b>"),
        ("<a href='/a?x=1&copy=2&section=3'>x</a>", "/a?x=1&copy=2&section=3", "x"),
        ("<a href=/é>Köln</a>", "/%C3%A9", "Köln"),
        ("<a href=/a><b>B</b>asket <i>&amp;</i> more</a>", "/a", "Basket & more"),
        ("<a href=/a><span>Lamp</span><span>Brass</span></a>", "/a", "Lamp Brass"),
        ("<a href=/a><img src=x alt='A lamp'></a>", "/a", "A lamp"),
        ("<a href=/a><svg><title>Cart</title><path/></svg></a>", "/a", "Cart"),
        ("<a href=/a aria-label=Basket><svg></svg></a>", "/a", "Basket"),
        ("<a href=/a title=Home><i class=icon></i></a>", "/a", "Home"),
        ("<a href=/a></a>", "/a", ""),
        ("<a href=/a>one<a>two</a>", "/a", "one"),
        ("<a href=/a>never ended", "/a", "never ended"),
        ("<a href=/a>x<!-- <a href=/b>y</a> -->z</a>", "/a", "x z"),
        ("<a href=/a>x<script>'<a href=/b>'</script></a>", "/a", "x"),
        ("<a href=/a>x<span hidden>y<span>z</span>w</span></a>", "/a", "x"),
        ("<a href=/a rel=nofollow target=_blank>x</a>", "/a", "x"),
        ("<map><area href=/a alt=North></map>", "/a", "North"),
        ("<a href=/a>" + "x" * 300 + "</a>", "/a", "x" * 200),
        ("<a href=/a>re\u202everse\u0007d</a>", "/a", "reversed"),
        ("<a href=/wiki/File:Map.png>x</a>", "/wiki/File:Map.png", "x"),
        ("<a href=/wiki/Node.js>x</a>", "/wiki/Node.js", "x"),
        ("<a href=/page.html?file=a.pdf>x</a>", "/page.html?file=a.pdf", "x"),
    ],
)
def test_link_says_where_it_leads_and_what_it_says(html: str, path: str, text: str) -> None:
    """A link has the path that a click requests and the words that one sees."""
    assert (only_link(html).path, only_link(html).text) == (path, text)


@pytest.mark.parametrize(
    "html",
    [
        "<a>x</a><a href=''>x</a><a name=x>y</a>",
        "<a href=#top>x</a><a href='/here#top'>x</a>",
        "<a href=javascript:void(0)>x</a><a href=mailto:a@b.example>x</a><a href=tel:1>x</a><a href=data:,x>x</a>",
        "<a href=/a download>x</a><a href=/a.pdf>x</a><a href=/a.ZIP?x=1>x</a><a href=/img/a.jpg>x</a>",
        "<a href=/feed/>x</a><a href=/blog/rss>x</a><a href=/a.xml>x</a><a href=/a type=application/rss+xml>x</a>",
        "<a href=/a hidden>x</a><a href=/a aria-hidden=true>x</a><a href=/a style='color:red; display : none'>x</a>",
        "<div hidden><p><a href=/a>x</a></div>",
        "<div style=display:none><ul><li><a href=/a>x</a></ul></div>",
        "<dialog><a href=/a>x</a></dialog><template><a href=/a>x</a></template><noscript><a href=/a>x</a></noscript>",
        "<link rel=next href=/a><textarea><a href=/a>x</a></textarea><title><a href=/a>x</a></title>",
        "<a href=/a",
        "<a href='/a>x</a>",
    ],
)
def test_link_that_is_not_seen_or_opens_no_page_is_none(html: str) -> None:
    """Fragments, other schemes, files and what the markup hides are no links to a page."""
    assert page(html).links == ()


def test_link_behind_hidden_content_is_seen() -> None:
    """What is hidden ends with its own end tag, however the elements inside of it end."""
    html = "<div hidden><div><span><p>x</div></div><a href=/a>a</a><span hidden><span>x</span></span><a href=/b>b</a>"
    assert links(html) == [("/a", "a"), ("/b", "b")]


def test_links_are_each_named_once() -> None:
    """The same path with the same words is one link; with other words it is another."""
    assert links("<a href=/a>x</a><a href=a>x</a><a href=/a>y</a>") == [("/a", "x"), ("/a", "y")]


def test_links_elsewhere_are_counted() -> None:
    """A link to another origin is never offered."""
    content = page(
        "<a href=https://b.example/x>x</a><a href=//c.example>y</a><a href=http://127.0.0.1:8081/>z</a>"
    )
    assert (content.links, content.foreign_links) == ((), 3)


def test_links_resolve_against_the_base() -> None:
    """`<base href>` moves relative links; one that leads elsewhere takes them out of scope."""
    assert [link.path for link in page("<base href=/shop/><a href=a>x</a><a href=/b>y</a>").links] == [
        "/shop/a",
        "/b",
    ]
    foreign = page(
        "<base href=//b.example/><a href=a>x</a><a href=mailto:x>z</a><a href=http://127.0.0.1:8080/own>y</a>"
    )
    assert [link.path for link in foreign.links] == ["/own"]
    assert foreign.foreign_links == 1


def test_title_of_a_link_says_what_its_text_does_not() -> None:
    """A tooltip that repeats the text is left out."""
    assert only_link("<a href=/a title='All lamps'>Lamps</a>").title == "All lamps"
    assert only_link("<a href=/a title=Lamps aria-label=Lamps>Lamps</a>").title == ""


def test_title_and_headings() -> None:
    """The first title counts, that of a drawing does not; headings are kept down to the third level, without empty ones."""
    content = page(
        "<svg><title>no</title></svg><title> A &amp;\nB </title><title>C</title><h1>One <a href=/x>two</a></h1><h2></h2><h3>3</h3><h4>4</h4>"
    )
    assert (content.title, content.headings) == ("A & B", ("One two", "3"))


def test_page_that_is_not_read_whole_says_so() -> None:
    """Bounds cut, and are told."""
    many = page("".join(f"<a href=/{number}>x</a>" for number in range(600)))
    assert (len(many.links), many.is_complete) == (500, False)
    headings = page("<h2>x</h2>" * 50)
    assert (len(headings.headings), headings.is_complete) == (40, False)
    large = page("<a href=/a>x</a>" + " " * (2 * 1024 * 1024))
    assert (len(large.links), large.is_complete) == (1, False)
    long_base = page(f"<base href=/{'x' * 8000}/>" + "".join(f"<a href={n}>x</a>" for n in range(100)))
    assert (len(long_base.links), long_base.is_complete) == (32, False)
    assert page("<a href=/a>x</a>").is_complete
