"""The pages that a site lists itself."""

import pytest

from trafficflou.evidence.sitemap import MAX_ADDRESSES, MAX_SITEMAP_BYTES, parse_sitemap


def test_sitemap_lists_pages_in_their_order() -> None:
    """Entities, CDATA and white space around an address are undone; images are no pages."""
    text = """\ufeff<?xml version="1.0"?><urlset>
      <url><loc> http://h/a?x=1&amp;y=2 </loc><image:loc>http://h/i.png</image:loc></url>
      <url><loc><![CDATA[http://h/b]]></loc></url><url><loc>http://h/a?x=1&amp;y=2</loc></url></urlset>"""
    found = parse_sitemap(text)
    assert found.addresses == ("http://h/a?x=1&y=2", "http://h/b")
    assert (found.is_index, found.is_complete) == (False, True)


def test_sitemap_index_lists_sitemaps() -> None:
    """What an index lists is read next."""
    found = parse_sitemap("<sitemapindex><sitemap><loc>http://h/s1.xml</loc></sitemap></sitemapindex>")
    assert (found.is_index, found.addresses) == (True, ("http://h/s1.xml",))


def test_sitemap_may_be_a_list_of_lines() -> None:
    """sitemaps.org allows a text file with an address a line."""
    assert parse_sitemap("http://h/a\nnothing\nhttps://h/b\n").addresses == ("http://h/a", "https://h/b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html><body>Not found</body></html>",
        "<loc>",
        "<loc>" * 1000,
        "<loc></loc>",
        "<loc>http://h/\x1b[2J</loc>",
        f"<loc>http://h/{'a' * 3000}</loc>",
        "<!DOCTYPE x [<!ENTITY a 'b'>]><loc>&a; &a;</loc>",
    ],
)
def test_sitemap_rubbish_lists_nothing(text: str) -> None:
    """Nothing is expanded, nothing that is no address comes out."""
    assert parse_sitemap(text).addresses == ()


def test_sitemap_is_bounded() -> None:
    """A list without end is cut, and says so."""
    many = parse_sitemap("<urlset>" + "".join(f"<loc>http://h/{n}</loc>" for n in range(2 * MAX_ADDRESSES)))
    assert (len(many.addresses), many.is_complete) == (MAX_ADDRESSES, False)
    assert not parse_sitemap("<urlset>" + " " * MAX_SITEMAP_BYTES).is_complete
