"""The traffic that a model would make, as an access log, in virtual time and without any network.

Theory of operation
-------------------
The same strategy that plays a run chooses the steps, with the same random stream per visitor, so `simulate --seed 7` and
`run --seed 7` have the same visitors. Time is a number: a heap holds the next page view of each session under way and the
subresources that are still to be fetched; the earliest is written and makes room for what it leads to. Sessions enter the heap when
the clock reaches their arrival, so memory grows with the sessions that overlap, never with the length of the log.

A page view follows the one before it by the model's think time, which `learn` measures in the same way.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import islice, takewhile
from typing import BinaryIO, Final, NamedTuple

from trafficflou.behavior import ModelSampler, TrafficModel
from trafficflou.core import UsageError, derive_rng
from trafficflou.evidence.access_log_writer import CombinedLogFormat, quoted_field, request_path
from trafficflou.traffic import Page, Step, ThinkTime
from trafficflou.traffic.arrival_process import (
    DAY_S,
    RateSegment,
    hourly_segments,
    poisson_times,
    spread_times,
    utc_offset_s,
)
from trafficflou.traffic.strategies.organic_mimicry import OrganicMimicry, OrganicVisit

__all__ = ["SITE_ORIGIN", "Simulation", "SimulationPlan", "plan_simulation", "write_simulation"]

SITE_ORIGIN: Final = "https://site.invalid"
"""Stands for the site in referrers; `.invalid` belongs to nobody (RFC 2606)."""

MAX_SESSIONS: Final = 10_000_000
"""Fewer than there are stand-in addresses, so that no two visitors share one."""

MAX_DAYS: Final = 3660.0
DEFAULT_DAYS: Final = 1.0
DEFAULT_START: Final = "2026-01-01"
_YEARS: Final = range(1970, 2201)

_ADDRESSES: Final = 256 * 256 * 254
_SCATTER: Final = 9_973_651
"""Odd and no multiple of 127, so prime to `_ADDRESSES`: multiplying by it visits every address before one comes again."""

_AGENTS: Final = {
    "desktop": b"Mozilla/5.0 (X11; Linux x86_64) SimulatedVisitor/1.0 (desktop)",
    "mobile": b"Mozilla/5.0 (Linux; Android 14; Mobile) SimulatedVisitor/1.0 (Mobile)",
    "tablet": b"Mozilla/5.0 (Linux; Android 14; Tablet) SimulatedVisitor/1.0 (Tablet)",
}
"""Say the class of device and nothing else; no browser's own string, and not the one by which real runs are recognised."""

FIRST_FETCH_MS: Final = (60, 180)
"""A browser needs so long, at least and at most, to receive the document and ask for the first subresource."""

NEXT_FETCH_MS: Final = 40
"""The most between one subresource and the next."""

_LINES_PER_WRITE: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationPlan:
    """How much to simulate, and when; at least one of `sessions` and `days` is set.

    Attributes:
        sessions: Exactly so many; `None`: as many as the model's arrivals make in `days`.
        days: Sessions begin within so many days; `None`: as long as the model's arrivals take for `sessions`.
        starts_at_s: The first day's start, seconds since the epoch.
    """

    sessions: int | None
    days: float | None
    starts_at_s: float


def plan_simulation(
    model: TrafficModel, *, sessions: int | None = None, days: float | None = None, start: str | None = None
) -> SimulationPlan:
    """Complete the wishes for a simulation, and refuse those that the model cannot meet.

    Args:
        model: The traffic model.
        sessions: How many sessions.
        days: Over how many days; one day where neither is given.
        start: ISO 8601 date or time, on the model's clock unless it has an offset; the first day of the model's log if `None`.

    Raises:
        UsageError: A value is out of its range, or the model has no arrivals and only one of both is given.
    """
    if sessions is None and days is None:
        days = DEFAULT_DAYS
    if sessions is not None and not 1 <= sessions <= MAX_SESSIONS:
        raise UsageError(f"{sessions} sessions cannot be simulated; choose 1 to {MAX_SESSIONS:,}")
    if days is not None and not 0 < days <= MAX_DAYS:
        raise UsageError(f"{days:g} days cannot be simulated; choose more than 0 and at most {MAX_DAYS:g}")
    if sessions is None or days is None:
        _check_arrivals(model.arrivals.sessions_per_day, sessions, days)
    return SimulationPlan(sessions=sessions, days=days, starts_at_s=_start_s(model, start))


