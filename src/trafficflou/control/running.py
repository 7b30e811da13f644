"""The run manager: from settings to a summary.

`prepare_run` finds everything that can be wrong before the first request (model, strategy, workload, objectives, permission,
reachability), so a run that cannot begin leaves nothing behind. `play_run` drives the fleet and tells observers.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

from trafficflou.behavior import TrafficModel, load_model
from trafficflou.config import RunConfig
from trafficflou.control.machine import Machine
from trafficflou.control.reachability import check_reachable
from trafficflou.core import Clock, FleetError, InternalError, ModelError, SystemClock
from trafficflou.fleet import Channel, FleetPlan, run_fleet
from trafficflou.http import make_tls_context
from trafficflou.logs import get_logger
from trafficflou.metrics import (
    Observers,
    RunInfo,
    RunObserver,
    RunTotals,
    Slo,
    Snapshot,
    Summary,
    build_summary,
    parse_slo,
)
from trafficflou.security import Resolver, resolve_permitted
from trafficflou.traffic import StrategySwitch, choose_strategies, make_workload

__all__ = ["Fleet", "PreparedRun", "default_strategy", "play_run", "prepare_run", "run"]

log = get_logger(__name__)


Fleet = Callable[[FleetPlan, Callable[[Snapshot], None], asyncio.Event, Channel], Coroutine[Any, Any, None]]
"""Plays a plan until its duration is over or the event is set, hands over each worker's seconds, and lets them be spoken to;
`fleet.run_fleet` as a rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRun:
    """A run that may begin: everything that could be checked was."""

    plan: FleetPlan
    info: RunInfo
    slos: tuple[Slo, ...]

    def logging_to(self, path: Path) -> Self:
        """Return the same run with its workers' logs joining a file."""
        return replace(self, plan=replace(self.plan, log_file=str(path.absolute())))


async def run(
    config: RunConfig,
    *,
    model: TrafficModel | None = None,
    observers: Iterable[RunObserver] = (),
    stop: asyncio.Event | None = None,
) -> Summary:
    """Prepare a run and play it.

    Args:
        config: The settings.
        model: The traffic model; `None` reads `config.model`.
        observers: Told of each second.
        stop: When set, page views under way may end, then the run does; its results are kept.

    Raises:
        TrafficFlouError: As for `prepare_run` and `play_run`.
    """
    return await play_run(await prepare_run(config, model=model), observers=observers, stop=stop)


async def prepare_run(
    config: RunConfig,
    *,
    model: TrafficModel | None = None,
    resolver: Resolver | None = None,
    clock: Clock | None = None,
) -> PreparedRun:
    """Check all that can be checked before the first request.

    Args:
        config: The settings.
        model: The traffic model; `None` reads `config.model`.
        resolver: Resolves the target's name; the operating system's by default.
        clock: Tells when the run starts.

    Raises:
        ModelError: There is no model though a strategy needs one, or it cannot be used.
        UsageError: A strategy is unknown or its settings are wrong, the workload does not suit the model, or the CA file cannot be used.
        GrantError: The target is not permitted.
        TargetError: The target cannot be reached.
    """
    model = model or (None if config.model is None else load_model(config.model))
    strategy = config.strategy or default_strategy(has_model=model is not None)
    switches = tuple(sorted(map(StrategySwitch.parse, config.switches), key=attrgetter("at_s")))
    for spec in (strategy, *(switch.strategy for switch in switches)):
        _check_strategies(spec, config, model)
    wall_s = (clock or SystemClock()).wall_s()
    make_workload(
        visitors=config.visitors,
        arrivals=config.arrivals,
        ramp_s=config.ramp_s,
        model=model,
        wall_start_s=wall_s,
    )
    target = await resolve_permitted(config.target, resolver)
    # Made for http too where a CA file is given: a wrong one should not wait for the day of the change to https.
    tls = make_tls_context(config.ca_file) if target.scheme == "https" or config.ca_file else None
    target = await check_reachable(
        target, tls if target.scheme == "https" else None, config.connect_timeout_s
    )
    seed = secrets.randbelow(2**32) if config.seed is None else config.seed
    plan = FleetPlan(
        target=target,
        model_json=None if model is None else model.to_json(),
        strategy=strategy,
        think_time=config.think_time,
        visitors=config.visitors,
        arrivals=config.arrivals,
        duration_s=config.duration_s,
        ramp_s=config.ramp_s,
        seed=seed,
        workers=_workers(config),
        run_id=secrets.token_hex(6),
        wall_start_s=wall_s,
        ca_file=None if config.ca_file is None else str(config.ca_file.absolute()),
        connect_timeout_s=config.connect_timeout_s,
        timeout_s=config.timeout_s,
        max_body_bytes=config.max_body_bytes,
        subresources=config.subresources,
        allow_forms=config.allow_forms,
        allow_destructive=config.allow_destructive,
        switches=switches,
        strategy_settings=config.strategy_settings,
    )
    return PreparedRun(
        plan=plan, info=_describe(config, plan, model), slos=tuple(map(parse_slo, config.slos))
    )


