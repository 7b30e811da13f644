"""Prices are found however they are written, and figures that are none are not."""

import pytest

from trafficflou.http import Origin, read_page
from trafficflou.http._page_price import single_price

ORIGIN = Origin.parse("http://127.0.0.1:8080")


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("€ 1,299.00", 1299.0),
        ("1.299,00 €", 1299.0),
        ("1.299 €", 1299.0),
        ("$12", 12.0),
        ("12.50 EUR", 12.5),
        ("EUR 12,50", 12.5),
        ("£9.99", 9.99),
        ("¥1200", 1200.0),
        ("1\u202f299,90\u00a0€", 1299.9),
        ("1'299.00 CHF", 1299.0),
        ("CHF 12.–", 12.0),
        ("12,- €", 12.0),
        ("US$ 5", 5.0),
        ("5 US$", 5.0),
        ("kr 99", 99.0),
        ("99 kr.", 99.0),
        ("1 zł", 1.0),
        ("$1,234,567.89", 1234567.89),
        ("Only $5.", 5.0),
        ("2 for $5", 5.0),
        ("Lamp 3 € 20.90", 20.9),
        ("iPhone 15 999 €", 999.0),
        ("€ 10, really € 10", 10.0),
        ("Lamp 3\x1e€\x1e20.90", 20.9),
        ("12,99 €\x1e4.5", 12.99),
    ],
)
def test_price_is_found(text: str, price: float) -> None:
    """The currency stands before or after; the last group of two digits, or of one, is cents."""
    assert single_price(text) == (1, price)


@pytest.mark.parametrize(
    "text", ["", "€", "Lamp 3", "EUROPE 12", "12 EUROPE", "1.5.2 €", "20 %", "1234567890123 €"]
)
def test_figure_without_currency_is_no_price(text: str) -> None:
    """Sizes, versions and numbers of articles are no prices."""
    assert single_price(text) == (0, None)


def test_several_prices_are_counted() -> None:
    """A range, or a price and what it was before, is not one price."""
    assert single_price("€10 – €20") == (2, None)
    assert single_price("was 20 EUR, now 15 EUR") == (2, None)
    assert single_price(" ".join(f"${number}" for number in range(100)))[0] == 16


@pytest.mark.parametrize(
    ("html", "price"),
    [
        ("<a href=/a>Lamp € 5</a>", 5.0),
        ("<a href=/a>Lamp &euro;&nbsp;5</a>", 5.0),
        ("<li><a href=/a>Lamp</a> <b>€ 5</b></li>", 5.0),
        ("<li><a href=/a>Lamp</a><li>€ 5</li>", None),
        ("<article><div><a href=/a>Lamp</a></div><p>5 €</p></article>", 5.0),
        ("<div class='product-item'><a href=/a>Lamp</a><p>5 €</p></div>", 5.0),
        ("<div><a href=/a>Lamp</a><p>5 €</p></div>", None),
        ("<table><tr><td><a href=/a>Lamp</a><td>2<td>€ 5<tr><td>€ 7</table>", 5.0),
        ("<div class=card>€ 5<ul><li><a href=/a>Free delivery from € 80</a></ul></div>", 80.0),
        ("<div class=card>€ 5<ul><li><a href=/a>Delivery</a></ul></div>", 5.0),
        ("<div class=card>€ 5 or € 6 <ul><li><a href=/a>Delivery</a></ul></div>", None),
        ("<li><a href=/a>Lamp</a> <s>€ 9</s> € 5</li>", 5.0),
        ("<li><a href=/a>Lamp</a> <span class=old-price>€ 9</span> <span style='text-decoration: line-through'>€ 8</span> € 5</li>", 5.0),
        ("<li class=card><a href=/a>Lamp</a>" + "<a href=/x>y</a>" * 12 + "€ 5</li>", None),
        ("<li><a href=/a>Lamp</a>" + "<p>words</p>" * 70 + "€ 5</li>", None),
        ("<li><a href=/a>Lamp</a><p>" + "words " * 50 + "€ 5</p></li>", None),
    ],
)  # fmt: skip
def test_price_of_a_link_is_that_of_its_card(html: str, price: float | None) -> None:
    """In the link, or in the nearest part of the page that is about one thing and has one price."""
    content = read_page(html.encode(), path="/", origin=ORIGIN)
    assert next(link.price for link in content.links if link.path == "/a") == price
