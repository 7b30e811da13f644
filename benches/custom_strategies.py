"""What a step of one's own costs: `python benches/custom_strategies.py`.

A journey in Python and in YAML, a class, an async class, and Organic Mimicry beside them, without any network: only the CPU time from a page to the next
step is measured. The async ones run in an event loop, with a task for each step, as the engine makes one.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from trafficflou.behavior import ModelSampler
from trafficflou.core import derive_rng
from trafficflou.http import Origin, read_page
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Page, Step, StrategyContext, ThinkTime
from trafficflou.traffic.journeys import Journey, JourneyStrategy, JourneyVisitor
from trafficflou.traffic.journeys.document import read_document
from trafficflou.traffic.strategies.organic_mimicry import OrganicMimicry
from trafficflou.traffic.user_class import CustomVisit, UserClassKind

VISITS: Final = 3000
STEPS: Final = 10
HERE: Final = Path(__file__).parent
HTML: Final = (
    b"<title>Shop</title>"
    + b"".join(
        b"<a class=card href=/product/%d>Thing number %d</a>" % (number, number) for number in range(100)
    )
    + b"<a href=/cart>Basket</a><form action=/search><input name=q><button>Search</button></form>"
)
PAGE: Final = Page(
    "/",
    "/",
    200,
    0.1,
    content=read_page(HTML, path="/", origin=Origin.parse("http://127.0.0.1:80")),
    body=HTML,
)


async def gets(v: JourneyVisitor) -> None:
    """Open ten addresses."""
    for _ in range(STEPS):
        await v.get("/product/17")


async def clicks(v: JourneyVisitor) -> None:
    """Click ten links of a page of 101, by text."""
    await v.get("/")
    for _ in range(STEPS - 1):
        await v.click("Basket")


async def draws(v: JourneyVisitor) -> None:
    """Click ten links of a page of 101, drawn by a pattern."""
    await v.get("/")
    for _ in range(STEPS - 1):
        await v.click("/product/*")


async def counts(v: JourneyVisitor) -> None:
    """Open ten addresses and count elements by a selector on each page."""
    for _ in range(STEPS):
        page = await v.get("/product/17")
        v.check("cards", page.count("a.card") > 0)


async def waits(v: JourneyVisitor) -> None:
    """Open ten addresses, and go once around the event loop before each."""
    for _ in range(STEPS):
        await asyncio.sleep(0)
        await v.get("/product/17")


class Direct:
    """Ten steps of a class."""

    def next_step(self, visit: CustomVisit, page: Page | None) -> Step | None:
        """Choose the next."""
        return Step("/product/17", "/product/{id}", 0.0) if visit.pages < STEPS else None


class Waiting(Direct):
    """Ten steps of an async class."""

    async def next_step(self, visit: CustomVisit, page: Page | None) -> Step | None:  # type: ignore[override]
        """Choose the next."""
        return super().next_step(visit, page)


async def main() -> None:
    """Measure and print."""
    context = StrategyContext(label="bench", think_time=ThinkTime.parse("none"))
    document = "steps:\n" + "  - get: /product/17\n" * STEPS
    in_yaml = read_document(document, source="bench.yaml", folder=HERE)
    strategies: dict[str, Any] = {
        "Organic Mimicry": OrganicMimicry(ModelSampler(sample_model()), ThinkTime()),
        "a class": made_of(Direct, context),
        "a journey that gets": played(gets, context),
        "the same in YAML": JourneyStrategy([in_yaml], context, HERE),
        "a journey that clicks by text": played(clicks, context),
        "a journey that clicks by pattern": played(draws, context),
        "a journey that counts by selector": played(counts, context),
        "an async class": made_of(Waiting, context),
        "a journey that awaits other things": played(waits, context),
    }
    print(f"{VISITS:,} visits each, of {STEPS} steps; pages of {len(HTML):,} bytes and 101 links")
    gc.freeze()
    for name, strategy in strategies.items():
        taken_us = await step_us(strategy)
        print(f"{name:35} {statistics.median(taken_us):8.1f} us a step")


def made_of(user_class: type[Any], context: StrategyContext) -> Any:
    """Make a strategy of a class."""
    kind = UserClassKind("bench", user_class, HERE)
    return kind.create(kind.settings_type(), context)


def played(play: Callable[[JourneyVisitor], Any], context: StrategyContext) -> JourneyStrategy:
    """Make a strategy of a journey."""
    return JourneyStrategy([Journey(name=play.__name__, play=play)], context, HERE)


async def step_us(strategy: Any) -> list[float]:
    """Return the CPU time of a step on the average of each visit, microseconds, its beginning and its end included."""
    clock_ns, loop = time.process_time_ns, asyncio.get_running_loop()
    taken_us: list[float] = []
    for visitor in range(VISITS):
        rng = derive_rng(7, "visitor", visitor)
        began_ns, steps = clock_ns(), 0
        visit = strategy.begin(rng)
        step = strategy.next_step(visit, None)
        while step is not None:
            if not isinstance(step, Step):
                step = await loop.create_task(step)
                if step is None:
                    break
            steps += 1
            step = strategy.next_step(visit, PAGE)
        taken_us.append((clock_ns() - began_ns) / 1000 / max(1, steps))
    return taken_us


if __name__ == "__main__":
    asyncio.run(main())
