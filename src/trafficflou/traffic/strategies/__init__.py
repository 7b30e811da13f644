"""The strategies, found by name: every module of this package that names a `STRATEGY`.

A new strategy is a new file here; nothing else changes.
"""

import difflib
import importlib
import pkgutil
from functools import cache
from typing import Any, Protocol

from trafficflou.behavior import ModelSampler
from trafficflou.core import UsageError
from trafficflou.traffic.strategy import Strategy
from trafficflou.traffic.think_time import ThinkTime

__all__ = ["StrategyKind", "find_strategy", "known_strategies", "make_strategy"]


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

    def __call__(self, sampler: ModelSampler, think_time: ThinkTime) -> Strategy[Any]:
        """Make the strategy for one worker of a run."""
        ...


@cache
def known_strategies() -> dict[str, StrategyKind]:
    """Return the strategies by name, in the order of their names."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    kinds: list[StrategyKind] = [module.STRATEGY for module in modules]
    return {kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.name)}


def find_strategy(name: str) -> StrategyKind:
    """Find a strategy by its name.

    Raises:
        UsageError: There is none of that name; the error lists those there are.
    """
    known = known_strategies()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name.lower().replace("_", "-").replace(" ", "-"), known, n=1)
    question = f"Did you mean {near[0]}? " if near else ""
    raise UsageError(
        f"there is no strategy named {name[:80]!r}", hint=f"{question}Strategies: {', '.join(known)}."
    )


def make_strategy(name: str, sampler: ModelSampler, think_time: str) -> Strategy[Any]:
    """Make a strategy from its settings as text.

    Args:
        name: A name of `known_strategies`.
        sampler: Draws from the run's traffic model.
        think_time: `model`, `none` or a factor such as `x0.5`.

    Raises:
        UsageError: The name is unknown.
        ValueError: `think_time` is none of these.
    """
    return find_strategy(name)(sampler, ThinkTime.parse(think_time))
