"""Asks an ASGI application something without a socket: for the sample log's sizes and for tests."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlencode

from starlette.types import ASGIApp, Message, Scope

__all__ = ["Answer", "Browser", "ask"]

_TOKEN: Final = re.compile(rb'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an application answered; header names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of this name (lower case), empty where there is none."""
        return next((value for key, value in self.headers if key == name), "")


async def ask(
    app: ASGIApp,
    target: str,
    *,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Answer:
    """Send one request to an application and collect the answer.

    Args:
        app: The ASGI application.
        target: Path and query, percent-encoded.
        method: The HTTP method.
        headers: Request headers; names in lower case.
        body: The request's body.
    """
    path, _, query = target.partition("?")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), *((name.encode(), value.encode()) for name, value in headers)],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Answer(
        status=sent[0]["status"],
        headers=tuple((name.decode(), value.decode()) for name, value in sent[0]["headers"]),
        body=b"".join(message.get("body", b"") for message in sent[1:]),
    )


class Browser:
    """One visitor of an application: keeps its cookies, and sends the CSRF token of the page it last saw.

    Args:
        app: The ASGI application.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._csrf = ""
        self.cookies: dict[str, str] = {}

    async def get(self, target: str, *, headers: Iterable[tuple[str, str]] = ()) -> Answer:
        """Ask for a page; redirects are not followed."""
        return self._remember(await ask(self._app, target, headers=[*headers, *self._cookie()]))

    async def post(self, target: str, **fields: str) -> Answer:
        """Send a form, with the token; redirects are not followed."""
        body = urlencode({"csrf": self._csrf, **fields}).encode()
        kind = ("content-type", "application/x-www-form-urlencoded")
        return self._remember(
            await ask(self._app, target, method="POST", headers=[kind, *self._cookie()], body=body)
        )

    def _cookie(self) -> list[tuple[str, str]]:
        line = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return [("cookie", line)] if line else []

    def _remember(self, answer: Answer) -> Answer:
        cookie = answer.header("set-cookie")
        if cookie:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        token = _TOKEN.search(answer.body)
        if token:
            self._csrf = token[1].decode()
        return answer
