"""Where the known part of the site ends: what the visitors of a worker have used so far, and which pages lead to what nobody has.

For those who explore, a link is worth the more the less its page was seen; a page that was seen often is worth going to all the same where it leads to something
new (frontier-based exploration: Yamauchi, 1997). What is new counts the less the more different pages of its kind were seen, or a calendar, which
always has another month, would swallow everybody.
"""

from collections.abc import Hashable, Iterable, Sequence
from itertools import islice
from typing import Final

__all__ = ["Frontier"]

_MAX_THINGS: Final = 16_384
_MAX_KINDS: Final = 4096
_FAILED_USE: Final = 0.3
"""What failed counts less, so that others look at it again and it becomes clear whether it always fails."""

_UNTRIED_USE: Final = 0.1
_ENOUGH_OF_A_KIND: Final = 200.0
_NEW_ENOUGH: Final = 0.1
_PROMISE: Final = 0.6
"""What a page is worth that leads to something new, where something new itself is worth 1."""

Counts = dict[Hashable, float]


class Frontier:
    """How often pages and forms were used, and which pages lead on; bounded."""

    __slots__ = ("_kinds", "_promising", "_uses")

    def __init__(self) -> None:
        self._uses: Counts = {}
        self._kinds: Counts = {}
        self._promising: Counts = {}

    def note_page(self, path: str, template: str, shapes: Iterable[Hashable], *, is_ok: bool) -> None:
        """Count that somebody opened a page.

        Args:
            path: Its path.
            template: Its template.
            shapes: The forms on it that may be sent; a page is not known as long as one of them was never sent.
            is_ok: It is there.
        """
        if path not in self._uses:
            _add(self._kinds, template, 1.0, _MAX_KINDS)
        amount = 1.0 if is_ok else _FAILED_USE
        if any(shape not in self._uses for shape in shapes):
            amount = _UNTRIED_USE
        _add(self._uses, path, amount, _MAX_THINGS)

    def note_form(self, shape: Hashable, *, is_ok: bool = True) -> None:
        """Count that somebody sent a form and saw what came of it."""
        _add(self._uses, shape, 1.0 if is_ok else _FAILED_USE, _MAX_THINGS)

    def uses(self, thing: Hashable) -> float:
        """Return how often a page was opened or a form sent, as far as it is remembered."""
        return self._uses.get(thing, 0.0)

    def novelty(
        self, here: str, paths: Sequence[str], kind_of: Sequence[int], kinds: Sequence[str], power: float
    ) -> list[float]:
        """Say how new the links of a page are.

        Args:
            here: The page; whether it leads to something new is noted.
            paths: Where its links lead.
            kind_of: The place of each link's template in `kinds`.
            kinds: The templates.
            power: How fast what was used becomes old.

        Returns:
            For each link, 1 for what nobody has used down to 0.
        """
        uses, promising = self._uses, self._promising
        freshness = [1.0 / (1.0 + self._kinds.get(kind, 0.0) / _ENOUGH_OF_A_KIND) for kind in kinds]
        found: list[float] = []
        leads_on = 0.0
        for path, kind in zip(paths, kind_of, strict=False):
            used = uses.get(path)
            if used is None:
                fresh = freshness[kind]
                leads_on = max(leads_on, fresh)
                found.append(fresh)
            else:
                known = (1.0 + used) ** -power
                found.append(max(known, promising.get(path, 0.0)))
        if leads_on > _NEW_ENOUGH:
            promising.pop(here, None)
            _add(promising, here, _PROMISE * leads_on, _MAX_THINGS)
        else:
            promising.pop(here, None)
        return found


def _add(counts: Counts, thing: Hashable, amount: float, limit: int) -> None:
    """Add to a count; where there is no room, the older half is forgotten."""
    if thing not in counts and len(counts) >= limit:
        for oldest in list(islice(counts, limit // 2)):
            del counts[oldest]
    counts[thing] = counts.get(thing, 0.0) + amount
