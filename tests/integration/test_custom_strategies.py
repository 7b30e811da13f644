"""Scripts of the user's own in the engine, against real sockets: journeys, classes, and what they await otherwise."""

import asyncio
from pathlib import Path
from typing import Any

from tests.support.paper_site import context
from tests.support.worker_run import ArriveAtOnce, field_of, lines_of, noted, page, play
from trafficflou.metrics import Journal
from trafficflou.testing.fault import response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.traffic import Page, Step
from trafficflou.traffic.journeys import Journey, JourneyStrategy, JourneyVisitor, journey
from trafficflou.traffic.user_class import CustomVisit, UserClassKind

HERE = Path(__file__).parent
FORM = b"<form action=/add method=post><input type=hidden name=csrf value=t0ken><input name=n><button>Add</button></form>"
SITE = {
    "/": page(b"<title>Shop</title><a href=/a>Garden</a>", b"Set-Cookie: id=1"),
    "/a": page(FORM),
    "/add": (response(b"", b"Location: /done", status=b"303 See Other"),),
    "/done": page(b"<title>Done</title>"),
}


def strategy(*journeys: Journey) -> JourneyStrategy:
    """Make a strategy of journeys."""
    return JourneyStrategy(journeys, context(), HERE)


async def test_journey_is_played_as_a_browser_would() -> None:
    """Cookies, referrer, hidden fields and redirects are the engine's; the author writes what a person does."""

    @journey(device="mobile")
    async def buy(v: JourneyVisitor) -> None:
        await v.get("/")
        await v.think(0.01, 0.02)
        await v.click("Garden")
        done = await v.submit("Add", n="two words")
        done.expect(done.title == "Done" and done.path == "/done")

    async with FaultServer(SITE) as server:
        outcome = await play(server, strategy(buy), duration_s=5.0, until_all_left=True)
        assert lines_of(server) == ["/", "/a", "/add", "/done"]
        by_path = dict(zip(lines_of(server), server.requests, strict=True))
    assert "Mobile" in str(field_of(by_path["/"], b"User-Agent"))
    assert field_of(by_path["/a"], b"Cookie") == "id=1"
    assert str(field_of(by_path["/a"], b"Referer")).endswith("/")
    assert field_of(by_path["/add"], b"Content-Length") == str(len("csrf=t0ken&n=two+words"))
    journal = noted(outcome)
    assert not journal.script_errors
    assert journal.goals["shop.py", "buy"].reached == 1


async def test_journey_may_await_anything() -> None:
    """A timer, a thread, a lock of its own: the first such await makes the journey's steps into tasks, and it goes on."""
    lock = asyncio.Lock()
    met: list[str] = []

    @journey
    async def wait(v: JourneyVisitor) -> None:
        await v.get("/")
        async with lock:
            await asyncio.sleep(0)
            met.append(await asyncio.to_thread(lambda: "thread"))
        page = await v.click("Garden")
        await asyncio.sleep(0.01)
        try:
            await asyncio.wait_for(asyncio.get_running_loop().create_future(), 0.01)
        except TimeoutError:
            met.append("timeout")
        await v.submit("Add", n=page.status)

    async with FaultServer(SITE) as server:
        outcome = await play(server, strategy(wait), ArriveAtOnce(3), duration_s=5.0, until_all_left=True)
        assert sorted(lines_of(server)) == sorted(["/", "/a", "/add", "/done"] * 3)
    assert met.count("thread") == met.count("timeout") == 3
    journal = noted(outcome)
    assert not journal.script_errors
    assert journal.goals["shop.py", "wait"].reached == 3


async def test_first_lines_run_in_a_task_where_the_author_says_so() -> None:
    """`asyncio.timeout` and what is built on it need a task from the first line on."""

    async def wait(v: JourneyVisitor) -> None:
        async with asyncio.timeout(1):
            await asyncio.sleep(0)
        await v.get("/")

    for uses_asyncio in (True, False):
        one = Journey(name="wait", play=wait, uses_asyncio=uses_asyncio)
        async with FaultServer(SITE) as server:
            outcome = await play(server, strategy(one), duration_s=5.0, until_all_left=True)
            assert len(server.requests) == uses_asyncio
        errors = list(noted(outcome).script_errors)
        assert not errors if uses_asyncio else "inside a task" in errors[0]


async def test_waiting_journey_is_cancelled_with_the_run() -> None:
    """What waits at the end of a run is cancelled, and may clean up; that is no error of the script."""
    cleaned = []

    @journey(uses_asyncio=True)
    async def wait(v: JourneyVisitor) -> None:
        await v.get("/")
        try:
            await asyncio.sleep(3600)
        finally:
            cleaned.append(v.visitor)

    async with FaultServer(SITE) as server:
        outcome = await play(server, strategy(wait), duration_s=0.3, drain_s=0.1)
    assert len(cleaned) == 1
    assert not noted(outcome).script_errors


async def test_failing_script_ends_sessions_and_not_the_run() -> None:
    """Every session fails, at once and later; the run goes on to its end, without spinning where nothing is opened."""

    @journey
    async def early(v: JourneyVisitor) -> None:
        raise ValueError("at once")

    @journey
    async def late(v: JourneyVisitor) -> None:
        await v.get("/")
        await v.click("Sale")

    for one, at_most in ((early, 4), (late, 4000)):
        async with FaultServer(SITE) as server:
            outcome = await play(server, strategy(one), ArriveAtOnce(1, replaces=True), duration_s=1.2)
        journal = noted(outcome)
        assert 1 < sum(journal.script_errors.values()) <= at_most
        assert journal.goals["shop.py", one.name].given_up["script_error"] == sum(
            journal.script_errors.values()
        )


async def test_class_of_the_users_is_played() -> None:
    """A class with little more than `next_step`, also an async one."""

    class Buyer:
        def next_step(self, visit: CustomVisit, page: Page | None) -> Any:
            return Step(("/", "/a", "/done")[visit.pages], "x", 0.0) if visit.pages < 3 else None

    class Waiting(Buyer):
        async def next_step(self, visit: CustomVisit, page: Page | None) -> Any:
            await asyncio.sleep(0)
            assert page is None or (page.content is not None and page.body is not None)
            return super().next_step(visit, page)

    for user_class in (Buyer, Waiting):
        kind = UserClassKind("shop.py", user_class, HERE)
        async with FaultServer(SITE) as server:
            outcome = await play(
                server, kind.create(kind.settings_type(), context()), duration_s=5.0, until_all_left=True
            )
            assert lines_of(server) == ["/", "/a", "/done"]
        assert noted(outcome) == Journal()
