"""Sessions and their cookie."""

from starlette.requests import Request

from trafficflou.demo.app import Shop
from trafficflou.demo.inprocess import Browser, ask
from trafficflou.demo.sessions import COOKIE, SessionStore


def _request(cookie: str = "") -> Request:
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    return Request({"type": "http", "headers": headers})


def test_known_cookie_finds_its_session_and_an_unknown_one_a_new_one() -> None:
    """A cookie names a session only if the shop made it: nobody chooses their own id."""
    store = SessionStore(10)
    session = store.of(_request())
    assert store.of(_request(session.id)) is session
    assert store.of(_request("planted")).id != "planted"


def test_store_forgets_the_session_unused_for_longest() -> None:
    """Memory is bounded, and whoever came back recently stays."""
    store = SessionStore(2)
    first, second = store.of(_request()), store.of(_request())
    store.of(_request(first.id))
    store.of(_request())
    assert len(store) == 2
    assert store.of(_request(first.id)) is first
    assert store.of(_request(second.id)) is not second


def test_renewed_session_has_another_id_and_the_same_content() -> None:
    """The old id is worth nothing after a login."""
    store = SessionStore(10)
    session = store.of(_request())
    session.basket[1] = 2
    old = session.id
    store.renew(session)
    assert store.of(_request(old)) is not session
    assert store.of(_request(session.id)).basket == {1: 2}


async def test_cookie_is_sent_once_and_out_of_reach_of_scripts(shop: Shop, browser: Browser) -> None:
    """The cookie is HttpOnly and SameSite; a browser that has it does not get it again."""
    first = await browser.get("/")
    assert "HttpOnly" in first.header("set-cookie")
    assert "SameSite=Lax" in first.header("set-cookie")
    assert (await browser.get("/")).header("set-cookie") == ""
    assert (await ask(shop, "/favicon.svg")).header("set-cookie") == ""
