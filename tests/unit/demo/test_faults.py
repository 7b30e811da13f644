"""The shop's weak spots show where they are said to, and only there."""

import asyncio
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest

from trafficflou.demo.app import Shop, create_app
from trafficflou.demo.faults import FAULTS, FaultKind, PlantedFault
from trafficflou.demo.inprocess import Browser
from trafficflou.demo.settings import ShopSettings

_ADDRESS = {"name": "Ada", "street": "Mill Lane 1", "city": "1000 Town"}
_DOCUMENT = Path(__file__).parents[3] / "docs" / "demo-shop.md"
_MOST_PAGES = 400


def _fault(kind: FaultKind) -> PlantedFault:
    return next(fault for fault in FAULTS if fault.kind is kind)


@pytest.fixture
def faulty() -> Iterator[Shop]:
    """A shop with faults, whose slow pages do not wait."""
    made = create_app(ShopSettings(report_wait_s=0, slow_category_s=0, faults=True))
    yield made
    made.close()


@pytest.fixture
def explorer(faulty: Shop) -> Browser:
    """A new visitor of the shop with faults."""
    return Browser(faulty)


class _Links(HTMLParser):
    """Collects the targets of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.targets.append(dict(attrs).get("href") or "")


def _links(path: str, page: bytes) -> set[str]:
    found = _Links()
    found.feed(page.decode())
    reached = (urljoin(path, target).partition("#")[0] for target in found.targets)
    return {target for target in reached if target.startswith("/")}


async def _crawl(browser: Browser) -> dict[str, int]:
    """Ask for every page that links lead to, from the home page on, and return their statuses."""
    statuses: dict[str, int] = {}
    waiting = ["/"]
    while waiting and len(statuses) < _MOST_PAGES:
        path = waiting.pop()
        if path not in statuses:
            answer = await browser.get(path)
            statuses[path] = answer.status
            waiting += _links(path, answer.body)
    return statuses


async def test_shop_without_faults_has_none(browser: Browser) -> None:
    """Every page that links lead to answers, and no place of the faults exists."""
    statuses = await _crawl(browser)
    assert len(statuses) > 140
    assert set(statuses.values()) == {200}
    for path in ("/journal/open-studio-day", "/journal/autumn-lookbook", "/newsletter", "/help/spare-parts"):
        assert (await browser.get(path)).status == 404


async def test_links_of_the_faulty_shop_lead_to_the_broken_places_only(explorer: Browser) -> None:
    """A crawler meets one broken link and one redirect; the page that only the sitemap knows stays unseen."""
    statuses = await _crawl(explorer)
    wrong = {path: status for path, status in statuses.items() if status != 200}
    assert wrong == {_fault(FaultKind.BROKEN_LINK).path: 404, _fault(FaultKind.REDIRECT_LOOP).path: 302}
    assert _fault(FaultKind.UNLINKED_PAGE).path not in statuses


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.found_on and fault.path != "/checkout/payment"]
)
async def test_fault_is_linked_from_where_it_is_said_to_be(explorer: Browser, fault: PlantedFault) -> None:
    """`found_on` is a page with a link to the place."""
    page = await explorer.get(fault.found_on)
    assert fault.path in _links(fault.found_on, page.body)


async def test_slow_category_pauses_and_no_other_does(
    explorer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page of the slow category waits for the time that is set."""
    pauses: list[float] = []

    async def note(delay_s: float) -> None:
        pauses.append(delay_s)

    monkeypatch.setattr(asyncio, "sleep", note)
    slow = _fault(FaultKind.SLOW_PAGES).path
    for path in (slow, f"{slow}?page=2", "/category/plants", "/"):
        assert (await explorer.get(path)).status == 200
    assert pauses == [0, 0]
    assert ShopSettings().slow_category_s == 1.2


