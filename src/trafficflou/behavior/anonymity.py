"""k-anonymity of templates: nothing is named in the model that fewer than k visitors asked for.

A template with fewer visitors is made coarser, one word after the other, and merged with whatever has that name then, until the whole
has k visitors; what stays below k to the end is dropped. The same is done with the least viewed where there are too many.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from trafficflou.behavior.tally import PageTally, add_visitors
from trafficflou.behavior.templates import coarser

__all__ = ["MAX_TEMPLATES", "Anonymised", "anonymise"]

MAX_TEMPLATES: Final = 300
"""More cannot be read by a person, nor have rows that mean anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymised:
    """What became of the templates."""

    names: dict[str, str | None]
    """The new name of each; `None` where it was dropped."""
    merged: int
    dropped: int
    dropped_page_views: int


class _Group:
    __slots__ = ("members", "views", "visitors")

    def __init__(self) -> None:
        self.members: list[str] = []
        self.visitors: set[int] = set()
        self.views = 0


def anonymise(pages: Mapping[str, PageTally], k: int, *, most: int = MAX_TEMPLATES) -> Anonymised:
    """Decide on the names under which templates may stand in the model.

    Args:
        pages: The counters by template; they know up to k visitors each.
        k: Visitors that a name needs.
        most: So many templates at most remain.
    """
    groups: dict[str, _Group] = {}
    for name in sorted(pages):
        page = pages[name]
        group = groups[name] = _Group()
        group.members, group.visitors, group.views = [name], set(page.visitors), page.views
    dropped: list[_Group] = []
    while failing := _failing(groups, k, most):
        for name in failing:
            group = groups.pop(name)
            coarse = coarser(name)
            if coarse is None:
                dropped.append(group)
                continue
            target = groups.setdefault(coarse, _Group())
            target.members += group.members
            target.views += group.views
            add_visitors(target.visitors, group.visitors, k)
    names: dict[str, str | None] = {member: None for group in dropped for member in group.members}
    names |= {member: name for name, group in groups.items() for member in group.members}
    return Anonymised(
        names=names,
        merged=sum(1 for name, new in names.items() if new not in {None, name}),
        dropped=sum(len(group.members) for group in dropped),
        dropped_page_views=sum(group.views for group in dropped),
    )


def _failing(groups: Mapping[str, _Group], k: int, most: int) -> list[str]:
    failing = [name for name in sorted(groups) if len(groups[name].visitors) < k]
    if failing or len(groups) <= most:
        return failing
    ranked = sorted(groups, key=lambda name: (groups[name].views, name))
    return ranked[: len(groups) - most]
