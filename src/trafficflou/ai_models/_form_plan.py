"""The form of `brief_to_plan`."""

from typing import Annotated, Final, Literal

from pydantic import Field

from trafficflou.ai_models._prompt_piece import (
    SENTENCE_CHARS,
    Device,
    Number,
    PromptForm,
    WireShape,
    Words,
    pick,
    site_data,
    words,
)
from trafficflou.ai_models.tasks import BriefRequest, Plan, PlanEdit
from trafficflou.security.sanitising import clean_text

__all__ = ["BRIEF_TO_PLAN"]


class _Edit(WireShape):
    kind: Literal["scale_visitors", "spike", "device_share", "template_factor", "think_factor"]
    factor: Annotated[float, Field(gt=0, le=1000)]
    hour: Annotated[int, Field(ge=0, le=23)] | None
    device: Device | None
    template: Number | None = Field(description="number of a template")
    because: Words


class _WirePlan(WireShape):
    edits: Annotated[list[_Edit], Field(max_length=12)]
    not_understood: Annotated[list[Words], Field(max_length=12)]


def _plan(wire: _WirePlan, request: BriefRequest) -> Plan:
    return Plan(
        edits=tuple(_plan_edit(edit, request) for edit in wire.edits),
        not_understood=tuple(
            words(text, SENTENCE_CHARS, "what is not understood") for text in wire.not_understood
        ),
    )


def _plan_edit(edit: _Edit, request: BriefRequest) -> PlanEdit:
    needed = {"spike": edit.hour, "device_share": edit.device, "template_factor": edit.template}
    if needed.get(edit.kind, 0) is None:
        raise ValueError(f"{edit.kind} does not say which hour, device or template")
    if edit.kind == "device_share" and edit.factor > 1:
        raise ValueError("the factor of device_share is a share, at most 1")
    template = (
        pick(request.site.templates, edit.template, "template").template
        if edit.template and edit.kind == "template_factor"
        else None
    )
    return PlanEdit(
        kind=edit.kind,
        factor=edit.factor,
        hour=edit.hour if edit.kind == "spike" else None,
        device=edit.device if edit.kind == "device_share" else None,
        template=template,
        because=words(edit.because, SENTENCE_CHARS, "a reason"),
    )


BRIEF_TO_PLAN: Final = PromptForm(
    "Turn the operator's sentence into changes of the traffic. `scale_visitors` multiplies all visitors; `spike` multiplies the "
    "arrivals around an hour; `device_share` sets a device's share (0 to 1); `template_factor` multiplies how often a kind of page, by "
    "its number, is visited; `think_factor` multiplies the think times. Say why for each. Put into `not_understood` whatever no change "
    "expresses; invent nothing.",
    _WirePlan,
    lambda request: clean_text(request.brief, 2000),
    lambda request: {"site": site_data(request.site)},
    _plan,
)
