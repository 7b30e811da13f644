"""The basket."""

import pytest

from trafficflou.demo.inprocess import Browser


async def test_product_goes_in_and_out_again(browser: Browser) -> None:
    """Adding leads to the basket, which shows pieces and total; removing empties it."""
    await browser.get("/product/1001-brass-desk-lamp")
    added = await browser.post("/cart/add", product="1001", quantity="2")
    assert (added.status, added.header("location")) == (303, "/cart")
    page = (await browser.get("/cart")).body.decode()
    assert "Brass Desk Lamp" in page
    assert "€ 215.00" in page
    assert "Basket <b>2</b>" in page
    await browser.post("/cart/remove", product="1001")
    assert b"Nothing in here yet" in (await browser.get("/cart")).body


async def test_removing_what_is_not_there_changes_nothing(browser: Browser) -> None:
    """A stale or senseless remove is harmless."""
    await browser.get("/product/1001-brass-desk-lamp")
    await browser.post("/cart/add", product="1001", quantity="1")
    assert (await browser.post("/cart/remove", product="1002")).status == 303
    assert (await browser.post("/cart/remove", product="x")).status == 303
    assert b"Brass Desk Lamp" in (await browser.get("/cart")).body


@pytest.mark.parametrize(
    "fields",
    [
        {"product": "1001", "quantity": "0"},
        {"product": "1001", "quantity": "21"},
        {"product": "1001", "quantity": "many"},
        {"product": "1", "quantity": "1"},
        {"product": "", "quantity": "1"},
    ],
)
async def test_senseless_order_is_refused(browser: Browser, fields: dict[str, str]) -> None:
    """Quantities are 1 to 20, products those of the shop."""
    await browser.get("/product/1001-brass-desk-lamp")
    assert (await browser.post("/cart/add", **fields)).status == 400


async def test_basket_is_bounded(browser: Browser) -> None:
    """A product's pieces stop at the limit, and so do the lines."""
    await browser.get("/product/1001-brass-desk-lamp")
    for _ in range(3):
        await browser.post("/cart/add", product="1001", quantity="9")
    assert b"Basket <b>20</b>" in (await browser.get("/cart")).body
    assert (await browser.post("/cart/add", product="1002", quantity="1")).status == 303
    assert (await browser.post("/cart/add", product="1003", quantity="1")).status == 400
