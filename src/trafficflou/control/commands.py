"""The Command pattern: what can be done to a run while it is on, each a value that says what, and one place that carries all of them out.

    control = RunControl()
    playing = asyncio.create_task(trafficflou.run("http://127.0.0.1:8080", control=control))
    ...
    await control.execute(SwitchStrategy(strategy="phantom-flair", over_s=10))

A command either does what it says or raises and leaves the run as it was. What was done is kept, logged, and noted in the run's summary.
"""

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from trafficflou.core import TrafficFlouError, UsageError
from trafficflou.core.units import format_duration
from trafficflou.fleet import Channel, Switchboard
from trafficflou.logs import get_logger
from trafficflou.metrics import RunEvent
from trafficflou.traffic import StrategySwitch, check_strategies

__all__ = ["AbortRun", "Command", "Executed", "RunControl", "StopRun", "SwitchStrategy"]

log = get_logger(__name__)

MAX_HISTORY: Final = 1000
"""Commands and events that are kept; the oldest go first."""


class Command(Protocol):
    """Something that can be done to a run."""

    @property
    def name(self) -> str:
        """What is done, in a word that does not change."""
        ...

    async def execute(self, run: "RunControl") -> RunEvent:
        """Do it.

        Args:
            run: What it is done to.

        Returns:
            What came of it.

        Raises:
            TrafficFlouError: It cannot be done; the run goes on as it was.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchStrategy:
    """Let others play those who come from now on; sessions under way end as they began.

    Attributes:
        strategy: Who, as for `--strategy`.
        over_s: Over so many seconds their share grows from none to all; 0 for at once.
    """

    name: ClassVar[str] = "switch_strategy"

    strategy: str
    over_s: float = 0.0

    async def execute(self, run: "RunControl") -> RunEvent:
        """Have all workers make the strategies, then switch all of them at one instant, or none."""
        if not (math.isfinite(self.over_s) and self.over_s >= 0):
            raise UsageError(
                f"strategies cannot be switched over {self.over_s} seconds", hint="Give 0 or more."
            )
        strategy = check_strategies(self.strategy)
        at_s = await run.switchboard.switch(strategy, self.over_s)
        return switch_event(StrategySwitch(strategy=strategy, at_s=at_s, over_s=self.over_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRun:
    """End the run: page views under way may end, results are kept."""

    name: ClassVar[str] = "stop_run"

    async def execute(self, run: "RunControl") -> RunEvent:
        """Set the run's stop; a run that has not begun does not begin."""
        run.stop.set()
        return RunEvent(at_s=run.elapsed_s, kind="stop", message="The run was told to stop.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortRun:
    """End the run at once; the seconds that ended are kept."""

    name: ClassVar[str] = "abort_run"

    async def execute(self, run: "RunControl") -> RunEvent:
        """Set the run's abort."""
        run.abort.set()
        return RunEvent(at_s=run.elapsed_s, kind="abort", message="The run was told to end at once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A command that was carried out, or could not be.

    Attributes:
        command: What was to be done.
        event: What came of it; `None` where it failed.
        error: Why it failed; `None` where it did not.
    """

    command: Command
    event: RunEvent | None = None
    error: TrafficFlouError | None = None


class RunControl:
    """Carries out commands on one run, and is what they act on; belongs to the event loop in which the run is played.

    Attributes:
        stop: When set, page views under way may end, then the run does.
        abort: When set, the run ends at once.
        channel: Carries what is said to workers while they play.
        switchboard: Switches strategies on all workers.
    """

    def __init__(self, *, stop: asyncio.Event | None = None, abort: asyncio.Event | None = None) -> None:
        """Stand ready for a run that has not begun.

        Args:
            stop: Somebody else's wish to stop, to be followed too.
            abort: Likewise.
        """
        self.stop = stop or asyncio.Event()
        self.abort = abort or asyncio.Event()
        self.channel = Channel()
        self.switchboard = Switchboard(self.channel)
        self._history: deque[Executed] = deque(maxlen=MAX_HISTORY)
        self._events: deque[RunEvent] = deque(maxlen=MAX_HISTORY)
        self._planned: list[RunEvent] = []

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began; 0 while it is not on."""
        return round(self.channel.elapsed_s, 3)

    @property
    def history(self) -> tuple[Executed, ...]:
        """What commands there were, in the order in which they ended."""
        return tuple(self._history)

    @property
    def events(self) -> tuple[RunEvent, ...]:
        """What happened besides visitors coming and going, in the order of the run's time."""
        return tuple(sorted(self._events, key=lambda event: event.at_s))

    async def execute(self, command: Command) -> RunEvent:
        """Carry a command out, and keep what came of it.

        Raises:
            TrafficFlouError: It cannot be done; the run goes on as it was.
        """
        try:
            event = await command.execute(self)
        except TrafficFlouError as error:
            self._history.append(Executed(command=command, error=error))
            log.warning("a command failed", command=command.name, reason=error.message)
            raise
        self._history.append(Executed(command=command, event=event))
        self._note(event)
        return event

    def expect(self, switches: Sequence[StrategySwitch]) -> None:
        """Take the switches of the run's plan, which the workers know already; each is noted when its time has come."""
        self._planned = [switch_event(switch) for switch in switches]

    def pass_time(self, elapsed_s: float) -> None:
        """Note what was planned for the time until now.

        Args:
            elapsed_s: Seconds since the start of the run.
        """
        while self._planned and self._planned[0].at_s < elapsed_s:
            self._note(self._planned.pop(0))

    def _note(self, event: RunEvent) -> None:
        self._events.append(event)
        log.info("run event", kind=event.kind, at_s=event.at_s, message=event.message)


def switch_event(switch: StrategySwitch) -> RunEvent:
    """Say that strategies are switched."""
    how = f", more and more of them over {format_duration(switch.over_s)}" if switch.over_s else ""
    return RunEvent(
        at_s=round(switch.at_s, 3),
        kind="strategy_switch",
        message=f"From here on {switch.strategy} plays those who come{how}.",
    )
