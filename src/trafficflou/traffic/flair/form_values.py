"""What visitors fill in: Athena's test data, around what the page itself has filled in already."""

from typing import Any, Final

from trafficflou.ai_models.athena.form_filling import fill_form
from trafficflou.ai_models.athena.relevance import Relevance
from trafficflou.ai_models.tasks import FormField as AskedField
from trafficflou.ai_models.tasks import FormRequest, Persona
from trafficflou.http import FormField
from trafficflou.traffic.flair.lru import LruCache
from trafficflou.traffic.flair.seen_form import SeenForm, is_token
from trafficflou.traffic.form_policy import FormPurpose

__all__ = ["FormValues", "fields_to_fill", "told_values"]

_CACHED: Final = 512
_MAX_FIELDS: Final = 60
_MAX_NAME: Final = 200
_MAX_OPTIONS: Final = 100
_UNSEEN: Final = frozenset({"hidden", "submit", "button", "image", "reset"})
_WRITTEN_IN: Final = frozenset({"text", "search", ""})
_TOLD: Final = 60
"""Characters of a value that are told in a trail."""

Values = dict[str, str]


class FormValues:
    """Fills in forms; the same form of the same persona once."""

    __slots__ = ("_filled", "_relevance")

    def __init__(self, relevance: Relevance[Any]) -> None:
        """Choose among options by relevance."""
        self._relevance = relevance
        self._filled: LruCache[tuple[object, ...], Values] = LruCache(_CACHED)

    def fill(self, persona: Persona, seen: SeenForm, *, query: str, attempt: int = 1) -> Values:
        """Return values by field name; fields that keep what the page filled in are left out.

        Args:
            persona: Who fills it in.
            seen: The form.
            query: What is searched for, where it is a search.
            attempt: 2 where the first values were refused: then whatever can be filled in is, and other options are chosen.
        """
        if seen.purpose is FormPurpose.SEARCH:
            return _searching(seen, query)
        key = (persona.name, seen.shape, attempt)
        return self._filled.find(key) or self._filled.keep(key, self._fill(persona, seen, attempt))

    def _fill(self, persona: Persona, seen: SeenForm, attempt: int) -> Values:
        fields = [field for field in seen.form.fields if field.name and field.kind not in _UNSEEN]
        open_fields = [field for field in fields if attempt > 1 or not _is_filled(field)][:_MAX_FIELDS]
        asked = tuple(_asked(field, attempt) for field in open_fields)
        request = FormRequest(persona=persona, fields=asked, purpose=seen.purpose)
        given = fill_form(self._relevance, request).values
        values: Values = {}
        for field in open_fields:
            value = given.get(field.name[:_MAX_NAME])
            if value is not None:
                values.setdefault(field.name, _as_sent(field, value))
        return values


def _is_filled(field: FormField) -> bool:
    """Whether the page has filled a field in, so that a person would leave it."""
    if field.kind == "checkbox":
        return field.is_checked or not field.is_required
    if field.options:
        return field.is_checked or bool(field.value)
    return bool(field.value)


def _asked(field: FormField, attempt: int) -> AskedField:
    # An option without a value is the one that says "please choose".
    labels = [label or value for value, label in field.options if value]
    if attempt > 1 and len(labels) > 1:
        labels = [*labels[1:], labels[0]]
    return AskedField(
        name=field.name[:_MAX_NAME],
        kind=field.kind[:40],
        label=field.label[:_MAX_NAME],
        options=tuple(label[:_MAX_NAME] for label in labels[:_MAX_OPTIONS]),
        is_required=field.is_required or attempt > 1,
        max_length=field.max_length,
    )


def _as_sent(field: FormField, value: str) -> str:
    """Return the value that stands for a chosen label."""
    return next((sent for sent, label in field.options if (label or sent)[:_MAX_NAME] == value), value)


def _searching(seen: SeenForm, query: str) -> Values:
    for field in seen.form.fields:
        if field.kind in _WRITTEN_IN and field.name:
            limit = len(query) if field.max_length is None else field.max_length
            return {field.name: query[:limit]}
    return {}


def told_values(seen: SeenForm, values: Values) -> tuple[tuple[str, str], ...]:
    """Return what a trail tells of a form that was sent: what was filled in, and what the page says that it is about, but no tokens."""
    hidden = {
        field.name: field.value
        for field in seen.form.fields
        if field.kind == "hidden" and field.value and not is_token(field.name, field.value)
    }
    return tuple((name, value[:_TOLD]) for name, value in (hidden | values).items())


def fields_to_fill(seen: SeenForm) -> int:
    """Return how many fields a person fills in."""
    return sum(field.kind not in _UNSEEN and not _is_filled(field) for field in seen.form.fields)
