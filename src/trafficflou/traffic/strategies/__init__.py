"""The strategies that TrafficFlou brings: every module of this package that names a `STRATEGY`.

A new strategy is a new file here; nothing else changes.
"""

import importlib
import pkgutil
from functools import cache

from trafficflou.traffic.strategy_kind import StrategyKind

__all__ = ["built_in_strategies"]


@cache
def built_in_strategies() -> dict[str, StrategyKind]:
    """Return the strategies by name, in the order of their names."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    kinds: list[StrategyKind] = [module.STRATEGY for module in modules]
    return {kind.name: kind for kind in sorted(kinds, key=lambda kind: kind.name)}
