"""How long it takes to read a page as a person sees it: `python benches/page_reader.py [FILE.html ...]`.

The pages are a shop's: a menu, a search form, cards with picture, name and price, a footer. Every page that is read differs from those before in all
its product links, so that only the tags which a site's pages share are known already. The goal is under 1.5 ms for a page of 100 links; a page whose
very bytes were read before costs a look into a table. Files of your own are read as they are, again and again. Times are the processor's, so that
what else the machine does counts little.
"""

import gc
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from trafficflou.engine.page_scanner import PageScanner
from trafficflou.http import Origin, read_page

ORIGIN = Origin.parse("http://127.0.0.1:8080")
PAGES = 300
GOAL_MS = 1.5


def main() -> None:
    """Measure and print."""
    for links in (10, 100, 400):
        pages = [shop_page(links, page) for page in range(PAGES)]
        report(f"{links} links", pages)
    for name in sys.argv[1:]:
        report(name, [Path(name).read_bytes()] * PAGES)
    print(f"goal: a page of 100 links under {GOAL_MS:g} ms")


def report(name: str, pages: list[bytes]) -> None:
    """Print what a page costs, read for the first time and again."""
    scanner = PageScanner(ORIGIN)
    content = read_page(pages[0], path="/list", origin=ORIGIN)
    gc.freeze()
    first_us = sorted(taken_us(partial(read_page, html, path="/list", origin=ORIGIN)) for html in pages)
    again_us = taken_us(lambda: scanner.read("/list", pages[0], b"", "utf-8"), times=100_000)
    p50_ms, p99_ms = (first_us[int(len(first_us) * share)] / 1000 for share in (0.50, 0.99))
    print(
        f"{name:>12}: {len(pages[0]) / 1024:6.1f} KiB, {len(content.links)} different links; "
        f"first p50 {p50_ms:.2f} ms, p99 {p99_ms:.2f} ms; again {again_us:.2f} us"
    )


def taken_us(read: Callable[[], object], times: int = 1) -> float:
    """Return what a call takes on average, microseconds of processor time."""
    clock_ns = time.thread_time_ns
    begun_ns = clock_ns()
    for _ in range(times):
        read()
    return (clock_ns() - begun_ns) / times / 1000


def shop_page(links: int, page: int) -> bytes:
    """Write a page of so many links, a tenth of them in its menu, a tenth in its footer."""
    shared = max(1, links // 10)
    menu = "".join(
        f'<li class="menu-item"><a href="/category/{number}">Shelf {number}</a></li>\n'
        for number in range(shared)
    )
    cards = "".join(
        f"""<li class="card"><a class="picture" href="/product/{page}-{number}"><img src="/image/{page}-{number}.webp" alt="Oak lamp {number}" width="400"
height="400" loading="lazy"></a><h3 class="name"><a href="/product/{page}-{number}" title="See the oak lamp">Oak lamp {number}</a></h3>
<p class="price"><del>€ 30.00</del> <ins>€ {20 + number % 7}.90</ins></p><p class="line">Turned by hand, oiled &amp; waxed.</p></li>\n"""
        for number in range((links - 2 * shared) // 2)
    )
    help_links = "".join(f'<a href="/help/{number}">Help {number}</a>\n' for number in range(shared))
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lamps</title><link rel="stylesheet" href="/shop.css"></head>
<body class="list"><header class="top"><div class="bar"><form action="/search" role="search"><label for="q">Search</label>
<input id="q" type="search" name="q" maxlength="100"><button>Go</button></form><nav aria-label="Shelves"><ul class="menu">{menu}</ul></nav></div></header>
<main id="content"><h1>Lamps</h1><ul class="cards">{cards}</ul></main><footer class="bottom"><nav aria-label="Help">{help_links}</nav></footer>
<script>document.querySelectorAll("a").forEach((a) => a.addEventListener("click", () => 1 < 2))</script></body></html>""".encode()


if __name__ == "__main__":
    main()
