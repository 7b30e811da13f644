"""The checkout, step by step."""

import pytest

from trafficflou.demo.inprocess import Browser

_ADDRESS = {"name": "Ada", "street": "Mill Lane 1", "city": "1000 Town"}


@pytest.fixture
async def buyer(browser: Browser) -> Browser:
    """Somebody with a lamp in the basket."""
    await browser.get("/product/1001-brass-desk-lamp")
    await browser.post("/cart/add", product="1001", quantity="1")
    return browser


async def test_checkout_goes_from_address_to_thanks(buyer: Browser) -> None:
    """Two forms make an order; the basket is empty afterwards, and the number is shown."""
    assert (await buyer.get("/checkout")).status == 200
    assert (await buyer.post("/checkout", **_ADDRESS)).header("location") == "/checkout/payment"
    assert b"Ada, Mill Lane 1, 1000 Town" in (await buyer.get("/checkout/payment")).body
    assert (await buyer.post("/checkout/payment", pay_by="card")).header("location") == "/checkout/thanks"
    assert b"has the number <b>1</b>" in (await buyer.get("/checkout/thanks")).body
    assert b"Nothing in here yet" in (await buyer.get("/cart")).body


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [("/checkout", "/cart"), ("/checkout/payment", "/checkout"), ("/checkout/thanks", "/")],
)
async def test_step_without_the_one_before_leads_back(browser: Browser, target: str, leads_to: str) -> None:
    """Nobody gets into the middle of the checkout."""
    answer = await browser.get(target)
    assert (answer.status, answer.header("location")) == (303, leads_to)


async def test_forms_without_a_basket_lead_back(browser: Browser) -> None:
    """The forms check the same as the pages do."""
    await browser.get("/login")
    assert (await browser.post("/checkout", **_ADDRESS)).header("location") == "/cart"
    assert (await browser.post("/checkout/payment", pay_by="card")).header("location") == "/checkout"


@pytest.mark.parametrize("wrong", [{"street": ""}, {"name": "x" * 121}])
async def test_incomplete_address_is_asked_for_again(buyer: Browser, wrong: dict[str, str]) -> None:
    """A missing or endless field is 422; what was filled in is still there."""
    answer = await buyer.post("/checkout", **{**_ADDRESS, **wrong})
    assert answer.status == 422
    assert b"Please fill in" in answer.body
    assert b'value="1000 Town"' in answer.body


async def test_unknown_payment_is_refused(buyer: Browser) -> None:
    """Only the ways on the page are ways to pay."""
    await buyer.post("/checkout", **_ADDRESS)
    answer = await buyer.post("/checkout/payment", pay_by="shells")
    assert answer.status == 422
    assert b"Please choose" in answer.body
