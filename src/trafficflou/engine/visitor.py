"""One synthetic visitor: asks the strategy, thinks, and lets the browser open the next page."""

from collections.abc import Awaitable
from time import perf_counter_ns
from typing import Any, Final, Protocol

from trafficflou.core.clock import Clock
from trafficflou.engine.browser import Browser
from trafficflou.metrics import StrategyRecorder
from trafficflou.traffic import LingeringVisit, Page, PageReading, Step, Strategy

__all__ = ["Agenda", "Visitor"]

FAILURE_PAUSE_S: Final = 0.5
"""Least time before the page after one without any response, also where the next visitor opens it: a dead target is not
hammered, whatever the think time."""


class Agenda(Protocol):
    """What a visitor needs of its worker."""

    @property
    def clock(self) -> Clock:
        """The worker's clock."""
        ...

    @property
    def is_draining(self) -> bool:
        """No page view may begin any more."""
        ...

    def wake_at(self, visitor: "Visitor", at_ns: int, now_ns: int) -> None:
        """Call `visitor.wake` at that monotonic instant."""
        ...

    def decide_later(self, visitor: "Visitor", decision: Awaitable[Step | None], page: Page | None) -> None:
        """Wait for a decision that takes its time, then call `visitor.decided`."""
        ...

    def visitor_left(self, visitor: "Visitor", *, finished: bool, pause_s: float = 0.0) -> None:
        """Take the end of the visitor's session.

        Args:
            visitor: Who leaves.
            finished: The strategy wanted it; false where the run ended first.
            pause_s: Least time until somebody takes the place.
        """
        ...


class Visitor:
    """A visitor and its session; a state machine that the worker wakes and the browser calls back.

    Attributes:
        index: Number of the visitor in the run; names its random stream and stands in its requests.
        browser: Its private browser.
    """

    __slots__ = (
        "_agenda",
        "_from_ns",
        "_intended_at_ns",
        "_reading",
        "_step",
        "_strategy",
        "_visit",
        "browser",
        "index",
        "is_thinking",
        "recorder",
    )

    def __init__(
        self, index: int, agenda: Agenda, strategy: Strategy[Any], visit: Any, recorder: StrategyRecorder
    ) -> None:
        """Make a visitor; its `browser` is set before `begin`."""
        self.index = index
        self.recorder = recorder
        self.browser: Browser
        self._agenda = agenda
        self._strategy = strategy
        self._visit = visit
        self._step: Step | None = None
        self._reading = PageReading.NOTHING
        self._from_ns = self._intended_at_ns = 0
        self.is_thinking = False

    def begin(self, arrived_at_ns: int, now_ns: int) -> None:
        """Start the session, which was meant to start at `arrived_at_ns`."""
        self._next_page(None, arrived_at_ns, now_ns)

    def page_ended(self, page: Page, now_ns: int) -> None:
        """Choose what follows a page view (the browser's call)."""
        if self._agenda.is_draining:
            self._leave(finished=False)
            return
        self._next_page(page, now_ns, now_ns)

    def _next_page(self, page: Page | None, from_ns: int, now_ns: int) -> None:
        self._from_ns = from_ns
        began_ns = perf_counter_ns()
        step = self._strategy.next_step(self._visit, page)
        self.recorder.record_decision(perf_counter_ns() - began_ns)
        if step is None or isinstance(step, Step):
            self._take(step, page, now_ns)
        else:
            self._agenda.decide_later(self, step, page)

    def decided(self, step: Step | None, page: Page | None) -> None:
        """Go on with a decision that took its time.

        The think time runs meanwhile; where the decision took longer, that is no delay of the site's.
        """
        if self._agenda.is_draining:
            self._leave(finished=False)
            return
        now_ns = self._agenda.clock.now_ns()
        if step is not None:
            self._from_ns = max(self._from_ns, now_ns - round(step.think_s * 1e9))
        self._take(step, page, now_ns)

    def _take(self, step: Step | None, page: Page | None, now_ns: int) -> None:
        least_pause_s = FAILURE_PAUSE_S if page is not None and not page.status else 0.0
        if step is None:
            self._end(page, least_pause_s, now_ns)
            return
        self._reading = self._strategy.reading
        pause_s = max(step.think_s, least_pause_s)
        if pause_s <= 0:
            self._open(step, self._from_ns, now_ns)
            return
        self._think(step, self._from_ns + round(pause_s * 1e9), now_ns)

    def _end(self, page: Page | None, least_pause_s: float, now_ns: int) -> None:
        """Leave, after a look at the last page where the visit takes one."""
        if page is None:
            # A visitor that opens no page at all, such as one of a script that fails, would be followed by the next at once, without end.
            self._leave(finished=True, pause_s=FAILURE_PAUSE_S)
            return
        stay_s = self._visit.stay_s if isinstance(self._visit, LingeringVisit) else 0.0
        if stay_s > 0:
            self._think(None, now_ns + round(max(stay_s, least_pause_s) * 1e9), now_ns)
        else:
            self._leave(finished=True, pause_s=least_pause_s)

    def _think(self, step: Step | None, until_ns: int, now_ns: int) -> None:
        """Pause before a step, or before leaving (`None`)."""
        self._step = step
        self._intended_at_ns = until_ns
        self.is_thinking = True
        self._agenda.wake_at(self, until_ns, now_ns)

    def wake(self) -> None:
        """Open the page that was thought about, or leave (the worker's timer)."""
        if not self.is_thinking:
            return
        self.is_thinking = False
        step, self._step = self._step, None
        if step is None or self._agenda.is_draining:
            self._leave(finished=step is None)
            return
        now_ns = self._agenda.clock.now_ns()
        # Timers are set a little early on purpose (TIMER_SLACK_NS in engine.worker).
        self._open(step, min(self._intended_at_ns, now_ns), now_ns)

    def _open(self, step: Step, intended_at_ns: int, now_ns: int) -> None:
        self.browser.open_page(step, intended_at_ns, now_ns, self._reading)

    def _leave(self, *, finished: bool, pause_s: float = 0.0) -> None:
        self.browser.close()
        self._agenda.visitor_left(self, finished=finished, pause_s=pause_s)
