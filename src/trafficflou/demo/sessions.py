"""Who is asking: sessions kept on the server, named by a cookie."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["COOKIE", "Session", "SessionStore", "TokenMaker", "secret_token"]

TokenMaker = Callable[[], str]
"""Makes ids and CSRF tokens: URL-safe text of a constant length that nobody can guess."""

COOKIE: Final = "shop_session"


def secret_token() -> str:
    """Return 144 bits of the operating system's randomness, 24 characters."""
    return secrets.token_urlsafe(18)


class Session:
    """One browser's state.

    Attributes:
        id: The cookie's value.
        csrf: The token that this session's forms must carry.
        basket: Pieces by product number, in the order they were put in.
        customer: E-mail address of who is logged in; empty where nobody is.
        ship_to: Where to send the order, from the first step of the checkout; empty before.
        last_order: Number of the order just placed; 0 where there is none.
        needs_cookie: Whether the browser does not hold this id yet.
    """

    __slots__ = ("basket", "csrf", "customer", "id", "last_order", "needs_cookie", "ship_to")

    def __init__(self, id_: str, csrf: str) -> None:
        self.id = id_
        self.csrf = csrf
        self.basket: dict[int, int] = {}
        self.customer = ""
        self.ship_to = ""
        self.last_order = 0
        self.needs_cookie = True

    @property
    def pieces(self) -> int:
        """How many things are in the basket."""
        return sum(self.basket.values())


class SessionStore:
    """The shop's sessions, at most so many.

    Args:
        limit: Sessions remembered; the one unused for longest is forgotten first, so that robots without cookies
            cannot fill the memory.
        make_token: Where ids and CSRF tokens come from.
    """

    def __init__(self, limit: int, make_token: TokenMaker = secret_token) -> None:
        self._limit = limit
        self._make_token = make_token
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    def of(self, request: Request) -> Session:
        """Return the request's session, a new one where its cookie is missing or unknown."""
        session = self._sessions.get(request.cookies.get(COOKIE, ""))
        if session is None:
            return self._add(Session(self._make_token(), self._make_token()))
        self._sessions.move_to_end(session.id)
        return session

    def renew(self, session: Session) -> None:
        """Give a session a new id: at login, so that an id planted beforehand is worth nothing."""
        self._sessions.pop(session.id, None)
        session.id = self._make_token()
        session.needs_cookie = True
        self._add(session)

    def _add(self, session: Session) -> Session:
        self._sessions[session.id] = session
        if len(self._sessions) > self._limit:
            self._sessions.popitem(last=False)
        return session

    @staticmethod
    def send_cookie(session: Session, response: Response) -> Response:
        """Put the session's cookie on a response if the browser needs it; returns the response."""
        if session.needs_cookie:
            # Not `Secure`: the demo shop speaks plain HTTP on the loopback interface only.
            response.raw_headers.append(
                (b"set-cookie", f"{COOKIE}={session.id}; Path=/; HttpOnly; SameSite=Lax".encode())
            )
            session.needs_cookie = False
        return response
