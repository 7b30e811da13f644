"""What is not for shoppers: the slow sales report, and the files for machines."""

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from trafficflou.demo.context import ShopContext
from trafficflou.demo.goods import read_articles

__all__ = ["Backstage"]

_ROBOTS = """User-agent: *
Disallow: /cart
Disallow: /checkout
Disallow: /login
Disallow: /orders
Disallow: /search
Disallow: /reports/
Sitemap: {origin}/sitemap.xml
"""


class Backstage:
    """Handlers of the report, of `robots.txt`, of the sitemap and of the health check."""

    def __init__(self, shop: ShopContext) -> None:
        self._shop = shop
        catalogue = shop.catalogue
        self._public_paths = [
            "/",
            *(category.url for category in catalogue.categories),
            *(product.url for product in catalogue.all_products()),
            "/journal",
            "/help",
            *(article.url for article in read_articles()),
            *shop.unlinked_paths,
        ]

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/reports/sales", self.sales),
            Route("/healthz", self.health),
            Route("/robots.txt", self.robots),
            Route("/sitemap.xml", self.sitemap),
        ]

    async def sales(self, request: Request) -> Response:
        """`GET /reports/sales`: last year's sales, added up while you wait.

        The wait stands for a warehouse on another machine: it takes time, not this machine's processor, so other
        pages stay as fast as they are. The sums are real (4,000 sales, about 2 ms).
        """
        await asyncio.sleep(self._shop.settings.report_wait_s)
        rows = self._shop.catalogue.sales_by_category()
        return self._shop.page(request, "report.html", rows=rows, top_cents=max(row.cents for row in rows))

    async def health(self, request: Request) -> Response:
        """`GET /healthz`: 200 when the shop answers."""
        return PlainTextResponse("ok\n", headers={"cache-control": "no-store"})

    async def robots(self, request: Request) -> Response:
        """`GET /robots.txt`."""
        body = _ROBOTS.format(origin=_origin(request))
        return PlainTextResponse(body, headers={"cache-control": "public, max-age=3600"})

    async def sitemap(self, request: Request) -> Response:
        """`GET /sitemap.xml`: every public page."""
        origin = _origin(request)
        places = "".join(f"<url><loc>{origin}{path}</loc></url>\n" for path in self._public_paths)
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n'
        )
        return Response(body, media_type="application/xml", headers={"cache-control": "public, max-age=3600"})


def _origin(request: Request) -> str:
    """Return scheme, host and port as the client named them; a host that would break the files is left out."""
    host = request.headers.get("host", "")
    plain = all(letter.isalnum() or letter in ".-:[]" for letter in host)
    return f"http://{host}" if host and plain else ""
