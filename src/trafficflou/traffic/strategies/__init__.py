"""The strategies, found by name: every module of this package that names a `STRATEGY`.

A new strategy is a new file here; nothing else changes.
"""

import difflib
import importlib
import pkgutil
from functools import cache

from trafficflou.core import UsageError
from trafficflou.traffic.strategy_kind import StrategyKind

__all__ = ["find_strategy", "known_strategies"]


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
