"""What a visitor writes into a form: plausible, safe, and recognisable as test data.

Nothing here can belong to anybody: addresses are at `example.com` (RFC 2606), telephone numbers lie in 555-0100..0199 (kept for
fiction by the North American Numbering Plan), card numbers are those that payment providers document for tests. Fields for
identity papers and bank accounts stay empty, and so do traps for robots.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from trafficflou.ai_models.athena.relevance import Relevance
from trafficflou.ai_models.tasks import FilledForm, FormField, FormRequest, Persona
from trafficflou.security import harms_of_words

__all__ = ["TEST_CARD", "fill_form"]

TEST_CARD: Final = "4242424242424242"
"""Stripe's documented test card; also passes the Luhn check."""

_MAX_VALUE: Final = 500
_NOTE: Final = "This is test data, sent by TrafficFlou. Please ignore it."
_LEFT_OUT: Final = frozenset({"hidden", "file", "submit", "image", "button", "reset"})
_CHOICES: Final = frozenset({"select", "select-one", "select-multiple", "radio", "datalist"})
_TRAP: Final = re.compile(
    r"honey|\bhp\b|\bbot(?:s|field|_|-|\b)|leave (?:this |it )?(?:field )?(?:empty|blank)|do ?no?t fill|are you (?:a )?human"
)
_PRIVATE: Final = re.compile(
    r"\bssn\b|social security|passport|national id|identity (?:card|number)|tax (?:id|number)|\bvat\b|iban|\bbic\b"
    r"|account number|sort code|routing number|driver|licen[cs]e|api key|token|csrf"
)
_PLACEHOLDER: Final = re.compile(
    r"^\W*$|^\W*(?:please )?(?:choose|select|pick)\b|^\W*none\W*$", re.IGNORECASE
)
_AGREE: Final = re.compile(r"terms|agree|accept|consent|privacy|conditions")


def _tag(persona: Persona) -> str:
    return hashlib.blake2b(persona.name.encode(), digest_size=6).hexdigest()


def _email(persona: Persona) -> str:
    return f"test.visitor.{_tag(persona)[:6]}@example.com"


def _password(persona: Persona) -> str:
    return f"Test-{_tag(persona)}-7Q"


def _phone(persona: Persona) -> str:
    return f"+1202555{100 + int(_tag(persona), 16) % 100:04d}"


def _interest(persona: Persona) -> str:
    return max(persona.interests, key=lambda name: (persona.interests[name], name))


def _constant(value: str) -> Callable[[Persona], str]:
    return lambda _persona: value


_RULES: Final[tuple[tuple[re.Pattern[str], Callable[[Persona], str]], ...]] = tuple(
    (re.compile(pattern), value if callable(value) else _constant(value))
    for pattern, value in (
        (r"e-?mail", _email),
        (r"\bcard (?:holder|owner)|holder|name on", "Test Visitor"),
        (r"cvc|cvv|security code|card (?:code|verification)", "123"),
        (r"expir\w*.*month|exp month|\bmm\b(?!.*yy)", "12"),
        (r"expir\w*.*year|exp year|^yy(?:yy)?$", "2034"),
        (r"expir|\bexp\b|mm.*yy", "12/34"),
        (r"card|\bpan\b|cc number|ccnum", TEST_CARD),
        (r"pass ?word|passwd|\bpwd\b|passphrase", _password),
        (r"one.?time|\botp\b|verification code|\b2fa\b", "000000"),
        (r"phone|\btel\b|mobile|\bfax\b", _phone),
        (r"search|query|^q$|keyword|find", _interest),
        (r"first name|given name|fname|forename|vorname", "Test"),
        (r"last name|family name|surname|lname|nachname", "Visitor"),
        (r"user ?name|login|nick|\buser\b|\bhandle\b", lambda persona: f"test-visitor-{_tag(persona)[:6]}"),
        (r"company|organi[sz]ation|employer", "TrafficFlou Test"),
        (r"zip|post ?code|postal|\bplz\b", "12345"),
        (r"address 2|line 2|apartment|suite|\bunit\b", ""),
        (r"street|address|line 1", "1 Test Street"),
        (r"city|town|locality|\bort\b", "Testville"),
        (r"state|province|region|county", "Test State"),
        (r"country|nation", "Testland"),
        (r"birth|\bdob\b|\bbday\b", "1990-01-15"),
        (r"\bage\b", "35"),
        (r"quantity|qty|amount|count|number of|guests|people|rooms", "1"),
        (r"coupon|voucher|promo|discount|gift code", ""),
        (r"subject|title|topic", "Test by TrafficFlou"),
        (r"message|comment|note|question|feedback|review|description|body|text", _NOTE),
        (r"website|homepage|\burl\b", "https://example.com/"),
        (r"\bname\b|full name", "Test Visitor"),
    )
)
_BY_KIND: Final[dict[str, Callable[[Persona], str]]] = {
    "email": _email,
    "password": _password,
    "tel": _phone,
    "search": _interest,
    "url": _constant("https://example.com/"),
    "date": _constant("2034-06-15"),
    "datetime-local": _constant("2034-06-15T10:00"),
    "month": _constant("2034-06"),
    "week": _constant("2034-W24"),
    "time": _constant("10:00"),
    "color": _constant("#336699"),
    "textarea": _constant(_NOTE),
}
_NUMERIC: Final = frozenset({"number", "range"})


