"""Makes what a worker needs to decide: the strategies of the plan, each with the context that it is given."""

from dataclasses import replace
from functools import cache, partial
from typing import Any

from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.athena.factory import AthenaModel, AthenaSettings
from trafficflou.ai_models.tasks import Population
from trafficflou.behavior import parse_model
from trafficflou.fleet.plan import FleetPlan
from trafficflou.traffic import (
    Advice,
    Cast,
    FormPolicy,
    Strategy,
    StrategyContext,
    ThinkTime,
    choose_strategies,
)

__all__ = ["Casting"]


class Casting:
    """Makes the strategies of one worker; the same strategy with the same settings is one, wherever it is named."""

    def __init__(self, plan: FleetPlan, advice: Advice) -> None:
        """Read what strategies are given.

        Args:
            plan: The run.
            advice: What AI models say meanwhile; shared by all strategies of the worker.

        Raises:
            TrafficFlouError: The model or the personas cannot be read.
        """
        self._plan = plan
        self._context = make_context(plan, advice)
        self._made: dict[str, Strategy[Any]] = {}

    def make_cast(self) -> Cast:
        """Make the cast of the plan: who plays from the start, and who from some time on.

        Raises:
            TrafficFlouError: A strategy is unknown, or cannot play with what the plan gives it.
        """
        cast = Cast(self.make_parts(self._plan.strategy))
        for switch in self._plan.switches:
            cast.switch(self.make_parts(switch.strategy), switch.at_s, switch.over_s)
        return cast

    def make_parts(self, spec: str) -> list[tuple[Strategy[Any], float]]:
        """Make the strategies of a spec, each with its share of the visitors; takes as long as they need to get ready.

        Raises:
            TrafficFlouError: A strategy is unknown, its settings are wrong, or it cannot play with what the plan gives it.
        """
        parts = []
        for chosen in choose_strategies(spec, defaults=self._plan.strategy_settings):
            strategy = self._made.get(chosen.label)
            if strategy is None:
                context = replace(self._context, label=chosen.label)
                strategy = self._made[chosen.label] = chosen.kind.create(chosen.settings, context)
            parts.append((strategy, chosen.share))
        return parts


def make_context(plan: FleetPlan, advice: Advice, label: str = "") -> StrategyContext:
    """Gather what a strategy of a plan is given.

    Args:
        plan: The run.
        advice: What AI models say meanwhile.
        label: The name under which the strategy's figures stand.

    Raises:
        TrafficFlouError: The model or the personas cannot be read.
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
        make_athena=partial(_athena, plan.athena),
        seed=plan.seed,
    )


@cache
def _athena(settings: AthenaSettings) -> AthenaModel:
    return AthenaFactory(settings).model()
