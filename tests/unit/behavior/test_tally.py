"""Counting sessions in bounded memory."""

import random

import pytest

from trafficflou.behavior import tally as module
from trafficflou.behavior.clients import Agent
from trafficflou.behavior.sessions import PageView, Session
from trafficflou.behavior.tally import DistinctCounter, PaceSums, Tally

BROWSER = Agent(reason=None, device="mobile")


def session(visitor: str, *views: tuple[str, int, list[str]], utc_offset_s: int = 0) -> Session:
    """Make an ended session of page views: path, second, files."""
    made = Session((visitor, "agent"), BROWSER, 0, utc_offset_s)
    for path, at_s, files in views:
        view = PageView(path, at_s, 1234567)
        view.files = [(file, 50) for file in files]
        made.page_views.append(view)
        made.subresources += len(files)
        made.requests += 1 + len(files)
    return made


def test_session_is_counted_by_path() -> None:
    """Entries, exits, what follows, think times, sizes, hour and device of a session are kept, the session is not."""
    tally = Tally(5)
    tally.add(
        session("a", ("/", 7200, ["/s.css"]), ("/p", 7230, ["/p.js"]), ("/", 9300, []), utc_offset_s=3600)
    )
    home, page = tally.pages["/"], tally.pages["/p"]
    assert (home.views, home.entries, home.exits) == (2, 1, 1)
    assert (page.views, page.entries, page.exits) == (1, 0, 0)
    assert home.following == {"/p": 1}
    assert page.following == {"/": 1}
    assert home.think == {30: 1}
    assert page.think == {2100: 1}
    assert home.sizes == {1230000: 2}
    assert tally.by_hour[3] == 1
    assert tally.devices == {"desktop": 0, "mobile": 1, "tablet": 0}
    assert (tally.sessions, tally.page_views, tally.one_page_sessions) == (1, 3, 0)


def test_files_are_offered_until_the_session_has_them() -> None:
    """A page view of a session that has a file already is no opportunity to fetch it."""
    tally = Tally(5)
    tally.add(session("a", ("/", 0, ["/s.css"]), ("/", 10, []), ("/p", 20, ["/p.js"])))
    tally.add(session("b", ("/", 0, [])))
    assert tally.pages["/"].fetched == {"/s.css": 1}
    assert tally.pages["/"].had == {"/s.css": 1}
    assert tally.pages["/p"].had == {"/s.css": 1}
    assert tally.pages["/"].views - tally.pages["/"].had["/s.css"] == 2


def test_visitors_are_told_apart_up_to_k() -> None:
    """The same visitor counts once; beyond k nobody is remembered."""
    tally = Tally(3)
    for visitor in "aaaabcdefgh":
        tally.add(session(visitor, ("/", 0, ["/s.css"])))
    assert len(tally.pages["/"].visitors) == 3
    assert len(tally.files["/s.css"].visitors) == 3
    assert tally.visitors.count() == 8


def test_absorbing_equals_counting_together() -> None:
    """Two tallies put together hold what one would have counted."""
    sessions = [
        session(
            f"v{number}",
            (f"/{number % 3}", number * 600, ["/s.css"]),
            (f"/{number % 2}", number * 600 + 9, []),
        )
        for number in range(40)
    ]
    one, two, both = Tally(4), Tally(4), Tally(4)
    for index, made in enumerate(sessions):
        (one if index % 2 else two).add(made)
        both.add(made)
    one.absorb(two)
    for name in (
        "sessions",
        "page_views",
        "requests",
        "subresources",
        "by_hour",
        "devices",
        "think",
        "by_offset",
    ):
        assert getattr(one, name) == getattr(both, name), name
    for path, page in both.pages.items():
        assert one.pages[path].following == page.following
        assert one.pages[path].had == page.had
        assert len(one.pages[path].visitors) == len(page.visitors)
    assert one.files["/s.css"].fetches == both.files["/s.css"].fetches
    assert one.visitors.count() == both.visitors.count()
    assert one.pace.intraclass_correlation() == pytest.approx(both.pace.intraclass_correlation())


