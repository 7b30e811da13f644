"""What the sample log must know of the shop: its pages, their links, files and sizes, asked of the shop itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trafficflou.core import derive_rng
from trafficflou.demo.account import DEMO_PASSWORD
from trafficflou.demo.app import Shop, create_app
from trafficflou.demo.assets import IMMUTABLE
from trafficflou.demo.goods import SEED, Product
from trafficflou.demo.inprocess import Answer, Browser
from trafficflou.demo.settings import ShopSettings

__all__ = ["PageFacts", "SiteFacts", "read_site"]

QUERIES: Final = (
    *("lamp", "mug", "brass", "chair", "linen", "oak", "planter", "clock", "notebook", "tote"),
    *(
        "desk lamp",
        "oak chair",
        "walnut",
        "merino throw",
        "teapot",
        "glass",
        "backpack",
        "copper",
        "indigo",
        "cane",
    ),
    *(
        "floor lamp",
        "kitchen",
        "sofa",
        "candle",
        "terracotta",
        "gift",
        "cushion",
        "wool",
        "plate",
        "calendar",
    ),
)
"""What people type; `sofa`, `candle`, `wool` and `gift` find nothing."""

_ASSET: Final = re.compile(r'(?:src|href)="(/(?:assets|images)/[^"]+|/favicon\.svg)"')
_CARD: Final = re.compile(r'class="card" href="([^"]+)"')
_GZIP: Final = (("accept-encoding", "gzip"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """A page as a browser with gzip gets it: `assets` in the order of the document, `products` linked by cards."""

    size: int
    assets: tuple[str, ...]
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """The shop, as far as its log shows it.

    Attributes:
        pages: By target (path and query) of a GET that is answered with 200.
        not_found: The page of a 404.
        refused: Sizes of forms shown again: `/login` (401) and `/checkout` (422).
        suggestions: Size of `/api/suggest` by what was typed.
        asset_bytes: Size of each file by path.
        immutable: The files that a browser never asks for twice.
        goods: The products, by path.
        categories: Paths of the categories.
        sitemap: Paths of the sitemap, in its order.
    """

    pages: Mapping[str, PageFacts]
    not_found: PageFacts
    refused: Mapping[str, int]
    suggestions: Mapping[str, int]
    asset_bytes: Mapping[str, int]
    immutable: frozenset[str]
    goods: Mapping[str, Product]
    categories: tuple[str, ...]
    sitemap: tuple[str, ...]


def _facts(answer: Answer) -> PageFacts:
    text = answer.body.decode()
    return PageFacts(
        size=len(answer.body),
        assets=tuple(dict.fromkeys(_ASSET.findall(text))),
        products=tuple(_CARD.findall(text)),
    )


async def _page(browser: Browser, target: str) -> PageFacts:
    """Ask twice: plain for what is in it, compressed for its size."""
    plain = _facts(await browser.get(target))
    packed = await browser.get(target, headers=_GZIP)
    return PageFacts(size=len(packed.body), assets=plain.assets, products=plain.products)


async def read_site() -> SiteFacts:
    """Start a shop in this process, look at every page once and drop the shop (about 0.2 s)."""
    rng = derive_rng(SEED, "tokens")
    # Tokens that repeat: a page's compressed size depends on the bytes of its token.
    shop = create_app(ShopSettings(report_wait_s=0), make_token=lambda: f"{rng.getrandbits(96):024x}")
    try:
        return await _read(shop)
    finally:
        shop.close()


async def _read(shop: Shop) -> SiteFacts:
    browser = Browser(shop)
    sitemap_xml = (await browser.get("/sitemap.xml")).body
    sitemap = re.findall(r"<loc>http://127\.0\.0\.1([^<]+)</loc>", sitemap_xml.decode())
    categories = tuple(path for path in sitemap if path.startswith("/category/"))
    targets = [*sitemap, "/cart", "/login", "/reports/sales"]
    targets += [f"{path}?page=2" for path in categories]
    targets += [f"/search?q={query.replace(' ', '+')}" for query in QUERIES]
    pages = {target: await _page(browser, target) for target in targets}
    for path in ("/robots.txt", "/sitemap.xml", "/healthz"):
        pages[path] = PageFacts(size=len((await browser.get(path)).body), assets=(), products=())
    typed = {query[:length] for query in QUERIES for length in range(2, len(query) + 1)}
    suggestions = {
        text: len((await browser.get(f"/api/suggest?q={text.replace(' ', '%20')}")).body)
        for text in sorted(typed)
    }
    refused = await _buy(browser, pages, shop.catalogue.all_products()[0])
    return SiteFacts(
        pages=pages,
        not_found=await _page(browser, "/no-such-page"),
        refused=refused,
        suggestions=suggestions,
        asset_bytes={path: len(asset.zipped) for path, asset in shop.assets.items()},
        immutable=frozenset(
            path
            for path, asset in shop.assets.items()
            if (b"cache-control", IMMUTABLE.encode()) in asset.headers
        ),
        goods={product.url: product for product in shop.catalogue.all_products()},
        categories=categories,
        sitemap=tuple(sitemap),
    )


async def _buy(browser: Browser, pages: dict[str, PageFacts], product: Product) -> dict[str, int]:
    """Go through login and checkout, adding the pages on the way; returns the sizes of refused forms."""
    refused = {"/login": len((await browser.post("/login", email="a@example.org", password="")).body)}
    await browser.post("/login", email="a@example.org", password=DEMO_PASSWORD)
    await browser.post("/cart/add", product=str(product.id), quantity="1")
    pages["/checkout"] = await _page(browser, "/checkout")
    refused["/checkout"] = len((await browser.post("/checkout")).body)
    await browser.post("/checkout", name="A", street="B 1", city="C")
    pages["/checkout/payment"] = await _page(browser, "/checkout/payment")
    await browser.post("/checkout/payment", pay_by="invoice")
    pages["/checkout/thanks"] = await _page(browser, "/checkout/thanks")
    pages["/orders"] = await _page(browser, "/orders")
    return refused
