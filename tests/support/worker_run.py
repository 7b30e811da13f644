"""One worker of the engine, played in this process against a scripted server, and what it measured."""

import asyncio
import re
import time
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from trafficflou.demo.server import DemoShop
from trafficflou.engine import EngineSettings, Worker
from trafficflou.http import Origin
from trafficflou.metrics import Journal, SeriesMeasurements, Snapshot
from trafficflou.testing.fault import Script, response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.traffic import Arrival, Cast, Page, PageReading, Step

__all__ = [
    "ArriveAtOnce",
    "Outcome",
    "ScriptedStrategy",
    "ScriptedVisit",
    "field_of",
    "lines_of",
    "noted",
    "page",
    "play",
]


class ScriptedVisit:
    """A visit that opens given pages, and stays on the last one."""

    device = "desktop"

    def __init__(self, steps: Iterable[Step], stay_s: float = 0.0) -> None:
        self.steps = iter(steps)
        self.stay_s = stay_s


class ScriptedStrategy:
    """Every visitor opens the same pages in the same order, and what they met is kept."""

    name = "scripted"
    reading = PageReading.NOTHING

    def __init__(self, *steps: Step, stay_s: float = 0.0) -> None:
        self.steps = steps
        self.stay_s = stay_s
        self.pages: list[Page] = []

    def take_journal(self) -> None:
        """Notice nothing."""

    def begin(self, rng: Random) -> ScriptedVisit:
        return ScriptedVisit(self.steps, self.stay_s)

    def next_step(self, visit: ScriptedVisit, page: Page | None) -> Step | None:
        if page is not None:
            self.pages.append(page)
        return next(visit.steps, None)


class ArriveAtOnce:
    """`visitors` arrive at 0 s, or `gap_s` apart; with `replaces`, each is followed by another.

    Attributes:
        all_left: Set when so many have left.
    """

    def __init__(self, visitors: int = 1, *, replaces: bool = False, gap_s: float = 0.0) -> None:
        self.all_left = asyncio.Event()
        self._left = 0
        self.visitors = visitors
        self.replaces = replaces
        self.gap_s = gap_s

    def arrivals(self, seed: int, worker: int, workers: int) -> Iterator[Arrival]:
        return (Arrival(index, index * self.gap_s) for index in range(self.visitors))

    def successor(self, index: int) -> int | None:
        self._left += 1
        if self._left == self.visitors:
            self.all_left.set()
        return index + self.visitors if self.replaces else None


class Outcome:
    """What a worker measured, all seconds added up."""

    def __init__(self, snapshots: list[Snapshot]) -> None:
        self.snapshots = snapshots

    def series(self, template: str) -> list[SeriesMeasurements]:
        return [
            found for snapshot in self.snapshots for found in snapshot.series if found.template == template
        ]

    def statuses(self, template: str) -> dict[int, int]:
        total: dict[int, int] = {}
        for series in self.series(template):
            for status, count in series.by_status.items():
                total[status] = total.get(status, 0) + count
        return total

    def total(self, attribute: str) -> int:
        return sum(getattr(snapshot, attribute) for snapshot in self.snapshots)

    def failures(self, template: str) -> dict[str, int]:
        return {kind: count for series in self.series(template) for kind, count in series.by_failure.items()}

    def spoiled(self, template: str) -> dict[str, int]:
        return {kind: count for series in self.series(template) for kind, count in series.spoiled.items()}


async def play(
    server: FaultServer | DemoShop,
    strategy: Any,
    workload: ArriveAtOnce | None = None,
    *,
    duration_s: float = 0.4,
    stop_after_s: float | None = None,
    until_all_left: bool = False,
    max_open_connections: int = 100,
    **settings: Any,
) -> Outcome:
    """Run one worker and return what it measured; with `until_all_left` it ends early where nobody is left."""
    snapshots: list[Snapshot] = []
    workload = workload or ArriveAtOnce()
    worker = Worker(
        EngineSettings(
            origin=Origin.parse(server.url),
            addresses=("127.0.0.1",),
            run_id="test",
            seed=1,
            duration_s=duration_s,
            **({"timeout_s": 2.0, "drain_s": 2.0} | settings),
        ),
        cast=strategy if isinstance(strategy, Cast) else Cast.of(strategy),
        workload=workload,
        worker=0,
        workers=1,
        max_open_connections=max_open_connections,
        on_snapshot=snapshots.append,
    )
    stop = workload.all_left if until_all_left else asyncio.Event()
    if stop_after_s is not None:
        asyncio.get_running_loop().call_later(stop_after_s, stop.set)
    await worker.run(time.monotonic_ns(), stop)
    assert snapshots[-1].final
    assert [snapshot.second for snapshot in snapshots] == list(range(len(snapshots)))
    return Outcome(snapshots)


def noted(outcome: Outcome) -> Journal:
    """Merge what the strategies noted in all seconds."""
    total = Journal()
    for snapshot in outcome.snapshots:
        for measured in snapshot.strategies:
            if measured.journal is not None:
                total.merge(measured.journal)
    return total


def page(body: bytes, *fields: bytes) -> Script:
    """Script an HTML page."""
    return (response(body, b"Content-Type: text/html", *fields),)


def lines_of(server: FaultServer) -> list[str]:
    """Return the request targets in the order of their arrival."""
    return [head.split(b" ", 2)[1].decode() for head in server.requests]


def field_of(head: bytes, name: bytes) -> str | None:
    """Return a request field."""
    match = re.search(rb"\r\n%b: ([^\r]*)" % name, head)
    return match[1].decode() if match else None
