"""One worker: lets visitors arrive, keeps their timers and deadlines, measures itself, and drains at the end.

Theory of operation
-------------------
Everything runs in callbacks of one event loop; the only coroutine is `Worker.run`, which waits for the end. Arrivals are drawn
from the workload one at a time and never wait for the site. A probe every 50 ms measures how late the loop is, fails exchanges
that are past their deadline, and once a second a snapshot of the measurements leaves through `on_snapshot`.
"""

import asyncio
import math
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, Final

from trafficflou.core import Clock, InternalError, SystemClock, TrafficFlouError, derive_rng
from trafficflou.engine.browser import Browser
from trafficflou.engine.request_builder import RequestBuilder
from trafficflou.engine.settings import EngineSettings
from trafficflou.engine.site import Site
from trafficflou.engine.visitor import Visitor
from trafficflou.http import Dialer, make_tls_context
from trafficflou.metrics import Journal, Recorder, Snapshot
from trafficflou.resilience import TaskKeeper
from trafficflou.traffic import Arrival, Cast, Page, Step, Strategy, Workload

__all__ = ["Worker"]

PROBE_INTERVAL_S: Final = 0.05
EXTRA_IDLE_NS: Final = 15_000_000_000
"""How long connections beyond a visitor's first stay open unused."""

SECOND_NS: Final = 1_000_000_000
TIMER_SLACK_NS: Final = 1_000_000
"""Event loops keep time in whole milliseconds, so a timer set to the instant fires up to 1 ms after it, and the response time
would count that. Timers are set this much early instead: a think time is at most 1 ms short, and lag is only what is real."""


