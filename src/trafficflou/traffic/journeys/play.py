"""Plays journeys: each visitor is a coroutine that is resumed with the page it asked for.

Theory of operation. A journey is driven by hand: `send` runs it to its next `await v...`, which yields a `Request`, whose step is the engine's. Nothing of
asyncio takes part, so a step costs what the author's own lines cost, and some microseconds. A journey that awaits anything else (a timer, a call of its own)
yields a future instead of a request; from then on this journey's steps are made in tasks of the event loop, where futures work, and the task ends at
the next request. Authors who know it say `uses_asyncio=True`, so that the first visitor's first lines run in a task already.
"""

from bisect import bisect
from collections.abc import Coroutine, Generator, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Final

from trafficflou.metrics import Journal
from trafficflou.traffic.journeys.definition import Journey
from trafficflou.traffic.journeys.ground import JourneyGround
from trafficflou.traffic.journeys.mistake import JourneyError, VisitorLeft
from trafficflou.traffic.journeys.request import Request
from trafficflou.traffic.journeys.visitor import JourneyVisitor
from trafficflou.traffic.remade import Remade
from trafficflou.traffic.script_error import ScriptErrors
from trafficflou.traffic.strategy import Page, PageReading, Step
from trafficflou.traffic.strategy_kind import StrategyContext

__all__ = ["JourneyStrategy", "JourneyVisit"]

_ENDINGS: Final = (Exception, VisitorLeft, SystemExit)
"""Whatever an author's lines raise ends a session and never the worker; only a cancelled task is none of theirs."""


class JourneyVisit:
    """The state of one session.

    Attributes:
        journey: What is played.
        visitor: Who plays it.
        coroutine: The journey under way; `None` before its first line.
    """

    __slots__ = ("coroutine", "journey", "visitor")

    def __init__(self, journey: Journey, visitor: JourneyVisitor) -> None:
        self.journey = journey
        self.visitor = visitor
        self.coroutine: Coroutine[Any, Any, None] | None = None

    @property
    def device(self) -> str:
        """`desktop`, `mobile` or `tablet`."""
        return self.visitor.device


class JourneyStrategy(Remade):
    """Plays one or more journeys, each visitor one of them, drawn by weight."""

    __slots__ = ("_bounds", "_errors", "_ground", "_in_tasks", "_journeys", "name", "reading")

    def __init__(self, journeys: Sequence[Journey], context: StrategyContext, folder: Path) -> None:
        """Play journeys.

        Args:
            journeys: At least one.
            context: What a run gives.
            folder: Where their files lie; errors are placed in them.
        """
        self.name = context.label
        self.reading = PageReading.BODY
        self._journeys = tuple(journeys)
        total = sum(journey.weight for journey in journeys)
        self._bounds = tuple(value / total for value in accumulate(journey.weight for journey in journeys))[
            :-1
        ]
        self._in_tasks = {journey.name for journey in journeys if journey.uses_asyncio}
        self._ground = JourneyGround(context)
        self._errors = ScriptErrors(folder)

    def begin(self, rng: Random) -> JourneyVisit:
        """Start a session: which journey, on which device, with which row of data."""
        journey = self._journeys[bisect(self._bounds, rng.random())]
        device = rng.choices([name for name, _ in journey.devices], [share for _, share in journey.devices])[
            0
        ]
        row = journey.rows[rng.randrange(len(journey.rows))] if journey.rows else None
        visitor = JourneyVisitor(
            rng, device, self._ground, data=row, think_s=journey.think_s, reads_pages=journey.reads_pages
        )
        return JourneyVisit(journey, visitor)

    def next_step(
        self, visit: JourneyVisit, page: Page | None
    ) -> "Step | Coroutine[Any, Any, Step | None] | None":
        """Run the journey to its next request; `None` where it ends."""
        self.reading = PageReading.BODY if visit.journey.reads_pages else PageReading.NOTHING
        if visit.coroutine is None:
            self._ground.notes.note_begin(visit.journey.name)
            visit.coroutine = visit.journey.play(visit.visitor)
        if visit.journey.name in self._in_tasks:
            return self._advance_in_task(visit, _Relay(visit.coroutine, page))
        try:
            asked = visit.coroutine.send(page)
        except _ENDINGS as error:
            self._end(visit, error)
            return None
        if type(asked) is Request:
            return asked.step
        self._in_tasks.add(visit.journey.name)
        return self._advance_in_task(visit, _Relay(visit.coroutine, page, [asked]))

    def take_journal(self) -> Journal:
        """Return what was noted since the last call."""
        return self._ground.notes.take()

    async def _advance_in_task(self, visit: JourneyVisit, relay: "_Relay") -> Step | None:
        try:
            asked = await relay
        except _ENDINGS as error:
            self._end(visit, error)
            return None
        self.reading = PageReading.BODY if visit.journey.reads_pages else PageReading.NOTHING
        if asked is None:
            self._end(visit, StopIteration())
            return None
        return asked.step

    def _end(self, visit: JourneyVisit, error: BaseException) -> None:
        visitor, notes = visit.visitor, self._ground.notes
        if isinstance(error, StopIteration) and visitor.forgotten:
            code = getattr(visit.journey.play, "__code__", None)
            place = f"{Path(code.co_filename).name}:{code.co_firstlineno}" if code else ""
            error = JourneyError(f"{visitor.forgotten} was not awaited: write `await` before it", place=place)
        reason = ""
        if isinstance(error, VisitorLeft):
            reason = "leaving"
        elif not isinstance(error, StopIteration):
            reason = "script_error"
            notes.note_error(self._errors.describe(error))
        notes.note_end(visit.journey.name, visitor.memory, reason)


class _Relay:
    """Runs a journey to its next request inside of a task: what it awaits otherwise is handed to the event loop."""

    __slots__ = ("_coroutine", "_page", "_yielded")

    def __init__(
        self, coroutine: Coroutine[Any, Any, None], page: Page | None, yielded: Sequence[Any] = ()
    ) -> None:
        """Relay what a journey awaits.

        Args:
            coroutine: The journey.
            page: What it is resumed with.
            yielded: What it has yielded already; then it is not resumed first.
        """
        self._coroutine = coroutine
        self._page = page
        self._yielded = yielded

    def __await__(self) -> Generator[Any, Any, Request | None]:
        """Return the request, or `None` where the journey came to its end."""
        coroutine = self._coroutine
        try:
            asked = self._yielded[0] if self._yielded else coroutine.send(self._page)
            while type(asked) is not Request:
                try:
                    value = yield asked
                except BaseException as error:  # noqa: BLE001 - a result or a cancellation, which is the journey's
                    asked = coroutine.throw(error)
                else:
                    asked = coroutine.send(value)
        except StopIteration:
            return None
        return asked
