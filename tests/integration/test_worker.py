"""The engine as a whole, in this process, against scripted servers on loopback."""

import errno
import socket
import time
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
from trafficflou.core import InternalError
from trafficflou.engine import SubresourceSource
from trafficflou.testing.fault import Close, Pause, response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.traffic import Page, Step


async def test_worker_plays_a_session_as_a_browser_would() -> None:
    """Documents bring their subresources, with referrer and cookies; the second page uses the cache of the first."""
    scripts = {
        "/a": page(b"<link rel=stylesheet href=/s.css><img src=/i.png><a href=/b>", b"Set-Cookie: id=1"),
        "/b": page(b"<link rel=stylesheet href=/s.css><img src=/j.png>"),
        "/s.css": (response(b"*", b"Cache-Control: max-age=60"),),
        "/i.png": (response(b"i"),),
        "/j.png": (response(b"j"),),
    }
    strategy = ScriptedStrategy(Step("/a", "/a", 0.0), Step("/b", "/b", 0.05))
    async with FaultServer(scripts) as server:
        outcome = await play(server, strategy)
        assert sorted(lines_of(server)) == ["/a", "/b", "/i.png", "/j.png", "/s.css"]
        by_path = dict(zip(lines_of(server), server.requests, strict=True))
    assert field_of(by_path["/a"], b"Referer") is None
    assert field_of(by_path["/a"], b"Cookie") is None
    assert str(field_of(by_path["/i.png"], b"Referer")).endswith("/a")
    assert str(field_of(by_path["/b"], b"Referer")).endswith("/a")
    assert field_of(by_path["/b"], b"Cookie") == "id=1"
    assert outcome.statuses("(style)") == {200: 1}
    assert sum(series.cache_hits for series in outcome.series("(style)")) == 1
    assert outcome.statuses("(image)") == {200: 2}
    assert [(met.path, met.status) for met in strategy.pages] == [("/a", 200), ("/b", 200)]
    assert sum(series.page_load.count for series in outcome.series("/a")) == 1


async def test_worker_names_the_page_it_comes_from_also_where_the_cache_had_it() -> None:
    """A page out of the visitor's cache was seen like any other: the next request refers to it."""
    scripts = {
        "/a": page(b"a", b"Cache-Control: max-age=60"),
        "/b": page(b"b"),
        "/c": page(b"c"),
    }
    steps = [Step(path, path, 0.0) for path in ("/a", "/b", "/a", "/c")]
    async with FaultServer(scripts) as server:
        await play(server, ScriptedStrategy(*steps))
        assert lines_of(server) == ["/a", "/b", "/c"]
        assert str(field_of(server.requests[-1], b"Referer")).endswith("/a")


async def test_worker_revalidates_what_is_stale() -> None:
    """A stale entry is asked for with its validator, and a 304 brings back what the document named."""
    scripts = {
        "/a": page(b"<img src=/i.png>", b'ETag: "1"', b"Cache-Control: no-cache"),
        "/i.png": (response(b"i"),),
    }
    async with FaultServer(scripts) as server:
        strategy = ScriptedStrategy(Step("/a", "/a", 0.0), Step("/a", "/a", 0.0))
        await play(server, strategy)
        assert [field_of(head, b"If-None-Match") for head in server.requests if b"GET /a " in head] == [
            None,
            '"1"',
        ]
        assert lines_of(server).count("/i.png") == 2


async def test_worker_limits_a_visitor_to_six_connections() -> None:
    """A page with many files opens six connections, as browsers do, and the rest waits its turn."""
    images = b"".join(b"<img src=/slow-head?%d>" % number for number in range(12))
    async with FaultServer({"/a": page(images)}, beat_s=0.05) as server:
        outcome = await play(server, ScriptedStrategy(Step("/a", "/a", 0.0)), duration_s=1.0)
        assert server.connection_count == 6
        assert len(server.requests) == 13
    (series,) = [found for found in outcome.series("(image)") if found.by_status]
    assert series.blocked.count >= 6
    assert series.by_status == {200: 12}


