"""How soon the weak spots that are planted in the demo shop are found."""

from typing import Any, Final

from benches.phantom_flair.shop_visits import play_shop
from trafficflou.demo.faults import FAULTS, FaultKind
from trafficflou.metrics import Journal

__all__ = ["MARKS", "found_by_views", "is_noted"]

MARKS: Final = (250, 500, 1000, 1500, 2000, 3000)
"""Page views after which it is counted what was found: 20 visitors at a tenth of the usual pauses need two minutes for about 1,500."""


def is_noted(kind: FaultKind, path: str, journal: Journal) -> bool:
    """Whether a fault stands in a journal in such a way that a report can tell of it."""
    page, form = journal.pages.get(path), journal.forms.get(path)
    if kind in {FaultKind.FAILING_CHECKOUT, FaultKind.FAILING_FORM}:
        return form is not None and bool(form.failures)
    if kind is FaultKind.UNLINKED_PAGE:
        # Told where nearly everything else that the site lists was linked from somewhere.
        return path not in journal.offered and len(journal.offered) > 140
    if page is None:
        return False
    if kind is FaultKind.SLOW_PAGES:
        return page.load_max_ns > 1e9
    return bool(page.dead_ends or page.failures)


async def found_by_views(seeds: int, **settings: Any) -> list[dict[FaultKind, float]]:
    """Return for each mark how likely each fault is noted by then, over so many runs."""
    counts: list[dict[FaultKind, float]] = [{fault.kind: 0.0 for fault in FAULTS} for _ in MARKS]
    for seed in range(seeds):
        for found, journal in zip(
            counts, await play_shop(MARKS[-1], MARKS, seed=seed, **settings), strict=True
        ):
            for fault in FAULTS:
                found[fault.kind] += is_noted(fault.kind, fault.path, journal) / seeds
    return counts
