"""The drawn pictures."""

from xml.etree import ElementTree as ET

import pytest

from trafficflou.demo.goods import read_goods
from trafficflou.demo.illustration import draw_hero, draw_icon, draw_product


def test_every_picture_is_well_formed_and_of_plausible_size() -> None:
    """Each of the 240 product pictures parses and weighs several kB."""
    categories, products = read_goods()
    shelves = {category.slug: category for category in categories}
    for product in products:
        shelf = shelves[product.category]
        for large in (False, True):
            drawn = draw_product(product.id, shelf.motif, shelf.hue, large=large)
            assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 - our own drawing
            assert 4_000 < len(drawn) < 16_000


@pytest.mark.parametrize("drawn", [draw_hero(), draw_icon()])
def test_other_pictures_are_well_formed(drawn: bytes) -> None:
    """The hero and the icon parse too."""
    assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 - our own drawing


def test_picture_depends_on_its_product_only() -> None:
    """The same product is drawn the same, another one differently."""
    assert draw_product(1001, "lamp", 38, large=False) == draw_product(1001, "lamp", 38, large=False)
    assert draw_product(1001, "lamp", 38, large=False) != draw_product(1002, "lamp", 38, large=False)
