"""CSS selectors over pages: what is found, what is refused, and that it takes linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficflou.http import Selector, SelectorError
from trafficflou.http.selector import MAX_FOUND

PAGE = b"""<!doctype html><html lang="en-GB"><head><title>Shop &amp; Co</title>
<script>var a = "<a class='product'>no</a>";</script></head>
<body><nav id="top"><a href="/">Home</a> <a href="/cart" class="basket">Basket <b>2</b></a></nav>
<main><ul class="products wide">
<li class="card first"><a class="product" data-id="17" href="/p/17">Red <em>m</em>ug</a><span class="price">&euro; 9</span>
<li class="card"><a class="product sale" data-id="18" href="/p/18">Blue mug</a>
<li class="card"><a class="product" data-id="19" href="/p/19" title="Green">Green mug</a></ul>
<p>First<p>Second<div>Third</div>
<form><input name="csrf" value="t0k&quot;n" type=hidden><input NAME='q'><textarea name=t><a class=product>no</a></textarea></form>
<svg><path d="M0"/><path d="M1"/></svg><!-- <a class="product">no</a> -->
<template><a class="product">no</a></template></main></body></html>"""


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ("a", 5),
        ("A.product", 3),
        (".product.sale", 1),
        ("#top a", 2),
        ("#top > a", 2),
        ("main > a", 0),
        ("main a", 3),
        ("ul.products li > a.product", 3),
        ("li:first-child a", 1),
        ("li:nth-child(2)", 1),
        ("li:nth-child(odd)", 2),
        ("li:nth-child(even)", 1),
        ("li:nth-child(n+2)", 2),
        ("li:nth-child(-n+2)", 2),
        ("li:nth-child(2n)", 1),
        ("li.card + li", 2),
        ("li.first ~ li", 2),
        ("li.first + li + li", 1),
        ("a:not(.product)", 2),
        ("a.product:not([title])", 2),
        ("[data-id]", 3),
        ('[data-id="18"]', 1),
        ("[data-id='18']", 1),
        ("[data-id=18]", 1),
        ("a[href^='/p/']", 3),
        ("a[href$='9']", 1),
        ("a[href*=p]", 3),
        ("a[href*='']", 0),
        ("[class~=wide]", 1),
        ("[lang|=en]", 1),
        ("[title=green]", 0),
        ("[title=green i]", 1),
        ("a, span", 6),
        ("nav a , ul > li", 5),
        ("main p", 2),
        ("p + div", 1),
        ("p > div", 0),
        ("svg > path", 2),
        ("input[name=q]", 1),
        ("*", 30),
        ("article", 0),
    ],
)
def test_selector_finds_what_a_browser_finds(selector: str, count: int) -> None:
    """Combinators, attributes and children count as in browsers; scripts, comments and templates are no elements."""
    parsed = Selector.parse(selector)
    assert parsed.count(PAGE) == count
    assert len(parsed.find(PAGE)) == count


def test_texts_and_attributes_are_given_in_document_order() -> None:
    """Texts come with their references read and white space collapsed; elements without the attribute are left out."""
    products = Selector.parse("a.product")
    assert products.find(PAGE) == ["Red mug", "Blue mug", "Green mug"]
    assert products.find(PAGE, attribute="data-id") == ["17", "18", "19"]
    assert products.find(PAGE, attribute="TITLE") == ["Green"]
    assert products.find(PAGE, limit=1) == ["Red mug"]
    assert Selector.parse("title").find(PAGE) == ["Shop & Co"]
    assert Selector.parse("li").find(PAGE)[0] == "Red mug € 9"
    assert Selector.parse("nav").find(PAGE) == ["Home Basket 2"]
    assert Selector.parse("[name=csrf]").find(PAGE, attribute="value") == ['t0k"n']
    assert Selector.parse("textarea").find(PAGE) == ["<a class=product>no</a>"]


def test_page_of_another_charset_is_read() -> None:
    """The `charset` of the response counts."""
    page = "<p class=é>Café".encode("latin-1")
    assert Selector.parse("p.é").find(page, charset="iso-8859-1") == ["Café"]


def test_escaped_names_are_understood() -> None:
    """Class names of utility frameworks have colons in them."""
    assert Selector.parse(r".md\:flex").count(b"<p class='md:flex'>") == 1


@pytest.mark.parametrize(
    "selector",
    ["", " ", "a >", "> a", "a..b", "[", "[a", "[a=]", "a:hover", "a::before", "a:nth-child(x)", ":not(a", "a!b", ".", "a,", "a" * 501, "a " * 61],
)  # fmt: skip
def test_what_is_no_selector_is_refused_with_its_place(selector: str) -> None:
    """A mistake in a selector is told, not guessed around."""
    with pytest.raises(SelectorError, match="cannot be read"):
        Selector.parse(selector)


def test_texts_and_matches_are_bounded() -> None:
    """A page without end fills no memory."""
    page = b"<div>" * 600 + b"x" * 10_000 + b"<p>" * 20_000
    assert Selector.parse("p").count(page) == MAX_FOUND
    assert len(Selector.parse("div").find(page)[0]) == 4095


@pytest.mark.parametrize(
    "piece",
    [b"<div>", b"</div>", b"<p>", b"<li>", b"<a b='", b"<!--", b"<a x=1 y=2", b"<script>", b"<b>x</b>", b"<svg/>", b"&amp;", b"<template>", b"<"],
)  # fmt: skip
def test_hostile_pages_take_linear_time(piece: bytes) -> None:
    """A page of half a megabyte of any piece is searched in a fraction of a second for each combinator."""
    page = piece * (500_000 // len(piece))
    began_s = time.perf_counter()
    for selector in ("div div p", "p > p ~ b + li", "*"):
        Selector.parse(selector).find(page)
    assert time.perf_counter() - began_s < 10


@given(st.text(max_size=30), st.binary(max_size=200))
def test_any_selector_is_read_or_refused_and_any_page_is_searched(selector: str, page: bytes) -> None:
    """Nothing but `SelectorError` comes out."""
    try:
        parsed = Selector.parse(selector)
    except SelectorError:
        return
    assert parsed.count(page) == len(parsed.find(page))