async def _pay(visitor: Browser, *products: str) -> int:
    """Buy products and return the status of the payment."""
    await visitor.get("/login")
    for product in products:
        await visitor.post("/cart/add", product=product, quantity="1")
    await visitor.post("/checkout", **_ADDRESS)
    await visitor.get("/checkout/payment")
    return (await visitor.post("/checkout/payment", pay_by="card")).status


async def test_payment_fails_while_the_product_is_in_the_basket(explorer: Browser) -> None:
    """One product spoils the payment, alone or with others; without it the same basket can be paid."""
    spoiler = re.findall(r"/product/(\d+)-", _fault(FaultKind.FAILING_CHECKOUT).found_on)[0]
    assert await _pay(explorer, "1001", spoiler) == 500
    await explorer.post("/cart/remove", product=spoiler)
    assert await _pay(explorer) == 303


async def test_payment_without_address_or_token_is_the_shops_own_answer(explorer: Browser) -> None:
    """The fault is in the booking: what is checked before it still is."""
    spoiler = re.findall(r"/product/(\d+)-", _fault(FaultKind.FAILING_CHECKOUT).found_on)[0]
    await explorer.get("/login")
    await explorer.post("/cart/add", product=spoiler, quantity="1")
    assert (await explorer.post("/checkout/payment", pay_by="card")).header("location") == "/checkout"
    await explorer.post("/checkout", **_ADDRESS)
    assert (await explorer.post("/checkout/payment", csrf="guessed", pay_by="card")).status == 403


async def test_dead_end_has_links_that_lead_nowhere(explorer: Browser) -> None:
    """The page is there, with links, but no other page is behind them."""
    path = _fault(FaultKind.DEAD_END).path
    page = await explorer.get(path)
    assert (page.status, _links(path, page.body)) == (200, {path})
    assert b"<form" not in page.body


async def test_redirects_lead_in_a_circle(explorer: Browser) -> None:
    """Following the redirects comes back to where one began."""
    path = first = _fault(FaultKind.REDIRECT_LOOP).path
    for _ in range(2):
        answer = await explorer.get(path)
        assert answer.status == 302
        path = answer.header("location")
    assert path == first


async def test_sporadic_error_is_every_fourth_request(explorer: Browser) -> None:
    """The page answers three times and fails once, again and again; its neighbours never fail."""
    path = _fault(FaultKind.SPORADIC_ERROR).path
    statuses = []
    for _ in range(8):
        statuses.append((await explorer.get(path)).status)
        assert (await explorer.get("/product/1001-brass-desk-lamp")).status == 200
    assert statuses == [200, 200, 200, 500] * 2


async def test_newsletter_never_works(explorer: Browser) -> None:
    """The form can be seen, and sending it is 500; without the session's token it is 403 as everywhere."""
    path = _fault(FaultKind.FAILING_FORM).path
    assert b'name="email"' in (await explorer.get(path)).body
    assert (await explorer.post(path, email="ada@example.org")).status == 500
    assert (await explorer.post(path, csrf="guessed", email="ada@example.org")).status == 403


async def test_unlinked_page_is_in_the_sitemap(explorer: Browser, browser: Browser) -> None:
    """The sitemap of the faulty shop names one page more, which answers."""
    path = _fault(FaultKind.UNLINKED_PAGE).path
    assert f"<loc>http://127.0.0.1{path}</loc>".encode() in (await explorer.get("/sitemap.xml")).body
    assert b"Spare parts" in (await explorer.get(path)).body
    assert path.encode() not in (await browser.get("/sitemap.xml")).body


def test_faults_are_one_of_each_kind_and_documented() -> None:
    """The page on the shop has the table of the faults."""
    assert sorted(fault.kind for fault in FAULTS) == sorted(FaultKind)
    document = _DOCUMENT.read_text(encoding="utf-8")
    for fault in FAULTS:
        origin = f"`{fault.found_on}`" if fault.found_on else "nowhere"
        assert f"| {fault.kind} | `{fault.path}` | {origin} | {fault.symptom} |" in document
