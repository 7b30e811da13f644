"""The Strategy pattern: who decides what a visitor does next.

A strategy is told of each page and answers with a step, or with `None` when the visitor leaves. It is synchronous, takes
microseconds, does no I/O and never sleeps: the engine waits, sends and measures. A strategy of a user may answer with an awaitable instead;
that costs a task for each step and is for what cannot be had otherwise.
"""

from collections.abc import Awaitable
from enum import IntEnum
from random import Random
from typing import Literal, Protocol, TypeVar, runtime_checkable

from trafficflou.http import PageContent
from trafficflou.metrics import Journal

__all__ = ["LingeringVisit", "Page", "PageReading", "Step", "Strategy", "Visit"]


class PageReading(IntEnum):
    """How much of a document a strategy wants to see; each costs more than the one before."""

    NOTHING = 0
    CONTENT = 1
    """What a person sees of an HTML page: `Page.content`."""
    BODY = 2
    """The bytes too, of documents of any kind: `Page.body`."""


class Page:
    """What a strategy sees of the page view that just ended."""

    __slots__ = (
        "body",
        "content",
        "failure",
        "final_path",
        "load_s",
        "path",
        "response_s",
        "status",
        "template",
    )

    def __init__(
        self,
        path: str,
        template: str,
        status: int,
        load_s: float,
        final_path: str = "",
        failure: str = "",
        response_s: float = 0.0,
        content: PageContent | None = None,
        body: bytes | None = None,
    ) -> None:
        """Describe a page.

        Args:
            path: The path that was asked for.
            template: The template it belongs to.
            status: HTTP status of the document after redirects; 0 where no response came.
            load_s: Seconds from the click to the last subresource.
            final_path: Where redirects ended; `path` where there were none.
            failure: Why there is no usable document although one was asked for: `timeout`, `redirect_loop`, ...; empty where there is.
            response_s: Seconds from the click to the end of the document, redirects included.
            content: What a person sees of it; `None` where the strategy does not read pages, or it is no HTML.
            body: The document, decoded; `None` unless the strategy reads bodies.
        """
        self.path = path
        self.template = template
        self.status = status
        self.load_s = load_s
        self.final_path = final_path or path
        self.failure = failure
        self.response_s = response_s
        self.content = content
        self.body = body

    @property
    def is_ok(self) -> bool:
        """Whether a document came, with a status below 400."""
        return 0 < self.status < 400 and not self.failure


class Step:
    """What a visitor does next: wait, then open a page.

    Attributes:
        is_plain: It is asked for with GET, without a body or fields of its own, as nearly all pages are.
    """

    __slots__ = (
        "body",
        "content_type",
        "headers",
        "is_learned",
        "is_plain",
        "learned_subresources",
        "loads_subresources",
        "method",
        "path",
        "template",
        "think_s",
    )

    def __init__(
        self,
        path: str,
        template: str,
        think_s: float,
        learned_subresources: tuple[str, ...] = (),
        *,
        method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET",
        body: bytes = b"",
        content_type: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        is_learned: bool = False,
        loads_subresources: bool = True,
    ) -> None:
        """Describe a step.

        Args:
            path: Path (and query) to ask for, starting with `/`.
            template: The series it is measured under.
            think_s: Seconds to wait before the request, >= 0; 0 for the first step of a visit.
            learned_subresources: Paths that the page view fetches besides what the live document names (a font that a
                stylesheet asks for, a script's data).
            method: How it is asked for.
            body: Sent with it.
            content_type: Of the body.
            headers: Further fields; those that say who asks cannot be changed, and are left out.
            is_learned: The path comes from a traffic model: where the site lacks it, that is a missing path and no error.
            loads_subresources: It is a page, with what a browser fetches for it; else only a request.
        """
        self.path = path
        self.template = template
        self.think_s = think_s
        self.learned_subresources = learned_subresources
        self.method = method
        self.body = body
        self.content_type = content_type
        self.headers = headers
        self.is_plain = method == "GET" and not body and not headers
        self.is_learned = is_learned
        self.loads_subresources = loads_subresources


class Visit(Protocol):
    """The state of one session; made by `Strategy.begin`, opaque to the engine but for the device."""

    @property
    def device(self) -> str:
        """`desktop`, `mobile` or `tablet`: becomes the hint in the request's User-Agent."""
        ...


@runtime_checkable
class LingeringVisit(Protocol):
    """A visit whose visitor looks at the last page, too, before it leaves.

    Without that, a site on which visits end at once, because it refuses everything or has one page, would meet thousands of visitors a
    second where ten were meant to be there.
    """

    @property
    def stay_s(self) -> float:
        """Seconds, >= 0; read when `next_step` has answered `None` after a page."""
        ...


VisitT = TypeVar("VisitT", bound=Visit)


class Strategy(Protocol[VisitT]):
    """The contract of every strategy; one instance plays all of its visitors on a worker."""

    @property
    def name(self) -> str:
        """Under which its figures stand, such as `organic-mimicry`; of two in a blend, each has its own."""
        ...

    @property
    def reading(self) -> PageReading:
        """How much of each document it wants to see; asked for before each page, so it may change."""
        ...

    def begin(self, rng: Random) -> VisitT:
        """Start a session; all of its choices come from `rng`, the visitor's own generator."""
        ...

    def next_step(self, visit: VisitT, page: Page | None) -> Step | Awaitable[Step | None] | None:
        """Choose what follows `page` (`None` at the start); `None` means that the visitor leaves."""
        ...

    def take_journal(self) -> Journal | None:
        """Return what its visitors noticed since the last call, and begin anew; `None` where nothing is worth telling."""
        ...
