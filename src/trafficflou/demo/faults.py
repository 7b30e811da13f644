"""Weak spots, planted into the shop on demand, for visitors who explore it to find.

Each stands for something that happens to real shops and that nobody notices for weeks: a link to an article that was taken down,
a query without an index, a payment that fails for one product. All of them are here: the shop's own modules know none.
`Faults.plant` takes the shop's routes and hands back others, some of them wrapped and some new; `FAULTS` says what is wrong where, so
that a report can be held against it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from trafficflou.demo.context import ShopContext
from trafficflou.demo.goods import Article, read_articles

__all__ = ["FAULTS", "FaultKind", "Faults", "PlantedFault", "unlinked_paths"]

Handler = Callable[[Request], Awaitable[Response]]


class FaultKind(StrEnum):
    """What can be wrong with a place of the shop."""

    BROKEN_LINK = "broken link"
    SLOW_PAGES = "slow pages"
    FAILING_CHECKOUT = "failing checkout"
    DEAD_END = "dead end"
    REDIRECT_LOOP = "redirect loop"
    SPORADIC_ERROR = "sporadic error"
    FAILING_FORM = "failing form"
    UNLINKED_PAGE = "unlinked page"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedFault:
    """One weak spot.

    Attributes:
        kind: What is wrong.
        path: Where it shows: the path of the request that fails, dawdles or leads nowhere.
        found_on: The page from which people get there; empty where no page leads there.
        symptom: What a visitor meets, in a few words.
    """

    kind: FaultKind
    path: str
    found_on: str
    symptom: str


_BROKEN: Final = "/journal/open-studio-day"
_SLOW_CATEGORY: Final = "textiles"
_SLOW_PATH: Final = f"/category/{_SLOW_CATEGORY}"
_UNPAYABLE: Final = 1033
_UNPAYABLE_PATH: Final = "/product/1033-ash-lounge-chair"
_LOOKBOOK: Final = "/journal/autumn-lookbook"
_GUARANTEE: Final = "/help/guarantee"
_REPAIRS: Final = "/help/repairs"
_SPORADIC: Final = "1025-celadon-pitcher"
_SPORADIC_PATH: Final = f"/product/{_SPORADIC}"
_SPORADIC_EVERY: Final = 4
_NEWSLETTER: Final = "/newsletter"
_UNLINKED: Final = "/help/spare-parts"

# The products are among the favourites of the home page: what nobody meets in two minutes shows nothing about who looks for it.
FAULTS: Final = (
    PlantedFault(
        kind=FaultKind.BROKEN_LINK,
        path=_BROKEN,
        found_on="/journal",
        symptom="the article was taken down, its link was not: 404",
    ),
    PlantedFault(
        kind=FaultKind.SLOW_PAGES,
        path=_SLOW_PATH,
        found_on="/",
        symptom="each page of this category takes 1.2 s",
    ),
    PlantedFault(
        kind=FaultKind.FAILING_CHECKOUT,
        path="/checkout/payment",
        found_on=_UNPAYABLE_PATH,
        symptom="paying answers 500 while this product is in the basket",
    ),
    PlantedFault(
        kind=FaultKind.DEAD_END,
        path=_LOOKBOOK,
        found_on="/journal",
        symptom="its script is gone: none of its links leads anywhere",
    ),
    PlantedFault(
        kind=FaultKind.REDIRECT_LOOP,
        path=_GUARANTEE,
        found_on="/help",
        symptom=f"redirects to `{_REPAIRS}`, which redirects back",
    ),
    PlantedFault(
        kind=FaultKind.SPORADIC_ERROR,
        path=_SPORADIC_PATH,
        found_on="/",
        symptom="every fourth time the page is asked for: 500",
    ),
    PlantedFault(
        kind=FaultKind.FAILING_FORM,
        path=_NEWSLETTER,
        found_on="/journal",
        symptom="signing up answers 500, whatever was filled in",
    ),
    PlantedFault(
        kind=FaultKind.UNLINKED_PAGE,
        path=_UNLINKED,
        found_on="",
        symptom="in the sitemap only: nobody gets there by links",
    ),
)
"""Everything that `Faults` plants, each fault once."""

_STORIES: Final = {
    "journal": (
        (_BROKEN, "Come to the open studio day", "Clay, cake and a look into the kiln."),
        (_LOOKBOOK, "The autumn lookbook", "Twelve rooms, and the light that comes in sideways."),
        (_NEWSLETTER, "Letters from the studio", "Once a month, four paragraphs and a recipe."),
    ),
    "help": ((_GUARANTEE, "Guarantee", "What we mend, and for how long."),),
}
"""By section: path, title and lead of what the list of articles shows besides its own."""

_SPARE_PARTS: Final = Article(
    section="help",
    slug=_UNLINKED.rpartition("/")[2],
    title="Spare parts",
    lead="Shades, lids, casters and hands for anything we ever made.",
    paragraphs=(
        "Write down the number that is under the foot of the piece; the part costs what it costs us to make.",
    ),
)


def unlinked_paths() -> tuple[str, ...]:
    """Return the pages that only the sitemap knows."""
    return tuple(fault.path for fault in FAULTS if fault.kind is FaultKind.UNLINKED_PAGE)


class Faults:
    """What is wrong with one shop; counts for itself.

    Args:
        shop: The shop's parts; `settings.slow_category_s` is the pause of the slow category.
    """

    def __init__(self, shop: ShopContext) -> None:
        self._shop = shop
        self._sporadic_requests = 0

    def plant(self, routes: Sequence[Route]) -> list[Route]:
        """Return the shop's routes with the faults in them.

        The new ones come first, so that `/journal/autumn-lookbook` is not taken for a journal article that does not exist.
        """
        wrapped: dict[tuple[str, str], Callable[[Handler], Handler]] = {
            ("/category/{slug}", "GET"): self._dawdle,
            ("/product/{slug}", "GET"): self._fail_sporadically,
            ("/checkout/payment", "POST"): self._refuse_payment,
        }
        planted = [
            Route("/journal", self._section),
            Route("/help", self._section),
            Route(_LOOKBOOK, self._lookbook),
            Route(_GUARANTEE, _redirect_to(_REPAIRS)),
            Route(_REPAIRS, _redirect_to(_GUARANTEE)),
            Route(_NEWSLETTER, self._newsletter),
            Route(_NEWSLETTER, self._sign_up, methods=["POST"]),
            Route(_UNLINKED, self._spare_parts),
        ]
        for route in routes:
            methods = sorted(route.methods or ())
            wrap = next(
                (wrapped[route.path, name] for name in methods if (route.path, name) in wrapped), None
            )
            planted.append(Route(route.path, wrap(route.endpoint), methods=methods) if wrap else route)
        return planted

    def _dawdle(self, handler: Handler) -> Handler:
        async def dawdle(request: Request) -> Response:
            if request.path_params["slug"] == _SLOW_CATEGORY:
                await asyncio.sleep(self._shop.settings.slow_category_s)
            return await handler(request)

        return dawdle

    def _fail_sporadically(self, handler: Handler) -> Handler:
        async def fail_sporadically(request: Request) -> Response:
            if request.path_params["slug"] == _SPORADIC:
                self._sporadic_requests += 1
                if self._sporadic_requests % _SPORADIC_EVERY == 0:
                    raise HTTPException(500, "Something broke on our side. Please try again.")
            return await handler(request)

        return fail_sporadically

    def _refuse_payment(self, handler: Handler) -> Handler:
        async def refuse_payment(request: Request) -> Response:
            session = self._shop.sessions.of(request)
            if _UNPAYABLE in session.basket and session.ship_to:
                await self._shop.form(request)
                raise HTTPException(500, "The payment could not be booked.")
            return await handler(request)

        return refuse_payment

    async def _section(self, request: Request) -> Response:
        section = request.url.path.strip("/")
        own = [article for article in read_articles() if article.section == section]
        more = [{"url": url, "title": title, "lead": lead} for url, title, lead in _STORIES[section]]
        return self._shop.page(request, "section.html", section=section, articles=[*own, *more])

    async def _lookbook(self, request: Request) -> Response:
        return self._shop.page(request, "lookbook.html")

    async def _newsletter(self, request: Request) -> Response:
        return self._shop.page(request, "newsletter.html", action=_NEWSLETTER)

    async def _sign_up(self, request: Request) -> Response:
        await self._shop.form(request)
        raise HTTPException(500, "We could not note your address.")

    async def _spare_parts(self, request: Request) -> Response:
        return self._shop.page(request, "article.html", article=_SPARE_PARTS)


def _redirect_to(path: str) -> Handler:
    async def redirect(_: Request) -> Response:
        return RedirectResponse(path, status_code=302, headers={"cache-control": "no-store"})

    return redirect
