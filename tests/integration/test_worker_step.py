"""What strategies can ask of the engine beyond a page: forms, other methods, documents to read, time to decide."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from tests.support.worker_run import (
    ArriveAtOnce,
    ScriptedStrategy,
    ScriptedVisit,
    field_of,
    lines_of,
    page,
    play,
)
from trafficflou.core import InternalError, UsageError
from trafficflou.metrics import Journal
from trafficflou.testing.fault import response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.traffic import Page, PageReading, Step

FORM = "application/x-www-form-urlencoded"


class ReadingStrategy(ScriptedStrategy):
    """Opens given pages and sees as much of them as it is told."""

    def __init__(self, reading: PageReading, *steps: Step) -> None:
        super().__init__(*steps)
        self.reading = reading


def post(path: str, body: bytes = b"q=1", **more: Any) -> Step:
    """Send a form."""
    return Step(path, path, 0.0, method="POST", body=body, content_type=FORM, **more)


async def test_form_is_sent_with_its_body_and_still_says_who_sends_it() -> None:
    """A POST has length, type and body; who asks cannot be changed by a strategy, nor can a header be smuggled in."""
    fields = (
        ("X-Mine", "yes"),
        ("User-Agent", "Mozilla/5.0"),
        ("Cookie", "a=b"),
        ("Accept", "application/json"),
        ("X-Bad", "a\r\nX-Evil: 1"),
        ("Bad name", "x"),
        ("Content-Length", "0"),
    )
    strategy = ScriptedStrategy(post("/send", headers=fields))
    async with FaultServer({"/send": page(b"thanks")}) as server:
        await play(server, strategy)
        (head,), (body,) = server.requests, server.bodies
    assert head.startswith(b"POST /send HTTP/1.1\r\n")
    assert body == b"q=1"
    assert (field_of(head, b"Content-Type"), field_of(head, b"Content-Length")) == (FORM, "3")
    assert str(field_of(head, b"User-Agent")).startswith("TrafficFlou/")
    assert field_of(head, b"X-Mine") == "yes"
    assert field_of(head, b"Accept") == "application/json"
    assert field_of(head, b"Cookie") is None
    assert b"X-Evil" not in head
    assert b"Bad name" not in head
    assert head.count(b"Content-Length") == head.count(b"Accept:") == 1


@pytest.mark.parametrize(
    ("status", "again"),
    [(b"301", "GET"), (b"302", "GET"), (b"303", "GET"), (b"307", "POST"), (b"308", "POST")],
)
async def test_redirect_keeps_the_method_only_where_it_must(status: bytes, again: str) -> None:
    """After 303, and as browsers do after 301 and 302, a form's answer is asked for with GET; 307 and 308 send the form again."""
    there = (response(b"", b"Location: /there", status=status + b" Moved"),)
    strategy = ScriptedStrategy(post("/here"))
    async with FaultServer({"/here": there, "/there": page(b"thanks")}) as server:
        await play(server, strategy)
        lines = [head.split(b" ", 1)[0].decode() for head in server.requests]
        assert lines == ["POST", again]
        assert server.bodies[1] == (b"q=1" if again == "POST" else b"")
    (met,) = strategy.pages
    assert (met.path, met.final_path, met.status, met.is_ok) == ("/here", "/there", 200, True)


async def test_form_is_never_answered_from_the_cache_and_makes_it_forget() -> None:
    """What was cached of a page is not used for a form, nor after one was sent there (RFC 9111, 4.4)."""
    strategy = ScriptedStrategy(
        Step("/p", "/p", 0.0), Step("/p", "/p", 0.0), post("/p"), Step("/p", "/p", 0.0)
    )
    async with FaultServer({"/p": page(b"x", b"Cache-Control: max-age=60")}) as server:
        await play(server, strategy)
        assert [head.split(b" ", 1)[0] for head in server.requests] == [b"GET", b"POST", b"GET"]


async def test_strategy_that_reads_sees_what_a_person_sees() -> None:
    """Title and links come with the page, also of an error page and out of the visitor's cache; who does not read gets nothing."""
    html = b"<title>Shop</title><main><a href=/b?x=1#top>To b</a></main>"
    scripts = {
        "/a": page(html, b"Cache-Control: max-age=60"),
        "/gone": (response(html, b"Content-Type: text/html", status=b"404 Not Found"),),
        "/data": (response(b'{"a": 1}', b"Content-Type: application/json"),),
    }
    steps = [Step(path, path, 0.0) for path in ("/a", "/a", "/gone", "/data")]
    readers = {reading: ReadingStrategy(reading, *steps) for reading in PageReading}
    async with FaultServer(scripts) as server:
        for reader in readers.values():
            await play(server, reader)
    for met in readers[PageReading.CONTENT].pages[:3]:
        assert met.content is not None
        assert met.content.title == "Shop"
        assert [(link.path, link.text) for link in met.content.links] == [("/b?x=1", "To b")]
        assert met.body is None
    assert readers[PageReading.CONTENT].pages[3].content is None
    assert [met.body for met in readers[PageReading.BODY].pages] == [html, html, html, b'{"a": 1}']
    assert all(met.content is None and met.body is None for met in readers[PageReading.NOTHING].pages)


