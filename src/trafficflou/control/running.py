"""The run manager: plays what `control.planning` prepared, tells observers, and has what came of it judged and explained."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final, TypeVar

from trafficflou.ai_models.settings import AiSettings
from trafficflou.behavior import TrafficModel
from trafficflou.config import AiSettingsBuilder, RunConfig
from trafficflou.control.ai_figures import ai_figures
from trafficflou.control.commands import RunControl
from trafficflou.control.explaining import EXPLAIN_DEADLINE_S, explain
from trafficflou.control.planning import PreparedRun, prepare_run
from trafficflou.control.run_ai import RunAi, open_run_ai
from trafficflou.core import ExitCode, FleetError, InternalError, TrafficFlouError
from trafficflou.fleet import Adviser, Channel, FleetPlan, run_fleet
from trafficflou.logs import get_logger
from trafficflou.metrics import Observers, RunObserver, RunTotals, Snapshot, Summary, build_summary

__all__ = ["Fleet", "play_run", "run"]

log = get_logger(__name__)

T = TypeVar("T")

STOPPED_EXPLAIN_DEADLINE_S: Final = 3.0
"""Whoever stopped a run wants to go on."""

Fleet = Callable[[FleetPlan, Callable[[Snapshot], None], asyncio.Event, Channel], Coroutine[Any, Any, None]]
"""Plays a plan until its duration is over or the event is set, hands over each worker's seconds, and lets them be spoken to;
`fleet.run_fleet` as a rule."""


async def run(
    config: RunConfig,
    *,
    model: TrafficModel | None = None,
    ai_settings: AiSettings | None = None,
    observers: Iterable[RunObserver] = (),
    stop: asyncio.Event | None = None,
    control: RunControl | None = None,
) -> Summary:
    """Prepare a run and play it.

    Args:
        config: The settings.
        model: The traffic model; `None` reads `config.model`.
        ai_settings: How AI models are set up; `None` for Athena alone.
        observers: Told of each second.
        stop: When set, page views under way may end, then the run does; its results are kept.
        control: Lets commands act on the run; brings its own `stop`.

    Raises:
        TrafficFlouError: As for `open_run_ai`, `prepare_run` and `play_run`.
    """
    async with open_run_ai(config, ai_settings or AiSettingsBuilder().build()) as ai:
        prepared = await prepare_run(config, model=model, ai=ai)
        return await play_run(prepared, observers=observers, stop=stop, control=control)


async def play_run(
    prepared: PreparedRun,
    *,
    observers: Iterable[RunObserver] = (),
    stop: asyncio.Event | None = None,
    abort: asyncio.Event | None = None,
    control: RunControl | None = None,
    fleet: Fleet = run_fleet,
) -> Summary:
    """Play a prepared run to its end.

    Args:
        prepared: The run.
        observers: Told of each second; one that raises is logged and told no more.
        stop: When set, page views under way may end, then the run does.
        abort: When set, the run ends at once.
        control: Lets commands act on the run; brings its own `stop` and `abort`.
        fleet: Plays the plan.

    Returns:
        The figures and the verdict; of a run that was stopped or aborted, those of the seconds that ended.

    Raises:
        FleetError: A worker died before anything was measured; later, the summary says so and is `invalid`.
        InternalError: A worker met a bug of ours before anything was measured; later likewise.
        TrafficFlouError: A worker could not begin.
    """
    plan, info = prepared.plan, prepared.info
    control = control or RunControl(stop=stop, abort=abort)
    control.expect(plan.switches)
    stop, abort = control.stop, control.abort
    totals = RunTotals(workers=plan.workers, warmup_s=info.warmup_s)
    told = Observers(observers, on_failure=_report_broken_observer)

    def take(snapshot: Snapshot) -> None:
        for live in totals.add(snapshot):
            control.pass_time(live.elapsed_s)
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
    adviser = None
    if prepared.ai is not None and plan.asks_providers:
        adviser = Adviser(await prepared.ai.model(), control.channel)
    try:
        await _unless(abort, fleet(plan, take, stop, control.channel))
    except (FleetError, InternalError) as error:
        if not totals.elapsed_s:
            raise
        log.exception("the fleet failed", run=info.id)
        problems.append(f"{error.message[:1].upper()}{error.message[1:]}. {error.hint}".strip())
    finally:
        if adviser is not None:
            await adviser.aclose()
        for live in totals.finish():
            control.pass_time(live.elapsed_s)
            told.second_finished(live)
    is_stopped = stop.is_set() or abort.is_set()
    summary = build_summary(
        totals,
        info,
        prepared.slos,
        listed_paths=prepared.listed_paths,
        problems=problems,
        stopped_early=is_stopped,
        events=control.events,
    )
    if prepared.ai is not None and not abort.is_set():
        summary = await _with_ai(prepared, prepared.ai, summary, totals, abort if is_stopped else stop)
    log.info(
        "run finished",
        run=info.id,
        verdict=summary.verdict,
        exit_code=summary.exit_code,
        reasons=list(summary.reasons),
    )
    told.run_finished(summary)
    return summary


async def _with_ai(
    prepared: PreparedRun,
    ai: RunAi,
    summary: Summary,
    totals: RunTotals,
    enough: asyncio.Event,
) -> Summary:
    """Add what an AI model makes of a run, and what it was asked for; whatever goes wrong with that, the summary stays what it is."""
    deadline_s = STOPPED_EXPLAIN_DEADLINE_S if summary.run.stopped_early else EXPLAIN_DEADLINE_S
    try:
        model = await ai.model()
        explaining = explain(model, summary, deadline_s=deadline_s)
        found = await _unless(enough, explaining) or ()
        figures = ai_figures(model.statistics(), totals, forecast_usd=prepared.forecast_usd)
    except TrafficFlouError as error:
        log.warning("the run is not explained", run=summary.run.id, reason=error.message)
        return summary
    added: dict[str, Any] = {"findings": (*summary.findings, *found), "ai": figures}
    if enough.is_set() and not summary.run.stopped_early:
        reason = "The user did not wait for the explanation; the run had ended, and its figures are complete."
        added |= {"exit_code": ExitCode.INTERRUPTED.value, "reasons": (*summary.reasons, reason)}
    return summary.model_copy(update=added)


async def _unless(abort: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """Wait for the work, or cancel it when `abort` is set. Both tasks end here, whatever happens."""
    working = asyncio.create_task(work, name="work")
    aborted = asyncio.create_task(abort.wait(), name="abort")
    try:
        await asyncio.wait((working, aborted), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        aborted.cancel()
        await asyncio.gather(working, aborted, return_exceptions=True)


def _report_broken_observer(observer: RunObserver, error: Exception) -> None:
    log.warning("an observer failed and is told no more", observer=type(observer).__name__, exc_info=error)
