"""The pages that everybody may read."""

import gzip
import json

import pytest

from trafficflou.demo.app import Shop
from trafficflou.demo.inprocess import Browser, ask


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("/", "Favourites of the season"),
        ("/category/plants", "Plants &amp; Pots"),
        ("/category/plants?page=2", 'aria-current="page">2<'),
        ("/product/1001-brass-desk-lamp", "Brass Desk Lamp"),
        ("/search?q=teapot", "Results for “teapot”"),
        ("/search", "Type what you are looking for"),
        ("/search?q=sofa", "Nothing fits"),
        ("/journal", "Notes from the studio"),
        ("/journal/how-we-glaze", "Two coats, one kiln"),
        ("/help", "a person behind each"),
        ("/help/delivery", "Two to four working days"),
        ("/cart", "Nothing in here yet"),
        ("/login", "any address works"),
        ("/reports/sales", "Best week"),
    ],
)
async def test_page_says_what_it_is_about(browser: Browser, target: str, text: str) -> None:
    """Every public page answers 200 with its own content."""
    answer = await browser.get(target)
    assert answer.status == 200
    assert text in answer.body.decode()


@pytest.mark.parametrize(
    "target",
    [
        *("/nope", "/product/1001", "/product/none", "/category/none", "/category/plants?page=3"),
        *("/category/plants?page=0", "/category/plants?page=x", "/category/plants?page=²"),
        *("/journal/none", "/help/how-we-glaze", "/images/1-card.svg", "/product/1001-brass-desk-lamp/x"),
    ],
)
async def test_unknown_page_is_a_helpful_404(browser: Browser, target: str) -> None:
    """What does not exist gets 404 and a page that leads on."""
    answer = await browser.get(target.replace("²", "%C2%B2"))
    assert answer.status == 404
    assert "Back to the shop" in answer.body.decode()


async def test_every_link_of_the_sitemap_and_the_home_page_leads_somewhere(
    shop: Shop, browser: Browser
) -> None:
    """The shop has no dead ends of its own making."""
    sitemap = (await browser.get("/sitemap.xml")).body.decode()
    paths = [part.split("<")[0] for part in sitemap.split("<loc>http://127.0.0.1")[1:]]
    assert len(paths) == 143
    assert {(await browser.get(path)).status for path in paths} == {200}


async def test_pages_are_private_and_vary_by_cookie(browser: Browser) -> None:
    """No shared cache may keep a page that shows somebody's basket."""
    answer = await browser.get("/")
    assert answer.header("cache-control") == "private, no-cache"
    assert "Cookie" in answer.header("vary")


async def test_page_is_compressed_where_accepted(browser: Browser) -> None:
    """Compression saves more than half, and holds the same page."""
    await browser.get("/")
    plain = await browser.get("/")
    packed = await browser.get("/", headers=[("accept-encoding", "gzip, br")])
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2


async def test_search_text_is_escaped(browser: Browser) -> None:
    """What a visitor typed comes back as text, never as markup."""
    answer = await browser.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script>alert" not in answer.body
    assert b"&lt;script&gt;" in answer.body


async def test_long_search_is_refused(browser: Browser) -> None:
    """The search text is bounded; the suggestions have the same bound."""
    assert (await browser.get("/search?q=" + "x" * 100)).status == 200
    assert (await browser.get("/search?q=" + "x" * 101)).status == 400
    assert (await browser.get("/api/suggest?q=" + "x" * 101)).status == 400


async def test_suggestions_are_few_and_lead_to_products(browser: Browser) -> None:
    """The search box gets up to six names with their pages."""
    found = json.loads((await browser.get("/api/suggest?q=la")).body)
    assert 1 <= len(found) <= 6
    assert (await browser.get(found[0]["url"])).status == 200


async def test_robots_and_sitemap_name_the_host_that_was_asked(shop: Shop) -> None:
    """The machine files hold absolute addresses; a host that would break them is left out."""
    robots = await ask(shop, "/robots.txt")
    assert b"Sitemap: http://127.0.0.1/sitemap.xml" in robots.body
    hostile = await ask(shop, "/sitemap.xml", headers=[("host", "a<b>")])
    assert b"a<b>" not in hostile.body


async def test_health_check_is_plain(browser: Browser) -> None:
    """The health check sets no cookie and is never cached."""
    answer = await browser.get("/healthz")
    assert (answer.status, answer.body) == (200, b"ok\n")
    assert browser.cookies == {}
