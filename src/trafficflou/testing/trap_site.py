"""A site full of traps for whoever explores it: a public test double.

Calendars without an end, filters in any order, 50,000 links on one page, redirects that lead nowhere or away, links that delete: see
`trafficflou.testing.trap`. It listens on loopback only, and beside it a second server plays every other origin, so that a test can
tell where a visitor went that should have stayed.
"""

from types import TracebackType
from typing import Final, Self

from trafficflou.testing.fault import Script, response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.testing.trap import FORBIDDEN, TRAPS, TrapRequest, home_page

__all__ = ["TrapSite"]

_NOT_FOUND: Final = response(b"no such trap", status=b"404 Not Found")


class TrapSite(FaultServer):
    """Serves the traps for as long as its `async with` block lasts.

    Example:
        async with TrapSite() as site:
            ...  # let visitors loose on site.url for a second
            assert site.forbidden == []
            assert site.foreign.requests == []

    Attributes:
        foreign: The other origin, to which links, forms and redirects lead; its `requests` should stay empty.
        forbidden: The requests for what changes something for good, such as `GET /account/delete`, in the order of their arrival.
    """

    def __init__(self, *, lifetime_s: float = 30.0) -> None:
        """Prepare a site; entering it starts it.

        Args:
            lifetime_s: When both servers stop by themselves, seconds after their start.
        """
        super().__init__(lifetime_s=lifetime_s)
        self.foreign = FaultServer(lifetime_s=lifetime_s)
        self.forbidden: list[str] = []

    async def __aenter__(self) -> Self:
        """Start both servers on free ports of 127.0.0.1."""
        await self.foreign.__aenter__()
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both and wait until every connection has ended."""
        await super().__aexit__(kind, error, trace)
        await self.foreign.__aexit__(kind, error, trace)

    def script_for(self, head: bytes, body: bytes) -> Script:
        """Return the page of the trap that the path names."""
        request = TrapRequest.parse(head, origin=self.url, foreign=self.foreign.url)
        if request.path in FORBIDDEN:
            self.forbidden.append(f"{request.method} {request.path}")
        if request.path == "/":
            return (home_page(),)
        trap = TRAPS.get(request.section)
        return (trap.answer(request) if trap else _NOT_FOUND,)
