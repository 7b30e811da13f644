"""Forms: plausible values that belong to nobody, nothing into traps, nothing longer than asked."""

import re
from typing import Any

import pytest

from trafficflou.ai_models.athena import AthenaFactory, AthenaModel, AthenaSettings
from trafficflou.ai_models.athena.form_filling import TEST_CARD
from trafficflou.ai_models.tasks import FormField, FormRequest, Persona

PERSONA = Persona(
    name="Gardener", description="Loves gardens.", goals=("find a garden bench",), interests={"garden bench": 1.0, "x": 0.1},
    patience=0.5, pace=1.0, device="mobile", pages=5, weight=1.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def athena() -> AthenaModel:
    """Athena by words."""
    return AthenaFactory(AthenaSettings(relevance="lexical")).model()


async def fill(athena: AthenaModel, *fields: FormField, purpose: str = "") -> dict[str, str]:
    """Fill in a form through the factory's judge."""
    request = FormRequest(persona=PERSONA, fields=fields, purpose=purpose)
    factory = AthenaFactory(AthenaSettings(relevance="lexical"))
    return (await factory.judge().fill(request)).value.values


async def one(athena: AthenaModel, name: str, **more: Any) -> str | None:
    """Return the value of a form's only field."""
    return (await fill(athena, FormField(name=name, **more))).get(name)


@pytest.mark.parametrize(
    ("field", "pattern"),
    [
        ({"name": "email"}, r"test\.visitor\.[0-9a-f]{6}@example\.com"),
        ({"name": "f1", "kind": "email"}, r".+@example\.com"),
        ({"name": "phone"}, r"\+120255501\d\d"),
        ({"name": "x", "kind": "tel"}, r"\+120255501\d\d"),
        ({"name": "cardNumber"}, TEST_CARD),
        ({"name": "cc-exp"}, r"12/34"), ({"name": "cvc"}, r"123"),
        ({"name": "card_name", "label": "Name on card"}, r"Test Visitor"),
        ({"name": "expiry_month"}, r"12"), ({"name": "expiry_year", "max_length": 2}, r"34"),
        ({"name": "firstName"}, "Test"), ({"name": "last_name"}, "Visitor"), ({"name": "name"}, "Test Visitor"),
        ({"name": "street"}, r"1 Test Street"), ({"name": "city"}, "Testville"), ({"name": "zip"}, r"\d{5}"),
        ({"name": "q"}, "garden bench"), ({"name": "s", "kind": "search"}, "garden bench"),
        ({"name": "message", "kind": "textarea"}, r".*test data.*TrafficFlou.*"),
        ({"name": "birthday", "kind": "date"}, r"1990-01-15"), ({"name": "when", "kind": "date"}, r"2034-\d\d-\d\d"),
        ({"name": "qty", "kind": "number"}, "1"), ({"name": "zzz", "kind": "number"}, "1"), ({"name": "zzz"}, "Test"),
        ({"name": "username"}, r"test-visitor-\w+"), ({"name": "site", "kind": "url"}, r"https://example\.com/"),
        ({"name": "otp"}, "000000"), ({"name": "coupon"}, ""),
    ],
)  # fmt: skip
async def test_value_suits_the_field(athena: AthenaModel, field: dict[str, Any], pattern: str) -> None:
    """Kind, name and label say what to write; what is written is test data."""
    value = await one(athena, **field)
    assert value is not None
    assert re.fullmatch(pattern, value)


def test_test_card_passes_the_check_that_forms_make() -> None:
    """The documented test number satisfies Luhn, or forms would refuse it before sending."""
    digits = [int(digit) for digit in TEST_CARD]
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    assert sum(doubled) % 10 == 0


@pytest.mark.parametrize("kind", ["hidden", "file", "submit", "image", "button", "reset", "HIDDEN"])
async def test_field_that_is_not_the_visitors_is_left_out(athena: AthenaModel, kind: str) -> None:
    """Hidden fields keep what the site put there; buttons and files are not written to."""
    assert await one(athena, "email", kind=kind) is None


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("honeypot", ""),
        ("website", "Leave this field empty"),
        ("hp", ""),
        ("url2", "Don't fill this in"),
        ("bot-field", ""),
    ],
)
async def test_trap_stays_empty(athena: AthenaModel, name: str, label: str) -> None:
    """A field that people cannot see is empty; a box in a trap is not ticked."""
    assert await one(athena, name, label=label) == ""
    assert await one(athena, name, label=label, kind="checkbox", is_required=True) is None


@pytest.mark.parametrize("name", ["ssn", "passport_number", "IBAN", "tax id", "csrf_token", "account number"])
async def test_private_numbers_stay_empty(athena: AthenaModel, name: str) -> None:
    """Identity papers and bank accounts have no number that surely belongs to nobody."""
    assert await one(athena, name, is_required=True) == ""


@pytest.mark.parametrize("limit", [0, 1, 5, 13, 20, 400])
@pytest.mark.parametrize("name", ["email", "phone", "card number", "message", "q", "password", "homepage"])
async def test_value_keeps_to_the_length(athena: AthenaModel, name: str, limit: int) -> None:
    """No value is longer than the field takes; an address or a card number is never cut, rather left empty."""
    value = await one(athena, name, max_length=limit)
    assert value is not None
    assert len(value) <= limit
    if name == "email":
        assert value == "" or value.endswith("@example.com")
    if name == "card number":
        assert value in {"", TEST_CARD}


async def test_option_is_chosen_by_interest(athena: AthenaModel) -> None:
    """The option nearest to the interests, exactly as offered; placeholders and harmful ones never."""
    options = ("Please choose", "Shoes", "Garden", "Delete my account garden bench")
    assert await one(athena, "topic", kind="select", options=options) == "Garden"
    assert await one(athena, "country", kind="select", options=("--", "Austria", "Garden")) == "Austria"


async def test_selection_without_a_real_option_is_left_out(athena: AthenaModel) -> None:
    """Nothing is invented that was not offered."""
    assert await one(athena, "topic", kind="select") is None
    assert await one(athena, "topic", kind="select", options=("", "Select one")) is None


async def test_box_is_ticked_only_where_it_must_be(athena: AthenaModel) -> None:
    """Terms and required boxes yes, newsletters no."""
    assert await one(athena, "newsletter", kind="checkbox") is None
    assert await one(athena, "terms", kind="checkbox") == "on"
    assert await one(athena, "over18", kind="checkbox", is_required=True) == "on"


async def test_passwords_repeat_and_names_come_once(athena: AthenaModel) -> None:
    """A password and its confirmation are the same; the first field of a name counts, one without a name not at all."""
    fields = (
        FormField(name="password", kind="password"), FormField(name="confirm", kind="password"), FormField(name=""),
        FormField(name="size", kind="radio", options=("S",)), FormField(name="size", kind="radio", options=("M",)),
    )  # fmt: skip
    values = await fill(athena, *fields)
    assert values["password"] == values["confirm"]
    assert len(values["password"]) >= 12
    assert values["size"] == "S"
    assert "" not in values


async def test_purpose_helps_where_a_field_says_nothing(athena: AthenaModel) -> None:
    """An unnamed box of a search form takes a search term."""
    assert (await fill(athena, FormField(name="zz"), purpose="Search the shop"))["zz"] == "garden bench"
