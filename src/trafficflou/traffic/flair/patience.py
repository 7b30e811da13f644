"""What a visitor puts up with: slow pages, errors and pages without use take from its patience, and when that is gone it leaves.

A patience of 0 leaves at the first page that takes `2 * _TOLERATED_S`, one of 1 never leaves for slowness. Two seconds is where people begin to mind (Nah, A study
on tolerable waiting time, Behaviour and Information Technology 23(3), 2004); the rest of the sizes is ours.
"""

from typing import Final, Literal

__all__ = ["Patience", "Trouble"]

Trouble = Literal["slow_pages", "errors", "dead_ends", "failed_forms", "refused_forms"]
"""What takes patience; as it stands in the report after "most gave up for"."""

_TOLERATED_S: Final = 2.0
_COSTS: Final[dict[Trouble, tuple[float, float]]] = {
    "errors": (0.06, 0.6),
    "dead_ends": (0.03, 0.3),
    "failed_forms": (0.1, 0.6),
    "refused_forms": (0.06, 0.4),
}
"""What one costs a visitor of endless patience, and what more it costs one without any."""


class Patience:
    """The patience that is left of a visit."""

    __slots__ = ("_impatience", "_left", "_spent")

    def __init__(self, patience: float) -> None:
        """Begin with all of it.

        Args:
            patience: The persona's, 0..1.
        """
        self._impatience = 1.0 - patience
        self._left = 1.0
        self._spent: dict[Trouble, float] = {}

    @property
    def is_gone(self) -> bool:
        """Whether the visitor leaves."""
        return self._left <= 0.0

    def wait(self, load_s: float) -> None:
        """Take what a page of so many seconds costs."""
        over_s = load_s - _TOLERATED_S
        if over_s > 0:
            self._take("slow_pages", self._impatience * over_s / _TOLERATED_S)

    def meet(self, trouble: Trouble) -> None:
        """Take what a trouble costs."""
        least, more = _COSTS[trouble]
        self._take(trouble, least + more * self._impatience)

    def _take(self, trouble: Trouble, cost: float) -> None:
        self._left -= cost
        self._spent[trouble] = self._spent.get(trouble, 0.0) + cost

    @property
    def worst(self) -> Trouble | None:
        """What took most of it; `None` where nothing did."""
        return max(self._spent, key=lambda trouble: self._spent[trouble], default=None)