class Worker:
    """Plays one worker's share of a run.

    The visitors with `index % workers == worker` are played here; which visitor makes which choice does not depend on how many
    workers there are.
    """

    def __init__(
        self,
        settings: EngineSettings,
        *,
        cast: Cast,
        workload: Workload,
        worker: int,
        workers: int,
        max_open_connections: int,
        on_snapshot: Callable[[Snapshot], None],
    ) -> None:
        """Make a worker.

        Args:
            settings: Of the run.
            cast: Chooses who plays each visitor.
            workload: Says when visitors arrive.
            worker: Number of this worker, 0 first.
            workers: How many there are.
            max_open_connections: How many sockets it may hold, but for a few while visitors come; also the limit of visitors
                at once, because each may need one.
            on_snapshot: Takes each second's measurements.

        Raises:
            UsageError: `settings.ca_file` cannot be used.
        """
        self._settings = settings
        self._cast = cast
        self._workload = workload
        self._worker, self._workers = worker, workers
        self._max_open_connections = max_open_connections
        self._on_snapshot = on_snapshot
        self.clock: Clock = SystemClock()
        self._recorder = Recorder(self.clock, worker)
        self._origin = settings.origin
        self._builder = RequestBuilder(self._origin, settings.run_id)
        self._tls = make_tls_context(settings.ca_file) if self._origin.scheme == "https" else None
        self._visitors: dict[int, Visitor] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self.is_draining = False
        self._start_ns = 0
        self._second = 0
        self._probe_due_ns = 0
        self._cpu_ns = self._cpu_read_at_ns = 0
        self._failure: BaseException | None = None
        self._decisions = TaskKeeper("decisions")
        self._players: dict[Strategy[Any], None] = {}
        self._loop: asyncio.AbstractEventLoop
        self._ended: asyncio.Event
        self._site: Site
        self._probe_timer: asyncio.TimerHandle
        self._arrivals: Iterator[Arrival]
        self._next_arrival: Arrival | None = None

    async def run(self, start_at_ns: int, stop: asyncio.Event) -> None:
        """Play until the duration is over or `stop` is set, then drain.

        Args:
            start_at_ns: Monotonic instant at which second 0 begins, the same for all workers.
            stop: Ends the run early; page views under way may still end.

        Raises:
            TrafficFlouError: A strategy failed with an error of its own.
            InternalError: A callback failed; what was measured until then has been handed over.
        """
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(self._on_callback_failure)
        self._ended = asyncio.Event()
        self._site = self._make_site()
        await asyncio.sleep(max(0.0, (start_at_ns - self.clock.now_ns()) / 1e9))
        self._begin(start_at_ns)
        await _first_of(stop, self._ended, timeout_s=self._settings.duration_s)
        self._drain()
        await _first_of(self._ended, timeout_s=self._settings.drain_s)
        self._end()
        await self._decisions.aclose()
        if isinstance(self._failure, TrafficFlouError):
            raise self._failure
        if self._failure is not None:
            raise InternalError(f"the engine failed: {self._failure!r}") from self._failure

    def _make_site(self) -> Site:
        settings = self._settings
        dialer = Dialer(
            self._loop,
            addresses=settings.addresses,
            port=self._origin.port,
            server_hostname=self._origin.host,
            tls=self._tls,
            connect_timeout_s=settings.connect_timeout_s,
            total_timeout_s=settings.timeout_s,
            limit_bytes=settings.max_body_bytes,
        )
        return Site(
            clock=self.clock,
            dialer=dialer,
            origin=self._origin,
            recorder=self._recorder,
            subresources=settings.subresources,
            max_open_connections=self._max_open_connections,
        )

    def _begin(self, start_at_ns: int) -> None:
        self._start_ns = start_at_ns
        self._arrivals = self._workload.arrivals(self._settings.seed, self._worker, self._workers)
        self._next_arrival = next(self._arrivals, None)
        self._cpu_ns, self._cpu_read_at_ns = time.process_time_ns(), self.clock.now_ns()
        self._probe_due_ns = self.clock.now_ns() + round(PROBE_INTERVAL_S * 1e9)
        self._probe_timer = self._loop.call_later(PROBE_INTERVAL_S, self._probe)
        # Not from here: this is a task, and what a user's script does to the task that it finds itself in must not meet the worker's.
        self._loop.call_soon(self._admit_due)

    # -- visitors ----------------------------------------------------------------------------------------------------

    def _admit_due(self) -> None:
        """Let in everyone whose time has come, then wait for the next."""
        while self._next_arrival is not None and not self.is_draining:
            now_ns = self.clock.now_ns()
            at_ns = self._start_ns + round(self._next_arrival.at_s * 1e9)
            if at_ns > now_ns + TIMER_SLACK_NS:
                self._loop.call_later((at_ns - now_ns - TIMER_SLACK_NS) / 1e9, self._admit_due)
                return
            at_ns = min(at_ns, now_ns)
            arrival = self._next_arrival
            self._next_arrival = next(self._arrivals, None)
            self._recorder.record_schedule_lag(now_ns - at_ns)
            self._admit(arrival, at_ns, now_ns)

    def _admit(self, arrival: Arrival, arrived_at_ns: int, now_ns: int) -> None:
        if len(self._visitors) >= self._max_open_connections:
            self._recorder.session_not_started()
            return
        self._site.visitors += 1
        if self._site.free_sockets < 0:
            self._close_idle()
        seed, index = self._settings.seed, arrival.index
        # By the planned time, so that a switch parts the visitors alike however late this worker is.
        strategy = self._cast.sole or self._cast.choose(derive_rng(seed, "cast", index), arrival.at_s)
        visit = strategy.begin(derive_rng(seed, "visitor", index))
        recorder = self._recorder.strategy(strategy.name)
        visitor = Visitor(index, self, strategy, visit, recorder)
        visitor.browser = Browser(
            self._site, self._builder.for_visitor(index, visit.device), visitor, recorder
        )
        self._visitors[index] = visitor
        recorder.session_started()
        visitor.begin(arrived_at_ns, now_ns)

    def wake_at(self, visitor: Visitor, at_ns: int, now_ns: int) -> None:
        """Call the visitor when it has thought enough."""
        delay_s = max(0, at_ns - now_ns - TIMER_SLACK_NS) / 1e9
        self._timers[visitor.index] = self._loop.call_later(delay_s, self._wake, visitor, at_ns)

    def _wake(self, visitor: Visitor, at_ns: int) -> None:
        del self._timers[visitor.index]
        self._recorder.record_schedule_lag(max(0, self.clock.now_ns() - at_ns))
        visitor.wake()

    def decide_later(self, visitor: Visitor, decision: Awaitable[Step | None], page: Page | None) -> None:
        """Wait for a strategy that takes its time."""
        self._decisions.start(self._decide(visitor, decision, page), str(visitor.index))

    async def _decide(self, visitor: Visitor, decision: Awaitable[Step | None], page: Page | None) -> None:
        try:
            step = await decision
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for the run's end
            self._fail(error)
            return
        if visitor.index in self._visitors:
            visitor.decided(step, page)

    def visitor_left(self, visitor: Visitor, *, finished: bool, pause_s: float = 0.0) -> None:
        """Count a session's end; in a closed workload the next visitor takes the place."""
        del self._visitors[visitor.index]
        self._site.visitors -= 1
        if finished:
            visitor.recorder.session_finished()
        else:
            visitor.recorder.session_abandoned()
        if self.is_draining:
            if not self._visitors:
                self._ended.set()
            return
        successor = self._workload.successor(visitor.index)
        if successor is None:
            return
        if pause_s:
            self._loop.call_later(pause_s, self._succeed, successor)
        else:
            self._loop.call_soon(self._succeed, successor)

    def _succeed(self, index: int) -> None:
        if not self.is_draining:
            now_ns = self.clock.now_ns()
            self._admit(Arrival(index, (now_ns - self._start_ns) / 1e9), now_ns, now_ns)

    # -- upkeep and self-measurement -----------------------------------------------------------------------------------

    def _probe(self) -> None:
        now_ns = self.clock.now_ns()
        self._recorder.record_loop_delay(max(0, now_ns - self._probe_due_ns))
        self._site.dialer.fail_overdue(now_ns)
        while now_ns >= self._start_ns + (self._second + 1) * SECOND_NS:
            self._finish_second(now_ns)
        self._probe_due_ns = now_ns + round(PROBE_INTERVAL_S * 1e9)
        self._probe_timer = self._loop.call_later(PROBE_INTERVAL_S, self._probe)

    def _finish_second(self, now_ns: int, *, final: bool = False) -> None:
        self._close_idle(now_ns - EXTRA_IDLE_NS)
        cpu_ns, self._cpu_ns = self._cpu_ns, time.process_time_ns()
        read_at_ns, self._cpu_read_at_ns = self._cpu_read_at_ns, now_ns
        cpu_share = (self._cpu_ns - cpu_ns) / max(1, now_ns - read_at_ns)
        self._recorder.set_active_visitors(len(self._visitors))
        journals = self._take_journals()
        self._on_snapshot(
            self._recorder.take_snapshot(self._second, cpu_share, peak_rss_bytes(), final, journals)
        )
        self._second += 1

    def _take_journals(self) -> dict[str, Journal]:
        # Who left the cast may still have visitors.
        self._players.update(dict.fromkeys(self._cast.strategies))
        journals: dict[str, Journal] = {}
        for strategy in self._players:
            journal = strategy.take_journal()
            if journal is not None:
                journals.setdefault(strategy.name, Journal()).merge(journal)
        return journals

    def _close_idle(self, since_ns: float = math.inf) -> None:
        for visitor in self._visitors.values():
            visitor.browser.close_idle(since_ns)

    def _on_callback_failure(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._fail(context.get("exception") or InternalError(str(context.get("message"))))

    def _fail(self, error: BaseException) -> None:
        self._failure = error
        self._ended.set()

    # -- the end -------------------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Send thinking visitors home; the others may end their page view."""
        self.is_draining = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        for visitor in [visitor for visitor in self._visitors.values() if visitor.is_thinking]:
            visitor.wake()
        if not self._visitors:
            self._ended.set()

    def _end(self) -> None:
        now_ns = self.clock.now_ns()
        for visitor in list(self._visitors.values()):
            visitor.browser.give_up(now_ns)
            visitor.recorder.session_abandoned()
        self._visitors.clear()
        self._probe_timer.cancel()
        self._finish_second(self.clock.now_ns(), final=True)


def peak_rss_bytes() -> int:
    """Return the most memory that this process has held, bytes.

    Linux counts in `ru_maxrss` also what the parent held when it started this process, so `VmHWM` is read where it exists.
    """
    try:
        status = Path("/proc/self/status").read_bytes()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return int(status.partition(b"VmHWM:")[2].split(maxsplit=1)[0]) * 1024


async def _first_of(*events: asyncio.Event, timeout_s: float) -> None:
    """Wait until one of the events is set or the time is over."""
    waiters = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiters, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiters:
            waiter.cancel()
