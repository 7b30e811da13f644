"""Login, logout and what a customer has ordered."""

import asyncio
import hashlib
import hmac
import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trafficflou.demo.context import ShopContext
from trafficflou.demo.rendering import redirect

__all__ = ["DEMO_PASSWORD", "Account"]

DEMO_PASSWORD: Final = "demo-shop"  # noqa: S105 - published on the login page: every address may enter with it
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,120}")
_SALT: Final = b"trafficflou-demo"
_MAX_PASSWORD_CHARS: Final = 128
_SHOWN_ORDERS: Final = 20
_RETURN_PATHS: Final = frozenset({"/orders", "/checkout", "/"})
"""Where a login may lead: a list, so that `next` cannot send people to another site."""


def _derive(password: str) -> bytes:
    return hashlib.scrypt(password.encode(), salt=_SALT, n=2**10, r=8, p=1)


class Account:
    """Handlers of the customer's pages. Anybody with an e-mail address and the demo's password is a customer."""

    def __init__(self, shop: ShopContext) -> None:
        self._shop = shop
        self._expected = _derive(DEMO_PASSWORD)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/login", self.login_page),
            Route("/login", self.login, methods=["POST"]),
            Route("/logout", self.logout, methods=["POST"]),
            Route("/orders", self.orders),
        ]

    async def login_page(self, request: Request) -> Response:
        """`GET /login?next=PATH`: the form."""
        return self._login_page(request, request.query_params.get("next", "/orders"), "", 200)

    def _login_page(self, request: Request, back_to: str, error: str, status: int) -> Response:
        back_to = back_to if back_to in _RETURN_PATHS else "/orders"
        return self._shop.page(
            request, "login.html", back_to=back_to, error=error, password=DEMO_PASSWORD, status=status
        )

    async def login(self, request: Request) -> Response:
        """`POST /login` (`email`, `password`, `next`): 303 on, or 401 and the form again.

        The password is hashed with scrypt in a thread (about 2 ms), as in a real shop, so logging in costs more than
        reading and does not hold up the others.
        """
        session, form = await self._shop.form(request)
        password = form.get("password", "")[:_MAX_PASSWORD_CHARS]
        given = await asyncio.to_thread(_derive, password)
        email = form.get("email", "").lower()
        if not hmac.compare_digest(given, self._expected) or _EMAIL.fullmatch(email) is None:
            return self._login_page(request, form.get("next", ""), "That address or password is wrong.", 401)
        session.customer = email
        self._shop.sessions.renew(session)
        back_to = form.get("next", "")
        return redirect(session, back_to if back_to in _RETURN_PATHS else "/orders")

    async def logout(self, request: Request) -> Response:
        """`POST /logout`: 303 home."""
        session, _ = await self._shop.form(request)
        session.customer = ""
        self._shop.sessions.renew(session)
        return redirect(session, "/")

    async def orders(self, request: Request) -> Response:
        """`GET /orders`: the customer's orders; 303 to the login for anybody else."""
        session = self._shop.sessions.of(request)
        if not session.customer:
            return redirect(session, "/login?next=/orders")
        orders = self._shop.catalogue.orders_of(session.customer, _SHOWN_ORDERS)
        return self._shop.page(request, "orders.html", orders=orders)
