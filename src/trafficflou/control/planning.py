"""Before a run: from settings to a plan.

`prepare_run` finds everything that can be wrong before the first visitor comes (model, strategies, workload, objectives, permission,
reachability, the site itself), so a run that cannot begin leaves nothing behind.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

from trafficflou.ai_models.athena.factory import AthenaSettings
from trafficflou.behavior import TrafficModel, load_model
from trafficflou.config import RunConfig
from trafficflou.control.briefing import Confirm, Scene
from trafficflou.control.imagining import Imagined
from trafficflou.control.machine import Machine
from trafficflou.control.preparation import Preparation, Preparer, Tell, template_map
from trafficflou.control.reachability import check_reachable
from trafficflou.control.run_ai import RunAi
from trafficflou.core import Clock, ModelError, SystemClock
from trafficflou.fleet import FleetPlan
from trafficflou.http import make_tls_context
from trafficflou.metrics import PeopleFacts, PersonaFacts, RunInfo, Slo, parse_slo
from trafficflou.security import Resolver, resolve_permitted
from trafficflou.security.sanitising import clean_text
from trafficflou.traffic import StrategySwitch, choose_strategies, make_workload

__all__ = ["PreparedRun", "default_strategy", "prepare_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRun:
    """A run that may begin: everything that could be checked was.

    Attributes:
        plan: What workers are told.
        info: What observers are told.
        slos: The objectives.
        people: Who was imagined; `None` where nobody was.
        listed_paths: What the site should have, its sitemap's paths or the traffic model's, and the template of each.
        forecast_usd: What AI providers will probably cost; `None` where none is asked.
        ai: Whom it may ask while it is on and afterwards; `None` for nobody.
    """

    plan: FleetPlan
    info: RunInfo
    slos: tuple[Slo, ...]
    people: Imagined | None = None
    listed_paths: Mapping[str, str] = field(default_factory=dict)
    forecast_usd: float | None = None
    ai: RunAi | None = None

    def logging_to(self, path: Path) -> Self:
        """Return the same run with its workers' logs joining a file."""
        return replace(self, plan=replace(self.plan, log_file=str(path.absolute())))


async def prepare_run(
    config: RunConfig,
    *,
    model: TrafficModel | None = None,
    ai: RunAi | None = None,
    confirm: Confirm | None = None,
    tell: Tell | None = None,
    resolver: Resolver | None = None,
    clock: Clock | None = None,
) -> PreparedRun:
    """Check all that can be checked before the first request, look at the site, and imagine who visits it.

    Args:
        config: The settings.
        model: The traffic model; `None` reads `config.model`.
        ai: Whom the run may ask. Without it no brief is read, nothing is explained, and Athena imagines visitors in the workers.
        confirm: Asks whether a brief was understood; `None` takes every reading.
        tell: Told sentences that are worth knowing before the run.
        resolver: Resolves the target's name; the operating system's by default.
        clock: Tells when the run starts.

    Raises:
        ModelError: There is no model though a strategy needs one, or it cannot be used.
        UsageError: A strategy is unknown or its settings are wrong, the workload does not suit the model, or the CA file cannot be used.
        GrantError: The target is not permitted.
        TargetError: The target cannot be reached, or imagined visitors would find nothing there.
    """
    model = model or (None if config.model is None else load_model(config.model))
    strategy = config.strategy or default_strategy(has_model=model is not None)
    switches = tuple(sorted(map(StrategySwitch.parse, config.switches), key=attrgetter("at_s")))
    specs = (strategy, *(switch.strategy for switch in switches))
    wants_people = max(_wants_people(spec, config, model) for spec in specs)  # all of them are looked at
    wall_s = (clock or SystemClock()).wall_s()
    scene = Scene(
        model=model,
        visitors=config.visitors,
        arrivals=config.arrivals,
        think_time=config.think_time or default_think_time(guessed=wants_people and model is None),
    )
    _check_workload(scene, config, wall_s)
    target = await resolve_permitted(config.target, resolver)
    # Made for http too where a CA file is given: a wrong one should not wait for the day of the change to https.
    tls = make_tls_context(config.ca_file) if target.scheme == "https" or config.ca_file else None
    tls = tls if target.scheme == "https" else None
    target = await check_reachable(target, tls, config.connect_timeout_s)
    seed = secrets.randbelow(2**32) if config.seed is None else config.seed
    run_id = secrets.token_hex(6)
    ready = await Preparer(config, ai, confirm, tell).prepare(
        target, tls, scene, run_id=run_id, seed=seed, wants_people=wants_people
    )
    _check_workload(ready.scene, config, wall_s)
    plan = FleetPlan(
        target=target,
        **_scene_of(ready.scene),
        strategy=strategy,
        duration_s=config.duration_s,
        ramp_s=config.ramp_s,
        seed=seed,
        workers=_workers(config, ready.scene),
        run_id=run_id,
        wall_start_s=wall_s,
        ca_file=None if config.ca_file is None else str(config.ca_file.absolute()),
        connect_timeout_s=config.connect_timeout_s,
        timeout_s=config.timeout_s,
        max_body_bytes=config.max_body_bytes,
        subresources=config.subresources,
        population_json=None if ready.people is None else ready.people.population.model_dump_json(),
        site=ready.site,
        allow_forms=config.allow_forms,
        allow_destructive=config.allow_destructive,
        switches=switches,
        strategy_settings=config.strategy_settings,
        athena=AthenaSettings() if ai is None else ai.athena,
        asks_providers=ai is not None and ai.is_open and (await ai.model()).asks_providers,
    )
    return PreparedRun(
        plan=plan,
        info=_describe(config, plan, model, ready),
        slos=tuple(map(parse_slo, config.slos)),
        people=ready.people,
        listed_paths=_listed_paths(ready),
        forecast_usd=None if ready.forecast is None else ready.forecast.usual.cost_usd,
        ai=ai,
    )


