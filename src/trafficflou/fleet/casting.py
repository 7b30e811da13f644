"""Makes what a worker needs to decide: the strategies of the plan, each with the context that it is given."""

from functools import cache

from pydantic import BaseModel

from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.athena.factory import AthenaModel
from trafficflou.ai_models.tasks import Population
from trafficflou.behavior import parse_model
from trafficflou.fleet.plan import FleetPlan
from trafficflou.traffic import Advice, Cast, FormPolicy, StrategyContext, ThinkTime, find_strategy

__all__ = ["make_cast"]


def make_cast(plan: FleetPlan, advice: Advice) -> Cast:
    """Make the strategies that a plan names.

    Args:
        plan: The run.
        advice: What AI models say meanwhile; shared by all strategies of the worker.

    Raises:
        TrafficFlouError: A strategy cannot play with what the plan gives it.
    """
    kind = find_strategy(plan.strategy)
    settings = kind.settings_type.model_validate(_settings_of(plan, kind.settings_type))
    return Cast.of(kind.create(settings, make_context(plan, advice, plan.strategy)))


def _settings_of(plan: FleetPlan, settings_type: type[BaseModel]) -> dict[str, object]:
    """Return what the plan says of a strategy's settings: what it has none of, and what is left to it, is left out."""
    given = {"intensity": plan.intensity, "sophistication": plan.sophistication}
    return {
        name: value
        for name, value in given.items()
        if value is not None and name in settings_type.model_fields
    }


def make_context(plan: FleetPlan, advice: Advice, label: str) -> StrategyContext:
    """Gather what a strategy of a plan is given.

    Args:
        plan: The run.
        advice: What AI models say meanwhile.
        label: The name under which the strategy's figures stand.
    """
    return StrategyContext(
        label=label,
        model=None if plan.model_json is None else parse_model(plan.model_json, source="the plan's model"),
        think_time=ThinkTime.parse(plan.think_time),
        population=None
        if plan.population_json is None
        else Population.model_validate_json(plan.population_json),
        site=plan.site,
        forms=FormPolicy(
            allow_forms=frozenset(plan.allow_forms), allow_destructive=frozenset(plan.allow_destructive)
        ),
        advice=advice,
        make_athena=_athena,
        seed=plan.seed,
    )


@cache
def _athena() -> AthenaModel:
    return AthenaFactory().model()