async def test_page_says_why_it_is_not_usable() -> None:
    """A strategy can tell a dead site from a loop, a foreign redirect and a body that does not decode."""
    scripts = {
        "/loop": (response(b"", b"Location: /loop", status=b"302 Found"),),
        "/away": (response(b"", b"Location: https://other.example/", status=b"302 Found"),),
        "/torn": (response(b"no gzip", b"Content-Type: text/html", b"Content-Encoding: gzip"),),
    }
    paths = ("/loop", "/away", "/torn", "/reset", "http://other.example/")
    strategy = ReadingStrategy(PageReading.CONTENT, *(Step(path, path, 0.0) for path in paths))
    async with FaultServer(scripts) as server:
        await play(server, strategy, duration_s=3.0)
    assert [(met.path, met.failure) for met in strategy.pages] == [
        ("/loop", "redirect_loop"),
        ("/away", "foreign_redirect"),
        ("/torn", "decoding"),
        ("/reset", strategy.pages[3].failure),
        ("http://other.example/", "unusable_path"),
    ]
    assert strategy.pages[3].failure in {"reset", "closed_early"}
    assert not any(met.is_ok for met in strategy.pages)


async def test_request_that_is_no_page_fetches_nothing_else() -> None:
    """A call of an API is one request."""
    strategy = ScriptedStrategy(Step("/a", "/a", 0.0, loads_subresources=False))
    async with FaultServer({"/a": page(b"<img src=/i.png>")}) as server:
        await play(server, strategy)
        assert lines_of(server) == ["/a"]


async def test_decisions_are_timed_and_told_with_the_journal() -> None:
    """Each choice counts, leaving included; what a strategy noticed leaves with the second."""

    class Noticing(ScriptedStrategy):
        def take_journal(self) -> Journal | None:  # type: ignore[override]
            return Journal(decided_by={"statistics": 1})

    async with FaultServer({"/a": page(b"x")}) as server:
        outcome = await play(server, Noticing(Step("/a", "/a", 0.0)), ArriveAtOnce(3))
    measured = [each for snapshot in outcome.snapshots for each in snapshot.strategies]
    assert {each.name for each in measured} == {"scripted"}
    assert sum(each.decision.count for each in measured) == 6
    assert sum(each.sessions_finished for each in measured) == 3
    assert all(each.journal is not None for each in measured)


class Slow(ScriptedStrategy):
    """Thinks of its answer in a task."""

    def __init__(self, *steps: Step, error: Exception | None = None, takes_s: float = 0.02) -> None:
        super().__init__(*steps)
        self.error = error
        self.takes_s = takes_s

    def next_step(self, visit: ScriptedVisit, page: Page | None) -> Awaitable[Step | None]:  # type: ignore[override]
        return self.decide(visit, page)

    async def decide(self, visit: ScriptedVisit, page: Page | None) -> Step | None:
        await asyncio.sleep(self.takes_s)
        if self.error is not None:
            raise self.error
        return super().next_step(visit, page)


async def test_strategy_may_take_its_time() -> None:
    """An awaitable answer is waited for; what it takes is not counted as the site's delay."""
    async with FaultServer({"/a": page(b"x")}) as server:
        strategy = Slow(Step("/a", "/a", 0.0), Step("/a", "/a", 0.0), takes_s=0.3)
        outcome = await play(server, strategy, duration_s=2.0)
        assert lines_of(server) == ["/a", "/a"]
    (response_max_ns,) = {max(series.response.max_ns for series in outcome.series("/a"))}
    assert response_max_ns < 200_000_000
    assert outcome.total("sessions_finished") == 1


@pytest.mark.parametrize(
    ("error", "raised"), [(UsageError("planted"), UsageError), (ZeroDivisionError("planted"), InternalError)]
)
async def test_failure_of_a_slow_strategy_ends_the_run(error: Exception, raised: type[Exception]) -> None:
    """An error with words of its own comes through as it is; any other is a mistake of ours."""
    async with FaultServer() as server:
        with pytest.raises(raised, match="planted"):
            await play(server, Slow(error=error))


async def test_slow_strategy_does_not_delay_the_end() -> None:
    """A decision under way at the end of the run is dropped, and its session counts as abandoned."""
    async with FaultServer() as server:
        outcome = await play(server, Slow(takes_s=60.0), duration_s=0.2, drain_s=0.2)
    assert outcome.total("sessions_abandoned") == 1
