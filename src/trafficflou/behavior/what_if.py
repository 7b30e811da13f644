"""What if: a traffic model bent on purpose, such as three times the visitors, mostly phones, a sale that starts at nine.

Each edit is a value with `apply(model) -> TrafficModel`. It returns a new, valid model in which the one figure is what the edit says and
every other figure is what it was; what an edit cannot leave alone is said with it. A factor of 1 returns the model itself, and factors
of one kind multiply: twice as many and then three times as many is six times as many.

The document says what was done to it (`TrafficModel.edits`): `apply_edits` writes it down, so that a bent model is never taken for
what a log showed.
"""

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from trafficflou.behavior._edit_words import (
    change_of_arrivals,
    change_of_sessions,
    change_of_think_time,
    figure,
    shortened,
)
from trafficflou.behavior._leaning import Reach, leaning_by_views
from trafficflou.behavior.model import TrafficModel
from trafficflou.behavior.sampler import MAX_THINK_S
from trafficflou.behavior.visit_counts import expected_page_views
from trafficflou.core import ModelError, UsageError
from trafficflou.core.units import format_share

__all__ = [
    "MAX_FACTOR",
    "CompressTime",
    "DeviceShare",
    "Edit",
    "ScaleVisitors",
    "Spike",
    "TemplateFactor",
    "ThinkFactor",
    "apply_edits",
    "visitors_factor",
]

MAX_FACTOR: Final = 1000.0

