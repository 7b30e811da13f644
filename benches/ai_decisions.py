"""How fast AI decisions are through the whole stack: `python -m benches.ai_decisions [--seconds 6]`.

Each case asks Primal Genesis for preferences on pages with 40 links, with eight askers at once on one event loop, through every layer: gateway,
cache (memory over SQLite), batches, limits, budget, a scripted provider, and Athena as the fallback.

- hit: every question is in the cache's memory.
- disk hit: every question is in the file and not in memory.
- athena alone: no provider is configured.
- at once, slow: the provider takes 2 s; one question in fifty is new.
- at once, slow and failing: the same, and half of its answers are failures.
- wait, failing: providers are waited for; one answers in 20 ms and fails half of the time, the other one in 40 ms.

Figures are what an asker waits for. The goals: a hit under 1 ms, the 95th percentile of a run (at once) under 100 ms.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

from trafficflou.ai_models._route import Route
from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.budget import Budget
from trafficflou.ai_models.gateway import PrimalGenesis
from trafficflou.ai_models.tasks import PREFER, Offer, PreferRequest, TaskName
from trafficflou.core import ProviderError
from trafficflou.stores.ai_cache import AiCache, DiskAiCache, MemoryAiCache, TieredAiCache
from trafficflou.testing.ai_model import FakeAiModel, sample_persona

ASKERS: Final = 8
LINKS: Final = 40
KNOWN_QUESTIONS: Final = 200
NEW_SHARE: Final = 0.02
RUN_GOAL_MS: Final = 100.0
HIT_GOAL_MS: Final = 1.0

Questions = Callable[[], PreferRequest]


def question(number: int) -> PreferRequest:
    """Return one of any number of different questions."""
    offers = tuple(
        Offer(text=f"Garden tool {number}-{link}", title="For beds and borders", template="/product/{id}")
        for link in range(LINKS)
    )
    return PreferRequest(persona=sample_persona(), page_title=f"Tools {number}", offers=offers)


def known_questions() -> Questions:
    """Return questions of which there are few."""
    asked = [question(number) for number in range(KNOWN_QUESTIONS)]
    rng = Random(1)
    return lambda: rng.choice(asked)


def mixed_questions() -> Questions:
    """Return questions of which one in fifty is new."""
    known, rng, fresh = known_questions(), Random(2), count(KNOWN_QUESTIONS)
    return lambda: question(next(fresh)) if rng.random() < NEW_SHARE else known()


async def ask_for(model: PrimalGenesis, questions: Questions, seconds: float) -> list[float]:
    """Ask from several places at once; return what each decision took, milliseconds."""
    taken_ms: list[float] = []
    ends_s = time.perf_counter() + seconds

    async def ask() -> None:
        while (begun_s := time.perf_counter()) < ends_s:
            asked = questions()
            begun_s = time.perf_counter()
            with suppress(ProviderError):
                await model.answer(PREFER, asked)
            taken_ms.append((time.perf_counter() - begun_s) * 1e3)
            await asyncio.sleep(0)  # a hit in memory never waits, and would leave no turn to the others

    async with asyncio.TaskGroup() as group:
        for _ in range(ASKERS):
            group.create_task(ask())
    return taken_ms


def gateway(cache: AiCache, providers: list[FakeAiModel], athena: Any, mode: Any) -> PrimalGenesis:
    """Put the whole stack together."""
    budget = Budget(max_tokens=10**12)
    routes = [Route.build(each, cache=cache, budget=budget, batching=True) for each in providers]
    return PrimalGenesis(routes, athena, modes={TaskName.PREFER: mode}, budget=budget)


async def fill(cache: AiCache) -> None:
    """Put the known questions into the cache."""
    route = Route.build(FakeAiModel("openai"), cache=cache)
    for number in range(KNOWN_QUESTIONS):
        await route.model.answer(PREFER, question(number))
    await route.model.aclose()


def cases() -> Iterator[tuple[str, list[FakeAiModel], str, Questions, float]]:
    """Yield each case: name, providers, mode, questions, goal for the 95th percentile in milliseconds."""
    yield "hit", [FakeAiModel("openai")], "at_once", known_questions(), HIT_GOAL_MS * ASKERS
    yield "disk hit", [FakeAiModel("openai")], "at_once", known_questions(), RUN_GOAL_MS
    yield "athena alone", [], "at_once", mixed_questions(), RUN_GOAL_MS
    slow = FakeAiModel("openai", delay_s=2)
    yield "at once, slow", [slow], "at_once", mixed_questions(), RUN_GOAL_MS
    failing = FakeAiModel("openai", delay_s=2, failing_share=0.5)
    yield "at once, slow and failing", [failing], "at_once", mixed_questions(), RUN_GOAL_MS
    pair = [FakeAiModel("openai", delay_s=0.02, failing_share=0.5), FakeAiModel("anthropic", delay_s=0.04)]
    yield "wait, failing", pair, "wait", mixed_questions(), float("inf")


async def measure(
    name: str, providers: list[FakeAiModel], mode: str, questions: Questions, seconds: float
) -> Any:
    """Run one case; return what decisions took, and the gateway's statistics."""
    factory = AthenaFactory()
    with tempfile.TemporaryDirectory() as folder:
        disk = DiskAiCache(Path(folder) / "answers.sqlite3")
        # With room for one entry, the memory in front never has what is asked for.
        memory = MemoryAiCache(max_entries=1) if name == "disk hit" else MemoryAiCache()
        cache = TieredAiCache(memory, disk)
        if name.endswith("hit"):
            await fill(cache)
        model = gateway(cache, providers, factory.model(), mode)
        try:
            taken_ms = await ask_for(model, questions, seconds)
            return sorted(taken_ms), model.statistics()
        finally:
            await model.aclose()
            await cache.aclose()


