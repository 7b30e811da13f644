"""The checkout: an address, a way to pay, thanks."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trafficflou.demo.cart import basket_lines
from trafficflou.demo.context import ShopContext
from trafficflou.demo.rendering import redirect

__all__ = ["PAYMENTS", "Checkout"]

PAYMENTS: Final = ("invoice", "card", "transfer")
_FIELDS: Final = (("name", "Your name"), ("street", "Street and number"), ("city", "Postcode and town"))
_MAX_FIELD_CHARS: Final = 120


class Checkout:
    """Handlers of the checkout. Each step sends back whoever has not done the one before."""

    def __init__(self, shop: ShopContext) -> None:
        self._shop = shop

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/checkout", self.address),
            Route("/checkout", self.take_address, methods=["POST"]),
            Route("/checkout/payment", self.payment),
            Route("/checkout/payment", self.pay, methods=["POST"]),
            Route("/checkout/thanks", self.thanks),
        ]

    async def address(self, request: Request) -> Response:
        """`GET /checkout`: the form for the address; 303 to `/cart` with an empty basket."""
        session = self._shop.sessions.of(request)
        if not session.basket:
            return redirect(session, "/cart")
        return self._address_page(request, {}, {}, 200)

    def _address_page(
        self, request: Request, form: dict[str, str], errors: dict[str, str], status: int
    ) -> Response:
        return self._shop.page(
            request, "checkout.html", fields=_FIELDS, form=form, errors=errors, status=status
        )

    async def take_address(self, request: Request) -> Response:
        """`POST /checkout`: 303 to the payment, or 422 and the form again with what is missing."""
        session, form = await self._shop.form(request)
        if not session.basket:
            return redirect(session, "/cart")
        errors = {
            name: f"Please fill in 1 to {_MAX_FIELD_CHARS} characters."
            for name, _ in _FIELDS
            if not 1 <= len(form.get(name, "")) <= _MAX_FIELD_CHARS
        }
        if errors:
            return self._address_page(request, form, errors, 422)
        session.ship_to = ", ".join(form[name] for name, _ in _FIELDS)
        return redirect(session, "/checkout/payment")

    async def payment(self, request: Request) -> Response:
        """`GET /checkout/payment`: the form for the payment; 303 back where a step is missing."""
        session = self._shop.sessions.of(request)
        if not session.basket or not session.ship_to:
            return redirect(session, "/checkout")
        return self._payment_page(request, "", 200)

    def _payment_page(self, request: Request, error: str, status: int) -> Response:
        session = self._shop.sessions.of(request)
        lines = basket_lines(self._shop.catalogue, session)
        return self._shop.page(
            request,
            "payment.html",
            lines=lines,
            total_cents=sum(line.total_cents for line in lines),
            payments=PAYMENTS,
            error=error,
            status=status,
        )

    async def pay(self, request: Request) -> Response:
        """`POST /checkout/payment` (`pay_by`): places the order, 303 to the thanks."""
        session, form = await self._shop.form(request)
        if not session.basket or not session.ship_to:
            return redirect(session, "/checkout")
        if form.get("pay_by") not in PAYMENTS:
            return self._payment_page(request, "Please choose how you want to pay.", 422)
        session.last_order = self._shop.catalogue.place_order(
            session.customer, session.ship_to, form["pay_by"], basket_lines(self._shop.catalogue, session)
        )
        session.basket.clear()
        session.ship_to = ""
        return redirect(session, "/checkout/thanks")

    async def thanks(self, request: Request) -> Response:
        """`GET /checkout/thanks`: the number of the order just placed; 303 home where there is none."""
        session = self._shop.sessions.of(request)
        if not session.last_order:
            return redirect(session, "/")
        return self._shop.page(request, "thanks.html")
