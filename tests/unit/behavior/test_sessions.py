"""Sessions, page views and their subresources out of requests."""

from dataclasses import dataclass

import pytest

from trafficflou.behavior import sessions as module
from trafficflou.behavior.clients import Reason, classify_agent
from trafficflou.behavior.resources import resource_of
from trafficflou.behavior.sessions import Session, Sessioniser

AGENT = "Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0"
SITE = "https://shop.example"


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as the sessioniser takes it."""

    at_s: int
    target: str = "/"
    address: str = "192.0.2.7"
    agent: str | None = AGENT
    utc_offset_s: int = 0
    method: str = "GET"
    status: int = 200
    body_bytes: int = 100
    referrer: str = ""


def sessions_of(*requests: Request, gap_s: float = 1800) -> list[Session]:
    """Run requests through a sessioniser."""
    ended: list[Session] = []
    sessioniser = Sessioniser(ended.append, gap_s=gap_s)
    for request in requests:
        sessioniser.add(request, resource_of(request.target), classify_agent(request.agent))
    sessioniser.end_all()
    return ended


def only(*requests: Request) -> Session:
    """Run requests that make one session."""
    (session,) = sessions_of(*requests)
    return session


def views(session: Session) -> list[tuple[str, list[str]]]:
    """Return the page views with their files."""
    return [(view.path, [path for path, _ in view.files]) for view in session.page_views]


def test_gap_ends_a_session() -> None:
    """Half an hour without a request is still one visit; a second more is two."""
    assert len(sessions_of(Request(at_s=0), Request(at_s=1800))) == 1
    assert len(sessions_of(Request(at_s=0), Request(at_s=1801))) == 2
    assert len(sessions_of(Request(at_s=0), Request(at_s=61), gap_s=60)) == 2


def test_visitor_is_address_and_agent() -> None:
    """Two browsers behind one address are two visitors, and one browser at two addresses too."""
    other_agent = Request(at_s=1, agent=AGENT + " x")
    other_address = Request(at_s=2, address="192.0.2.8")
    assert len(sessions_of(Request(at_s=0), other_agent, other_address, Request(at_s=3))) == 3


def test_ended_sessions_are_handed_over_while_the_log_goes_on() -> None:
    """The log time ends sessions, not the end of the log: memory is for the open ones only."""
    ended: list[Session] = []
    sessioniser = Sessioniser(ended.append, gap_s=60)
    for at_s in range(0, 1000, 10):
        request = Request(at_s=at_s, address=f"192.0.2.{at_s // 10}")
        sessioniser.add(request, resource_of("/"), classify_agent(AGENT))
    assert len(ended) >= 90


def test_late_lines_join_their_session_in_order_of_time() -> None:
    """A line that is late by less than the gap belongs where its stamp says."""
    session = only(Request(at_s=100, target="/b"), Request(at_s=95, target="/a"))
    assert [view.path for view in session.page_views] == ["/a", "/b"]


def test_idle_session_is_not_continued_by_its_own_late_order() -> None:
    """A session that only late lines of others kept in front still ends after its own gap."""
    found = sessions_of(
        Request(at_s=1000, address="a"),
        Request(at_s=1, address="b"),
        Request(at_s=1900, address="b"),
        gap_s=1500,
    )
    assert len(found) == 3


def test_time_falling_back_starts_anew() -> None:
    """Logs put one after the other are cut, counted and do not grow the open sessions."""
    ended: list[Session] = []
    sessioniser = Sessioniser(ended.append, gap_s=60)
    for at_s in (10_000, 10_010, 5_000, 5_010):
        sessioniser.add(Request(at_s=at_s), resource_of("/"), classify_agent(AGENT))
    sessioniser.end_all()
    assert sessioniser.time_jumps == 1
    assert [len(session.page_views) for session in ended] == [2, 2]


def test_open_sessions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the bound the one idle for longest ends early and is counted."""
    monkeypatch.setattr(module, "MAX_OPEN_SESSIONS", 2)
    ended: list[Session] = []
    sessioniser = Sessioniser(ended.append)
    for address in ("a", "b", "a", "c"):
        sessioniser.add(Request(at_s=1, address=address), resource_of("/"), classify_agent(AGENT))
    assert sessioniser.ended_early == 1
    assert [session.key[0] for session in ended] == ["b"]


@pytest.mark.parametrize(
    "request_",
    [
        Request(at_s=0, method="POST"),
        Request(at_s=0, method="HEAD"),
        Request(at_s=0, status=301),
        Request(at_s=0, status=404),
        Request(at_s=0, status=206),
        Request(at_s=0, target="/feed/"),
        Request(at_s=0, target="/a.css"),
        Request(at_s=0, target="/api/x"),
    ],
)
def test_what_is_no_page_view(request_: Request) -> None:
    """Forms, redirects, errors, parts, plumbing, files and data are not pages."""
    session = only(request_)
    assert session.page_views == []
    assert session.reason() is Reason.NO_PAGE_VIEWS


def test_unchanged_page_is_a_view_without_a_size() -> None:
    """A 304 is a page view, but says nothing of the document's size."""
    assert only(Request(at_s=0, status=304, body_bytes=0)).page_views[0].body_bytes == -1


def test_files_belong_to_the_page_that_refers_to_them() -> None:
    """The referrer decides, also when the visitor is on the next page already; each file counts once a session."""
    session = only(
        Request(at_s=0, target="/a"),
        Request(at_s=1, target="/a.css?v=1", referrer=f"{SITE}/a"),
        Request(at_s=5, target="/b"),
        Request(at_s=6, target="/late.png", referrer=f"{SITE}/a?x=y"),
        Request(at_s=6, target="/a.css", referrer=f"{SITE}/b"),
        Request(at_s=7, target="/b.js", referrer=f"{SITE}/b"),
    )
    assert views(session) == [("/a", ["/a.css", "/late.png"]), ("/b", ["/b.js"])]
    assert session.subresources == 4


