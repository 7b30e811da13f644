"""Objects out of a user's code, which other processes make anew instead of receiving them."""

from collections.abc import Callable
from typing import Any

from trafficflou.traffic.strategy import Strategy
from trafficflou.traffic.strategy_kind import StrategyContext, StrategyKind

__all__ = ["Remade", "create_strategy"]


class Remade:
    """Pickles as the call that made it: a function of a script that was loaded by its path can be found in no other process.

    Attributes:
        made_by: A function that can be imported, and its arguments; set by who makes it.
    """

    __slots__ = ("made_by",)

    made_by: tuple[Callable[..., Any], tuple[Any, ...]]

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """Return the call."""
        return self.made_by


def create_strategy(kind: StrategyKind, settings: Any, context: StrategyContext) -> Strategy[Any]:
    """Make a strategy; as a function, so that it can be the call that a pickle holds."""
    return kind.create(settings, context)
