"""A brief becomes a plan: what a sentence says about the day is read, bent into the model and the workload, and shown before it is played.

Theory of operation: an edit is played where it takes effect. How many come is a matter of the workload, unless that follows the model's
recorded arrivals; how long people read is a matter of the think time; devices, kinds of pages and the hours of a day are matters of the
model. What a run has no place for is said, not dropped: a spike at nine means nothing where arrivals were not recorded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from trafficflou.ai_models.model import AiModel
from trafficflou.ai_models.tasks import BRIEF_TO_PLAN, BriefRequest, Device, PlanEdit, SiteFacts
from trafficflou.behavior import (
    DeviceShare,
    Edit,
    ScaleVisitors,
    Spike,
    TemplateFactor,
    TrafficModel,
    apply_edits,
)
from trafficflou.core import TrafficFlouError, UsageError
from trafficflou.core.units import format_count, format_share, parse_rate_rps
from trafficflou.security.sanitising import clean_text
from trafficflou.traffic import ThinkTime

__all__ = ["BriefReading", "Confirm", "Scene", "bend", "read_brief"]

MAX_VISITORS: Final = 100_000
_LEAST_THINK_FACTOR: Final = 0.001
_MOST_THINK_FACTOR: Final = 100.0
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a brief may bend.

    Attributes:
        model: The traffic model; `None` where the run has none.
        visitors: Visitors at once; `None` where `arrivals` is set.
        arrivals: How sessions arrive, such as `10/s` or `model`.
        think_time: How think times are scaled.
        devices: Shares of devices that imagined visitors shall have; only where there is no model.
    """

    model: TrafficModel | None
    visitors: int | None
    arrivals: str | None
    think_time: str
    devices: dict[Device, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefReading:
    """What was made of a brief; sentences are cleaned.

    Attributes:
        brief: As it was given.
        provider: Who read it.
        scene: The bent scene.
        told: What will be played, one sentence for each edit.
        left_out: Edits that this run has no place for, and why.
        not_understood: What of the brief could not be read.
    """

    brief: str
    provider: str
    scene: Scene
    told: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it, each sentence saying which it is."""
        left_out = (f"Not played: {sentence}" for sentence in self.left_out)
        not_understood = (f"Not understood: {sentence}" for sentence in self.not_understood)
        return (*self.told, *left_out, *not_understood)


Confirm = Callable[[BriefReading], bool]
"""Shows a reading to whoever gave the brief and answers whether it is meant so."""


async def read_brief(ai: AiModel, brief: str, facts: SiteFacts, scene: Scene) -> BriefReading:
    """Read a brief and bend a scene by it.

    Args:
        ai: Reads it.
        brief: The sentence.
        facts: The site, as far as it is known.
        scene: What there is to bend.

    Raises:
        UsageError: The bent workload is more than can be played.
    """
    answer = await ai.answer(BRIEF_TO_PLAN, BriefRequest(brief=brief, site=facts))
    bent, told, left_out = bend(scene, answer.value.edits)
    return BriefReading(
        brief=brief,
        provider=answer.provider,
        scene=bent,
        told=tuple(map(_clean, told)),
        left_out=tuple(map(_clean, left_out)),
        not_understood=tuple(map(_clean, answer.value.not_understood)),
    )


def bend(scene: Scene, edits: Sequence[PlanEdit]) -> tuple[Scene, list[str], list[str]]:
    """Apply edits, one after the other.

    Returns:
        The bent scene, what was done, and what has no place in it.

    Raises:
        UsageError: The workload would be more than can be played.
    """
    told: list[str] = []
    left_out: list[str] = []
    for edit in edits:
        try:
            scene, sentence = _BENDERS[edit.kind](scene, edit)
        except _NoPlaceError as error:
            left_out.append(f"{error} ({edit.because})")
        else:
            told.append(f"{sentence} ({edit.because})")
    return scene, told, left_out


class _NoPlaceError(Exception):
    """An edit means nothing in this scene; the text says why."""


def _scale_visitors(scene: Scene, edit: PlanEdit) -> tuple[Scene, str]:
    if scene.arrivals == "model":
        return _edit_model(scene, ScaleVisitors(factor=edit.factor))
    if scene.arrivals is not None:
        rate_rps = parse_rate_rps(scene.arrivals) * edit.factor
        arrivals = f"{rate_rps:.6f}".rstrip("0").rstrip(".") + "/s"
        return replace(scene, arrivals=arrivals), f"{scene.arrivals} arriving become {arrivals}"
    before = scene.visitors or 1
    after = max(1, round(before * edit.factor))
    if after > MAX_VISITORS:
        raise UsageError(
            f"{edit.factor:g} times {format_count(before)} visitors are more than the {format_count(MAX_VISITORS)} that can be played",
            hint="Say a smaller factor, or give fewer --visitors.",
        )
    sentence = f"{format_count(before)} visitors at once become {format_count(after)}"
    return replace(scene, visitors=after), sentence


def _spike(scene: Scene, edit: PlanEdit) -> tuple[Scene, str]:
    hour = 0 if edit.hour is None else edit.hour
    if scene.model is None or scene.arrivals != "model":
        raise _NoPlaceError(f"A spike at {hour}:00 needs recorded arrivals: a model and --arrivals model")
    return _edit_model(scene, Spike(hour=hour, factor=edit.factor))


def _device_share(scene: Scene, edit: PlanEdit) -> tuple[Scene, str]:
    if edit.device is None or edit.factor > 1:
        raise _NoPlaceError("A share of a device is a device and a number from 0 to 1")
    if scene.model is not None:
        return _edit_model(scene, DeviceShare(device=edit.device, share=edit.factor))
    sentence = (
        f"{format_share(edit.factor)} of the imagined visitors come with a {_DEVICE_WORDS[edit.device]}"
    )
    return replace(scene, devices=_mix_with(scene.devices, edit.device, edit.factor)), sentence


def _mix_with(devices: Mapping[Device, float], device: Device, share: float) -> dict[Device, float]:
    """Give a device its share; the others share the rest in their proportions, or one of them has it where none was said."""
    others = {name: part for name, part in devices.items() if name != device and part > 0}
    if not others:
        others = {"mobile" if device == "desktop" else "desktop": 1.0}
    total = sum(others.values())
    return {device: share, **{name: (1 - share) * part / total for name, part in others.items()}}


def _template_factor(scene: Scene, edit: PlanEdit) -> tuple[Scene, str]:
    if scene.model is None:
        raise _NoPlaceError(
            "How often a kind of page is visited can only be multiplied where it was recorded: in a model"
        )
    if edit.template is None:
        raise _NoPlaceError("It is not said which kind of page is meant")
    return _edit_model(scene, TemplateFactor(template=edit.template, factor=edit.factor))


def _think_factor(scene: Scene, edit: PlanEdit) -> tuple[Scene, str]:
    before = ThinkTime.parse(scene.think_time)
    factor = before.factor * edit.factor
    if not before.factor:
        raise _NoPlaceError("Visitors do not think in this run (--think-time none)")
    if not _LEAST_THINK_FACTOR <= factor <= _MOST_THINK_FACTOR:
        raise _NoPlaceError(f"{factor:g} times the think time is out of range")
    after = f"x{factor:.6f}".rstrip("0").rstrip(".")
    return replace(scene, think_time=after), f"think times are {factor:g} times as long as usual"


_BENDERS: Final[dict[str, Callable[[Scene, PlanEdit], tuple[Scene, str]]]] = {
    "scale_visitors": _scale_visitors,
    "spike": _spike,
    "device_share": _device_share,
    "template_factor": _template_factor,
    "think_factor": _think_factor,
}

_DEVICE_WORDS: Final[dict[Device, str]] = {"desktop": "computer", "mobile": "phone", "tablet": "tablet"}


def _edit_model(scene: Scene, edit: Edit) -> tuple[Scene, str]:
    assert scene.model is not None  # noqa: S101 - for the type checker: asked before
    try:
        model, told = apply_edits(scene.model, [edit])
    except TrafficFlouError as error:
        raise _NoPlaceError(f"{error.message[:1].upper()}{error.message[1:]}") from error
    return replace(scene, model=model), "; ".join(told)


def _clean(sentence: str) -> str:
    return clean_text(sentence, _LONGEST)
