"""From what an author says of a form's fields to what is sent: names or labels, values or what one reads of them."""

from collections.abc import Mapping
from typing import Any, Final

from trafficflou.http import Form, FormField
from trafficflou.traffic.journeys.mistake import JourneyError, list_names, near_names

__all__ = ["values_for"]

_BUTTONS: Final = frozenset({"button", "image", "reset", "submit"})


def values_for(form: Form, given: Mapping[str, Any]) -> dict[str, str]:
    """Return what is filled in, by the names under which it is sent.

    Args:
        form: The form on the live page.
        given: Values by a field's name or label; of a choice its value or what one reads of it, of a box whether it is ticked.

    Raises:
        JourneyError: A field or a choice is not there, or one that must be filled in stays empty; the message names those there are.
    """
    values: dict[str, str] = {}
    for name, value in given.items():
        field = _field_of(form, name)
        values[field.name] = _value_of(field, value)
    missing = [field.label or field.name for field in form.fields if _is_missing(field, values)]
    if missing:
        raise JourneyError(f"the form {_shown(form)} cannot be sent without {list_names(missing)}")
    return values


def _field_of(form: Form, name: str) -> FormField:
    for field in form.fields:
        if field.name == name:
            return field
    folded = name.casefold()
    for field in form.fields:
        if folded in {field.name.casefold(), field.label.strip(" :*").casefold()}:
            return field
    known = [field.name for field in form.fields if field.kind not in _BUTTONS]
    labels = [field.label for field in form.fields]
    near = near_names(name, [*known, *labels])
    raise JourneyError(
        f'the form {_shown(form)} has no field "{name}"{near or ";"} there are: {list_names(known) or "none"}'
    )


def _value_of(field: FormField, value: Any) -> str:
    if isinstance(value, bool):
        if field.kind == "checkbox":
            return (field.value or "on") if value else ""
        return str(value).lower()
    text = "" if value is None else str(value)
    if not field.options or not text or any(text == own for own, _ in field.options):
        return text
    for own, label in field.options:
        if text.casefold() == label.casefold():
            return own
    choices = [label or own for own, label in field.options]
    near = near_names(text, choices)
    raise JourneyError(
        f'"{text}" cannot be chosen in {field.name}{near or ";"} there are: {list_names(choices)}'
    )


def _is_missing(field: FormField, values: Mapping[str, str]) -> bool:
    if not field.is_required or field.kind in _BUTTONS or field.kind == "hidden":
        return False
    if field.name in values:
        return not values[field.name]
    if field.kind in {"checkbox", "radio"}:
        return not field.is_checked
    return not field.value


def _shown(form: Form) -> str:
    return f'"{form.text or form.path}"'
