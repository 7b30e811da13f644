"""What every page of the shop works with: one value, made by `app.create_app`."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from trafficflou.demo.catalogue import Catalogue
from trafficflou.demo.forms import read_form
from trafficflou.demo.rendering import Renderer
from trafficflou.demo.sessions import Session, SessionStore
from trafficflou.demo.settings import ShopSettings

__all__ = ["ShopContext"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopContext:
    """The parts of one running shop.

    Attributes:
        unlinked_paths: Public pages that the sitemap names although no page leads there.
    """

    settings: ShopSettings
    catalogue: Catalogue
    sessions: SessionStore
    renderer: Renderer
    unlinked_paths: tuple[str, ...] = ()

    def page(self, request: Request, template: str, *, status: int = 200, **values: object) -> Response:
        """Render a page for the request's session; see `Renderer.page`."""
        return self.renderer.page(request, self.sessions.of(request), template, status=status, **values)

    async def form(self, request: Request) -> tuple[Session, dict[str, str]]:
        """Return the request's session and its form; raises as `read_form` does."""
        session = self.sessions.of(request)
        return session, await read_form(request, session, self.settings)
