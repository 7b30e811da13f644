"""How long strategies take to choose a step on pages of 100 links: `python benches/strategies.py [SPEC ...] [--model FILE]`.

Without a SPEC: Organic Mimicry, Phantom Flair on each level of sophistication, a class and a journey of the tests' own. Time is the thread's own
CPU time, so that what else runs on the machine does not count; what it costs to read that clock is taken off. A site of 60 pages is in memory, in
the form in which strategies get pages. The first quarter of the decisions is not counted: pages are new then, which happens once.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.athena.factory import AthenaModel
from trafficflou.behavior import load_model
from trafficflou.core import derive_rng
from trafficflou.http import Form, FormField, Link, PageContent
from trafficflou.testing.models import sample_model
from trafficflou.traffic import (
    ChosenStrategy,
    KnownPage,
    Page,
    SiteKnowledge,
    Step,
    StrategyContext,
    choose_strategies,
)

ROOT = Path(__file__).parents[1]
OWN = ROOT / "tests/support/own_strategies.py"
SPECS = (
    "organic-mimicry",
    *(f"phantom-flair[sophistication={level},max_pages=1000]" for level in range(1, 6)),
    f"{OWN}:Stroller[most_pages=50]",
    f"{OWN}:look",
)
GOALS_US = {"organic-mimicry": 20.0, "phantom-flair": 100.0}
DECISIONS = 20_000
PAGES = 60
LINKS = 100
WORDS = [
    "lamp",
    "mug",
    "chair",
    "linen",
    "oak",
    "ash",
    "pitcher",
    "bowl",
    "table",
    "throw",
    "cushion",
    "shelf",
    "clock",
    "tray",
    "vase",
    "kettle",
    "stool",
    "bench",
    "rug",
    "blanket",
]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time of decisions.")
    parser.add_argument("specs", nargs="*", metavar="SPEC")
    parser.add_argument("--model", type=Path, metavar="FILE")
    options = parser.parse_args()
    model = load_model(options.model) if options.model else sample_model()
    context = {"model": model, "site": site(), "make_athena": athena, "seed": 3}
    overhead_ns = statistics.median(-time.thread_time_ns() + time.thread_time_ns() for _ in range(10_000))
    print(f"{DECISIONS:,} decisions each on pages of {LINKS} links; microseconds of CPU time")
    print(f"{'strategy':<60} {'p50':>7} {'p90':>7} {'p99':>7}  goal (p50)")
    for chosen in choose_strategies(",".join(options.specs or SPECS)):
        taken_ns = sorted(decisions_ns(chosen, context))
        shown = (
            f"{(taken_ns[int(len(taken_ns) * share)] - overhead_ns) / 1000:7.1f}"
            for share in (0.50, 0.90, 0.99)
        )
        goal_us = GOALS_US.get(chosen.label.partition("[")[0])
        label = chosen.label.removeprefix(f"{ROOT}/")
        print(f"{label:<60} {' '.join(shown)}  {f'under {goal_us:g}' if goal_us else 'none'}")


def decisions_ns(chosen: ChosenStrategy, given: dict[str, Any]) -> list[int]:
    """Return what each decision took, nanoseconds, the first quarter left out."""
    strategy = chosen.kind.create(chosen.settings, StrategyContext(label=chosen.label, **given))
    gc.collect()
    gc.freeze()
    clock_ns = time.thread_time_ns
    taken_ns: list[int] = []
    for visitor in range(DECISIONS):
        visit = strategy.begin(derive_rng(7, "visitor", visitor))
        page: Page | None = None
        while True:
            begun_ns = clock_ns()
            step = strategy.next_step(visit, page)
            taken_ns.append(clock_ns() - begun_ns)
            if not isinstance(step, Step) or len(taken_ns) > DECISIONS:
                break
            content = contents()[crc32(step.path.encode()) % PAGES]
            page = Page(step.path, step.template, 200, 0.05, content=content, body=b"")
        strategy.take_journal()
        if len(taken_ns) > DECISIONS:
            break
    return taken_ns[len(taken_ns) // 4 :]


@cache
def athena() -> AthenaModel:
    """Return Athena."""
    return AthenaFactory().model()


def site() -> SiteKnowledge:
    """Return what is known of the site."""
    pages = tuple(
        KnownPage(path=f"/category/{word}", title=word.capitalize(), status=200) for word in WORDS[:12]
    )
    return SiteKnowledge(name="Pine", entries=("/",), pages=(KnownPage(path="/", status=200), *pages))


@cache
def contents() -> tuple[PageContent, ...]:
    """Return the pages."""
    return tuple(_contents())


def _contents() -> Iterator[PageContent]:
    rng = derive_rng(3, "pages")
    frame = [
        *(Link(path=f"/category/{word}", text=word.capitalize(), place="navigation") for word in WORDS[:12]),
        *(
            Link(path=f"/help/{word}", text=word, place="footer")
            for word in ("delivery", "returns", "contact", "payment")
        ),
    ]
    search = Form(path="/search", fields=(FormField(name="q", kind="search"),), text="Search", place="header")
    for number in range(PAGES):
        goods = [
            Link(
                path=f"/product/{number}-{index}",
                text=" ".join(rng.sample(WORDS, 3)),
                place="main",
                price=float(rng.randrange(10, 900)),
            )
            for index in range(LINKS - len(frame))
        ]
        title = f"Page {number}"
        yield PageContent(title=title, headings=(title,), links=(*goods, *frame), forms=(search,))


if __name__ == "__main__":
    main()
