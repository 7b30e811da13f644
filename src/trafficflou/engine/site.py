"""What the browsers of a worker share: the way to the target, and what was learned about it on the way."""

from typing import Final

from trafficflou.core.clock import Clock
from trafficflou.engine.page_scanner import PageScanner
from trafficflou.engine.settings import SubresourceSource
from trafficflou.http import Dialer, Origin, resolve
from trafficflou.metrics import Recorder

__all__ = ["Site"]

MAX_MISSING_SUBRESOURCES: Final = 4096
MAX_KNOWN_PATHS: Final = 20_000

_UNSEEN: Final = ("", b"")
"""Stands for a path that was not looked up yet; compared by identity."""


class Site:
    """The target as one worker knows it; shared by all its browsers.

    Attributes:
        max_open_connections: How many sockets the worker may hold.
        visitors: Visitors now; each has a right to one socket, whether it is open or not.
        extra_connections: Connections beyond the first of each visitor.
        reads_pages: Fetch the subresources that live documents name.
        plays_learned: Fetch those that the log saw with a template.
        missing_subresources: Learned subresources that the target was found not to have; asked for once only.
    """

    __slots__ = (
        "_referer_origin",
        "clock",
        "dialer",
        "extra_connections",
        "known_paths",
        "max_open_connections",
        "missing_subresources",
        "origin",
        "plays_learned",
        "reads_pages",
        "recorder",
        "scanner",
        "visitors",
    )

    def __init__(
        self,
        *,
        clock: Clock,
        dialer: Dialer,
        origin: Origin,
        recorder: Recorder,
        subresources: SubresourceSource,
        max_open_connections: int,
    ) -> None:
        self.clock = clock
        self.dialer = dialer
        self.origin = origin
        self.recorder = recorder
        self._referer_origin = str(origin).encode("ascii")
        self.scanner = PageScanner(origin)
        self.reads_pages = subresources in {SubresourceSource.AUTO, SubresourceSource.PAGE}
        self.plays_learned = subresources in {SubresourceSource.AUTO, SubresourceSource.MODEL}
        self.max_open_connections = max_open_connections
        self.visitors = 0
        self.extra_connections = 0
        self.missing_subresources: set[str] = set()
        self.known_paths: dict[str, tuple[str, bytes] | None] = {}

    @property
    def free_sockets(self) -> int:
        """How many sockets are left for extra connections; below 0 some must be closed again."""
        return self.max_open_connections - self.visitors - self.extra_connections

    def place(self, path: str) -> tuple[str, bytes] | None:
        """Return where a strategy's path leads on the target, and the Referer line of what is asked for from there.

        `None` where it leads nowhere on the target: whatever a strategy says, only a path there becomes a request.
        """
        known = self.known_paths.get(path, _UNSEEN)
        if known is not _UNSEEN:
            return known
        if len(self.known_paths) >= MAX_KNOWN_PATHS:
            self.known_paths.clear()
        safe = resolve("/", path, self.origin).path
        known = (
            None
            if safe is None
            else (safe, b"Referer: %b%b\r\n" % (self._referer_origin, safe.encode("ascii")))
        )
        self.known_paths[path] = known
        return known

    def note_missing_subresource(self, path: str) -> None:
        """Remember that the target lacks a learned subresource, so that it is asked for, and reported, once."""
        if len(self.missing_subresources) < MAX_MISSING_SUBRESOURCES:
            self.missing_subresources.add(path)
