"""Weights and session lengths of personas, fitted to what was measured.

Three figures are matched: the device mix (exactly, for the devices that personas have), the share of one-page visits, and the
mean page views of a session. Devices and one-page visits are two margins of a table of weights, so they are fitted by iterative
proportional fitting (Deming and Stephan, 1940); session lengths are then scaled by one factor, found by bisection.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Self, get_args

from trafficflou.ai_models.athena.archetypes import Archetype
from trafficflou.ai_models.tasks import Device, Population, SiteFacts

__all__ = ["Draft", "Weighed", "device_mix", "fit", "fit_population", "hand_out_devices"]

_ROUNDS: Final = 60
_LEAST_PAGES: Final = 2.0
"""A persona that is no one-page visitor sees at least this many pages."""

_MOST_PAGES: Final = 100.0
_LEAST_WEIGHT: Final = 1e-6


@dataclass(slots=True, kw_only=True)
class Weighed:
    """What is fitted of a persona."""

    device: Device
    pages: float
    weight: float

    @property
    def is_one_page(self) -> bool:
        """Whether it looks at one page only."""
        return self.pages <= 1


@dataclass(slots=True, kw_only=True)
class Draft(Weighed):
    """A persona in the making."""

    archetype: Archetype
    name: str
    copy: int
    patience: float
    pace: float

    @classmethod
    def of(cls, archetype: Archetype, copy: int, *, rank: float, rng: Random, jitter: float) -> Self:
        """Begin with an archetype's figures, each a little to one side so that no two seeds are alike."""
        vary = [1 + rng.uniform(-jitter, jitter) for _ in range(3)]
        one_page = archetype.pages <= 1
        return cls(
            archetype=archetype,
            name=archetype.name,
            copy=copy,
            device=archetype.device,
            patience=round(min(1.0, archetype.patience * vary[0]), 3),
            pace=round(min(4.0, max(0.25, archetype.pace * vary[1])), 3),
            pages=1.0 if one_page else round(min(_MOST_PAGES, archetype.pages * vary[2]), 2),
            weight=rank,
        )


def hand_out_devices(drafts: list[Draft], site: SiteFacts) -> None:
    """Give each draft its device and its name: by the measured mix where there is one, else what suits the archetype."""
    devices = device_mix(site)
    if devices:
        _deal(drafts, devices)
    else:
        others: list[Device] = list(get_args(Device))
        for draft in drafts:
            turn = (others.index(draft.device) + draft.copy) % len(others)
            draft.device = others[turn]
    _name(drafts)


def device_mix(site: SiteFacts) -> dict[Device, float]:
    """Return the shares of devices, adding up to 1; empty where none is known."""
    total = sum(site.devices.values())
    return {device: share / total for device, share in site.devices.items() if share > 0} if total > 0 else {}


def _deal(drafts: list[Draft], devices: dict[Device, float]) -> None:
    """Deal devices out so that each gets its share of drafts, at least one if there are enough, to those whom they suit."""
    exact = {device: share * len(drafts) for device, share in devices.items()}
    left = {device: int(count) for device, count in exact.items()}
    for device in sorted(exact, key=lambda name: -exact[name]):
        if sum(left.values()) < len(drafts) and left[device] == 0:
            left[device] = 1
    while sum(left.values()) < len(drafts):
        left[max(exact, key=lambda name: exact[name] - left[name])] += 1
    while len(drafts) >= len(left) and min(left.values()) == 0:
        left[max(left, key=lambda name: left[name])] -= 1
        left[min(left, key=lambda name: left[name])] += 1
    busiest = sorted(devices, key=lambda name: -devices[name])
    one_pagers = [draft for draft in drafts if draft.is_one_page]
    for number, draft in enumerate(one_pagers):
        draft.device = busiest[number % len(busiest)]
        left[draft.device] -= 1
    for draft in drafts:
        if not draft.is_one_page:
            suits = left.get(draft.device, 0) > 0 and draft.copy == 0
            draft.device = draft.device if suits else max(left, key=lambda name: left[name])
            left[draft.device] -= 1