async def test_worker_follows_redirects_within_the_target_only() -> None:
    """Relative ones are followed, foreign ones recorded and not followed, loops end as an error."""
    strategy = ScriptedStrategy(
        Step("/redirect", "/r", 0.0), Step("/redirect-foreign", "/f", 0.0), Step("/redirect-loop", "/l", 0.0)
    )
    async with FaultServer() as server:
        outcome = await play(server, strategy)
        assert lines_of(server)[:3] == ["/redirect", "/normal", "/redirect-foreign"]
        assert lines_of(server).count("/redirect-loop") == 11
        assert set(lines_of(server)) == {"/redirect", "/normal", "/redirect-foreign", "/redirect-loop"}
    assert outcome.spoiled("/l") == {"redirect_loop": 1}
    assert {key for snapshot in outcome.snapshots for key in snapshot.foreign_origins} == {
        ("http://other.example", "redirect")
    }
    assert [met.status for met in strategy.pages] == [200, 302, 0], "a loop never becomes a page"


async def test_worker_sends_nothing_but_paths_on_the_target() -> None:
    """Whatever a strategy says, no request is split and none leaves the target."""
    steps = [Step(path, "/x", 0.0) for path in ("//other.example/", "http://other.example/", "mailto:a@b")]
    hostile = Step("/a b\r\nX-Split: 1", "/y", 0.0, ("//other.example/x.js",))
    async with FaultServer({"/": ()}) as server:
        outcome = await play(server, ScriptedStrategy(*steps, hostile), duration_s=2.5)
        assert len(server.requests) == 1
        assert b"X-Split" not in server.requests[0].split(b"\r\n")[1]
        assert lines_of(server)[0].startswith("/a%20b")
    assert outcome.failures("/x").keys() == {"unusable_path"}


async def test_worker_tells_missing_paths_from_errors() -> None:
    """A learned path that the target lacks is a missing path; a broken link of the live page is an error."""
    learned = ("/font.woff2",)
    scripts = {"/a": page(b"<img src=/broken.png>")}
    steps = (
        Step("/gone", "/gone", 0.0, is_learned=True),
        Step("/a", "/a", 0.0, learned),
        Step("/a", "/a", 0.0, learned),
    )
    async with FaultServer(scripts) as server:
        outcome = await play(server, ScriptedStrategy(*steps))
        assert lines_of(server).count("/font.woff2") == 1, (
            "what is known to be missing is not asked for again"
        )
    missing = {key for snapshot in outcome.snapshots for key in snapshot.missing_paths}
    assert {key[0] for key in missing} == {"/gone", "/font.woff2"}
    assert sum(sum(series.missing.values()) for series in outcome.series("/gone")) == 1
    assert outcome.statuses("(image)") == {404: 2}
    assert not any(series.missing for series in outcome.series("(image)"))


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        (SubresourceSource.AUTO, {"/a", "/live.png", "/learned.js"}),
        (SubresourceSource.PAGE, {"/a", "/live.png"}),
        (SubresourceSource.MODEL, {"/a", "/learned.js"}),
        (SubresourceSource.NONE, {"/a"}),
    ],
)
async def test_worker_takes_subresources_from_where_it_is_told(
    source: SubresourceSource, asked: set[str]
) -> None:
    """The live document, the model, both or neither."""
    scripts = {
        "/a": page(b"<img src=/live.png>"),
        "/live.png": (response(b""),),
        "/learned.js": (response(b""),),
    }
    async with FaultServer(scripts) as server:
        step = Step("/a", "/a", 0.0, ("/learned.js",))
        await play(server, ScriptedStrategy(step), subresources=source)
        assert set(lines_of(server)) == asked


async def test_worker_repeats_a_request_that_met_a_closing_connection() -> None:
    """A keep-alive connection that the site closed just then is not the visitor's error: asked again."""
    scripts = {"/a": (response(b"a"), Close(after_requests=2)), "/b": (Close(),)}
    strategy = ScriptedStrategy(Step("/a", "/a", 0.0), Step("/b", "/b", 0.0))
    async with FaultServer(scripts) as server:
        outcome = await play(server, strategy, duration_s=0.2)
        assert lines_of(server) == ["/a", "/b", "/b"]
    assert outcome.failures("/b") == {"closed_early": 1}
    assert strategy.pages[-1].status == 0


async def test_worker_repeats_a_request_until_it_meets_an_open_connection() -> None:
    """All idle connections may have been closed together: none of them makes an error, as in browsers."""
    images = b"".join(b"<img src=/slow-head?%d>" % number for number in range(4))
    # A connection that has carried a request before is closed without a word, a new one answers.
    scripts = {"/a": page(images), "/b": (Close(after_requests=2), response())}
    strategy = ScriptedStrategy(Step("/a", "/a", 0.0), Step("/b", "/b", 0.0))
    async with FaultServer(scripts, beat_s=0.02) as server:
        outcome = await play(server, strategy)
        assert lines_of(server).count("/b") == 5
    assert outcome.failures("/b") == {}
    assert outcome.statuses("/b") == {200: 1}


