"""How fast `learn` is, and how much memory it takes: half a million lines, and the worst case of a million paths.

    python benches/learn_speed.py [LINES]

Writes its logs into a temporary folder: browsers with their files, one bot line in three. Prints seconds, microseconds a line and the peak
of resident memory; each log is learned in a process of its own.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

START_S = 1_773_136_800
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.{} Safari/537.36"
BOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
FILES = [f"/assets/{name}-{number}.{name}" for name in ("css", "js", "png") for number in range(4)]


def line(at_s: int, address: int, path: str, referrer: str, agent: str) -> str:
    """Write one combined line."""
    stamp = datetime.fromtimestamp(START_S + at_s, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    host = f"10.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"
    return f'{host} - - [{stamp}] "GET {path} HTTP/1.1" 200 5120 "{referrer}" "{agent}"\n'


def site_log(count: int, rng: Random) -> Iterator[str]:
    """Write visits of a shop with 2,000 products: pages, files, bots."""
    written = visit = 0
    while written < count:
        visit += 1
        agent = BROWSER.format(rng.randrange(500))
        at_s = visit * 5
        for view in range(rng.choice((1, 1, 1, 2, 3, 6))):
            path = "/" if view == 0 else f"/product/{rng.randrange(2000)}?ref={rng.random()}"
            page = f"https://shop.example{path}"
            yield line(at_s + view * 20, visit, path, "-", agent)
            for file in FILES if view == 0 else FILES[:2]:
                yield line(at_s + view * 20 + 1, visit, file, page, agent)
            yield line(at_s + view * 20, 1, path, "-", BOT)
            written += 2 + (len(FILES) if view == 0 else 2)


def hostile_log(count: int, rng: Random) -> Iterator[str]:
    """Write ever new paths of random words, up to five deep."""
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(5000)]
    for number in range(count):
        path = "/" + "/".join(rng.choices(words, k=rng.randint(1, 5)))
        yield line(number, number // 5, "/a.css" if number % 5 == 0 else path, "-", BROWSER.format(1))


def measure(name: str, lines: Iterator[str], folder: Path) -> None:
    """Write a log, learn from it in a process of its own, and print what it took."""
    log = folder / f"{name}.log"
    with log.open("w") as file:
        file.writelines(lines)
    count = sum(1 for _ in log.open())
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "trafficflou", "learn", str(log), "-o", str(folder / f"{name}.json"), "-q"],
        check=True,
    )
    seconds = time.perf_counter() - begin
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(
        f"{name:8} {count:9,} lines {seconds:6.2f} s {seconds / count * 1e6:6.2f} us/line, peak so far {peak_mb:.0f} MB"
    )


def main() -> None:
    """Measure both logs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with tempfile.TemporaryDirectory() as folder:
        measure("site", site_log(count, Random(1)), Path(folder))
        measure("hostile", hostile_log(count, Random(2)), Path(folder))


if __name__ == "__main__":
    main()