def fill_form(relevance: Relevance[Any], request: FormRequest) -> FilledForm:
    """Fill a form in.

    Returns:
        Values by field name. Hidden fields, buttons, files and boxes that need not be ticked are left out; a trap is empty.
    """
    values: dict[str, str] = {}
    for field in request.fields:
        value = _value_of(relevance, field, request)
        if value is not None and field.name and field.name not in values:
            values[field.name] = value
    return FilledForm(values=values)


def _value_of(relevance: Relevance[Any], field: FormField, request: FormRequest) -> str | None:
    kind = field.kind.strip().lower()
    clue = _clue(field)
    if kind in _LEFT_OUT:
        return None
    if _TRAP.search(clue) or _PRIVATE.search(clue):
        return None if kind == "checkbox" or field.options else ""
    if field.options or kind in _CHOICES:
        return _choose(relevance, field.options, request.persona, clue)
    if kind == "checkbox":
        return "on" if field.is_required or _AGREE.search(clue) else None
    return _fit(_written(kind, clue, request), field.max_length, kind)


def _clue(field: FormField) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", f"{field.name} {field.label}")
    return re.sub(r"[\W_]+", " ", apart.replace("'", "")).strip().lower()


def _written(kind: str, clue: str, request: FormRequest) -> str:
    persona = request.persona
    if kind in _BY_KIND:
        special = kind == "date" and re.search(r"birth|\bdob\b|\bbday\b", clue)
        return "1990-01-15" if special else _BY_KIND[kind](persona)
    found = next((value(persona) for pattern, value in _RULES if pattern.search(clue)), None)
    if kind in _NUMERIC:
        return found if found and found.isdigit() else "1"
    if found is None:
        found = _interest(persona) if "search" in request.purpose.lower() else "Test"
    return found


def _fit(value: str, max_length: int | None, kind: str) -> str:
    """Cut a value to the field's length; an address that does not fit is worth nothing cut."""
    limit = min(_MAX_VALUE, _MAX_VALUE if max_length is None else max_length)
    if len(value) <= limit:
        return value
    if "@example.com" in value:
        return "t@example.com" if limit >= len("t@example.com") else ""
    if value in {TEST_CARD, "https://example.com/"} or kind in {"date", "datetime-local", "tel"}:
        return ""
    return "34" if value == "2034" and limit == 2 else value[:limit].rstrip()


def _choose(relevance: Relevance[Any], options: Sequence[str], persona: Persona, clue: str) -> str | None:
    """Return the option that comes nearest to what the persona wants, the first of equals; `None` without a real one."""
    real = [option for option in options if not _PLACEHOLDER.search(option) and not harms_of_words(option)]
    if not real:
        return None
    if re.search(r"country|state|title|gender|language|month|year|day", clue):
        return real[0]
    weights = dict.fromkeys(persona.goals, 0.5) | persona.interests
    scores = relevance.index(real).scores(relevance.wish(weights))
    return real[max(range(len(real)), key=lambda number: (scores[number], -number))]
