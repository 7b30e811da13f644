"""The shape of each task on the wire: what a provider is told, what it has to answer, and how that becomes a result.

A language model never writes anything that is used as a name, an address or a figure of ours. It is shown numbered things
(offers, form fields, templates, groups, figures) and answers with numbers; the numbers are looked up here in the request
itself. So a page that talks the model into something can at most make it choose badly among what was offered. Words that it
writes are cleaned (`security.sanitising`) and bounded.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from trafficflou.ai_models.tasks import (
    BriefRequest,
    Citation,
    Explanation,
    FilledForm,
    FormField,
    FormRequest,
    GroupNames,
    NameGroupsRequest,
    Persona,
    Plan,
    PlanEdit,
    Population,
    PopulationRequest,
    Preferences,
    PreferRequest,
    RunFigures,
    SiteFacts,
    TaskName,
    TemplateFacts,
    ToldFinding,
)
from trafficflou.security.sanitising import clean_text

__all__ = ["FORMS", "PromptForm"]

_WORD: Final = 80
_SENTENCE: Final = 400
_LABEL: Final = 100
_TEST_DOMAIN: Final = "example.com"
"""Kept for such use by RFC 2606: mail to it reaches nobody."""
_TEST_CARD: Final = "4242424242424242"
"""A card number that payment providers document for tests; any other that looks like one is replaced by it."""
_TEST_PASSWORD: Final = "Test-Visitor-7Q"  # noqa: S105 - marked test data
_TEST_PHONE: Final = "+12025550143"
"""555-0100 to 555-0199 are kept for fiction by the North American Numbering Plan."""
_LOOKS_LIKE_A_CARD: Final = re.compile(r"^[\d -]{13,23}$")
_LOCAL_PART: Final = re.compile(r"[^A-Za-z0-9._+-]+")
_NOT_FOR_PEOPLE: Final = frozenset({"hidden", "file", "submit", "image", "button", "reset"})

Number = Annotated[int, Field(ge=1, le=1000)]
Words = Annotated[str, Field(min_length=1, max_length=_SENTENCE * 2)]
MaybeWords = Annotated[str, Field(max_length=_SENTENCE * 2)] | None
Unit = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Device = Literal["desktop", "mobile", "tablet"]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


@dataclass(frozen=True, slots=True)
class PromptForm:
    """How one task is put to a language model.

    Attributes:
        orders: What to do, for the system text.
        wire_type: The arguments of the function that the model has to call.
        wish: What the operator asks for, from a request.
        data: What the model is shown, as JSON values; texts in it come from pages and are cleaned here.
        result: Makes the result from valid arguments and the request; raises `ValueError` saying what is wrong.
    """

    orders: str
    wire_type: type[BaseModel]
    wish: Callable[[Any], str]
    data: Callable[[Any], dict[str, Any]]
    result: Callable[[Any, Any], BaseModel]


def _no_wish(_request: BaseModel) -> str:
    return ""


def _words(text: str, limit: int, what: str) -> str:
    cleaned = clean_text(text, limit)
    if not cleaned:
        raise ValueError(f"{what} must be plain words")
    return cleaned


def _maybe_words(text: str | None, limit: int) -> str | None:
    return clean_text(text, limit) or None if text else None


def _pick(items: Sequence[Any], number: int, what: str) -> Any:
    if number > len(items):
        raise ValueError(f"{what} {number} was not offered; there are {len(items)}")
    return items[number - 1]


def _template_rows(templates: Sequence[TemplateFacts]) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "template": facts.template,
            "share": round(facts.share, 4),
            "title": clean_text(facts.title, _LABEL),
        }
        for number, facts in enumerate(templates, start=1)
    ]


def _site(site: SiteFacts) -> dict[str, Any]:
    return {
        "name": clean_text(site.name, _LABEL),
        "templates": _template_rows(site.templates),
        "devices": dict(site.devices),
        "one_page_share": site.one_page_share,
        "pages_per_session": site.pages_per_session,
        "think_median_s": site.think_median_s,
        "is_measured": site.is_measured,
    }


def _persona(persona: Persona) -> dict[str, Any]:
    return {
        "name": clean_text(persona.name, _WORD),
        "goals": [clean_text(goal, _SENTENCE) for goal in persona.goals],
        "interests": {clean_text(word, _WORD): weight for word, weight in persona.interests.items()},
        "patience": persona.patience,
        "device": persona.device,
    }


# -- imagine_population ------------------------------------------------------------------------------------------------


class _Interest(_Wire):
    word: Annotated[str, Field(min_length=1, max_length=_WORD * 2)]
    weight: Annotated[float, Field(gt=0, le=1)]


class _WirePersona(_Wire):
    name: Annotated[str, Field(min_length=1, max_length=_WORD * 2)]
    description: Words
    goals: Annotated[list[Words], Field(min_length=1, max_length=5)]
    interests: Annotated[list[_Interest], Field(min_length=1, max_length=12)]
    patience: Unit
    pace: Annotated[float, Field(ge=0.25, le=4)]
    device: Device
    pages: Annotated[float, Field(ge=1, le=100)]
    entry: Number | None = Field(description="number of the template on which a visit begins")
    actions: Annotated[
        list[Literal["browse", "search", "cart", "checkout", "login", "read", "compare", "contact"]],
        Field(min_length=1, max_length=8),
    ]
    weight: Annotated[float, Field(gt=0, le=100)]


class _WirePopulation(_Wire):
    personas: Annotated[list[_WirePersona], Field(min_length=1, max_length=24)]


def _population(wire: _WirePopulation, request: PopulationRequest) -> Population:
    total = sum(persona.weight for persona in wire.personas)
    return Population(
        personas=tuple(_one_persona(persona, request, total) for persona in wire.personas), origin="imagined"
    )


def _one_persona(wire: _WirePersona, request: PopulationRequest, total: float) -> Persona:
    entry = _pick(request.site.templates, wire.entry, "template").template if wire.entry else None
    return Persona(
        name=_words(wire.name, _WORD, "a name"),
        description=_words(wire.description, _SENTENCE, "a description"),
        goals=tuple(_words(goal, _SENTENCE, "a goal") for goal in wire.goals),
        interests={_words(each.word, _WORD, "an interest"): each.weight for each in wire.interests},
        patience=wire.patience,
        pace=wire.pace,
        device=wire.device,
        pages=wire.pages,
        entry=entry,
        actions=tuple(dict.fromkeys(wire.actions)),
        weight=wire.weight / total,
    )


# -- prefer ------------------------------------------------------------------------------------------------------------


class _Choice(_Wire):
    offer: Number
    weight: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]


class _WirePreferences(_Wire):
    choices: Annotated[list[_Choice], Field(max_length=200)]
    leave: Unit


def _page(request: PreferRequest) -> dict[str, Any]:
    return {
        "persona": _persona(request.persona),
        "page": {
            "title": clean_text(request.page_title, _LABEL),
            "template": clean_text(request.page_template, _LABEL),
        },
        "offers": [
            {
                "number": number,
                "kind": offer.kind,
                "text": clean_text(offer.text, _LABEL),
                "title": clean_text(offer.title, _LABEL),
                "place": offer.place,
                "template": clean_text(offer.template, _LABEL),
                "price": offer.price,
            }
            for number, offer in enumerate(request.offers, start=1)
        ],
    }


def _preferences(wire: _WirePreferences, request: PreferRequest) -> Preferences:
    weights = [0.0] * len(request.offers)
    for choice in wire.choices:
        _pick(request.offers, choice.offer, "offer")
        weights[choice.offer - 1] = choice.weight
    if not any(weights) and wire.leave == 0:
        raise ValueError("at least one choice, or leaving, needs a weight above 0")
    return Preferences(weights=tuple(weights), leave=wire.leave)


# -- fill --------------------------------------------------------------------------------------------------------------


class _Value(_Wire):
    field: Number
    value: Annotated[str, Field(max_length=1000)]


class _WireForm(_Wire):
    values: Annotated[list[_Value], Field(max_length=60)]


def _form(request: FormRequest) -> dict[str, Any]:
    return {
        "persona": _persona(request.persona),
        "purpose": clean_text(request.purpose, _LABEL),
        "fields": [
            {
                "number": number,
                "name": clean_text(field.name, _LABEL),
                "kind": clean_text(field.kind, 40),
                "label": clean_text(field.label, _LABEL),
                "options": [clean_text(option, _LABEL) for option in field.options[:40]],
                "is_required": field.is_required,
                "max_length": field.max_length,
            }
            for number, field in _open_fields(request)
        ],
    }


def _open_fields(request: FormRequest) -> list[tuple[int, FormField]]:
    """Return the fields that people fill in; the others keep what the page gave them."""
    numbered = enumerate(request.fields, start=1)
    return [(number, field) for number, field in numbered if field.kind.lower() not in _NOT_FOR_PEOPLE]


def _filled_form(wire: _WireForm, request: FormRequest) -> FilledForm:
    fields = dict(_open_fields(request))
    values: dict[str, str] = {}
    for entry in wire.values:
        field = fields.get(entry.field)
        if field is None:
            raise ValueError(f"field {entry.field} was not offered")
        values[field.name] = _test_value(field, entry.value)
    missing = [number for number, field in fields.items() if field.is_required and not values.get(field.name)]
    if missing:
        raise ValueError(f"the required fields {missing[:10]} have no value")
    return FilledForm(values=values)


def _test_value(field: FormField, written: str) -> str:
    """Keep a value plausible and make sure that it cannot belong to anybody."""
    if field.options:
        return _option(field, written)
    limit = min(500, field.max_length) if field.max_length else 500
    kind = field.kind.lower()
    if kind == "password":
        value = _TEST_PASSWORD
    elif kind == "tel":
        value = _TEST_PHONE
    elif kind == "url":
        value = f"https://{_TEST_DOMAIN}/"
    elif kind == "email" or "@" in written:
        local = _LOCAL_PART.sub("", written.partition("@")[0])[:40].strip(".")
        value = f"{local or 'test.visitor'}@{_TEST_DOMAIN}"
    elif _LOOKS_LIKE_A_CARD.match(written.strip()):
        value = _TEST_CARD
    else:
        value = clean_text(written, limit)
    return value[:limit]


def _option(field: FormField, written: str) -> str:
    wanted = clean_text(written, _LABEL)
    for option in field.options:
        if clean_text(option, _LABEL) == wanted:
            return option
    raise ValueError("a field with options takes one of them, letter by letter")


# -- name_groups -------------------------------------------------------------------------------------------------------


class _Name(_Wire):
    group: Number
    name: Annotated[str, Field(min_length=1, max_length=_WORD * 2)]


class _WireNames(_Wire):
    names: Annotated[list[_Name], Field(min_length=1, max_length=24)]


def _groups(request: NameGroupsRequest) -> dict[str, Any]:
    return {
        "groups": [
            {
                "number": number,
                "share": round(group.share, 4),
                "top_templates": _template_rows(group.top_templates),
                "pages_per_session": round(group.pages_per_session, 2),
                "think_median_s": round(group.think_median_s, 2),
            }
            for number, group in enumerate(request.groups, start=1)
        ]
    }


def _group_names(wire: _WireNames, request: NameGroupsRequest) -> GroupNames:
    names = {
        _pick(request.groups, entry.group, "group").key: _words(entry.name, _WORD, "a name")
        for entry in wire.names
    }
    if len(names) != len(request.groups):
        raise ValueError(f"each of the {len(request.groups)} groups needs a name")
    return GroupNames(names=names)


# -- explain -----------------------------------------------------------------------------------------------------------


class _Finding(_Wire):
    message: Words
    likely_cause: MaybeWords
    next_experiment: MaybeWords
    cites: Annotated[list[Number], Field(min_length=1, max_length=8)]


class _WireExplanation(_Wire):
    findings: Annotated[list[_Finding], Field(max_length=12)]


def _figures(request: RunFigures) -> dict[str, Any]:
    return {
        "verdict": request.verdict,
        "reasons": [clean_text(reason, _SENTENCE) for reason in request.reasons[:20]],
        "figures": [
            {
                "number": number,
                "place": clean_text(figure.place, 120),
                "value": clean_text(figure.value, _LABEL) if isinstance(figure.value, str) else figure.value,
            }
            for number, figure in enumerate(request.figures, start=1)
        ],
    }


def _explanation(wire: _WireExplanation, request: RunFigures) -> Explanation:
    return Explanation(findings=tuple(_told(finding, request) for finding in wire.findings))


def _told(finding: _Finding, request: RunFigures) -> ToldFinding:
    cited = [_pick(request.figures, number, "figure") for number in dict.fromkeys(finding.cites)]
    return ToldFinding(
        message=_words(finding.message, _SENTENCE, "a message"),
        likely_cause=_maybe_words(finding.likely_cause, _SENTENCE),
        next_experiment=_maybe_words(finding.next_experiment, _SENTENCE),
        cites=tuple(Citation(place=figure.place, value=figure.value) for figure in cited),
    )


# -- brief_to_plan -----------------------------------------------------------------------------------------------------


class _Edit(_Wire):
    kind: Literal["scale_visitors", "spike", "device_share", "template_factor", "think_factor"]
    factor: Annotated[float, Field(gt=0, le=1000)]
    hour: Annotated[int, Field(ge=0, le=23)] | None
    device: Device | None
    template: Number | None = Field(description="number of a template")
    because: Words


class _WirePlan(_Wire):
    edits: Annotated[list[_Edit], Field(max_length=12)]
    not_understood: Annotated[list[Words], Field(max_length=12)]


def _plan(wire: _WirePlan, request: BriefRequest) -> Plan:
    return Plan(
        edits=tuple(_plan_edit(edit, request) for edit in wire.edits),
        not_understood=tuple(
            _words(text, _SENTENCE, "what is not understood") for text in wire.not_understood
        ),
    )


def _plan_edit(edit: _Edit, request: BriefRequest) -> PlanEdit:
    needed = {"spike": edit.hour, "device_share": edit.device, "template_factor": edit.template}
    if needed.get(edit.kind, 0) is None:
        raise ValueError(f"{edit.kind} does not say which hour, device or template")
    if edit.kind == "device_share" and edit.factor > 1:
        raise ValueError("the factor of device_share is a share, at most 1")
    template = (
        _pick(request.site.templates, edit.template, "template").template
        if edit.template and edit.kind == "template_factor"
        else None
    )
    return PlanEdit(
        kind=edit.kind,
        factor=edit.factor,
        hour=edit.hour if edit.kind == "spike" else None,
        device=edit.device if edit.kind == "device_share" else None,
        template=template,
        because=_words(edit.because, _SENTENCE, "a reason"),
    )


FORMS: Final = {
    TaskName.IMAGINE_POPULATION: PromptForm(
        "Imagine behaviour groups of people who visit the site: who they are, what they want, what interests them, how patient they "
        "are. Make them as many as is asked for, different from one another, and true to the site and its figures. Interests are words "
        "that would stand on pages such people like, each with a weight. `patience` 0 leaves at the first slow page, 1 waits for ever. "
        "`pace` multiplies the usual think time. `pages` is the length of a usual visit. `weight` is the group's share of all visits.",
        _WirePopulation,
        lambda request: f"{request.count} groups, please. {clean_text(request.brief, 2000)}".strip(),
        lambda request: {"site": _site(request.site)},
        _population,
    ),
    TaskName.PREFER: PromptForm(
        "Say what this person would do on this page: a weight for each offer that they might choose, by its number, higher is likelier; "
        "offers that you leave out have none. `leave` is the chance that they leave the site here.",
        _WirePreferences,
        _no_wish,
        _page,
        _preferences,
    ),
    TaskName.FILL: PromptForm(
        "Fill in this form as this person would, with data that is plainly test data and belongs to nobody. Give a value for each field, "
        "by its number; a field with options takes one of them, letter by letter. Leave out fields that ask for identity papers, bank "
        "accounts or anything secret, and fields that people are asked to leave empty.",
        _WireForm,
        _no_wish,
        _form,
        _filled_form,
    ),
    TaskName.NAME_GROUPS: PromptForm(
        "Give each behaviour group, by its number, a short plain name that tells it from the others by what its visitors do, such as "
        "`Bargain hunters` or `One-page readers`.",
        _WireNames,
        _no_wish,
        _groups,
        _group_names,
    ),
    TaskName.EXPLAIN: PromptForm(
        "Explain the outcome of a load test: what broke or slowed down first, why that may be, and what to try next. Most important first, "
        "few findings, none where nothing is remarkable. Every finding cites, by number, the figures that it rests on. Claim nothing that "
        "the figures do not show; say that a cause is likely, not that it is certain.",
        _WireExplanation,
        _no_wish,
        _figures,
        _explanation,
    ),
    TaskName.BRIEF_TO_PLAN: PromptForm(
        "Turn the operator's sentence into changes of the traffic. `scale_visitors` multiplies all visitors; `spike` multiplies the "
        "arrivals around an hour; `device_share` sets a device's share (0 to 1); `template_factor` multiplies how often a kind of page, by "
        "its number, is visited; `think_factor` multiplies the think times. Say why for each. Put into `not_understood` whatever no change "
        "expresses; invent nothing.",
        _WirePlan,
        lambda request: clean_text(request.brief, 2000),
        lambda request: {"site": _site(request.site)},
        _plan,
    ),
}
