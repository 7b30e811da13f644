"""The strategies by name: ours, and those of other packages.

Another package announces a strategy by an entry point of the group `trafficflou.strategies`, whose name is the strategy's and whose object is
what a file of a user's would hold. Names are known without importing anything; its module is imported when it is asked for.
"""

from importlib.metadata import EntryPoint, entry_points
from typing import Final

from trafficflou.core import UsageError
from trafficflou.core.problem import nearest
from trafficflou.logs import get_logger
from trafficflou.traffic.strategies import built_in_strategies
from trafficflou.traffic.strategy_kind import StrategyKind, lacks_of_kind

__all__ = ["ENTRY_POINT_GROUP", "find_strategy", "known_strategies", "strategy_names"]

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


def _foreign() -> dict[str, EntryPoint]:
    known = built_in_strategies()
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name not in known}


def _load(point: EntryPoint) -> StrategyKind:
    try:
        kind = point.load()
    except Exception as error:
        raise UsageError(
            f"the strategy {point.name} cannot be imported from {point.value}: {type(error).__name__}: {error}",
            hint="Is its package up to date?",
        ) from error
    lacks = lacks_of_kind(kind)
    if lacks:
        raise UsageError(
            f"the strategy {point.name} ({point.value}) lacks {', '.join(lacks)}",
            hint="docs/custom-strategies.md says what a strategy has.",
        )
    return kind  # type: ignore[no-any-return]
