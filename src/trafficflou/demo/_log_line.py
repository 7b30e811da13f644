"""One line of an access log in nginx's combined format, and the clock of the sample log."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

__all__ = ["DAYS", "DAY_S", "ORIGIN", "START_S", "Hit", "format_hits"]

ORIGIN: Final = "https://shop.harbour-pine.example"
"""Where the shop of the log stood; it is in the referrers."""

DAYS: Final = 7
DAY_S: Final = 86_400
_ZONE: Final = timezone(timedelta(hours=1))
START_S: Final = datetime(2025, 3, 3, tzinfo=_ZONE).timestamp()
"""The first midnight of the log, a Monday, as seconds since the Unix epoch."""

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(slots=True)
class Hit:
    """A request as the server saw it; `at_s` is Unix time, `raw` replaces the whole line where it is not empty."""

    at_s: float
    address: str
    agent: str
    method: str
    target: str
    status: int
    size: int
    referrer: str = "-"
    raw: str = ""


def _stamp(second: int) -> str:
    """Write Unix time as nginx does, with English months whatever the locale."""
    at = datetime.fromtimestamp(second, tz=UTC).astimezone(_ZONE)
    return f"{at:%d}/{_MONTHS[at.month - 1]}/{at:%Y:%H:%M:%S %z}"


def format_hits(hits: list[Hit]) -> str:
    """Write hits in the order of their time, a line each."""
    stamps: dict[int, str] = {}
    lines = []
    for hit in sorted(hits, key=lambda hit: hit.at_s):
        second = int(hit.at_s)
        stamp = stamps.get(second)
        if stamp is None:
            stamp = stamps[second] = _stamp(second)
        lines.append(
            hit.raw.replace("{stamp}", stamp)
            or f'{hit.address} - - [{stamp}] "{hit.method} {hit.target} HTTP/1.1" {hit.status} {hit.size}'
            f' "{hit.referrer}" "{hit.agent}"'
        )
    return "\n".join(lines) + "\n"
