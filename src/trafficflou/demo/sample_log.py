"""The access log that a week of visitors would have left at the demo shop.

`python -m trafficflou.demo.sample_log -o access.log.gz`

**This is not real traffic.** It is generated, from a model of behaviour that is on purpose another one than
`trafficflou learn` assumes, so that what is learned from it is an approximation with visible errors, as it would be with
the log of a real site:

- *Pauses* are a mixture of a Weibull distribution (shape 0.8) and a Pareto tail (10 %, exponent 1.1: no variance, hardly
  a mean), scaled by the page and by a pace of the visitor's own. Some pauses exceed half an hour, so one visit may be
  read as two.
- *Habits* are of second order: what comes next depends on the page before too. Who compares two products goes back
  to the first; who came from a list returns to that list. Four tempers (browser, comparer, buyer, reader) bend the same
  table, and nobody opens the same product of a list twice while there are others.
- *Arrivals* have a morning peak, an evening bump and a busier Sunday; on Tuesday a newsletter brings a wave that decays
  within hours, so they are not a Poisson process.
- *Caches*: a third of the visits are by people who were here before. Their browsers hold the hashed files for ever and the
  pictures for six hours, then revalidate (304). Some reload a page, some leave before it has loaded.
- *Machines* make about one line in seven: crawlers that read robots.txt and the sitemap and then its pages in order, scanners, a
  health check every two minutes, a price watcher, and a scraper that calls itself a browser. A dozen lines are broken.

Paths, links, files and sizes are those of the shop itself: it is asked for every page once, in this process. The log is
made when it is needed, not kept in the tree: that takes about a second, and it cannot go stale when the shop changes.

The addresses belong to nobody (RFC 2544, RFC 5737); the User-Agents of browsers and robots are common public ones.
"""

import argparse
import asyncio
import gzip
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final

from trafficflou.core import StoreError, TrafficFlouError, derive_rng
from trafficflou.demo._log_habits import DAY_WEIGHTS, HOUR_WEIGHTS, SOURCES
from trafficflou.demo._log_line import DAY_S, DAYS, START_S, Hit, format_hits
from trafficflou.demo._log_machines import machine_hits
from trafficflou.demo._log_people import Visitor, Walk, draw, make_visitor
from trafficflou.demo._log_site import SiteFacts, read_site

__all__ = ["DEFAULT_SEED", "write_sample_log"]

DEFAULT_SEED: Final = 7
_SESSIONS: Final = 2300
_NEWSLETTER_SESSIONS: Final = 200
_NEWSLETTER_AT_S: Final = START_S + DAY_S + 8.5 * 3600
_NEWSLETTER_FADE_S: Final = 2.5 * 3600
_RETURNING_SHARE: Final = 0.34
_STAFF_ADDRESS: Final = "198.19.0.7"


def write_sample_log(path: Path, *, seed: int = DEFAULT_SEED) -> int:
    """Write the sample log: combined format, in the order of time; takes about a second and runs its own event loop.

    Args:
        path: Where to; compressed where the name ends in `.gz`. Written whole or not at all.
        seed: One seed, one log: the same bytes wherever zlib is the same (it decides on the sizes).

    Returns:
        The number of lines.

    Raises:
        StoreError: The file cannot be written.
    """
    site = asyncio.run(read_site())
    hits = [
        *_people_hits(site, derive_rng(seed, "people")),
        *machine_hits(site, derive_rng(seed, "machines")),
    ]
    end_s = START_S + DAYS * DAY_S
    text = format_hits([hit for hit in hits if hit.at_s < end_s]).encode()
    packed = gzip.compress(text, 6, mtime=0) if path.suffix == ".gz" else text
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(packed)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(f"cannot write the sample log {path}: {error.strerror or error}") from error
    return text.count(b"\n")


def _people_hits(site: SiteFacts, rng: Random) -> list[Hit]:
    arrivals = sorted([*_daily_arrivals(rng), *_newsletter_arrivals(rng)])
    visitors: list[Visitor] = []
    busy_until_s: dict[str, float] = {}
    hits: list[Hit] = []
    for at_s, source in arrivals:
        visitor = _who(visitors, busy_until_s, at_s, rng)
        walk = Walk(visitor, site, rng, at_s)
        walk.visit(source)
        busy_until_s[visitor.address] = walk.hits[-1].at_s
        hits += walk.hits
    return hits + _staff_hits(site, rng)


def _daily_arrivals(rng: Random) -> list[tuple[float, str]]:
    shares = {name: share for name, (share, _) in SOURCES.items()}
    return [
        (
            START_S
            + DAY_S * rng.choices(range(DAYS), DAY_WEIGHTS)[0]
            + 3600 * rng.choices(range(24), HOUR_WEIGHTS)[0]
            + rng.uniform(0, 3600),
            draw(shares, rng),
        )
        for _ in range(_SESSIONS)
    ]


def _newsletter_arrivals(rng: Random) -> list[tuple[float, str]]:
    return [
        (_NEWSLETTER_AT_S + rng.expovariate(1 / _NEWSLETTER_FADE_S), "newsletter")
        for _ in range(_NEWSLETTER_SESSIONS)
    ]


def _who(visitors: list[Visitor], busy_until_s: dict[str, float], at_s: float, rng: Random) -> Visitor:
    """Choose somebody who was here before and has left, or make somebody new; the recent come back more often."""
    if visitors and rng.random() < _RETURNING_SHARE:
        known = visitors[-1 - min(int(rng.expovariate(1 / 250)), len(visitors) - 1)]
        if busy_until_s[known.address] + 1800 < at_s:
            return known
    visitor = make_visitor(len(visitors), rng)
    visitors.append(visitor)
    return visitor


def _staff_hits(site: SiteFacts, rng: Random) -> list[Hit]:
    """Let the shop's own people read the sales report on working mornings."""
    person = make_visitor(0, rng)
    person.address = _STAFF_ADDRESS
    hits: list[Hit] = []
    for day in range(5):
        for hour in (8.2, 11.6, 15.4):
            walk = Walk(person, site, rng, START_S + day * DAY_S + (hour + rng.uniform(0, 0.7)) * 3600)
            walk.visit_report()
            hits += walk.hits
    return hits


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the log that the command line asks for; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m trafficflou.demo.sample_log", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="file to write; .gz compresses")
    parser.add_argument(
        "--seed", type=int, default=DEFAULT_SEED, help="one seed, one log (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        lines = write_sample_log(options.output, seed=options.seed)
    except TrafficFlouError as error:
        sys.stderr.write(f"Error: {error}\n")
        return int(error.exit_code)
    sys.stdout.write(f"{options.output}: {lines} lines\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
