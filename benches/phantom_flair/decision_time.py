"""How long a decision takes on a page of 100 links, by level."""

import gc
import time
from collections.abc import Iterator
from random import Random

from benches.phantom_flair.making import make_flair
from trafficflou.core import derive_rng
from trafficflou.http import Form, FormField, Link, PageContent
from trafficflou.testing.imagined_site import ImaginedSite
from trafficflou.traffic import Page
from trafficflou.traffic.strategies.phantom_flair import PhantomFlair

__all__ = ["decision_times_us", "first_sight_ms"]

_WORDS = [
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
_PAGES = 8


def page_of_100_links(number: int, rng: Random) -> PageContent:
    """Make a shop's page: navigation, products with prices, a footer, a search box."""
    links = [
        Link(path=f"/category/{word}", text=word.capitalize(), place="navigation") for word in _WORDS[:12]
    ]
    links += [
        Link(path=f"/help/{word}", text=word, place="footer")
        for word in ("delivery", "returns", "contact", "payment")
    ]
    links += [
        Link(
            path=f"/product/{number}-{index}",
            text=" ".join(rng.sample(_WORDS, 3)),
            place="main",
            price=float(rng.randrange(10, 900)),
        )
        for index in range(100 - len(links))
    ]
    search = Form(path="/search", fields=(FormField(name="q", kind="search"),), text="Search", place="header")
    return PageContent(
        title=f"Page {number}", headings=(f"Page {number}",), links=tuple(links), forms=(search,)
    )


def decision_times_us(level: int, count: int = 6000) -> list[float]:
    """Return how long decisions took on pages that were seen before, in processor time, sorted."""
    pages = [page_of_100_links(number, Random(number)) for number in range(_PAGES)]
    strategy = make_flair(ImaginedSite(), sophistication=level, max_pages=1000)
    taken = list(_decide(strategy, pages, count * 4 // 3))
    # The first quarter saw the pages for the first time.
    return sorted(taken[count // 3 :])


def _decide(strategy: PhantomFlair, pages: list[PageContent], count: int) -> Iterator[float]:
    rng, index, decided = Random(5), 0, 0
    clock = time.process_time_ns
    while decided < count:
        visit = strategy.begin(derive_rng(9, "visitor", index))
        index += 1
        step = strategy.next_step(visit, None)
        while step is not None:
            page = Page(step.path, "/page", 200, 0.05, content=pages[rng.randrange(len(pages))])
            begun_ns = clock()
            step = strategy.next_step(visit, page)
            yield (clock() - begun_ns) / 1000
            decided += 1
        strategy.take_journal()


def first_sight_ms(count: int = 60) -> list[float]:
    """Return how long the first decision on a page took that nobody had seen, texts and all, sorted."""
    strategy = make_flair(ImaginedSite(), sophistication=5)
    gc.collect()
    gc.freeze()
    taken = []
    for number in range(count):
        visit = strategy.begin(derive_rng(1, "visitor", number))
        strategy.next_step(visit, None)
        content = page_of_100_links(1000 + number, Random(1000 + number))
        begun_ns = time.process_time_ns()
        strategy.next_step(visit, Page("/", "/", 200, 0.05, content=content))
        taken.append((time.process_time_ns() - begun_ns) / 1e6)
    return sorted(taken)