async def play_run(
    prepared: PreparedRun,
    *,
    observers: Iterable[RunObserver] = (),
    stop: asyncio.Event | None = None,
    abort: asyncio.Event | None = None,
    channel: Channel | None = None,
    fleet: Fleet = run_fleet,
) -> Summary:
    """Play a prepared run to its end.

    Args:
        prepared: The run.
        observers: Told of each second; one that raises is logged and told no more.
        stop: When set, page views under way may end, then the run does.
        abort: When set, the run ends at once.
        channel: Carries what is said to workers while they play, and what they say besides measurements.
        fleet: Plays the plan.

    Returns:
        The figures and the verdict; of a run that was stopped or aborted, those of the seconds that ended.

    Raises:
        FleetError: A worker died before anything was measured; later, the summary says so and is `invalid`.
        InternalError: A worker met a bug of ours before anything was measured; later likewise.
        TrafficFlouError: A worker could not begin.
    """
    plan, info = prepared.plan, prepared.info
    stop, abort = stop or asyncio.Event(), abort or asyncio.Event()
    totals = RunTotals(workers=plan.workers, warmup_s=info.warmup_s)
    told = Observers(observers, on_failure=_report_broken_observer)

    def take(snapshot: Snapshot) -> None:
        for live in totals.add(snapshot):
            told.second_finished(live)

    log.info(
        "run started",
        run=info.id,
        target=info.target,
        workload=info.workload,
        workers=plan.workers,
        seed=plan.seed,
    )
    told.run_started(info)
    problems: list[str] = []
    try:
        await _until_aborted(fleet(plan, take, stop, channel or Channel()), abort)
    except (FleetError, InternalError) as error:
        if not totals.elapsed_s:
            raise
        log.exception("the fleet failed", run=info.id)
        problems.append(f"{error.message[:1].upper()}{error.message[1:]}. {error.hint}".strip())
    finally:
        for live in totals.finish():
            told.second_finished(live)
    is_stopped = stop.is_set() or abort.is_set()
    summary = build_summary(totals, info, prepared.slos, problems=problems, stopped_early=is_stopped)
    log.info(
        "run finished",
        run=info.id,
        verdict=summary.verdict,
        exit_code=summary.exit_code,
        reasons=list(summary.reasons),
    )
    told.run_finished(summary)
    return summary


async def _until_aborted(work: Coroutine[Any, Any, None], abort: asyncio.Event) -> None:
    """Wait for the work, or cancel it when `abort` is set. Both tasks end here, whatever happens."""
    working = asyncio.create_task(work, name="fleet")
    aborted = asyncio.create_task(abort.wait(), name="abort")
    try:
        await asyncio.wait((working, aborted), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        working.cancel()
        aborted.cancel()
        await asyncio.gather(working, aborted, return_exceptions=True)


def default_strategy(*, has_model: bool) -> str:
    """Return who plays where nobody was chosen: what was recorded, or else visitors who read the site."""
    return "organic-mimicry" if has_model else "phantom-flair"


def _check_strategies(spec: str, config: RunConfig, model: TrafficModel | None) -> None:
    """Find all strategies of a spec, with their settings, so that what is wrong with one is told before anything begins."""
    for chosen in choose_strategies(spec, defaults=config.strategy_settings):
        if chosen.kind.needs_model and model is None:
            raise ModelError(
                f"{chosen.label} plays a traffic model, and none is given",
                hint="Give it with --model FILE; make one with `trafficflou learn LOG -o model.json`.",
            )


def _workers(config: RunConfig) -> int:
    wanted = Machine.read().workers if config.workers == "auto" else config.workers
    return wanted if config.visitors is None else min(wanted, config.visitors)


def _describe(config: RunConfig, plan: FleetPlan, model: TrafficModel | None) -> RunInfo:
    return RunInfo(
        id=plan.run_id,
        target=config.target,
        seed=plan.seed,
        strategy=plan.strategy,
        started_at=datetime.fromtimestamp(plan.wall_start_s, UTC).isoformat(timespec="seconds"),
        planned_duration_s=plan.duration_s,
        workers=plan.workers,
        warmup_s=config.warmup_s,
        model=_model_name(config, model),
        name=config.name,
        workload=_workload_in_words(config),
    )


def _model_name(config: RunConfig, model: TrafficModel | None) -> str | None:
    if config.model is not None:
        return config.model.name
    return None if model is None else model.name


def _workload_in_words(config: RunConfig) -> str:
    if config.arrivals is None:
        return f"{config.visitors:,} visitors at once" if config.visitors != 1 else "1 visitor"
    return "arrivals as in the model" if config.arrivals == "model" else f"{config.arrivals} arriving"


def _report_broken_observer(observer: RunObserver, error: Exception) -> None:
    log.warning("an observer failed and is told no more", observer=type(observer).__name__, exc_info=error)
