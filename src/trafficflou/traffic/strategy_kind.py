"""What a strategy is made of: how it describes itself, its settings, and what it is given.

A strategy is one file: a class that is a `StrategyKind` (name, summary, settings, `create`), and whose instances are a `Strategy`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from pydantic import BaseModel

from trafficflou.ai_models.tasks import Population
from trafficflou.behavior import ModelSampler, TrafficModel
from trafficflou.core import ModelError
from trafficflou.traffic.advice import Advice
from trafficflou.traffic.form_policy import FormPolicy
from trafficflou.traffic.site_knowledge import SiteKnowledge
from trafficflou.traffic.strategy import Strategy
from trafficflou.traffic.think_time import ThinkTime

if TYPE_CHECKING:
    from trafficflou.ai_models.athena.factory import AthenaModel

__all__ = ["StrategyContext", "StrategyKind", "is_strategy_kind"]


@dataclass(frozen=True, kw_only=True)
class StrategyContext:
    """What every strategy of a run is given; the same on all workers but for `advice`.

    Attributes:
        label: The name under which its figures stand.
        model: The traffic model; `None` where the run has none.
        think_time: How think times are scaled.
        population: The personas of the run; `None` where nobody imagined any.
        site: What is known of the site.
        forms: Which forms may be sent.
        advice: What AI models said.
        make_athena: Makes Athena's model, which takes some tenths of a second; use `athena`.
        seed: The run's seed.
    """

    label: str
    model: TrafficModel | None = None
    think_time: ThinkTime = field(default_factory=ThinkTime)
    population: Population | None = None
    site: SiteKnowledge = field(default_factory=SiteKnowledge)
    forms: FormPolicy = field(default_factory=FormPolicy)
    advice: Advice = field(default_factory=Advice)
    make_athena: "Callable[[], AthenaModel] | None" = None
    seed: int = 0

    @cached_property
    def sampler(self) -> ModelSampler:
        """Draws from the traffic model.

        Raises:
            ModelError: The run has none.
        """
        if self.model is None:
            raise ModelError(
                f"{self.label} plays a traffic model, and none is given",
                hint="Give it with --model FILE; make one with `trafficflou learn LOG -o model.json`.",
            )
        return ModelSampler(self.model)


class StrategyKind(Protocol):
    """What the registry keeps of a strategy; its class, as a rule."""

    @property
    def name(self) -> str:
        """The name on the command line."""
        ...

    @property
    def summary(self) -> str:
        """Half a sentence for lists."""
        ...

    @property
    def settings_type(self) -> type[BaseModel]:
        """Its settings: fields with units in their names, defaults, bounds and descriptions."""
        ...

    @property
    def needs_model(self) -> bool:
        """Whether it cannot play without a traffic model."""
        ...

    @property
    def needs_population(self) -> bool:
        """Whether it wants personas, and to know the site."""
        ...

    def create(self, settings: Any, context: StrategyContext) -> Strategy[Any]:
        """Make the strategy for one worker of a run.

        Args:
            settings: An instance of `settings_type`.
            context: What it is given.

        Raises:
            TrafficFlouError: It cannot play with these.
        """
        ...


def is_strategy_kind(found: object) -> TypeGuard[StrategyKind]:
    """Whether an object of somebody else's says all that a `StrategyKind` says."""
    settings_type = getattr(found, "settings_type", None)
    return (
        all(isinstance(getattr(found, name, None), str) for name in ("name", "summary"))
        and all(isinstance(getattr(found, name, None), bool) for name in ("needs_model", "needs_population"))
        and isinstance(settings_type, type)
        and issubclass(settings_type, BaseModel)
        and callable(getattr(found, "create", None))
    )
