"""Login and orders."""

import pytest

from trafficflou.demo.account import DEMO_PASSWORD
from trafficflou.demo.inprocess import Browser


async def test_orders_need_a_login(browser: Browser) -> None:
    """A stranger is sent to the login and comes back from there."""
    answer = await browser.get("/orders")
    assert (answer.status, answer.header("location")) == (303, "/login?next=/orders")
    page = await browser.get("/login?next=/orders")
    assert b'name="next" value="/orders"' in page.body


async def test_customer_sees_own_orders(browser: Browser) -> None:
    """Logging in gives a new session id, keeps the basket, and shows the orders made afterwards."""
    await browser.get("/product/1001-brass-desk-lamp")
    await browser.post("/cart/add", product="1001", quantity="1")
    before = dict(browser.cookies)
    entered = await browser.post("/login", email="Ada@Example.org", password=DEMO_PASSWORD, next="/checkout")
    assert (entered.status, entered.header("location")) == (303, "/checkout")
    assert browser.cookies != before
    assert b"not ordered anything" in (await browser.get("/orders")).body
    await browser.post("/checkout", name="A", street="B", city="C")
    await browser.post("/checkout/payment", pay_by="invoice")
    assert b"No. 1" in (await browser.get("/orders")).body


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.org", "wrong"), ("ada@example.org", ""), ("ada", DEMO_PASSWORD), ("", DEMO_PASSWORD)],
)
async def test_wrong_login_is_refused(browser: Browser, email: str, password: str) -> None:
    """A wrong password or no address gets the form again, with 401."""
    await browser.get("/login")
    answer = await browser.post("/login", email=email, password=password)
    assert answer.status == 401
    assert (await browser.get("/orders")).status == 303


async def test_login_leads_only_to_the_shops_own_pages(browser: Browser) -> None:
    """`next` is no open redirect."""
    page = await browser.get("/login?next=https://evil.example/")
    assert b"evil" not in page.body
    answer = await browser.post(
        "/login", email="a@example.org", password=DEMO_PASSWORD, next="//evil.example"
    )
    assert answer.header("location") == "/orders"


async def test_logout_ends_it(browser: Browser) -> None:
    """After logging out the orders need a login again."""
    await browser.get("/login")
    await browser.post("/login", email="a@example.org", password=DEMO_PASSWORD)
    assert (await browser.get("/orders")).status == 200
    assert (await browser.post("/logout")).header("location") == "/"
    assert (await browser.get("/orders")).status == 303


async def test_wrong_method_says_which_are_right(browser: Browser) -> None:
    """A GET of a form's target is 405 with the methods that exist."""
    answer = await browser.get("/logout")
    assert (answer.status, answer.header("allow")) == (405, "POST")