def test_fonts_belong_to_the_page_of_their_stylesheet() -> None:
    """A file that a stylesheet asks for names the stylesheet as its referrer."""
    session = only(
        Request(at_s=0, target="/a"),
        Request(at_s=1, target="/s.css", referrer=f"{SITE}/a"),
        Request(at_s=2, target="/b"),
        Request(at_s=2, target="/f.woff2", referrer=f"{SITE}/s.css"),
    )
    assert views(session)[0] == ("/a", ["/s.css", "/f.woff2"])


def test_files_without_a_referrer_belong_to_the_page_just_viewed() -> None:
    """The common format has no referrers: then timing decides, for a minute."""
    session = only(
        Request(at_s=0, target="/a"), Request(at_s=3, target="/x.png"), Request(at_s=90, target="/y.png")
    )
    assert views(session) == [("/a", ["/x.png", "/y.png"])]


def test_files_logged_before_their_slow_page_wait_for_it() -> None:
    """Servers write a request when it ends, so a slow document stands after its own stylesheet."""
    session = only(
        Request(at_s=2, target="/s.css", referrer=f"{SITE}/slow"),
        Request(at_s=2, target="/o.css", referrer=f"{SITE}/other"),
        Request(at_s=0, target="/slow"),
    )
    assert views(session) == [("/slow", ["/s.css", "/o.css"])]


def test_data_belongs_to_a_page_that_refers_to_it() -> None:
    """JSON that a page asks for is its subresource; JSON out of the blue is nobody's."""
    session = only(
        Request(at_s=0, target="/a"),
        Request(at_s=1, target="/api/items?page=1", referrer=f"{SITE}/a"),
        Request(at_s=2, target="/api/other"),
    )
    assert views(session) == [("/a", ["/api/items"])]


def test_request_in_the_second_of_loading_is_data() -> None:
    """What names the page as its referrer while the page's files still arrive was not clicked."""
    session = only(
        Request(at_s=0, target="/a"),
        Request(at_s=0, target="/a.css", referrer=f"{SITE}/a"),
        Request(at_s=0, target="/fragment", referrer=f"{SITE}/a"),
        Request(at_s=9, target="/clicked", referrer=f"{SITE}/a"),
    )
    assert views(session) == [("/a", ["/a.css", "/fragment"]), ("/clicked", [])]


def test_page_that_asks_for_a_part_of_itself_is_viewed_once() -> None:
    """A small answer to the page's own path with a query is a part; one of full size is a page."""
    part = Request(at_s=3, target="/a?related=1", body_bytes=10, referrer=f"{SITE}/a")
    full = Request(at_s=3, target="/a?page=2", body_bytes=90, referrer=f"{SITE}/a")
    assert len(only(Request(at_s=0, target="/a"), part).page_views) == 1
    assert len(only(Request(at_s=0, target="/a"), full).page_views) == 2


def test_files_of_a_session_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the bound files are counted as requests, not remembered."""
    monkeypatch.setattr(module, "MAX_FILES", 3)
    session = only(Request(at_s=0), *(Request(at_s=1, target=f"/{number}.png") for number in range(9)))
    assert len(session.page_views[0].files) == 3
    assert session.subresources == 9


def test_page_views_of_a_session_are_bounded() -> None:
    """A crawl of a thousand pages keeps five hundred, and is a bot's at any pace."""
    session = only(*(Request(at_s=60 * number, target=f"/p{number}") for number in range(600)))
    assert len(session.page_views) == module.MAX_PAGE_VIEWS
    assert session.reason() is Reason.BOTS


def test_pace_of_a_machine_is_a_bot() -> None:
    """Thirty pages in a minute are nobody's reading; in half an hour they are."""
    fast = only(*(Request(at_s=2 * number, target=f"/p{number}") for number in range(31)))
    slow = only(*(Request(at_s=60 * number, target=f"/p{number}") for number in range(31)))
    assert fast.reason() is Reason.BOTS
    assert slow.reason() is None


def test_reader_of_robots_txt_is_a_bot() -> None:
    """Browsers do not ask for robots.txt."""
    assert only(Request(at_s=0), Request(at_s=1, target="/robots.txt")).reason() is Reason.BOTS


@pytest.mark.parametrize(
    "requests",
    [
        [Request(at_s=number, target="/wp-login.php", method="POST") for number in range(5)],
        [Request(at_s=number, target=f"/missing{number}", status=404) for number in range(10)],
        [Request(at_s=0, target="/.env", status=404)],
        [Request(at_s=0, target="/xmlrpc.php", method="POST")],
        [Request(at_s=0, target="/a/../../etc/passwd", status=400)],
    ],
)
def test_scanners_are_known_by_what_they_ask_for(requests: list[Request]) -> None:
    """Login floods, bursts of 404 and probes for holes mark the whole session, page views or not."""
    assert only(Request(at_s=0), *requests).reason() is Reason.SCANNERS


def test_people_may_look_like_scanners_a_little() -> None:
    """A login, missing pictures and an existing page with an odd name are a person's."""
    session = only(
        Request(at_s=0),
        Request(at_s=1, target="/wp-login.php", method="POST"),
        Request(at_s=2, target="/console/", status=200),
        *(Request(at_s=3, target=f"/{number}.png", status=404) for number in range(20)),
    )
    assert session.reason() is None
