"""The trap site in memory: what a visitor gets to see of it, redirects followed as a browser does, without any network."""

from typing import Final
from urllib.parse import urljoin, urlsplit

from trafficflou.http import Origin, read_page
from trafficflou.testing.trap import FORBIDDEN, TRAPS, TrapRequest, home_page
from trafficflou.traffic import Page, Step

__all__ = ["ORIGIN", "TrapWalk"]

ORIGIN: Final = Origin.parse("http://127.0.0.1:8080")
FOREIGN: Final = "http://127.0.0.1:9999"
MAX_REDIRECTS: Final = 20


class TrapWalk:
    """One visitor's way through the traps.

    Attributes:
        forbidden: What it asked for that changes something for good.
    """

    def __init__(self) -> None:
        """Begin."""
        self.forbidden: list[str] = []

    def open(self, step: Step) -> Page:
        """Answer a step."""
        method, path = step.method, step.path
        for _ in range(MAX_REDIRECTS):
            request = self._request(method, path)
            status, location, body = self._answer(request)
            if not location:
                content = read_page(body, path=path, origin=ORIGIN) if b"<html" in body[:200] else None
                return Page(
                    step.path, step.template, status, 0.01, final_path=path, content=content, body=body
                )
            target = urlsplit(urljoin(f"http://127.0.0.1:8080{path}", location))
            if target.port != ORIGIN.port:
                return Page(
                    step.path, step.template, status, 0.01, final_path=path, failure="foreign_redirect"
                )
            method, path = "GET", target.path + (f"?{target.query}" if target.query else "")
        return Page(step.path, step.template, 0, 0.01, failure="redirect_loop")

    def _request(self, method: str, path: str) -> TrapRequest:
        head = f"{method} {path} HTTP/1.1\r\n".encode()
        request = TrapRequest.parse(head, origin="http://127.0.0.1:8080", foreign=FOREIGN)
        if request.path in FORBIDDEN:
            self.forbidden.append(f"{method} {path}")
        return request

    @staticmethod
    def _answer(request: TrapRequest) -> tuple[int, str, bytes]:
        if request.path == "/":
            answer = home_page()
        elif request.section in TRAPS:
            answer = TRAPS[request.section].answer(request)
        else:
            return 404, "", b"no such trap"
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:])
        return int(lines[0].split(" ")[1]), fields.get("Location", ""), body
