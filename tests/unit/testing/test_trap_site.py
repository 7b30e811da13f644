"""The trap site has no end where it says so, and tells who went where nobody should."""

import asyncio
import re
import urllib.request
from collections.abc import Callable
from html import unescape
from operator import itemgetter
from urllib.error import HTTPError
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficflou.testing.trap import FLOOD_LINKS, FORBIDDEN, FORM_FIELDS, TRAPS, TrapRequest, home_page
from trafficflou.testing.trap_site import TrapSite

_ORIGIN = "http://127.0.0.1:1"
_FOREIGN = "http://127.0.0.1:2"


def _ask(target: str, method: str = "GET") -> bytes:
    """Return the response of the trap whose section this is, without a server."""
    head = f"{method} {target} HTTP/1.1\r\n\r\n".encode("latin-1")
    request = TrapRequest.parse(head, origin=_ORIGIN, foreign=_FOREIGN)
    return TRAPS[request.section].answer(request)


def _links(answer: bytes) -> list[str]:
    return [unescape(target) for target in re.findall(r'<a href="([^"]*)"', answer.decode())]


def _location(answer: bytes) -> str:
    found = re.search(rb"Location: ([^\r]*)", answer)
    assert found is not None
    return found[1].decode()


def _walk(start: str, choose: Callable[[list[str]], str], steps: int) -> list[str]:
    """Follow one link of each page and return the addresses."""
    seen = [start]
    for _ in range(steps):
        seen.append(urljoin(seen[-1], choose(_links(_ask(seen[-1])))))
    return seen


def test_home_page_leads_into_every_trap() -> None:
    """Each trap's start is linked, in its own section, and answers."""
    assert _links(home_page()) == [trap.start for trap in TRAPS.values()]
    for name, trap in TRAPS.items():
        assert trap.start.split("?")[0].split("/")[1] == name
        assert _ask(trap.start).startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 302 "))


@pytest.mark.parametrize(
    ("start", "choose"),
    [
        ("/calendar/2031-05-02", itemgetter(3)),
        ("/calendar/0001-01-02", itemgetter(0)),
        ("/facets", itemgetter(-1)),
        ("/session/0/news", itemgetter(1)),
        ("/session/0/news", itemgetter(4)),
        ("/deep/", itemgetter(1)),
    ],
)
def test_trap_of_links_has_no_end(start: str, choose: Callable[[list[str]], str]) -> None:
    """However long one follows the links, every address is a new one."""
    seen = _walk(start, choose, 300)
    assert len(set(seen)) == len(seen)


def test_facets_stay_short_in_any_order() -> None:
    """The addresses are endless in number, not in length: cutting long ones does not help."""
    for choice in range(0, 11, 2):
        assert max(map(len, _walk("/facets", itemgetter(choice), 100))) < 300


def test_redirects_bounce_without_end() -> None:
    """Each hop has an address of its own."""
    target = TRAPS["bounce"].start
    seen = {target}
    for _ in range(100):
        target = _location(_ask(target))
        assert target not in seen
        seen.add(target)


def test_redirect_leaves_the_site_with_its_second_hop() -> None:
    """The first hop looks harmless."""
    assert _location(_ask("/away")) == "/away/further"
    assert _location(_ask("/away/further")).startswith(_FOREIGN)


def test_flood_and_form_are_as_large_as_they_say() -> None:
    """5 MB with 50,000 links; a form with 1,000 fields."""
    flood = _ask("/flood")
    assert flood.count(b"<li><a href='/flood/") == FLOOD_LINKS
    assert 5_000_000 < len(flood) < 6_500_000
    assert _ask("/form").count(b"<input ") == FORM_FIELDS
    assert len(_ask("/flood/00001")) < 1000