async def hit_alone_ms(asked: int = 2000) -> list[float]:
    """Return what a hit takes with nobody else on the loop, milliseconds."""
    cache = MemoryAiCache()
    await fill(cache)
    model = gateway(cache, [FakeAiModel("openai")], FakeAiModel("athena"), "at_once")
    taken_ms = []
    for number in range(asked):
        request = question(number % KNOWN_QUESTIONS)
        begun_s = time.perf_counter()
        await model.answer(PREFER, request)
        taken_ms.append((time.perf_counter() - begun_s) * 1e3)
    await model.aclose()
    return sorted(taken_ms)


def at(taken_ms: list[float], percent: float) -> float:
    """Return a percentile of sorted values, by nearest rank."""
    return taken_ms[min(len(taken_ms) - 1, int(len(taken_ms) * percent / 100))]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0, help="of each case")
    seconds = parser.parse_args().seconds
    alone_ms = asyncio.run(hit_alone_ms())
    print(
        f"one hit, nobody else: p50 {at(alone_ms, 50):.3f} ms, p95 {at(alone_ms, 95):.3f} ms (goal: under {HIT_GOAL_MS:g} ms)"
    )
    print(f"{ASKERS} askers at once, pages with {LINKS} links, {seconds:g} s each:")
    print(
        f"{'case':<28}{'decisions/s':>12}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}  who answered"
    )
    for name, providers, mode, questions, goal_ms in cases():
        taken_ms, told = asyncio.run(measure(name, providers, mode, questions, seconds))
        shares = ", ".join(
            f"{provider} {figures['share']:.0%}" for provider, figures in sorted(told["by_provider"].items())
        )
        verdict = "" if at(taken_ms, 95) < goal_ms else f"  MISSED: p95 under {goal_ms:g} ms"
        print(
            f"{name:<28}{len(taken_ms) / seconds:>12,.0f}"
            + "".join(f"{at(taken_ms, percent):>9.2f}" for percent in (50, 95, 99, 100))
            + f"  {shares}; {told['cache_hits'] / told['requests']:.0%} from the cache{verdict}"
        )


if __name__ == "__main__":
    main()