async def test_worker_counts_what_the_end_cut_off_with_its_waiting_time() -> None:
    """A request that outlasts the drain is counted, as unfinished: leaving out the slowest would flatter the site."""
    scripts = {"/a": page(b"<img src=/never>")}
    steps = ScriptedStrategy(Step("/a", "/a", 0.0))
    async with FaultServer(scripts) as server:
        outcome = await play(server, steps, duration_s=0.1, drain_s=0.3, timeout_s=30.0)
        assert lines_of(server) == ["/a", "/never"]
    assert outcome.failures("(image)") == {"unfinished": 1}
    (image,) = outcome.series("(image)")
    assert 0.35 < image.service.max_ns / 1e9 < 2
    (document,) = outcome.series("/a")
    assert document.page_load.count == 1, "the page was there, and loading it took at least until then"
    assert document.page_load.max_ns >= image.response.max_ns
    assert outcome.total("sessions_abandoned") == 1


async def test_worker_does_not_hammer_a_site_that_refuses() -> None:
    """Whoever follows a visitor who met a failure waits as long as that visitor would have."""
    async with FaultServer() as server:
        strategy = ScriptedStrategy(Step("/reset", "/x", 0.0))
        outcome = await play(server, strategy, ArriveAtOnce(4, replaces=True), duration_s=0.9)
        assert len(server.requests) == 8
    assert outcome.failures("/x")


async def test_worker_measures_failures_and_goes_on() -> None:
    """A page without a response ends with status 0; the visitor's next page follows after a pause, not at once."""
    strategy = ScriptedStrategy(Step("/reset", "/x", 0.0), Step("/normal", "/y", 0.0))
    async with FaultServer() as server:
        outcome = await play(server, strategy, duration_s=1.0)
        assert lines_of(server)[-1] == "/normal"
    assert outcome.failures("/x") == {"reset": 1}
    assert outcome.statuses("/y") == {200: 1}
    assert outcome.total("sessions_finished") == 1


async def test_worker_fails_what_takes_too_long() -> None:
    """The limit covers the whole exchange, so a drip of bytes cannot hold a visitor."""
    async with FaultServer(beat_s=0.05) as server:
        strategy = ScriptedStrategy(Step("/drip-endless-head", "/x", 0.0))
        outcome = await play(server, strategy, duration_s=1.0, timeout_s=0.3)
    assert outcome.failures("/x") == {"timeout": 1}


async def test_worker_counts_a_body_that_does_not_decode() -> None:
    """Corrupt and exploding bodies are errors of the page, not of the run."""
    scripts = {"/bomb": page(b"not gzip", b"Content-Encoding: gzip")}
    async with FaultServer(scripts) as server:
        outcome = await play(server, ScriptedStrategy(Step("/bomb", "/bomb", 0.0)))
    assert outcome.spoiled("/bomb") == {"decoding": 1}


async def test_worker_replaces_visitors_in_a_closed_workload() -> None:
    """When a session ends another visitor, with another identity, takes the place."""
    async with FaultServer() as server:
        strategy = ScriptedStrategy(Step("/normal", "/n", 0.0))
        outcome = await play(server, strategy, ArriveAtOnce(2, replaces=True), duration_s=0.3)
        visitors = {field_of(head, b"X-TrafficFlou-Visitor") for head in server.requests}
        assert len(visitors) == len(server.requests) > 4
    started = outcome.total("sessions_started")
    assert started == outcome.total("sessions_finished") + outcome.total("sessions_abandoned")


async def test_visitor_looks_at_its_last_page_before_another_takes_its_place() -> None:
    """A site on which visits end at once meets as many visitors as were meant to be there; who is about to leave has finished."""
    strategy = ScriptedStrategy(Step("/normal", "/n", 0.0), stay_s=0.35)
    async with FaultServer() as server:
        outcome = await play(server, strategy, ArriveAtOnce(3, replaces=True), duration_s=0.6)
        assert len(server.requests) == 6
    assert outcome.total("sessions_finished") == 6
    assert outcome.total("sessions_abandoned") == 0


