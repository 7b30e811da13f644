"""The pages that everybody may read: home, categories, products, search, journal, help."""

from collections import defaultdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trafficflou.demo.context import ShopContext
from trafficflou.demo.forms import whole_number
from trafficflou.demo.goods import Article, read_articles

__all__ = ["Pages"]

_HOME_FAVOURITES = 8
_RELATED = 4
_SUGGESTIONS = 6


class Pages:
    """Handlers of the public pages."""

    def __init__(self, shop: ShopContext) -> None:
        self._shop = shop
        self._articles: dict[str, dict[str, Article]] = defaultdict(dict)
        for article in read_articles():
            self._articles[article.section][article.slug] = article

    def routes(self) -> list[Route]:
        """Return the routes, most visited first."""
        return [
            Route("/", self.home),
            Route("/product/{slug}", self.product),
            Route("/category/{slug}", self.category),
            Route("/search", self.search),
            Route("/journal", self.section),
            Route("/journal/{slug}", self.article),
            Route("/help", self.section),
            Route("/help/{slug}", self.article),
            Route("/api/suggest", self.suggest),
        ]

    async def home(self, request: Request) -> Response:
        """`GET /`: favourites and the way to everything else."""
        journal = list(self._articles["journal"].values())[:3]
        products = self._shop.catalogue.favourites(_HOME_FAVOURITES)
        return self._shop.page(request, "home.html", products=products, journal=journal)

    async def category(self, request: Request) -> Response:
        """`GET /category/{slug}?page=N`: the products of a category, a page at a time."""
        category = self._shop.catalogue.category(request.path_params["slug"])
        if category is None:
            raise HTTPException(404)
        size = self._shop.settings.page_size
        pages = -(-self._shop.catalogue.count_of_category(category.slug) // size)
        number = whole_number(request.query_params.get("page", "1"), low=1, high=pages)
        if number is None:
            raise HTTPException(404)
        products = self._shop.catalogue.of_category(category.slug, limit=size, offset=(number - 1) * size)
        return self._shop.page(
            request, "category.html", category=category, products=products, number=number, pages=pages
        )

    async def product(self, request: Request) -> Response:
        """`GET /product/{slug}`: one product, and four like it."""
        product = self._shop.catalogue.product(request.path_params["slug"])
        if product is None:
            raise HTTPException(404)
        return self._shop.page(
            request,
            "product.html",
            product=product,
            category=self._shop.catalogue.category(product.category),
            related=self._shop.catalogue.related(product, _RELATED),
        )

    async def search(self, request: Request) -> Response:
        """`GET /search?q=TEXT`: products that match every word."""
        query = self._query(request)
        found = self._shop.catalogue.search(query, limit=self._shop.settings.page_size)
        return self._shop.page(request, "search.html", query=query, products=found)

    async def suggest(self, request: Request) -> Response:
        """`GET /api/suggest?q=TEXT`: names for the search box, as JSON."""
        found = self._shop.catalogue.search(self._query(request), limit=_SUGGESTIONS)
        names = [{"name": product.name, "url": product.url} for product in found]
        return JSONResponse(names, headers={"cache-control": "public, max-age=300"})

    def _query(self, request: Request) -> str:
        query = request.query_params.get("q", "").strip()
        if len(query) > self._shop.settings.max_query_chars:
            raise HTTPException(400, "That is a very long search. Please try a word or two.")
        return query

    async def section(self, request: Request) -> Response:
        """`GET /journal` and `GET /help`: the list of articles."""
        section = request.url.path.strip("/")
        articles = list(self._articles[section].values())
        return self._shop.page(request, "section.html", section=section, articles=articles)

    async def article(self, request: Request) -> Response:
        """`GET /journal/{slug}` and `GET /help/{slug}`: one article."""
        section = request.url.path.split("/")[1]
        article = self._articles[section].get(request.path_params["slug"])
        if article is None:
            raise HTTPException(404)
        return self._shop.page(request, "article.html", article=article)