def default_strategy(*, has_model: bool) -> str:
    """Return who plays where nobody was chosen: what was recorded, or else visitors who read the site."""
    return "organic-mimicry" if has_model else "phantom-flair"


def default_think_time(*, guessed: bool) -> str:
    """Return how think times are scaled where nobody said: as they are, or a tenth of what is only guessed.

    Ten people who read for their usual ten seconds see sixty pages in a minute, and mostly the same ones.
    """
    return "x0.1" if guessed else "model"


def _wants_people(spec: str, config: RunConfig, model: TrafficModel | None) -> bool:
    """Find all strategies of a spec, with their settings, so that what is wrong with one is told before anything begins.

    Returns:
        Whether one of them plays imagined visitors.
    """
    wants_people = False
    for chosen in choose_strategies(spec, defaults=config.strategy_settings):
        if chosen.kind.needs_model and model is None:
            raise ModelError(
                f"{chosen.label} plays a traffic model, and none is given",
                hint="Give it with --model FILE; make one with `trafficflou learn LOG -o model.json`.",
            )
        wants_people |= chosen.kind.needs_population
    return wants_people


def _check_workload(scene: Scene, config: RunConfig, wall_s: float) -> None:
    """Make the workload once, so that one that cannot be played is told now."""
    make_workload(
        visitors=scene.visitors,
        arrivals=scene.arrivals,
        ramp_s=config.ramp_s,
        model=scene.model,
        wall_start_s=wall_s,
    )


def _scene_of(scene: Scene) -> dict[str, Any]:
    """Return the fields of a plan that a brief may have bent."""
    return {
        "model_json": None if scene.model is None else scene.model.to_json(),
        "visitors": scene.visitors,
        "arrivals": scene.arrivals,
        "think_time": scene.think_time,
    }


def _workers(config: RunConfig, scene: Scene) -> int:
    wanted = Machine.read().workers if config.workers == "auto" else config.workers
    return wanted if scene.visitors is None else min(wanted, scene.visitors)


def _describe(config: RunConfig, plan: FleetPlan, model: TrafficModel | None, ready: Preparation) -> RunInfo:
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
        workload=_workload_in_words(plan),
        brief=clean_text(config.brief or "", 2000),
        plan=ready.plan,
        people=None if ready.people is None else _people_facts(ready.people),
        notes=ready.notes,
    )


def _listed_paths(ready: Preparation) -> dict[str, str]:
    """Return the paths that the site says it has, or else those that were recorded, but for those that the survey saw links to."""
    model = ready.scene.model
    names = template_map(ready.site, model)
    if ready.site.listed or model is None:
        linked = {page.path for page in ready.site.pages if page.links}
        return {path: names.template_of(path) for path in ready.site.listed if path not in linked}
    return {example.path: template.template for template in model.templates for example in template.paths}


def _people_facts(people: Imagined) -> PeopleFacts:
    population = people.population
    return PeopleFacts(
        origin=population.origin,
        given_by=people.given_by,
        personas=tuple(
            PersonaFacts(
                name=persona.name,
                share=min(1.0, round(persona.weight, 6)),
                device=persona.device,
                goals=persona.goals,
            )
            for persona in population.personas
        ),
    )


def _model_name(config: RunConfig, model: TrafficModel | None) -> str | None:
    if config.model is not None:
        return config.model.name
    return None if model is None else model.name


def _workload_in_words(plan: FleetPlan) -> str:
    if plan.arrivals is None:
        words = f"{plan.visitors:,} visitors at once" if plan.visitors != 1 else "1 visitor"
    else:
        words = "arrivals as in the model" if plan.arrivals == "model" else f"{plan.arrivals} arriving"
    think_times = {"model": "", "none": ", no think times"}
    return words + think_times.get(plan.think_time, f", think times {plan.think_time}")
