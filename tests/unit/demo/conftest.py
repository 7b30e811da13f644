"""A shop in this process, and somebody who visits it."""

from collections.abc import Iterator

import pytest

from trafficflou.demo.app import Shop, create_app
from trafficflou.demo.inprocess import Browser
from trafficflou.demo.settings import ShopSettings


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A shop whose report does not wait and whose limits are near."""
    made = create_app(ShopSettings(report_wait_s=0, max_basket_lines=2, max_form_bytes=600, max_sessions=50))
    yield made
    made.close()


@pytest.fixture
def browser(shop: Shop) -> Browser:
    """A new visitor of the shop."""
    return Browser(shop)
