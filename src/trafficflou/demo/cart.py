"""The basket: see it, put things in, take them out."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trafficflou.demo.catalogue import Catalogue, OrderLine
from trafficflou.demo.context import ShopContext
from trafficflou.demo.forms import whole_number
from trafficflou.demo.rendering import redirect
from trafficflou.demo.sessions import Session

__all__ = ["Cart", "basket_lines"]

_MAX_NUMBER = 999_999_999


def basket_lines(catalogue: Catalogue, session: Session) -> list[OrderLine]:
    """Return the basket as lines with their products."""
    return [
        OrderLine(product=product, quantity=quantity)
        for number, quantity in session.basket.items()
        if (product := catalogue.product_by_id(number)) is not None
    ]


class Cart:
    """Handlers of the basket; both forms answer with 303 to `/cart`."""

    def __init__(self, shop: ShopContext) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/cart", self.show),
            Route("/cart/add", self.add, methods=["POST"]),
            Route("/cart/remove", self.remove, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """`GET /cart`: what is in the basket."""
        lines = basket_lines(self._shop.catalogue, self._shop.sessions.of(request))
        total_cents = sum(line.total_cents for line in lines)
        return self._shop.page(request, "cart.html", lines=lines, total_cents=total_cents)

    async def add(self, request: Request) -> Response:
        """`POST /cart/add` (`product`, `quantity`): put pieces of a product into the basket."""
        session, form = await self._shop.form(request)
        limits = self._shop.settings
        number = whole_number(form.get("product", ""), low=1, high=_MAX_NUMBER)
        quantity = whole_number(form.get("quantity", "1"), low=1, high=limits.max_quantity)
        if quantity is None:
            raise HTTPException(400, f"Please choose between 1 and {limits.max_quantity} pieces.")
        if number is None or self._shop.catalogue.product_by_id(number) is None:
            raise HTTPException(400, "That product is not one of ours.")
        if number not in session.basket and len(session.basket) >= limits.max_basket_lines:
            raise HTTPException(400, "The basket is full.")
        session.basket[number] = min(session.basket.get(number, 0) + quantity, limits.max_quantity)
        return redirect(session, "/cart")

    async def remove(self, request: Request) -> Response:
        """`POST /cart/remove` (`product`): take a product out of the basket."""
        session, form = await self._shop.form(request)
        number = whole_number(form.get("product", ""), low=1, high=_MAX_NUMBER)
        if number is not None:
            session.basket.pop(number, None)
        return redirect(session, "/cart")
