"""The Strategy pattern: who decides what a visitor does next.

A strategy is told of each page and answers with a step, or with `None` when the visitor leaves. It is synchronous, takes
microseconds, does no I/O and never sleeps: the engine waits, sends and measures.
"""

from random import Random
from typing import Protocol, TypeVar

__all__ = ["Page", "Step", "Strategy", "Visit"]


class Page:
    """What a strategy sees of the page view that just ended."""

    __slots__ = ("load_s", "path", "status", "template")

    def __init__(self, path: str, template: str, status: int, load_s: float) -> None:
        """Describe a page.

        Args:
            path: The path that was asked for.
            template: The template it belongs to.
            status: HTTP status of the document after redirects; 0 where no response came.
            load_s: Seconds from the click to the last subresource.
        """
        self.path = path
        self.template = template
        self.status = status
        self.load_s = load_s


class Step:
    """What a visitor does next: wait, then open a page."""

    __slots__ = ("learned_subresources", "path", "template", "think_s")

    def __init__(
        self, path: str, template: str, think_s: float, learned_subresources: tuple[str, ...] = ()
    ) -> None:
        """Describe a step.

        Args:
            path: Path (and query) to ask for, starting with `/`.
            template: The series it is measured under.
            think_s: Seconds to wait before the request, >= 0; 0 for the first step of a visit.
            learned_subresources: Paths that the page view fetches besides what the live document names (a font that a
                stylesheet asks for, a script's data).
        """
        self.path = path
        self.template = template
        self.think_s = think_s
        self.learned_subresources = learned_subresources


class Visit(Protocol):
    """The state of one session; made by `Strategy.begin`, opaque to the engine but for the device."""

    @property
    def device(self) -> str:
        """`desktop`, `mobile` or `tablet`: becomes the hint in the request's User-Agent."""
        ...


VisitT = TypeVar("VisitT", bound=Visit)


class Strategy(Protocol[VisitT]):
    """The contract of every strategy."""

    @property
    def name(self) -> str:
        """The name by which the command line finds it, such as `organic-mimicry`."""
        ...

    def begin(self, rng: Random) -> VisitT:
        """Start a session; all of its choices come from `rng`, the visitor's own generator."""
        ...

    def next_step(self, visit: VisitT, page: Page | None) -> Step | None:
        """Choose what follows `page` (`None` at the start); `None` means that the visitor leaves."""
        ...
