"""What visitors fill in."""

import pytest

from tests.support.flair import athena, field, form, persona, seen
from trafficflou.http import Form
from trafficflou.traffic.flair.form_values import FormValues, fields_to_fill, told_values

CHECKOUT = form(
    "/checkout",
    field("csrf_token", "hidden", value="a1b2c3"),
    field("name", label="Your name", is_required=True),
    field("city", value="Testville"),
    field("country", "select", options=(("", "Choose"), ("de", "Germany"), ("fr", "France"))),
    field(
        "pay_by", "radio", value="card", is_checked=True, options=(("card", "Card"), ("invoice", "Invoice"))
    ),
    field("gift", "checkbox"),
    field("terms", "checkbox", label="I accept the terms", is_required=True),
    field("go", "submit", value="On"),
    text="Continue to payment",
)


def fill(which: Form = CHECKOUT, attempt: int = 1) -> dict[str, str]:
    """Fill a form in."""
    return FormValues(athena().relevance).fill(persona(), seen(which), query="lamp", attempt=attempt)


def test_what_the_page_filled_in_stays() -> None:
    """Only open fields are filled in: no hidden ones, no presets, no boxes that need not be ticked, no buttons."""
    assert fill() == {"name": "Test Visitor", "country": "de", "terms": "on"}


def test_second_attempt_fills_in_everything_and_chooses_otherwise() -> None:
    """Where the first values were refused, presets are overwritten and other options chosen."""
    values = fill(attempt=2)
    assert values["country"] == "fr"
    assert values["pay_by"] != "card"
    assert values["gift"]
    assert values["city"]
    assert "csrf_token" not in values
    assert "go" not in values


def test_label_that_was_chosen_is_sent_as_its_value() -> None:
    """An option without a label stands for itself."""
    which = form("/x", field("size", "select", options=(("s", ""), ("m", "")), is_required=True), field("n"))
    assert fill(which)["size"] in {"s", "m"}


def test_same_form_is_filled_in_once() -> None:
    """A form of the same shape is not thought about again."""
    values = FormValues(athena().relevance)
    first = values.fill(persona(), seen(CHECKOUT), query="")
    assert values.fill(persona(), seen(CHECKOUT), query="") is first


@pytest.mark.parametrize(
    ("search", "values"),
    [
        (form("/s", field("lang", "hidden", value="en"), field("q", "search"), method="GET"), {"q": "lamp"}),
        (form("/s", field("q", "text", max_length=2), method="GET", text="Search"), {"q": "la"}),
        (
            form("/search", field("category", "select", options=(("a", "A"),)), method="GET", text="Search"),
            {},
        ),
    ],
)
def test_search_gets_the_words(search: Form, values: dict[str, str]) -> None:
    """The first field that is written in takes them, cut to its length."""
    assert fill(search) == values


def test_trail_tells_what_was_filled_in_and_what_it_is_about() -> None:
    """Hidden values that name a thing are told, tokens are not; long values are cut."""
    which = form(
        "/cart/add",
        field("product", "hidden", value="1033"),
        field("csrf", "hidden", value="secret"),
        field("state", "hidden", value="x" * 80),
        field("note"),
    )
    assert told_values(seen(which), {"note": "n" * 100}) == (("product", "1033"), ("note", "n" * 60))


def test_fields_that_people_fill_in_are_counted() -> None:
    """For the time it takes."""
    assert fields_to_fill(seen(CHECKOUT)) == 3
