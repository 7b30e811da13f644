"""The form of `fill`: whatever a model writes, what goes into a site is test data that belongs to nobody."""

import re
from typing import Annotated, Any, Final

from pydantic import Field

from trafficflou.ai_models._prompt_piece import (
    LABEL_CHARS,
    Number,
    PromptForm,
    WireShape,
    no_wish,
    persona_data,
)
from trafficflou.ai_models.tasks import FilledForm, FormField, FormRequest
from trafficflou.security.sanitising import clean_text

__all__ = ["FILL"]

_TEST_DOMAIN: Final = "example.com"
"""Kept for such use by RFC 2606: mail to it reaches nobody."""
_TEST_CARD: Final = "4242424242424242"
"""A card number that payment providers document for tests; any other that looks like one is replaced by it."""
_TEST_PASSWORD: Final = "Test-Visitor-7Q"  # noqa: S105 - marked test data
_TEST_PHONE: Final = "+12025550143"
"""555-0100 to 555-0199 are kept for fiction by the North American Numbering Plan."""
_LOOKS_LIKE_A_CARD: Final = re.compile(r"^[\d -]{13,23}$")
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}")
_NOT_FOR_PEOPLE: Final = frozenset({"hidden", "file", "submit", "image", "button", "reset"})


class _Value(WireShape):
    field: Number
    value: Annotated[str, Field(max_length=1000)]


class _WireForm(WireShape):
    values: Annotated[list[_Value], Field(max_length=60)]


def _form(request: FormRequest) -> dict[str, Any]:
    return {
        "persona": persona_data(request.persona),
        "purpose": clean_text(request.purpose, LABEL_CHARS),
        "fields": [
            {
                "number": number,
                "name": clean_text(field.name, LABEL_CHARS),
                "kind": clean_text(field.kind, 40),
                "label": clean_text(field.label, LABEL_CHARS),
                "options": [clean_text(option, LABEL_CHARS) for option in field.options[:40]],
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
        local = written.strip().partition("@")[0]
        value = f"{local if _LOCAL_PART.fullmatch(local) else 'test.visitor'}@{_TEST_DOMAIN}"
    elif _LOOKS_LIKE_A_CARD.match(written.strip()):
        value = _TEST_CARD
    else:
        value = clean_text(written, limit)
    return value[:limit]


def _option(field: FormField, written: str) -> str:
    wanted = clean_text(written, LABEL_CHARS)
    for option in field.options:
        if clean_text(option, LABEL_CHARS) == wanted:
            return option
    raise ValueError("a field with options takes one of them, letter by letter")


FILL: Final = PromptForm(
    "Fill in this form as this person would, with data that is plainly test data and belongs to nobody. Give a value for each field, "
    "by its number; a field with options takes one of them, letter by letter. Leave out fields that ask for identity papers, bank "
    "accounts or anything secret, and fields that people are asked to leave empty.",
    _WireForm,
    no_wish,
    _form,
    _filled_form,
)