def _check_arrivals(per_day: float, sessions: int | None, days: float | None) -> None:
    hint = "Give both --sessions and --days."
    if per_day <= 0:
        raise UsageError("the model says that no sessions arrive (sessions_per_day is 0)", hint=hint)
    if sessions is not None and sessions / per_day > MAX_DAYS:
        raise UsageError(
            f"at the model's {per_day:g} sessions a day, {sessions:,} sessions take over {MAX_DAYS:g} days",
            hint=hint,
        )
    if days is not None and per_day * days > MAX_SESSIONS:
        raise UsageError(
            f"at the model's {per_day:,.0f} sessions a day, {days:g} days have over {MAX_SESSIONS:,} sessions",
            hint=hint,
        )


def _start_s(model: TrafficModel, start: str | None) -> float:
    clock = timezone(timedelta(seconds=utc_offset_s(model.arrivals)))
    if start is None:
        try:
            first_day = datetime.fromisoformat(model.provenance.first_at).date().isoformat()
        except ValueError:
            first_day = DEFAULT_START
        start = first_day
    try:
        at = datetime.fromisoformat(start)
    except ValueError as error:
        raise UsageError(
            f"{start[:80]!r} is not a time", hint="Write it as 2026-03-01 or 2026-03-01T09:00."
        ) from error
    if at.year not in _YEARS:
        raise UsageError(f"the start {start!r} is not between the years {_YEARS[0]} and {_YEARS[-1]}")
    return (at if at.tzinfo else at.replace(tzinfo=clock)).timestamp()


class _Session:
    """A session under way."""

    __slots__ = ("agent", "client", "referrer", "visit")

    def __init__(self, index: int, visit: OrganicVisit) -> None:
        self.client = _client(index)
        self.agent = _AGENTS[visit.device]
        self.referrer = b"-"
        self.visit = visit


class _File(NamedTuple):
    """A subresource, ready to be written."""

    path: bytes
    body_bytes: int


class _Fetch(NamedTuple):
    """A subresource to be fetched by a page."""

    file: _File
    referrer: bytes


_Event = tuple[int, int, _Session, "Step | _Fetch"]
"""When (milliseconds since the epoch), a number that keeps ties in order, whose, and what."""