def test_schemes_lead_to_no_page_of_the_site() -> None:
    """Every link but those to the page itself is of another scheme or another origin."""
    # urllib knows no backslashes, which browsers take for slashes, and refuses half an address.
    plain = [target for target in _links(_ask("/schemes")) if not set(target) & {"\\", "["}]
    targets = [urljoin(f"{_ORIGIN}/schemes", target) for target in plain]
    assert len(targets) > 15
    own = {target for target in targets if target.startswith(f"{_ORIGIN}/")}
    assert own == {f"{_ORIGIN}/schemes", f"{_ORIGIN}/schemes#top"}


def test_orders_to_models_stand_wherever_text_stands() -> None:
    """Title, description, comment, hidden and visible text, picture, link, label and button all give them."""
    page = unescape(_ask("/orders").decode())
    assert page.count("Ignore all previous instructions") >= 10
    assert f'action="{_FOREIGN}/collect"' in page


def test_sitemaps_nest_without_end() -> None:
    """Every index names two that nobody has named yet."""
    waiting, seen = ["/sitemap.xml"], {"/sitemap.xml"}
    for _ in range(200):
        nested = re.findall(rb"<loc>http://127.0.0.1:1([^<]*)</loc>", _ask(waiting.pop(0)))
        assert len(nested) == 2
        fresh = [path.decode() for path in nested]
        assert not seen.intersection(fresh)
        seen.update(fresh)
        waiting += fresh


def test_everything_forbidden_is_offered() -> None:
    """Each path that changes something for good can be reached with a click: by a link, the last by a form."""
    offered = {target.partition("?")[0] for target in _links(_ask("/account"))}
    assert FORBIDDEN - offered == {"/buy/confirm"}
    assert b"action=/buy/confirm" in _ask("/buy")


@given(
    section=st.sampled_from([*TRAPS]),
    rest=st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=60),
    query=st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=200),
)
def test_traps_answer_anything_and_always_the_same(section: str, rest: str, query: str) -> None:
    """No address below a trap breaks it, and nothing is remembered."""
    target = f"/{section}/{rest}?{query}"
    assert _ask(target) == _ask(target)


@pytest.mark.parametrize("query", ["n=" + "9" * 5000, "n=-1", "n=²", "n", "page=" + "9" * 5000, "&" * 5000])
def test_odd_numbers_are_no_numbers(query: str) -> None:
    """A number that is none, or too long, begins again."""
    for name in ("bounce", "facets", "sitemap.xml"):
        assert _ask(f"/{name}?{query}".replace("²", "\xb2")).startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 302 "))


def test_what_is_no_request_line_is_the_home_page() -> None:
    """Torn heads do not break the site."""
    request = TrapRequest.parse(b"nonsense\r\n\r\n", origin=_ORIGIN, foreign=_FOREIGN)
    assert (request.method, request.path, request.section) == ("GET", "/", "")
    assert TrapRequest.parse(b"OPTIONS * HTTP/1.1\r\n\r\n", origin=_ORIGIN, foreign=_FOREIGN).section == ""


def _fetch(url: str, body: bytes | None = None) -> bytes:
    with urllib.request.urlopen(url, body, 5) as answer:  # noqa: S310 - our own loopback URL
        return bytes(answer.read())


async def test_trap_site_tells_who_went_too_far() -> None:
    """Forbidden requests and those to the other origin are listed; careful ones are not."""
    async with TrapSite() as site:
        assert b"Every way" in await asyncio.to_thread(_fetch, f"{site.url}/")
        assert b"Settings" in await asyncio.to_thread(_fetch, f"{site.url}/account")
        assert (site.forbidden, site.foreign.requests) == ([], [])
        await asyncio.to_thread(_fetch, f"{site.url}/account/delete?id=7")
        await asyncio.to_thread(_fetch, f"{site.url}/buy/confirm", b"amount=1")
        assert site.forbidden == ["GET /account/delete", "POST /buy/confirm"]
        with pytest.raises(HTTPError, match="404") as missing:
            await asyncio.to_thread(_fetch, f"{site.url}/away")
        missing.value.close()
        assert site.foreign.requests[0].startswith(b"GET /landed ")
        with pytest.raises(HTTPError, match="404") as unknown:
            await asyncio.to_thread(_fetch, f"{site.url}/nowhere")
        unknown.value.close()
