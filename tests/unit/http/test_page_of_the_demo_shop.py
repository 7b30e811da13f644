"""The demo shop's own pages, as its visitors see them."""

from collections.abc import AsyncIterator

import pytest

from trafficflou.demo.app import create_app
from trafficflou.demo.inprocess import Browser
from trafficflou.http import Form, Origin, PageContent, encode_form, read_page

ORIGIN = Origin.parse("http://127.0.0.1:8080")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Open the shop, with one visitor in it."""
    app = create_app()
    yield Browser(app)
    app.close()


async def see(browser: Browser, path: str) -> PageContent:
    """Look at a page."""
    answer = await browser.get(path)
    content = read_page(answer.body, path=path, origin=ORIGIN, charset="utf-8")
    assert content.is_complete
    return content


async def send(browser: Browser, form: Form, **values: str) -> str:
    """Send a form and return where it leads."""
    filled = encode_form(form, values)
    pairs = dict(pair.split("=") for pair in filled.body.decode().split("&"))
    answer = await browser.post(
        filled.path, **{name: value.replace("+", " ") for name, value in pairs.items()}
    )
    assert answer.status == 303
    return answer.header("location")


async def test_category_shows_products_with_prices(browser: Browser) -> None:
    """Every card is a link with a price; the menu has none."""
    content = await see(browser, "/category/lighting")
    assert content.headings == ("Lighting",)
    products = [link for link in content.links if link.path.startswith("/product/")]
    assert len(products) >= 8
    assert all(link.place == "main" and link.price is not None and "€" in link.text for link in products)
    menu = [
        link for link in content.links if link.path.startswith("/category/") and link.place == "navigation"
    ]
    assert len(menu) >= 8
    assert all(link.price is None for link in menu)
    assert content.foreign_links == 0


async def test_search_form_leads_to_results(browser: Browser) -> None:
    """The search box is there on every page."""
    (search,) = (await see(browser, "/")).forms
    assert (search.text, search.place, search.fields[0].kind) == ("Search", "header", "search")
    target = encode_form(search, {"q": "oak lamp"}).path
    assert target == "/search?q=oak+lamp"
    assert any("Oak" in link.text for link in (await see(browser, target)).links)


async def test_forms_lead_through_the_shop(browser: Browser) -> None:
    """What the forms of the pages say is enough to buy something: token, product, address, payment."""
    product = next(
        link.path for link in (await see(browser, "/category/lighting")).links if "/product/" in link.path
    )
    buy = next(form for form in (await see(browser, product)).forms if form.path == "/cart/add")
    assert [(field.name, field.kind) for field in buy.fields] == [
        ("csrf", "hidden"),
        ("product", "hidden"),
        ("quantity", "number"),
    ]
    assert (buy.text, buy.fields[2].label, buy.fields[2].value) == ("Put into basket", "Pieces", "1")
    cart = await see(browser, await send(browser, buy, quantity="2"))
    assert "Go to checkout" in [link.text for link in cart.links]
    checkout = next(form for form in (await see(browser, "/checkout")).forms if form.path == "/checkout")
    assert all(field.is_required and field.label for field in checkout.fields if field.kind != "hidden")
    answers = {field.name: "Test" for field in checkout.fields if field.kind != "hidden"}
    answers.update({name: "test@example.org" for name in answers if "mail" in name})
    answers.update({name: "12345" for name in answers if "post" in name or "zip" in name})
    payment = await see(browser, await send(browser, checkout, **answers))
    assert payment.forms[-1].method == "POST"
