"""The sample log fits the shop and holds what its docstring promises."""

import gzip
import re
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from trafficflou.core import StoreError
from trafficflou.demo.account import DEMO_PASSWORD
from trafficflou.demo.app import create_app
from trafficflou.demo.inprocess import Browser
from trafficflou.demo.sample_log import main, write_sample_log
from trafficflou.demo.settings import ShopSettings

_LINE = re.compile(r'(\S+) - - \[([^\]]+)\] "(\S+) (\S+) HTTP/1\.1" (\d+) (\d+) "([^"]*)" "([^"]*)"')


class Line(NamedTuple):
    """A parsed line of the log."""

    address: str
    at: datetime
    method: str
    target: str
    status: int
    size: int
    referrer: str
    agent: str

    @property
    def is_human(self) -> bool:
        """People have addresses of RFC 2544, machines others."""
        return self.address.startswith(("198.18.", "198.19."))

    @property
    def is_page(self) -> bool:
        """Whether this is a page view."""
        return self.method == "GET" and not self.target.startswith(
            ("/assets/", "/images/", "/favicon", "/api/")
        )


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The log as text."""
    path = tmp_path_factory.mktemp("log") / "access.log.gz"
    write_sample_log(path)
    return gzip.decompress(path.read_bytes()).decode()


@pytest.fixture(scope="module")
def lines(text: str) -> list[Line]:
    """The log's good lines."""
    parsed = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match and not match[2].startswith("99/"):
            at = datetime.strptime(match[2], "%d/%b/%Y:%H:%M:%S %z")
            parsed.append(
                Line(match[1], at, match[3], match[4], int(match[5]), int(match[6]), match[7], match[8])
            )
    return parsed


def test_log_has_the_promised_size(text: str, lines: list[Line]) -> None:
    """A week of 40,000 to 60,000 lines in order of time, a dozen of them broken."""
    assert 40_000 < len(lines) < 60_000
    assert text.count("\n") - len(lines) == 12
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    assert 6.9 < (lines[-1].at - lines[0].at).total_seconds() / 86_400 < 7.1


async def test_log_names_only_what_the_shop_serves(lines: list[Line]) -> None:
    """Every 200 and 304 of the log is a 200 of the shop, with the same size; every 404 is a 404."""
    shop = create_app(ShopSettings(report_wait_s=0))
    visitor, buyer, payer, ordered = (Browser(shop) for _ in range(4))
    for browser in (buyer, payer, ordered):
        await browser.get("/login")
        await browser.post("/login", email="a@example.org", password=DEMO_PASSWORD)
        await browser.post("/cart/add", product="1001", quantity="1")
    for browser in (payer, ordered):
        await browser.post("/checkout", name="A", street="B", city="C")
    await ordered.post("/checkout/payment", pay_by="card")
    special = {
        "/checkout": buyer,
        "/checkout/payment": payer,
        "/checkout/thanks": ordered,
        "/orders": ordered,
    }
    wanted = {
        (line.target, 404 if line.status == 404 else 200)
        for line in lines
        if line.method == "GET" and line.status in {200, 304, 404}
    }
    answers = {(target, (await special.get(target, visitor).get(target)).status) for target, _ in wanted}
    shop.close()
    assert answers == wanted
    assert len(wanted) > 450


async def test_log_has_the_sizes_of_the_shop(lines: list[Line]) -> None:
    """A file's size is the one that the shop sends to a browser."""
    shop = create_app()
    sizes = {path: len(asset.zipped) for path, asset in shop.assets.items()}
    logged = {line.target: line.size for line in lines if line.target in sizes and line.status == 200}
    shop.close()
    assert len(logged) > 200
    assert all(sizes[path] == size for path, size in logged.items())


def test_files_follow_the_page_that_names_them(lines: list[Line]) -> None:
    """A person fetches files with the page as referrer, after the page."""
    opened: defaultdict[str, set[str]] = defaultdict(set)
    for line in lines:
        if line.is_human and line.is_page:
            opened[line.address].add("https://shop.harbour-pine.example" + line.target)
        elif line.is_human and line.method == "GET":
            assert line.referrer in opened[line.address]