async def test_worker_drains_when_it_is_told_to_stop() -> None:
    """Thinking visitors go home, a page view under way may end, and everything measured is kept."""
    steps = (Step("/slow-head", "/s", 0.0), Step("/normal", "/n", 60.0))
    async with FaultServer(beat_s=0.2) as server:
        strategy = ScriptedStrategy(*steps)
        began = time.monotonic()
        outcome = await play(server, strategy, duration_s=30.0, stop_after_s=0.1)
        assert time.monotonic() - began < 2
    assert outcome.statuses("/s") == {200: 1}
    assert outcome.total("sessions_abandoned") == 1
    assert outcome.total("sessions_finished") == 0


async def test_worker_gives_up_what_does_not_end() -> None:
    """After the drain nothing is waited for; the session counts as abandoned."""
    async with FaultServer() as server:
        outcome = await play(
            server, ScriptedStrategy(Step("/never", "/x", 0.0)), duration_s=0.1, drain_s=0.2, timeout_s=30.0
        )
    assert outcome.total("sessions_abandoned") == 1


class ScarceSockets:
    """Stands for the `socket` module where the system grants a process only so many open sockets."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.open = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)

    def socket(self, *args: Any) -> socket.socket:
        if self.open >= self.limit:
            raise OSError(errno.EMFILE, "too many open files")
        self.open += 1
        owner = self

        class Counted(socket.socket):
            def close(self) -> None:
                owner.open -= self.fileno() >= 0
                super().close()

        return Counted(*args)


async def test_worker_keeps_a_socket_for_every_visitor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Extra connections never take the sockets that visitors need: a shortage of ours is no failure of the site."""
    images = b"".join(b"<img src=/i?%d>" % number for number in range(6))
    scripts = {"/a": page(images), "/i": (Pause(1), response()), "/b": (response(),)}
    strategy = ScriptedStrategy(Step("/a", "/a", 0.0), Step("/b", "/b", 0.4))
    monkeypatch.setattr("trafficflou.http.connection.socket", ScarceSockets(16))
    async with FaultServer(scripts, beat_s=0.02) as server:
        outcome = await play(
            server, strategy, ArriveAtOnce(10, gap_s=0.04), duration_s=1.2, max_open_connections=10
        )
        assert server.connection_count > 10, "where there is room, a page opens several"
    assert outcome.failures("/a") == {}
    assert outcome.failures("/b") == {}
    assert outcome.total("sessions_not_started") == 0
    assert outcome.total("sessions_finished") == 10


async def test_worker_names_its_own_lack_of_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system refuses us before a byte was sent is not blamed on the site."""
    monkeypatch.setattr("trafficflou.http.connection.socket", ScarceSockets(0))
    async with FaultServer() as server:
        outcome = await play(server, ScriptedStrategy(Step("/normal", "/n", 0.0)), duration_s=0.2)
    assert outcome.failures("/n") == {"out_of_sockets": 1}


async def test_worker_turns_arrivals_away_that_it_cannot_hold() -> None:
    """More visitors than sockets: the rest is counted as not started, not queued in silence."""
    async with FaultServer(beat_s=0.3) as server:
        outcome = await play(
            server,
            ScriptedStrategy(Step("/slow-head", "/s", 0.0)),
            ArriveAtOnce(10),
            max_open_connections=4,
        )
    assert outcome.total("sessions_started") == 4
    assert outcome.total("sessions_not_started") == 6


async def test_worker_measures_itself_every_second() -> None:
    """Loop delay, CPU share and the lag of the schedule are part of what is measured."""
    strategy = ScriptedStrategy(Step("/normal", "/n", 0.0), Step("/normal", "/n", 0.3))
    async with FaultServer() as server:
        outcome = await play(server, strategy, duration_s=1.2)
    assert len(outcome.snapshots) >= 2
    assert all(snapshot.loop_delay.count >= 3 for snapshot in outcome.snapshots[:1])
    assert sum(snapshot.schedule_lag.count for snapshot in outcome.snapshots) == 2
    assert all(
        0 <= snapshot.cpu_share <= 2 and snapshot.rss_bytes > 1_000_000 for snapshot in outcome.snapshots
    )


async def test_worker_reports_a_failure_of_ours_after_handing_over_what_it_measured() -> None:
    """A strategy that raises ends the run as our error; nothing measured is lost."""

    class Broken(ScriptedStrategy):
        def next_step(self, visit: ScriptedVisit, page: Page | None) -> Step | None:
            if page is not None:
                raise ZeroDivisionError("planted")
            return super().next_step(visit, page)

    async with FaultServer() as server:
        with pytest.raises(InternalError, match="planted"):
            await play(server, Broken(Step("/normal", "/n", 0.0)))
