"""Level 7: TrafficFlou for Python callers; what the command line does, without a terminal.

    summary = await trafficflou.run(
        target="http://127.0.0.1:8080", model="model.json", visitors=50, duration="30s", slos=["p95<300ms"]
    )
    assert summary.verdict == "pass", summary.reasons

Nothing here reads the environment, a configuration file or signals, and nothing is written unless `out` says where.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from trafficflou.ai_models.settings import AiSettings
from trafficflou.behavior import LearnOptions, TrafficModel
from trafficflou.config import AiSettingsBuilder, RunConfig, RunConfigBuilder
from trafficflou.control.commands import RunControl
from trafficflou.control.learning import learn as learn_from_logs
from trafficflou.control.personas import personas_document
from trafficflou.control.planning import PreparedRun, prepare_run
from trafficflou.control.run_ai import open_run_ai
from trafficflou.control.running import play_run
from trafficflou.core import EvidenceError
from trafficflou.logs import get_logger, log_to_file
from trafficflou.metrics import RunObserver, Summary
from trafficflou.report import write_report
from trafficflou.stores import RunFolder, SeriesFile

__all__ = ["keep_run", "learn", "run"]

log = get_logger(__name__)


def learn(logs: str | PathLike[str] | Sequence[str | PathLike[str]], *, k_anonymity: int = 5) -> TrafficModel:
    """Learn a traffic model from access logs; blocks for about 8 s a million lines.

    Args:
        logs: Path or paths of Apache or nginx logs, common or combined, plain or gzip, in any order.
        k_anonymity: A path is named in the model only if so many different visitors asked for it.

    Raises:
        EvidenceError: A log cannot be read or is none, or nothing remains to learn from.
    """
    paths = [logs] if isinstance(logs, str | PathLike) else list(logs)
    if not paths:
        raise EvidenceError("no log is given", hint="Name at least one: trafficflou.learn(['access.log']).")
    return learn_from_logs(list(map(Path, paths)), LearnOptions(k_anonymity=k_anonymity)).model


async def run(
    target: str,
    model: TrafficModel | str | PathLike[str] | None = None,
    *,
    visitors: int | None = None,
    arrivals: str | None = None,
    duration: str | float = "60s",
    ramp: str | float = 0.0,
    warmup: str | float = 0.0,
    think_time: str | None = None,
    strategy: str | None = None,
    switches: str | Sequence[str] = (),
    seed: int | None = None,
    slos: Sequence[str] = (),
    intensity: float | None = None,
    sophistication: int | None = None,
    personas: str | PathLike[str] | None = None,
    ai: str | None = None,
    brief: str | None = None,
    ai_max_usd: float | None = None,
    ai_max_tokens: int | None = None,
    record_ai: str | PathLike[str] | None = None,
    replay_ai: str | PathLike[str] | None = None,
    allow_forms: str | Sequence[str] = "search",
    allow_destructive: str | Sequence[str] = (),
    subresources: str = "auto",
    workers: int | str = "auto",
    ca_file: str | PathLike[str] | None = None,
    timeout: str | float = "30s",  # noqa: ASYNC109 - of a request, not of this call
    connect_timeout: str | float = "10s",
    max_body: str | int = "16MB",
    name: str = "run",
    out: str | PathLike[str] | None = None,
    ai_settings: AiSettings | None = None,
    observers: Iterable[RunObserver] = (),
    stop: asyncio.Event | None = None,
    control: RunControl | None = None,
) -> Summary:
    """Play visitors against a site and return how it held up.

    Durations and sizes are texts with their unit (`"30s"`, `"16MB"`), or numbers of seconds and bytes. The settings are those of
    `trafficflou run`, described in `docs/configuration.md`.

    Args:
        target: Scheme, host and port of the site, such as `http://127.0.0.1:8080`; on this machine in this version.
        model: The traffic model, or the path of its file; without one the site is looked at before the run.
        visitors: Visitors on the site at once (closed workload); 10 where `arrivals` is not given either.
        arrivals: New visitors by time (partly-open workload), such as `"10/s"`, or `"model"`.
        duration: How long to play.
        ramp: How long the load takes to come up.
        warmup: How long from the start nothing is counted.
        think_time: `"model"`, `"none"`, or a factor such as `"x0.5"`; by default `"model"`, or `"x0.1"` for imagined visitors without a model.
        strategy: Who decides what visitors do; `"organic-mimicry"` with a model and `"phantom-flair"` without one if not given.
        switches: Who plays those who come from some time on, such as `"phantom-flair at 30s over 10s"`.
        seed: Makes the same visitors again; drawn where not given, and in `summary.run.seed`.
        slos: Objectives that decide the verdict, such as `"p95<300ms"`.
        intensity: How strongly imagined visitors lean on what they prefer, 0..1; the strategy's own default if not given.
        sophistication: What imagined visitors can do, 1..5; likewise.
        personas: The `personas.json` of an earlier run, to play these people.
        ai: The AI provider; Athena if not given.
        brief: A sentence about the day to play. What is understood of it is played without asking; `summary.run.plan` says it.
        ai_max_usd: What AI providers may cost in this run.
        ai_max_tokens: How many tokens they may take.
        record_ai: The cassette to record their answers into.
        replay_ai: The cassette that answers in their place.
        allow_forms: Which forms visitors may send, such as `"search,cart"`, or `"all"`.
        allow_destructive: Words of links and buttons that they may use although they destroy, end or cost something.
        subresources: `"auto"`, `"page"`, `"model"` or `"none"`.
        workers: Number of worker processes, or `"auto"`.
        ca_file: PEM file of authorities to trust besides the system's.
        timeout: Longest wait for a response.
        connect_timeout: Longest wait for a connection.
        max_body: Largest response body that is read.
        name: What to call the run.
        out: Folder for a run folder as the command line makes it; nothing is written where it is `None`.
        ai_settings: How AI providers are set up, with their keys, as `trafficflou.config.AiSettingsBuilder` makes it; Athena alone if not
            given.
        observers: Told of the start, of every second, and of the end.
        stop: When set, page views under way may end, then the run does, and its results are returned.
        control: Lets commands act on the run while it is on, such as `SwitchStrategy`; brings its own `stop`.

    Returns:
        The figures, the verdict and its reasons: what `summary.json` holds.

    Raises:
        ConfigError: Settings are wrong; the message lists all mistakes.
        ModelError: The model cannot be used.
        GrantError: The target is not permitted.
        TargetError: The target cannot be reached.
        FleetError: The workers could not be started.
        asyncio.CancelledError: The call was cancelled; the workers are gone, the results too. Set `stop` to keep them.
    """
    given_model, model_path = (model, None) if isinstance(model, TrafficModel) else (None, model)
    config = (
        RunConfigBuilder()
        .with_defaults()
        .with_arguments(
            {
                "target": target,
                "model": _path(model_path),
                "visitors": visitors,
                "arrivals": arrivals,
                "duration": duration,
                "ramp": ramp,
                "warmup": warmup,
                "think_time": think_time,
                "strategy": strategy,
                "switches": [switches] if isinstance(switches, str) else list(switches),
                "seed": seed,
                "intensity": intensity,
                "sophistication": sophistication,
                "personas": _path(personas),
                "ai": ai,
                "brief": brief,
                "ai_max_usd": ai_max_usd,
                "ai_max_tokens": ai_max_tokens,
                "record_ai": _path(record_ai),
                "replay_ai": _path(replay_ai),
                "allow_forms": allow_forms,
                "allow_destructive": allow_destructive,
                "slos": [slos] if isinstance(slos, str) else list(slos),
                "subresources": subresources,
                "workers": workers,
                "ca_file": _path(ca_file),
                "timeout": timeout,
                "connect_timeout": connect_timeout,
                "max_body": max_body,
                "name": name,
                "out": _path(out),
            }
        )
        .build()
    )
    async with open_run_ai(config, ai_settings or AiSettingsBuilder().build()) as own:
        prepared = await prepare_run(config, model=given_model, ai=own)
        if out is None:
            return await play_run(prepared, observers=observers, stop=stop, control=control)
        folder = RunFolder.create(config.out, config.name, datetime.now(UTC))
        return await keep_run(prepared, config, folder, observers=observers, stop=stop, control=control)


def _path(path: str | PathLike[str] | None) -> Path | None:
    return None if path is None else Path(path)


async def keep_run(
    prepared: PreparedRun,
    config: RunConfig,
    folder: RunFolder,
    *,
    observers: Iterable[RunObserver] = (),
    stop: asyncio.Event | None = None,
    abort: asyncio.Event | None = None,
    control: RunControl | None = None,
) -> Summary:
    """Play a prepared run and keep it in its folder: settings, log, every second, summary and report.

    Args:
        prepared: The run.
        config: The settings that it was prepared from; kept with the seed that was drawn.
        folder: Where to keep it.
        observers: Told of the start, of every second, and of the end.
        stop: When set, page views under way may end, then the run does.
        abort: When set, the run ends at once.
        control: Lets commands act on the run; brings its own `stop` and `abort`.

    Raises:
        StoreError: The folder cannot be written.
        TrafficFlouError: As for `play_run`.
    """
    kept = config.model_copy(update={"seed": prepared.info.seed, "strategy": prepared.plan.strategy})
    folder.write_config(kept.model_dump_json(indent=2, exclude_none=True) + "\n")
    if prepared.people is not None:
        people = prepared.people
        folder.write_personas(
            personas_document(people.population, given_by=people.given_by, brief=prepared.info.brief)
        )
    if prepared.ai is not None:
        prepared.ai.prompts.keep_in(folder.prompts_path)
    prepared = prepared.logging_to(folder.log_path)
    with ExitStack() as stack:
        stack.enter_context(log_to_file(folder.log_path))
        series = stack.enter_context(SeriesFile(folder.series_path))
        try:
            summary = await play_run(
                prepared, observers=(series, *observers), stop=stop, abort=abort, control=control
            )
        except Exception:
            log.exception("the run failed", run=prepared.info.id)
            raise
    folder.write_summary(summary.to_json())
    write_report(folder, summary)
    return summary