def _name(drafts: list[Draft]) -> None:
    """Tell the copies of one archetype apart by device, then by number."""
    taken: set[str] = set()
    for draft in drafts:
        name = draft.archetype.name if draft.copy == 0 else f"{draft.archetype.name} ({draft.device})"
        number = 2
        while name in taken:
            name = f"{draft.archetype.name} ({draft.device}, {number})"
            number += 1
        taken.add(name)
        draft.name = name


def fit_population(population: Population, site: SiteFacts) -> Population:
    """Fit personas that somebody else imagined to what the site's figures say of its visitors.

    A device that none of them has gets the lightest persona of the device that has most of them. Where the figures were measured, the
    population is `fitted` afterwards.
    """
    drafts = [Weighed(device=one.device, pages=one.pages, weight=one.weight) for one in population.personas]
    for device in device_mix(site):
        _give_away(drafts, device)
    fit(drafts, site)
    personas = tuple(
        persona.model_copy(
            update={"device": draft.device, "pages": draft.pages, "weight": min(1.0, draft.weight)}
        )
        for persona, draft in zip(population.personas, drafts, strict=True)
    )
    return Population(personas=personas, origin="fitted" if site.is_measured else population.origin)


def _give_away(drafts: list[Weighed], device: Device) -> None:
    if any(draft.device == device for draft in drafts):
        return
    counts = Counter(draft.device for draft in drafts)
    most, count = counts.most_common(1)[0]
    if count > 1:
        lightest = min((draft for draft in drafts if draft.device == most), key=lambda draft: draft.weight)
        lightest.device = device


def fit(drafts: Sequence[Weighed], site: SiteFacts) -> None:
    """Fit weights (they add up to 1) and session lengths to what the site's figures say."""
    _normalise(drafts)
    devices = device_mix(site)
    one_page = site.one_page_share
    for _ in range(_ROUNDS):
        if one_page is not None:
            _rake(drafts, {True: one_page, False: 1 - one_page}, [draft.is_one_page for draft in drafts])
        if devices:
            _rake(drafts, devices, [draft.device for draft in drafts])
    if site.pages_per_session is not None:
        _scale_pages(drafts, site.pages_per_session)
    _normalise(drafts)


def _rake(drafts: Sequence[Weighed], wanted: Mapping[Any, float], keys: list[Any]) -> None:
    """Scale the weights of each class to its share; classes that nobody is in are left out."""
    have = {key: sum(d.weight for d, k in zip(drafts, keys, strict=True) if k == key) for key in wanted}
    present = sum(wanted[key] for key in wanted if have[key] > 0)
    if present <= 0:
        return
    for draft, key in zip(drafts, keys, strict=True):
        if have.get(key, 0.0) > 0:
            draft.weight = max(_LEAST_WEIGHT, draft.weight * wanted[key] / present / have[key])


def _scale_pages(drafts: Sequence[Weighed], wanted: float) -> None:
    """Scale the sessions of more than one page so that the mean over all is as wanted, as far as the bounds allow."""
    low, high = 1e-3, 1e3
    usual = [draft.pages for draft in drafts]
    for _ in range(_ROUNDS):
        factor = (low * high) ** 0.5
        for draft, pages in zip(drafts, usual, strict=True):
            draft.pages = 1.0 if pages <= 1 else round(min(_MOST_PAGES, max(_LEAST_PAGES, pages * factor)), 3)
        if sum(draft.weight * draft.pages for draft in drafts) < wanted:
            low = factor
        else:
            high = factor


def _normalise(drafts: Sequence[Weighed]) -> None:
    total = sum(draft.weight for draft in drafts)
    for draft in drafts:
        draft.weight = max(_LEAST_WEIGHT, draft.weight / total)