def test_million_paths_are_counted_by_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the cap rare paths are added up under their template; nothing of the totals is lost."""
    monkeypatch.setattr(module, "MAX_PATHS", 100)
    tally = Tally(5)
    for number in range(2000):
        tally.add(session(f"v{number}", ("/", 0, []), (f"/product/{number}", 9, [])))
    assert tally.compactions > 0
    assert len(tally.pages) <= 101
    assert tally.pages["/"].views == 2000
    products = [page for path, page in tally.pages.items() if path.startswith("/product/")]
    assert sum(page.views for page in products) == 2000
    assert sum(page.exits for page in products) == 2000
    assert sum(tally.pages["/"].following.values()) == 2000
    assert "/product/{id}" in tally.pages


def test_popular_paths_survive_compaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """What many ask for keeps its own counters, also if it became popular late."""
    monkeypatch.setattr(module, "MAX_PATHS", 100)
    tally = Tally(5)
    for number in range(1000):
        tally.add(session(f"v{number}", (f"/product/{number}", 0, [])))
        if number > 500:
            tally.add(session(f"w{number}", ("/product/hit", 0, [])))
    assert tally.pages["/product/hit"].views == 499


def test_paths_alike_no_other_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where templates do not help, the rarest paths go, and how much they were is said."""
    monkeypatch.setattr(module, "MAX_PATHS", 20)
    monkeypatch.setattr(module, "infer_templates", lambda views: {path: path for path in views})
    tally = Tally(5)
    for number in range(50):
        tally.add(session("v", (f"/{number}", 0, [])))
    assert len(tally.pages) <= 21
    assert tally.lost_page_views + sum(page.views for page in tally.pages.values()) == 50
    assert tally.lost_page_views > 0


def test_links_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that fetch ever new files do not grow the tally without end."""
    monkeypatch.setattr(module, "MAX_LINKS", 500)
    monkeypatch.setattr(module, "MAX_FILES", 300)
    tally = Tally(5)
    for number in range(3000):
        tally.add(
            session(f"v{number}", ("/", 0, ["/s.css", f"/once/{number}.png"]), (f"/p{number % 7}", 9, []))
        )
    assert sum(page.links() for page in tally.pages.values()) <= 510
    assert len(tally.files) <= 301
    assert tally.pages["/"].fetched["/s.css"] == 3000


def test_sizes_are_bounded() -> None:
    """A page with a new size every time keeps a few of them."""
    tally = Tally(5)
    for number in range(300):
        made = session("v", ("/", 0, []))
        made.page_views[0].body_bytes = number
        tally.add(made)
    assert len(tally.pages["/"].sizes) == 64


def test_distinct_counter_is_exact_and_then_close() -> None:
    """Small numbers are exact; large ones are within two per cent, in bounded memory."""
    rng = random.Random(5)
    few, many, more = DistinctCounter(), DistinctCounter(), DistinctCounter()
    for _ in range(3):
        for number in range(1000):
            few.add(hash(("x", str(number))))
    hashes = [rng.getrandbits(60) for _ in range(300_000)]
    for number, hashed in enumerate(hashes):
        (many if number < 200_000 else more).add(hashed)
    assert few.count() == 1000
    assert many.count() == pytest.approx(200_000, rel=0.02)
    many.absorb(more)
    assert many.count() == pytest.approx(300_000, rel=0.02)
    assert len(many.kept) <= 65_536


def test_pace_correlation_is_found() -> None:
    """Sessions whose think times share a pace correlate by its share of the variance; without one they do not."""
    rng = random.Random(1)
    shared, independent = PaceSums(), PaceSums()
    for _ in range(3000):
        pace = rng.gauss(0, 1)
        shared.add(
            [10 * 2.718 ** (0.7071 * pace + 0.7071 * rng.gauss(0, 1)) for _ in range(rng.randint(1, 6))]
        )
        independent.add([10 * 2.718 ** rng.gauss(0, 1) for _ in range(rng.randint(1, 6))])
    assert shared.intraclass_correlation() == pytest.approx(0.5, abs=0.06)
    assert independent.intraclass_correlation() == pytest.approx(0.0, abs=0.04)


def test_pace_correlation_needs_evidence() -> None:
    """A handful of pauses, or pauses that are all equal, say nothing."""
    few, equal = PaceSums(), PaceSums()
    few.add([])
    few.add([1.0, 2.0])
    for _ in range(50):
        equal.add([5.0, 5.0])
    assert few.intraclass_correlation() == 0
    assert equal.intraclass_correlation() == 0
