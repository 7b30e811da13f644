"""The shop's database."""

from collections.abc import Iterator

import pytest

from trafficflou.demo.catalogue import Catalogue, OrderLine


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    """A fresh database that keeps three orders."""
    made = Catalogue(max_orders=3)
    yield made
    made.close()


def _line(catalogue: Catalogue, quantity: int = 1) -> OrderLine:
    return OrderLine(product=catalogue.all_products()[0], quantity=quantity)


def test_catalogue_holds_eight_categories_of_fifteen(catalogue: Catalogue) -> None:
    """The shop sells 120 products, evenly over its categories."""
    assert len(catalogue.categories) == 8
    assert {catalogue.count_of_category(shelf.slug) for shelf in catalogue.categories} == {15}
    assert len({product.slug for product in catalogue.all_products()}) == 120


def test_catalogue_is_the_same_every_time(catalogue: Catalogue) -> None:
    """Two shops sell the same things at the same prices, so one log fits both."""
    other = Catalogue(max_orders=1)
    assert other.all_products() == catalogue.all_products()
    assert other.sales_by_category() == catalogue.sales_by_category()
    other.close()


def test_product_is_found_by_slug_and_by_number(catalogue: Catalogue) -> None:
    """Both keys lead to the same product, an unknown one to nothing."""
    product = catalogue.product("1001-brass-desk-lamp")
    assert product is not None
    assert catalogue.product_by_id(1001) == product
    assert catalogue.product("1001") is None
    assert catalogue.product_by_id(1) is None


def test_category_pages_do_not_overlap(catalogue: Catalogue) -> None:
    """Offset and limit cut one order of products into pages."""
    first = catalogue.of_category("clocks", limit=12)
    second = catalogue.of_category("clocks", limit=12, offset=12)
    assert len(first) == 12
    assert len(second) == 3
    assert not {item.id for item in first} & {item.id for item in second}
    assert [item.popularity for item in first] == sorted((item.popularity for item in first), reverse=True)


def test_related_leaves_out_the_product_itself(catalogue: Catalogue) -> None:
    """Related products are others of the same category."""
    product = catalogue.all_products()[40]
    related = catalogue.related(product, 4)
    assert len(related) == 4
    assert product not in related
    assert {item.category for item in related} == {product.category}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("brass desk lamp", 1),
        ("BRASS", 5),
        ("nothing-like-it", 0),
        ("", 0),
        ("%", 0),
        ("_", 0),
        ("!", 0),
        ("' OR 1=1 --", 0),
    ],
)
def test_search_matches_every_word_literally(catalogue: Catalogue, query: str, expected: int) -> None:
    """Each word must occur; the pattern characters of SQL are plain text."""
    assert len(catalogue.search(query, limit=50)) == expected


def test_search_also_finds_the_category(catalogue: Catalogue) -> None:
    """The name of a category finds its products, up to the limit."""
    assert len(catalogue.search("lighting", limit=50)) == 15
    assert len(catalogue.search("lighting", limit=4)) == 4


def test_orders_are_kept_newest_first_and_bounded(catalogue: Catalogue) -> None:
    """Only the newest orders stay, with the sum of their lines."""
    numbers = [
        catalogue.place_order("a@example.org", "x", "card", [_line(catalogue, quantity)])
        for quantity in range(1, 6)
    ]
    kept = catalogue.orders_of("a@example.org", 10)
    assert [order.id for order in kept] == numbers[:1:-1]
    assert [order.pieces for order in kept] == [5, 4, 3]
    assert kept[0].total_cents == 5 * catalogue.all_products()[0].price_cents
    assert catalogue.orders_of("b@example.org", 10) == []


def test_failed_order_leaves_nothing_behind(catalogue: Catalogue) -> None:
    """An order whose lines cannot be stored is rolled back whole."""
    line = _line(catalogue)
    with pytest.raises(Exception, match="UNIQUE"):
        catalogue.place_order("a@example.org", "x", "card", [line, line])
    assert catalogue.orders_of("a@example.org", 10) == []
    assert catalogue.place_order("a@example.org", "x", "card", [line]) == 1


def test_sales_report_has_every_category_largest_first(catalogue: Catalogue) -> None:
    """The report adds up every category and names a week of the year."""
    rows = catalogue.sales_by_category()
    assert [row.cents for row in rows] == sorted((row.cents for row in rows), reverse=True)
    assert {row.category for row in rows} == {shelf.name for shelf in catalogue.categories}
    assert all(1 <= row.best_week <= 52 for row in rows)
