"""What an author of a journey awaits: a page that is asked for, or nothing but time."""

from collections.abc import Container, Generator
from typing import Final, Literal, Protocol

from trafficflou.traffic.flair.memory import Memory
from trafficflou.traffic.journeys.page import JourneyPage
from trafficflou.traffic.strategy import Page, Step

__all__ = ["DONE", "Done", "Expected", "Request", "Traveller"]

Expected = int | Container[int] | None
"""The status, or the statuses, that are as they should be; `None` for any below 400."""


class Traveller(Protocol):
    """What a request needs of its visitor."""

    @property
    def memory(self) -> Memory:
        """How the visitor came here."""
        ...

    def depart(self, *, is_page: bool) -> float:
        """Return how long the visitor thinks before it asks now, seconds."""
        ...

    def arrive(self, page: Page, request: "Request", expected: Expected) -> JourneyPage:
        """Look at what came."""
        ...


class Request:
    """Something to be awaited: the page comes back; made by a visitor.

    Attributes:
        step: What is asked for.
    """

    __slots__ = ("_action", "_expected", "_text", "_values", "_visitor", "purpose", "step")

    def __init__(
        self,
        visitor: Traveller,
        step: Step,
        expected: Expected,
        action: Literal["open", "click", "submit"],
        *,
        text: str = "",
        values: tuple[tuple[str, str], ...] = (),
        purpose: str = "",
    ) -> None:
        """Make a request.

        Args:
            visitor: Whose it is.
            step: What is asked for.
            expected: The status that is as it should be.
            action: What the visitor does.
            text: The words of the link or button.
            values: What is filled in.
            purpose: What the form is for; empty where none is sent.
        """
        self.step = step
        self.purpose = purpose
        self._visitor = visitor
        self._expected = expected
        self._action = action
        self._text = text
        self._values = values

    def __await__(self) -> Generator["Request", Page, JourneyPage]:
        """Ask for the page, and look at it when it is there."""
        visitor, step = self._visitor, self.step
        step.think_s = visitor.depart(is_page=step.loads_subresources)
        path = step.path if self._action != "submit" else step.path.partition("?")[0]
        visitor.memory.go(self._action, path, step.template, text=self._text, values=self._values)
        page = yield self
        return visitor.arrive(page, self, self._expected)


class Done:
    """Something that can be awaited and is done already."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


DONE: Final = Done()
