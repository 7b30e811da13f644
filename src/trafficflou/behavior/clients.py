"""Who sent a request: a person's browser, and on what class of device, or a machine that must not be learned as a person.

Rules look at what clients say of themselves (the agent). What a whole session gives away (reads `robots.txt`, fetches no subresource,
collects 404s) is judged when it ends, in `behavior.sessions` and `behavior.learner`.

The patterns are words that robots, libraries and monitors use of their own accord; they are compared in lower case. A client that
imitates a browser well passes here and falls to the rules on sessions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["REASONS", "Agent", "Device", "Reason", "classify_agent"]

Device = Literal["desktop", "mobile", "tablet"]


class Reason(StrEnum):
    """Why requests are left out; the first five may be kept on request."""

    BOTS = "bots"
    HEALTH_CHECKS = "health-checks"
    SCANNERS = "scanners"
    SYNTHETIC = "synthetic"
    NO_ASSETS = "no-assets"
    NO_PAGE_VIEWS = "no-page-views"
    MALFORMED = "malformed"


REASONS: Final[Mapping[Reason, str]] = MappingProxyType(
    {
        Reason.BOTS: "crawlers, libraries, readers of robots.txt",
        Reason.HEALTH_CHECKS: "monitors, the site's calls to itself",
        Reason.SCANNERS: "login floods, probes, bursts of 404",
        Reason.SYNTHETIC: "TrafficFlou's own visitors",
        Reason.NO_ASSETS: "no stylesheet, script or image fetched",
        Reason.NO_PAGE_VIEWS: "linked images, downloads, redirects",
        Reason.MALFORMED: "not HTTP: TLS greetings, junk",
    }
)
"""What each reason covers, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What a `User-Agent` says."""

    reason: Reason | None
    """Why to leave its requests out; `None` for a browser."""
    device: Device


_SYNTHETIC = "TrafficFlou/"
_MONITORS = re.compile(
    r"jetmon|kube-probe|elb-healthchecker|googlehc|pingdom|uptime|statuscake|site24x7|newrelicpinger|datadog|zabbix|nagios"
    r"|check_http|\bmonit\b|haproxy|consul health|better ?stack|freshping|hetrix|healthcheck|health-check|prometheus"
    r"|internal dummy connection|monitoring|wp-cron|traefik|envoy/hc"
)
_BOTS = re.compile(
    r"(?<!cu)bot(?:\b|[/;_,: )])|robot|crawl|spider|slurp|archiver|scrap|fetch|feed|\brss\b|reader/|scan|checker|validator|preview"
    r"|facebookexternalhit|embedly|bingpreview|googleimageproxy|mediapartners|apis-google"
    r"|lighthouse|gtmetrix|pagespeed|ptst/|headless|phantomjs|selenium|puppeteer|playwright|webdriver"
    r"|python|java/|curl|wget|libwww|perl|ruby|php|okhttp|httpclient|http-client|axios|node-fetch|cfnetwork|dalvik|winhttp"
    r"|grab|nikto|sqlmap|masscan|nmap|wpscan|nessus|acunetix|semrush|ahrefs|majestic|moz\.com|yandex\w*/"
    r"|w3 total cache|photon/|cloudfront|wordpress|embed|analy[sz]er|monitor|http://|https://|@|\bapi\b"
)
_BROWSERS = re.compile(r"Mozilla/|Opera/|BlackBerry|Nokia|UCWEB|DoCoMo|SAMSUNG-|SonyEricsson|LG-")
_SHORTEST_BROWSER = len("Mozilla/4.0 (X11)")
_TABLETS = re.compile(r"ipad|tablet|kindle|silk/|playbook|android(?!.*mobile)")
_MOBILES = re.compile(
    r"mobi|iphone|ipod|android|windows phone|blackberry|opera mini|nokia|ucweb|symbian|docomo"
)
_AGENTS_REMEMBERED = 65_536


@lru_cache(maxsize=_AGENTS_REMEMBERED)
def classify_agent(agent: str | None) -> Agent:
    """Classify a client by its agent.

    Args:
        agent: The `User-Agent`; `""` where the client sent none, `None` where the log does not say.

    Returns:
        A bot for no agent, a library, a robot or anything that carries an address to ask at; a browser on a desktop where the log
        does not say.
    """
    if agent is None:
        return Agent(reason=None, device="desktop")
    lower = agent.lower()
    return Agent(reason=_agent_reason(agent, lower), device=_device(lower))


def _agent_reason(agent: str, lower: str) -> Reason | None:
    if agent.startswith(_SYNTHETIC):
        return Reason.SYNTHETIC
    if _MONITORS.search(lower):
        return Reason.HEALTH_CHECKS
    if not _BROWSERS.match(agent) or len(agent) < _SHORTEST_BROWSER or _BOTS.search(lower):
        return Reason.BOTS
    return None


def _device(lower: str) -> Device:
    if _TABLETS.search(lower):
        return "tablet"
    return "mobile" if _MOBILES.search(lower) else "desktop"
