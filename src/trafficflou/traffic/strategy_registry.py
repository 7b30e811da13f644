"""The strategies: ours and those of other packages by name, those of the user by where they are.

Another package announces a strategy by an entry point of the group `trafficflou.strategies`, whose name is the strategy's and whose object is
what a file of a user's would hold: a class, a journey, a list of journeys, or a complete `StrategyKind`. Names are known without importing anything;
its module is imported when it is asked for.
"""

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from trafficflou.core import UsageError
from trafficflou.core.problem import nearest
from trafficflou.logs import get_logger
from trafficflou.traffic.custom import load_custom, strategy_of
from trafficflou.traffic.strategies import built_in_strategies
from trafficflou.traffic.strategy_kind import StrategyKind, is_strategy_kind
from trafficflou.traffic.strategy_part import StrategyPart

__all__ = ["ENTRY_POINT_GROUP", "find_part", "find_strategy", "known_strategies", "strategy_names"]

ENTRY_POINT_GROUP: Final = "trafficflou.strategies"

log = get_logger(__name__)


def strategy_names() -> tuple[str, ...]:
    """Return the names of all strategies, ours first; nothing of another package is imported."""
    return (*built_in_strategies(), *sorted(_foreign()))


def known_strategies() -> dict[str, StrategyKind]:
    """Return all strategies by name, ours first; one of another package that cannot be imported is left out, and logged."""
    known = dict(built_in_strategies())
    for name, point in sorted(_foreign().items()):
        try:
            known[name] = _load(point)
        except UsageError as error:
            log.warning("a strategy cannot be used", strategy=name, reason=error.message)
    return known


def find_strategy(name: str) -> StrategyKind:
    """Find a strategy by its name.

    Raises:
        UsageError: There is none of that name (the error names the nearest, and all), or it cannot be imported.
    """
    known = built_in_strategies()
    if name in known:
        return known[name]
    point = _foreign().get(name)
    if point is None:
        names = strategy_names()
        meant = nearest(name, names)
        question = f"Did you mean {meant}? " if meant else ""
        raise UsageError(
            f"there is no strategy named {name[:80]!r}", hint=f"{question}Strategies: {', '.join(names)}."
        )
    return _load(point)


def find_part(part: StrategyPart, folder: Path | None = None) -> StrategyKind:
    """Find the strategy of a part of a spec; runs code of the user's where it names some.

    Args:
        part: What was written.
        folder: What files are relative to, and where modules are found; the working folder where it is `None`.

    Raises:
        UsageError: There is none, or it cannot be used.
    """
    return load_custom(part.reference, folder or Path()) if part.is_custom else find_strategy(part.reference)


def _foreign() -> dict[str, EntryPoint]:
    known = built_in_strategies()
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name not in known}


def _load(point: EntryPoint) -> StrategyKind:
    try:
        found = point.load()
    except Exception as error:
        raise UsageError(
            f"the strategy {point.name} cannot be imported from {point.value}: {type(error).__name__}: {error}",
            hint="Is its package up to date?",
        ) from error
    return found if is_strategy_kind(found) else strategy_of(found, point.name, Path())