class Simulation:
    """One simulation; `lines` may be run through once.

    Attributes:
        sessions: Sessions begun so far.
        page_views: Page views written so far.
        requests: Lines written so far, page views included.
        progress: Share of the whole that is done, 0..1.
    """

    def __init__(self, model: TrafficModel, plan: SimulationPlan, seed: int) -> None:
        """Prepare a simulation.

        Args:
            model: The traffic model.
            plan: From `plan_simulation`.
            seed: Equal seeds give equal logs.

        Raises:
            UsageError: The model has no arrivals in the plan's hours.
        """
        self.sessions = self.page_views = self.requests = 0
        self.progress = 0.0
        self._plan = plan
        self._seed = seed
        self._strategy = OrganicMimicry(ModelSampler(model), ThinkTime())
        self._format = CombinedLogFormat(utc_offset_s(model.arrivals))
        self._arrivals = _arrival_times(model, plan, seed)
        self._body_bytes = {template.template: template.body_bytes for template in model.templates}
        self._files = {
            item.path: _File(request_path(item.path), item.body_bytes)
            for template in model.templates
            for item in template.subresources
        }
        self._spacing = derive_rng(seed, "simulation", "spacing").random
        self._events: list[_Event] = []
        self._order = 0

    def lines(self) -> Iterator[bytes]:
        """Yield the log, in order of time, a line with its newline each."""
        for at_s in self._arrivals:
            yield from self._until(round((self._plan.starts_at_s + at_s) * 1000))
            self._begin_session(at_s)
        yield from self._until(None)
        self.progress = 1.0

    def _begin_session(self, at_s: float) -> None:
        plan, index = self._plan, self.sessions
        self.sessions += 1
        self.progress = self.sessions / plan.sessions if plan.sessions else at_s / (DAY_S * (plan.days or 1))
        visit = self._strategy.begin(derive_rng(self._seed, "visitor", index))
        first = self._strategy.next_step(visit, None)
        if first is not None:
            self._push(round((plan.starts_at_s + at_s) * 1000), _Session(index, visit), first)

    def _push(self, at_ms: int, session: _Session, what: "Step | _Fetch") -> None:
        self._order += 1
        heapq.heappush(self._events, (at_ms, self._order, session, what))

    def _until(self, end_ms: int | None) -> Iterator[bytes]:
        """Yield what happens before an instant."""
        events, line = self._events, self._format.line
        while events and (end_ms is None or events[0][0] < end_ms):
            at_ms, _, session, what = heapq.heappop(events)
            self.requests += 1
            if isinstance(what, _Fetch):
                (path, body_bytes), referrer = what
                yield line(at_ms // 1000, session.client, path, 200, body_bytes, referrer, session.agent)
            else:
                yield self._page_view(at_ms, session, what)

    def _page_view(self, at_ms: int, session: _Session, step: Step) -> bytes:
        self.page_views += 1
        path, body_bytes = request_path(step.path), self._body_bytes[step.template]
        text = self._format.line(
            at_ms // 1000, session.client, path, 200, body_bytes, session.referrer, session.agent
        )
        session.referrer = quoted_field(SITE_ORIGIN) + path
        if step.learned_subresources:
            self._fetch_subresources(at_ms, session, step.learned_subresources)
        page = Page(step.path, step.template, 200, 0.0)
        following = self._strategy.next_step(session.visit, page)
        if following is not None:
            self._push(at_ms + round(following.think_s * 1000), session, following)
        return text

    def _fetch_subresources(self, at_ms: int, session: _Session, paths: tuple[str, ...]) -> None:
        least_ms, most_ms = FIRST_FETCH_MS
        random = self._spacing
        at_ms += least_ms + int((most_ms - least_ms) * random())
        for path in paths:
            self._push(at_ms, session, _Fetch(self._files[path], session.referrer))
            at_ms += int(NEXT_FETCH_MS * random())


def write_simulation(
    simulation: Simulation, log: BinaryIO, on_progress: Callable[[Simulation], None] = lambda _: None
) -> None:
    """Write the whole log. Blocks.

    Args:
        simulation: A fresh simulation.
        log: Where to.
        on_progress: Called every few hundred lines.
    """
    lines = simulation.lines()
    while block := b"".join(islice(lines, _LINES_PER_WRITE)):
        log.write(block)
        on_progress(simulation)


def _arrival_times(model: TrafficModel, plan: SimulationPlan, seed: int) -> Iterator[float]:
    """Return when sessions begin, seconds from the plan's start, increasing."""
    rng = derive_rng(seed, "arrivals")
    if plan.days is None:
        return islice(poisson_times(hourly_segments(model.arrivals, plan.starts_at_s), rng), plan.sessions)
    end_s = plan.days * DAY_S
    if plan.sessions is None:
        times = poisson_times(hourly_segments(model.arrivals, plan.starts_at_s), rng)
        return takewhile(lambda at_s: at_s < end_s, times)
    # Only the shape counts here, so a model without a level will do.
    shape = model.arrivals.model_copy(update={"sessions_per_day": 1.0})
    try:
        return spread_times(_cut(hourly_segments(shape, plan.starts_at_s), end_s), plan.sessions, rng)
    except ValueError as error:
        raise UsageError(
            "the model has no sessions in the hours to be simulated",
            hint="Choose another --start, or more --days.",
        ) from error


def _cut(segments: Iterator[RateSegment], end_s: float) -> Iterator[RateSegment]:
    """Yield constant segments up to an instant."""
    begins_at_s = 0.0
    for segment in segments:
        left_s = min(segment.duration_s, end_s - begins_at_s)
        if left_s <= 0:
            return
        yield segment._replace(duration_s=left_s)
        begins_at_s += left_s


def _client(index: int) -> bytes:
    """Return the stand-in address of a visitor: private (RFC 1918), of no one else, neither `.0` nor `.255`."""
    high, rest = divmod((index * _SCATTER + 1) % _ADDRESSES, 256 * 254)
    middle, low = divmod(rest, 254)
    return b"10.%d.%d.%d" % (high, middle, low + 1)
