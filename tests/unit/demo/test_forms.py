"""Forms are read with bounds and only with the session's token."""

import pytest

from trafficflou.demo.app import Shop
from trafficflou.demo.forms import whole_number
from trafficflou.demo.inprocess import Browser, ask

_FORM = ("content-type", "application/x-www-form-urlencoded")


async def test_form_without_the_sessions_token_is_refused(browser: Browser) -> None:
    """A form sent from another site does not know the token: 403, and the basket stays as it is."""
    answer = await browser.post("/cart/add", product="1001", quantity="1")
    assert answer.status == 403
    await browser.get("/cart")
    assert (await browser.post("/cart/add", csrf="guessed", product="1001")).status == 403
    assert b"Nothing in here yet" in (await browser.get("/cart")).body


async def test_token_of_another_session_is_refused(shop: Shop) -> None:
    """A token is good for its own session only."""
    mine, other = Browser(shop), Browser(shop)
    await mine.get("/login")
    await other.get("/login")
    mine.cookies = dict(other.cookies)
    assert (await mine.post("/logout")).status == 403


async def test_other_kinds_of_body_are_refused(shop: Shop) -> None:
    """The shop reads HTML forms, not JSON."""
    answer = await ask(
        shop, "/cart/add", method="POST", headers=[("content-type", "application/json")], body=b"{}"
    )
    assert answer.status == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"a=" + b"x" * 700, 413),
        (b"&".join(b"a=1" for _ in range(31)), 400),
        (b"a=%ff", 400),
        (b"\xff=1", 400),
        (b"nothing", 400),
        (b"", 403),
    ],
)
async def test_form_is_bounded_and_must_be_readable(shop: Shop, body: bytes, status: int) -> None:
    """Too large is 413; too many fields, broken text or no fields at all is 400; an empty one lacks the token."""
    assert (await ask(shop, "/login", method="POST", headers=[_FORM], body=body)).status == status


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("20", 20),
        ("0", None),
        ("21", None),
        ("-1", None),
        ("", None),
        ("1.5", None),
        ("²", None),
        ("9" * 5000, None),
    ],
)
def test_whole_number_takes_plain_digits_in_range(text: str, expected: int | None) -> None:
    """Anything but a short run of ASCII digits within the bounds is no number."""
    assert whole_number(text, low=1, high=20) == expected
