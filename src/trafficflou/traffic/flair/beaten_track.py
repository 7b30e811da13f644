"""Where most people go: the traffic model's transitions where there is one, else the place of a link and its order on the page.

People use what is in the middle of a page first, from the top down; footers are hardly read (the direction is that of eye tracking studies, such as
Nielsen, F-shaped pattern for reading web content, 2006; the sizes are ours).
"""

import math
from collections.abc import Sequence
from typing import Final

from trafficflou.behavior import EXIT, TrafficModel
from trafficflou.http import Link, Place
from trafficflou.traffic.site_facts import is_tool_page

__all__ = ["PLACE_SHARE", "BeatenTrack", "in_order_of_attention"]

PLACE_SHARE: Final[dict[Place, float]] = {
    "main": 1.0,
    "unknown": 0.8,
    "navigation": 0.6,
    "header": 0.4,
    "aside": 0.3,
    "footer": 0.1,
}
_ORDER_POWER: Final = 0.5
"""The fourth link of a place is used half as often as its first."""

_TOOL_SHARE: Final = 0.15
"""How often a link to a tool is used, relative to one that stands in its place and leads to a page for readers."""

_TRUST: Final = 0.95
"""Share of the model's word where it knows the page; the rest belongs to links of which it knows nothing."""


def in_order_of_attention(links: Sequence[Link]) -> list[tuple[Link, float]]:
    """Return links in the order in which people look at them, each with how often it would be used, relative to the others.

    The places of a page are looked at side by side, the main part faster than the rest, so that a long list does not hide the navigation.
    """
    seen: dict[Place, int] = {}
    ranked = []
    for number, link in enumerate(links):
        rank = seen[link.place] = seen.get(link.place, 0) + 1
        share = PLACE_SHARE[link.place] * (_TOOL_SHARE if is_tool_page(link.path) else 1.0)
        ranked.append((rank / share, number, link, share / rank**_ORDER_POWER))
    ranked.sort(key=lambda entry: entry[:2])
    return [(link, weight) for _, _, link, weight in ranked]


class BeatenTrack:
    """Says how likely people on the beaten track use each link of a page."""

    __slots__ = ("_rows",)

    def __init__(self, model: TrafficModel | None) -> None:
        """Follow a traffic model where there is one."""
        self._rows: dict[str, dict[str, float]] = {}
        for source, row in () if model is None else model.transitions.items():
            self._rows[source] = {name: share for name, share in row.items() if name != EXIT and share > 0}

    def log_shares(self, source: str, templates: Sequence[str], weights: Sequence[float]) -> list[float]:
        """Say how likely each link is used.

        Args:
            source: Template of the page.
            templates: Those of its links.
            weights: How often each link would be used by its place and order.

        Returns:
            The logarithm of each link's share.
        """
        total = math.fsum(weights)
        shares = [weight / total for weight in weights]
        row = self._rows.get(source)
        if row is not None and any(template in row for template in templates):
            shares = _mixed(row, templates, shares)
        return [math.log(share) for share in shares]


def _mixed(row: dict[str, float], templates: Sequence[str], shares: Sequence[float]) -> list[float]:
    """Let the model say how often each template is used, and place and order which link of it."""
    of_template: dict[str, float] = {}
    for template, share in zip(templates, shares, strict=True):
        of_template[template] = of_template.get(template, 0.0) + share
    known = math.fsum(row[template] for template in of_template if template in row)
    return [
        (1 - _TRUST) * share + _TRUST * row.get(template, 0.0) / known * share / of_template[template]
        for template, share in zip(templates, shares, strict=True)
    ]
