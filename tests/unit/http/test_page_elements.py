"""What is open where: end tags that are left out, misplaced or too many."""

import pytest

from trafficflou.http import Origin, read_page

ORIGIN = Origin.parse("http://127.0.0.1:8080")


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<p hidden>x<div><a href=/a>a</a></div>", True),
        ("<p hidden>x<p><a href=/a>a</a>", True),
        ("<p hidden>x<span><a href=/a>a</a></span>", False),
        ("<ul><li hidden>x<li><a href=/a>a</a></ul>", True),
        ("<ul><li hidden><ul><li><a href=/a>a</a></ul></ul>", False),
        ("<dl><dt hidden>x<dd><a href=/a>a</a></dl>", True),
        ("<table><tr hidden><td>x<tr><td><a href=/a>a</a></table>", True),
        ("<table><tr><td hidden>x<td><a href=/a>a</a></table>", True),
        ("<table><tbody hidden><tr><td>x<tbody><tr><td><a href=/a>a</a></table>", True),
        ("<table hidden><tr><td><div></table><a href=/a>a</a>", True),
        ("<div hidden><table><tr><td></div><a href=/a>a</a></table></div>", False),
        ("<div hidden></span></b></p></div><a href=/a>a</a>", True),
        ("<span hidden><div></span><a href=/a>a</a></div></span>", False),
        ("<div hidden><section></div><a href=/a>a</a>", True),
        ("<div hidden><tr><td></div><a href=/a>a</a>", True),
        ("<table><tr><td></table><div hidden><td></div><a href=/a>a</a>", True),
        ("<h3>x<div hidden>y</h3><a href=/a>a</a>", True),
        ("<button><div hidden>y</button><a href=/a>a</a>", True),
        ("<a href=/b hidden>b<a href=/a>a</a>", True),
        ("<div hidden><br/><img><input></div><a href=/a>a</a>", True),
        ("<svg><g><a href=/b>b</a></g></svg><a href=/a>a</a>", True),
        ("<svg/><a href=/a>a</a>", True),
        ("<svg><a href=/a>a</a>", True),
        ("<select hidden><option>x</select><a href=/a>a</a>", True),
        ("<dialog open><a href=/a>a</a></dialog>", True),
        ("<details><summary>More</summary><a href=/a>a</a></details>", True),
        ("</div></div></main><a href=/a>a</a>", True),
        ("<noscript><a href=/b>b</a></noscript><a href=/a>a</a>", True),
        ("<script>if (a</b) '</scr' + 'ipt>'</script ><a href=/a>a</a>", True),
        ("<script><a href=/a>a</a>", False),
        ("<template><template></template><a href=/b>b</a></template><a href=/a>a</a>", True),
        ("<!-- x --!><a href=/a>a</a> -->", True),
        ("<!--!><a href=/b>b</a>--><a href=/a>a</a>", True),
        ("<!---><a href=/a>a</a>", True),
        ("<!--><a href=/a>a</a>", True),
        ("<!-- <a href=/a>a</a>", False),
        ("<?php x ?><!doctype html></ x><a href=/a>a</a>", True),
        ("<title>x</title foo='>'><a href=/a>a</a>", True),
    ],
)
def test_what_is_hidden_ends_where_a_browser_ends_it(html: str, seen: bool) -> None:
    """The rules of the HTML standard for implied and misplaced tags, as far as they matter here."""
    content = read_page(html.encode(), path="/", origin=ORIGIN)
    assert ([link.path for link in content.links] == ["/a"]) is seen


def test_nesting_deeper_than_browsers_allow_counts_as_beside() -> None:
    """A thousand open elements are no obstacle, and their end tags end no others."""
    html = (
        "<nav>"
        + "<div>" * 1000
        + "<a href=/a>a</a>"
        + "</div>" * 1000
        + "<a href=/b>b</a></nav><a href=/c>c</a>"
    )
    content = read_page(html.encode(), path="/", origin=ORIGIN)
    assert [(link.path, link.place) for link in content.links] == [
        ("/a", "navigation"),
        ("/b", "navigation"),
        ("/c", "unknown"),
    ]