def test_immutable_files_are_fetched_once(lines: list[Line]) -> None:
    """Nobody asks twice for a file with a hash in its name, and pictures are revalidated with 304."""
    fetched = Counter((line.address, line.target) for line in lines if line.target.startswith("/assets/"))
    assert set(fetched.values()) == {1}
    again = [line for line in lines if line.status == 304]
    assert len(again) > 1000
    assert all(line.target.startswith(("/images/", "/favicon")) and line.size == 0 for line in again)


def test_pauses_have_a_heavy_tail(lines: list[Line]) -> None:
    """The slowest one in a hundred pauses is more than 15 times the median: no log-normal of a click rhythm."""
    seen: dict[str, datetime] = {}
    pauses = []
    for line in lines:
        if line.is_human and line.is_page:
            if line.address in seen and (pause := (line.at - seen[line.address]).total_seconds()) < 1800:
                pauses.append(pause)
            seen[line.address] = line.at
    pauses.sort()
    assert 5 < pauses[len(pauses) // 2] < 20
    assert pauses[len(pauses) * 99 // 100] > 15 * pauses[len(pauses) // 2]


def test_habits_are_of_second_order(lines: list[Line]) -> None:
    """From a product, people go back to the list far more often if they came from it."""
    trails: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        if line.is_human and line.is_page and line.status == 200:
            trails[line.address].append(line.target)
    returned: Counter[bool] = Counter()
    total: Counter[bool] = Counter()
    for trail in trails.values():
        for before, now, after in zip(trail, trail[1:], trail[2:], strict=False):
            if now.startswith("/product/"):
                from_list = before.startswith("/category/")
                total[from_list] += 1
                returned[from_list] += after.startswith("/category/")
    assert returned[True] / total[True] > 1.5 * returned[False] / total[False]


def test_day_has_a_morning_peak_and_an_evening_bump(lines: list[Line]) -> None:
    """More happens at nine than at noon, at eight in the evening than in the afternoon, and at night least."""
    by_hour = Counter(line.at.hour for line in lines if line.is_human and line.is_page)
    assert by_hour[9] > 1.3 * by_hour[12]
    assert by_hour[20] > 1.3 * by_hour[16]
    assert by_hour[3] < by_hour[9] / 20


def test_machines_are_there_and_behave_like_machines(lines: list[Line]) -> None:
    """Crawlers read the rules first and fetch no files; scanners get 404; the health check never sleeps."""
    crawled = [line for line in lines if "Googlebot" in line.agent]
    assert crawled[0].target == "/robots.txt"
    assert all(line.is_page for line in crawled)
    assert sum(line.target == "/healthz" for line in lines) == 7 * 720
    assert {line.status for line in lines if line.target == "/wp-login.php"} == {404}


def test_forms_are_answered_with_redirects(lines: list[Line]) -> None:
    """POSTs of basket, login and checkout redirect; a few are refused."""
    answers = Counter((line.target, line.status) for line in lines if line.method == "POST")
    assert answers["/cart/add", 303] > 100
    assert answers["/checkout/payment", 303] > 30
    assert answers["/login", 401] > 0
    assert answers["/checkout", 422] > 0


def test_seed_decides_the_log(tmp_path: Path, text: str) -> None:
    """One seed gives the same bytes again, another one another log; without `.gz` it is plain."""
    same, other = tmp_path / "same.log", tmp_path / "other.log"
    write_sample_log(same)
    write_sample_log(other, seed=8)
    assert same.read_text() == text
    assert other.read_text() != text


def test_unwritable_place_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    """A log that cannot be written is a StoreError, and no half of it stays."""
    (tmp_path / "taken").mkdir()
    with pytest.raises(StoreError, match="cannot write the sample log"):
        write_sample_log(tmp_path / "taken")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_script_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The script answers with the number of lines, or with an error and exit code 2."""
    assert main(["-o", str(tmp_path / "a.log.gz"), "--seed", "3"]) == 0
    assert re.search(r"a\.log\.gz: \d+ lines\n", capsys.readouterr().out)
    assert main(["-o", str(tmp_path / "none" / "a.log")]) == 2
    assert "cannot write" in capsys.readouterr().err
