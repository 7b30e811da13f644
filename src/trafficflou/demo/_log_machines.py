"""What is not people in the sample log: crawlers, scanners, a health check, scripts, and lines that are broken."""

from collections.abc import Iterable
from random import Random
from typing import Final

from trafficflou.demo._log_line import DAY_S, DAYS, START_S, Hit
from trafficflou.demo._log_site import SiteFacts

__all__ = ["machine_hits"]

_CHECK_EVERY_S: Final = 120
_COMPATIBLE: Final = "Mozilla/5.0 (compatible; {})"
_CRAWLERS: Final = (
    # agent, address, days on which it comes, mean gap in seconds, share of the sitemap
    (
        _COMPATIBLE.format("Googlebot/2.1; +http://www.google.com/bot.html"),
        "203.0.113.10",
        range(DAYS),
        25.0,
        0.55,
    ),
    (
        _COMPATIBLE.format("bingbot/2.0; +http://www.bing.com/bingbot.htm"),
        "203.0.113.24",
        (0, 3, 5),
        18.0,
        0.8,
    ),
    (_COMPATIBLE.format("AhrefsBot/7.0; +http://ahrefs.com/robot/"), "203.0.113.77", (2,), 2.0, 1.0),
    ("GPTBot/1.2 (+https://openai.com/gptbot)", "203.0.113.130", (4,), 6.0, 1.0),
)
_SCANNERS: Final = ("zgrab/0.x", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "-", "python-requests/2.28.1")
_SCANNED: Final = (
    *(
        "/wp-login.php",
        "/.env",
        "/xmlrpc.php",
        "/.git/config",
        "/wp-admin/",
        "/admin/login.php",
        "/phpmyadmin/index.php",
    ),
    *(
        "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
        "/config.json",
        "/backup.zip",
        "/server-status",
        "/.aws/credentials",
    ),
    *(
        "/actuator/health",
        "/cgi-bin/luci",
        "/solr/admin/info/system",
        "/boaform/admin/formLogin",
        "/owa/auth/logon.aspx",
    ),
)
_DISGUISED: Final = "Mozilla/5.0 (Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/98.0.4758.102 Safari/537.36"
_BROKEN: Final = (
    r'203.0.113.200 - - [{stamp}] "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03" 400 157 "-" "-"',
    '203.0.113.201 - - [{stamp}] "" 400 0 "-" "-"',
    r'203.0.113.202 - - [{stamp}] "\x03\x00\x00/*\xE0\x00\x00\x00\x00\x00Cookie: mstshash=Administr" 400 157 "-" "-"',
    '198.18.44.10 - - [{stamp}] "GET /category/ligh',
    "nginx: worker process 2719 exited on signal 9",
    '198.18.9.77 - - [99/Foo/2025:25:61:00 +0100] "GET / HTTP/1.1" 200 2231 "-" "-"',
)


def machine_hits(site: SiteFacts, rng: Random) -> list[Hit]:
    """Return all requests of the week that no person made."""
    hits = [*_health_checks(site), *_price_watcher(site), *_disguised(site, rng), *_broken(rng)]
    for agent, address, days, gap_s, share in _CRAWLERS:
        for day in days:
            start_s = START_S + day * DAY_S + rng.uniform(0, DAY_S / 3)
            hits += _crawl(site, rng, agent, address, start_s, gap_s, share)
    for _ in range(9):
        hits += _scan(site, rng)
    return hits


def _crawl(
    site: SiteFacts, rng: Random, agent: str, address: str, at_s: float, gap_s: float, share: float
) -> Iterable[Hit]:
    """Read the rules, then the sitemap, then pages in its order: no files, no referrer, no habits."""
    pages = [path for path in site.sitemap if rng.random() < share]
    for path in ("/robots.txt", "/sitemap.xml", *pages):
        yield Hit(at_s, address, agent, "GET", path, 200, site.pages[path].size)
        at_s += rng.expovariate(1 / gap_s)


def _scan(site: SiteFacts, rng: Random) -> Iterable[Hit]:
    agent, address = rng.choice(_SCANNERS), f"192.0.2.{rng.randrange(1, 255)}"
    at_s = START_S + rng.uniform(0, DAYS * DAY_S - 600)
    for path in rng.sample(_SCANNED, rng.randint(6, len(_SCANNED))):
        yield Hit(at_s, address, agent, "GET", path, 404, site.not_found.size)
        at_s += rng.uniform(0.1, 1.2)


def _health_checks(site: SiteFacts) -> Iterable[Hit]:
    size = site.pages["/healthz"].size
    for step in range(DAYS * DAY_S // _CHECK_EVERY_S):
        at_s = START_S + 17 + step * _CHECK_EVERY_S
        yield Hit(at_s, "10.0.0.5", "kube-probe/1.31", "GET", "/healthz", 200, size)


def _price_watcher(site: SiteFacts) -> Iterable[Hit]:
    """A script that looks at the same five prices every hour."""
    for hour in range(DAYS * 24):
        for index, path in enumerate(list(site.goods)[3::27][:5]):
            at_s = START_S + hour * 3600 + 300 + 2 * index
            yield Hit(at_s, "203.0.113.99", "python-requests/2.32.3", "GET", path, 200, site.pages[path].size)


def _disguised(site: SiteFacts, rng: Random) -> Iterable[Hit]:
    """A scraper that calls itself a browser: every product in order, no files, a pause like a metronome's."""
    at_s = START_S + 3 * DAY_S + 3 * 3600
    for path in site.goods:
        yield Hit(at_s, "203.0.113.151", _DISGUISED, "GET", path, 200, site.pages[path].size)
        at_s += 5 + rng.uniform(-0.2, 0.2)


def _broken(rng: Random) -> Iterable[Hit]:
    for _ in range(2):
        for line in _BROKEN:
            yield Hit(START_S + rng.uniform(0, DAYS * DAY_S), "", "", "", "", 0, 0, raw=line)