DocumentT = TypeVar("DocumentT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleVisitors:
    """So many times the visitors, at every hour.

    It multiplies `arrivals.sessions_per_day`. A closed workload does not look at arrivals: there the caller multiplies the visitors, by
    `visitors_factor`.

    Attributes:
        factor: Above 0, at most `MAX_FACTOR`.

    Raises:
        UsageError: The factor is out of its range.
    """

    factor: float

    def __post_init__(self) -> None:
        _check_factor("the factor of the visitors", self.factor)

    def apply(self, model: TrafficModel) -> TrafficModel:
        """Return the model with other arrivals.

        Raises:
            ModelError: The model has more sessions a day than can be multiplied.
        """
        return _with_arrivals(model, self.factor)

    def told(self, before: TrafficModel, after: TrafficModel) -> str:
        """Say what was done."""
        return f"{self.factor:g} times the visitors: {change_of_sessions(before, after)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """So many times the arrivals in one hour of the day; those of the other hours stay as many as they are.

    Attributes:
        hour: 0 to 23, on the model's own clock (`arrivals.utc_offset`).
        factor: 0 (nobody comes) to `MAX_FACTOR`.

    Raises:
        UsageError: The hour or the factor is out of its range.
    """

    hour: int
    factor: float

    def __post_init__(self) -> None:
        if self.hour not in range(24):
            raise UsageError(f"{self.hour} is not an hour of the day", hint="Use 0 to 23.")
        _check_factor("the factor of the spike", self.factor, least=0.0)

    def apply(self, model: TrafficModel) -> TrafficModel:
        """Return the model with other shares of the hours, and with the more (or fewer) sessions a day that follow.

        Raises:
            ModelError: Nobody comes in that hour, nobody would be left to arrive, or more than can be counted.
        """
        hours = model.arrivals.by_hour
        if not hours[self.hour]:
            busiest = max(range(24), key=hours.__getitem__)
            raise ModelError(
                f"no session of the model begins from {self.hour}:00 to {self.hour + 1}:00, so there is nothing to multiply",
                hint=f"Choose an hour that has a share in `arrivals.by_hour`; the busiest is {busiest}.",
            )
        total = math.fsum(hours)
        growth = (total + (self.factor - 1) * hours[self.hour]) / total
        if growth <= 0:
            raise ModelError(
                f"all sessions of the model begin at {self.hour}:00, so none is left without that hour",
                hint="Use a factor above 0.",
            )
        factors = (self.factor if hour == self.hour else 1.0 for hour in range(24))
        # The shares may add up to a little more than 1, so that one of them could come out above it.
        changed = (min(share * factor / growth, 1.0) for share, factor in zip(hours, factors, strict=True))
        return _with_arrivals(model, growth, by_hour=tuple(changed))

    def told(self, before: TrafficModel, after: TrafficModel) -> str:
        """Say what was done."""
        return (
            f"{self.factor:g} times the arrivals from {self.hour}:00 to {self.hour + 1}:00 ({before.arrivals.utc_offset}): "
            f"{change_of_arrivals(before, after, self.hour)}; {change_of_sessions(before, after)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceShare:
    """A class of device has this share of the sessions; the others share the rest in their proportions.

    Attributes:
        device: Which.
        share: 0 to 1.

    Raises:
        UsageError: There is no such device, or the share is not within 0 and 1.
    """

    device: Literal["desktop", "mobile", "tablet"]
    share: float

    def __post_init__(self) -> None:
        if self.device not in {"desktop", "mobile", "tablet"}:
            raise UsageError(
                f"{str(self.device)[:40]!r} is not a class of device", hint="Use desktop, mobile or tablet."
            )
        if not 0 <= self.share <= 1:
            raise UsageError(
                f"a share of {self.share:g} for {self.device} is not possible",
                hint="Write a share from 0 to 1: 0.7 is 70 % of the sessions.",
            )

    def apply(self, model: TrafficModel) -> TrafficModel:
        """Return the model with another device mix.

        Raises:
            ModelError: The other devices have no share that could grow.
        """
        mix: dict[str, float] = model.devices.model_dump()
        if mix[self.device] == self.share:
            return model
        others = {device: share for device, share in mix.items() if device != self.device}
        rest = sum(others.values())
        if not rest and self.share < 1:
            raise ModelError(
                f"all sessions of the model are on {self.device}, so it does not say who has the other {format_share(1 - self.share)}",
                hint=f"Set the share of another device instead: {' or '.join(others)}.",
            )
        scale = (1 - self.share) / rest if rest else 0.0
        changed = {device: min(share * scale, 1.0) for device, share in others.items()}
        return _with(model, devices=_with(model.devices, **changed, **{self.device: self.share}))

    def told(self, before: TrafficModel, after: TrafficModel) -> str:
        """Say what was done."""
        mix = ", ".join(
            f"{device} {format_share(share)}" for device, share in after.devices.model_dump().items()
        )
        return f"{format_share(self.share)} of the sessions on {self.device}: {mix}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFactor:
    """A kind of page is viewed so many times as often, on average over the sessions.

    Wherever visitors choose where to go (`entry` and every row), the odds of that page against all others are multiplied by one
    number: the one with which the expected page views come out as asked. A number of its own for every factor has to be found because
    the choices feed each other, and because a share cannot grow beyond 1.

    Kept: each row's share of leaving (so visitors are as ready to leave each page as they were), the proportions of all other pages to
    one another in `entry` and in every row, think times, everything else. Not kept: the views of the other pages, and with them
    the mean length of a session, which follows from where visitors now are.

    Attributes:
        template: As the model names it.
        factor: 0 (never) to `MAX_FACTOR`.

    Raises:
        UsageError: The factor is out of its range.
    """

    template: str
    factor: float

    def __post_init__(self) -> None:
        _check_factor("the factor of a template", self.factor, least=0.0)

    def apply(self, model: TrafficModel) -> TrafficModel:
        """Return the model with other choices.

        Raises:
            ModelError: The model has no such template or never comes to it, or the factor is beyond what its visitors can do; the
                hint says what is possible.
        """
        self._check(model)
        if self.factor == 1:
            return model
        leaning = leaning_by_views(model, self.template, self.factor)
        if isinstance(leaning, Reach):
            raise ModelError(
                f"{shortened(self.template)} cannot be viewed {self.factor:g} times as often, only {_range(leaning)}: visitors leave as "
                "readily as before, and go where the model's rows lead",
                hint="Use a factor within that range; more visitors are another edit.",
            )
        return _with(model, **leaning)

    def told(self, before: TrafficModel, after: TrafficModel) -> str:
        """Say what was done."""
        views, usual = (expected_page_views(model)[self.template] for model in (after, before))
        return (
            f"{shortened(self.template)} viewed {self.factor:g} times as often: {figure(views)} times a session instead of "
            f"{figure(usual)}"
        )

    def _check(self, model: TrafficModel) -> None:
        views = expected_page_views(model)
        if self.template in views:
            if views[self.template] > 0:
                return
            raise ModelError(
                f"visitors of this model never come to {shortened(self.template)}, so it cannot be multiplied",
                hint="Choose a template that has a share in `entry` or in a row of `transitions`.",
            )
        if self.template in model.transitions:
            raise ModelError(
                f"the model has no path of {shortened(self.template)}, so it is not played and cannot be multiplied",
                hint="Choose a template with paths; `trafficflou model show` lists them.",
            )
        near = difflib.get_close_matches(self.template[:300], views, n=3, cutoff=0.4)
        named = near or sorted(views, key=lambda name: -views[name])[:5]
        raise ModelError(
            f"the model has no template {shortened(self.template)}",
            hint=f"{'Did you mean' if near else 'The most viewed are'} {', '.join(map(shortened, named))}"
            f"{'?' if near else '.'}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkFactor:
    """Visitors think so many times as long, at every page.

    Every quantile is multiplied, so each think time that is drawn is. They stay at most `MAX_THINK_S`: a longer pause would end the
    session. (As far as that bound was met, factors do not multiply.)

    Attributes:
        factor: 0 (no pause at all) to `MAX_FACTOR`.

    Raises:
        UsageError: The factor is out of its range.
    """

    factor: float

    def __post_init__(self) -> None:
        _check_factor("the factor of think time", self.factor, least=0.0)

    def apply(self, model: TrafficModel) -> TrafficModel:
        """Return the model with other think times."""
        if self.factor == 1:
            return model
        templates = tuple(
            _with(
                template, think_s=tuple(min(value * self.factor, MAX_THINK_S) for value in template.think_s)
            )
            for template in model.templates
        )
        return _with(model, templates=templates)

    def told(self, before: TrafficModel, after: TrafficModel) -> str:
        """Say what was done."""
        return f"{self.factor:g} times the think time: {change_of_think_time(before, after)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompressTime:
    """Everything happens so many times as fast: that many times the arrivals, and think times divided by as much.

    About as many visitors are there at once as before (Little's law), and they send that many times the requests. The shape of the
    day stays on the clock: nine o'clock is nine o'clock.

    Attributes:
        factor: 1 / `MAX_FACTOR` to `MAX_FACTOR`; below 1 everything is slower.

    Raises:
        UsageError: The factor is out of its range.
    """

    factor: float

    def __post_init__(self) -> None:
        _check_factor("the factor of time", self.factor, least=1 / MAX_FACTOR)

    def apply(self, model: TrafficModel) -> TrafficModel:
        """Return the model with other arrivals and think times.

        Raises:
            ModelError: The model has more sessions a day than can be multiplied.
        """
        if self.factor == 1:
            return model
        return ThinkFactor(factor=1 / self.factor).apply(_with_arrivals(model, self.factor))

    def told(self, before: TrafficModel, after: TrafficModel) -> str:
        """Say what was done."""
        return f"everything {self.factor:g} times as fast: {change_of_sessions(before, after)}; {change_of_think_time(before, after)}"


Edit = ScaleVisitors | Spike | DeviceShare | TemplateFactor | ThinkFactor | CompressTime


def apply_edits(model: TrafficModel, edits: Iterable[Edit]) -> tuple[TrafficModel, list[str]]:
    """Apply edits one after the other, and write them down in the model.

    Args:
        model: What was learned; it is not changed.
        edits: What is to be otherwise. Each sees what the ones before it did.

    Returns:
        The new model, whose `edits` hold the sentences too, and a sentence for each edit that says what it did, in figures.

    Raises:
        ModelError: An edit does not fit the model.
    """
    told: list[str] = []
    for edit in edits:
        changed = edit.apply(model)
        told.append(edit.told(model, changed))
        model = changed
    return (_with(model, edits=(*model.edits, *told)) if told else model), told


def visitors_factor(edits: Iterable[Edit]) -> float:
    """Return by how much a closed workload's visitors are multiplied; 1 where no edit is about them."""
    return math.prod(edit.factor for edit in edits if isinstance(edit, ScaleVisitors))


# -- changing ------------------------------------------------------------------------------------------------------------


def _check_factor(what: str, factor: float, *, least: float | None = None) -> None:
    is_possible = factor > 0 if least is None else factor >= least
    if not (is_possible and factor <= MAX_FACTOR):
        valid = "above 0" if least is None else f"{least:g}"
        raise UsageError(
            f"{what} cannot be {factor:g}", hint=f"Use {valid} to {MAX_FACTOR:g}; 1 changes nothing."
        )


def _with(document: DocumentT, **changes: Any) -> DocumentT:
    """Return a document with other fields, all of its rules checked."""
    kind = type(document)
    fields = {field.alias or name: getattr(document, name) for name, field in kind.model_fields.items()}
    try:
        return kind(**(fields | changes))
    except ValidationError as error:
        raise ModelError(f"the changed model would not be valid: {error.errors()[0]['msg']}") from error


def _with_arrivals(model: TrafficModel, growth: float, **shape: Any) -> TrafficModel:
    if growth == 1:
        return model
    sessions_per_day = model.arrivals.sessions_per_day * growth
    if not math.isfinite(sessions_per_day):
        raise ModelError(
            f"{model.arrivals.sessions_per_day:g} sessions a day cannot be multiplied by {growth:g}",
            hint="Use a smaller factor.",
        )
    return _with(model, arrivals=_with(model.arrivals, sessions_per_day=sessions_per_day, **shape))


def _range(reach: Reach) -> str:
    """Write what is possible so that the written bounds are possible too."""
    least = math.ceil(reach.least * 1000) / 1000
    return f"{least:g} to {math.floor(min(reach.most, MAX_FACTOR) * 1000) / 1000:g} times"
