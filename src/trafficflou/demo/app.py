"""The demo shop as one ASGI application: its parts made, its routes put together."""

from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from trafficflou.demo.account import Account
from trafficflou.demo.assets import AssetMiddleware, build_assets
from trafficflou.demo.backstage import Backstage
from trafficflou.demo.cart import Cart
from trafficflou.demo.catalogue import Catalogue
from trafficflou.demo.checkout import Checkout
from trafficflou.demo.context import ShopContext
from trafficflou.demo.faults import Faults, unlinked_paths
from trafficflou.demo.pages import Pages
from trafficflou.demo.rendering import Renderer
from trafficflou.demo.sessions import SessionStore, TokenMaker, secret_token
from trafficflou.demo.settings import ShopSettings

__all__ = ["Shop", "create_app"]


class Shop:
    """A running shop: an ASGI application that owns its database and its sessions.

    Args:
        settings: Limits and pace.
        make_token: Where session ids and CSRF tokens come from.
    """

    def __init__(self, settings: ShopSettings, make_token: TokenMaker) -> None:
        self.catalogue = Catalogue(max_orders=settings.max_orders)
        self.assets, asset_urls = build_assets(self.catalogue.categories, self.catalogue.all_products())
        self._context = ShopContext(
            settings=settings,
            catalogue=self.catalogue,
            sessions=SessionStore(settings.max_sessions, make_token),
            renderer=Renderer(asset_urls, self.catalogue.categories),
            unlinked_paths=unlinked_paths() if settings.faults else (),
        )
        parts = (Pages, Cart, Checkout, Account, Backstage)
        routes = [route for part in parts for route in part(self._context).routes()]
        if settings.faults:
            routes = Faults(self._context).plant(routes)
        site = Starlette(routes=routes, exception_handlers={HTTPException: self._error_page})
        self._app = AssetMiddleware(site, self.assets)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        await self._app(scope, receive, send)

    def close(self) -> None:
        """Drop the database; the shop cannot be used afterwards."""
        self.catalogue.close()

    async def _error_page(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise TypeError("this handler is registered for HTTPException only") from error
        title = HTTPStatus(error.status_code).phrase
        detail = "" if error.detail == title else error.detail
        response = self._context.page(
            request,
            "error.html",
            status=error.status_code,
            code=error.status_code,
            title=title,
            detail=detail,
        )
        response.raw_headers.extend(
            (name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()
        )
        return response


def create_app(settings: ShopSettings | None = None, *, make_token: TokenMaker = secret_token) -> Shop:
    """Make a shop.

    Args:
        settings: Limits and pace; the defaults where omitted.
        make_token: Where session ids and CSRF tokens come from; only the sample log, which is no server, has a source
            that can be foreseen.
    """
    return Shop(settings or ShopSettings(), make_token)
