"""What the forms of all tasks are made of.

A language model never writes anything that is used as a name, an address or a figure of ours. It is shown numbered things
(offers, form fields, templates, groups, figures) and answers with numbers; the numbers are looked up in the request itself. So a
page that talks the model into something can at most make it choose badly among what was offered. Words that it writes are
cleaned (`security.sanitising`) and bounded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from trafficflou.ai_models.tasks import Persona, SiteFacts, TemplateFacts
from trafficflou.security.sanitising import clean_text

__all__ = [
    "LABEL_CHARS",
    "SENTENCE_CHARS",
    "WORD_CHARS",
    "Device",
    "MaybeWords",
    "Number",
    "PromptForm",
    "Share",
    "WireShape",
    "Words",
    "maybe_words",
    "no_wish",
    "persona_data",
    "pick",
    "site_data",
    "template_rows",
    "words",
]

WORD_CHARS: Final = 80
SENTENCE_CHARS: Final = 400
LABEL_CHARS: Final = 100

Number = Annotated[int, Field(ge=1, le=1000)]
Words = Annotated[str, Field(min_length=1, max_length=SENTENCE_CHARS * 2)]
MaybeWords = Annotated[str, Field(max_length=SENTENCE_CHARS * 2)] | None
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Device = Literal["desktop", "mobile", "tablet"]


class WireShape(BaseModel):
    """Base of what a model has to write; what it adds of its own is ignored."""

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


def no_wish(_request: BaseModel) -> str:
    """Return nothing, for tasks in which the operator says nothing of his own."""
    return ""


def words(text: str, limit: int, what: str) -> str:
    """Clean a text of the model; raises `ValueError` where nothing is left of it."""
    cleaned = clean_text(text, limit)
    if not cleaned:
        raise ValueError(f"{what} must be plain words")
    return cleaned


def maybe_words(text: str | None, limit: int) -> str | None:
    """Clean a text that may be missing."""
    return clean_text(text, limit) or None if text else None


def pick(items: Sequence[Any], number: int, what: str) -> Any:
    """Return the thing with a number, counted from 1; raises `ValueError` where there is none."""
    if number > len(items):
        raise ValueError(f"{what} {number} was not offered; there are {len(items)}")
    return items[number - 1]


def template_rows(templates: Sequence[TemplateFacts]) -> list[dict[str, Any]]:
    """Show templates by number."""
    return [
        {
            "number": number,
            "template": facts.template,
            "share": round(facts.share, 4),
            "title": clean_text(facts.title, LABEL_CHARS),
        }
        for number, facts in enumerate(templates, start=1)
    ]


def site_data(site: SiteFacts) -> dict[str, Any]:
    """Show a site."""
    return {
        "name": clean_text(site.name, LABEL_CHARS),
        "templates": template_rows(site.templates),
        "devices": dict(site.devices),
        "one_page_share": site.one_page_share,
        "pages_per_session": site.pages_per_session,
        "think_median_s": site.think_median_s,
        "is_measured": site.is_measured,
    }


def persona_data(persona: Persona) -> dict[str, Any]:
    """Show a persona, whose words a model wrote."""
    return {
        "name": clean_text(persona.name, WORD_CHARS),
        "goals": [clean_text(goal, SENTENCE_CHARS) for goal in persona.goals],
        "interests": {clean_text(word, WORD_CHARS): weight for word, weight in persona.interests.items()},
        "patience": persona.patience,
        "device": persona.device,
    }
