"""HTTP and cookie dates, read as leniently as browsers do (RFC 6265 section 5.1.1, RFC 9110 section 5.6.7)."""

import re
from calendar import monthrange, timegm
from functools import lru_cache
from typing import Final

__all__ = ["parse_date_s"]

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), 1
    )
}
# The delimiters of RFC 6265: everything but digits, letters, ":" and bytes from 0x7f up.
_TOKEN: Final = re.compile(rb"[0-9A-Za-z:\x7f-\xff]+")
# Each field may be followed by rubbish that does not begin with a digit ("08:49:37GMT").
_CLOCK: Final = re.compile(rb"(\d{1,2}):(\d{1,2}):(\d{1,2})(?!\d)")
_DAY: Final = re.compile(rb"(\d{1,2})(?!\d)")
_YEAR: Final = re.compile(rb"(\d{2,4})(?!\d)")
_LONGEST_DATE_BYTES: Final = 128


@lru_cache(maxsize=2048)
def parse_date_s(value: bytes) -> float | None:
    """Read a date as it stands in `Date`, `Expires`, `Last-Modified` or a cookie.

    The algorithm is the one of RFC 6265 section 5.1.1, which reads all three forms of RFC 9110 section 5.6.7 and what
    servers write instead. The zone is taken as UTC, as the RFC says. Answers are cached, since a server repeats them.

    Args:
        value: The field value.

    Returns:
        Seconds since the Unix epoch, or `None` where the value is no date (`0`, `-1`, empty, longer than 128 bytes).
    """
    if len(value) > _LONGEST_DATE_BYTES:
        return None
    clock = day = month = year = None
    for token in _TOKEN.findall(value):
        if clock is None and (match := _CLOCK.match(token)):
            clock = (int(match[1]), int(match[2]), int(match[3]))
        elif day is None and (match := _DAY.match(token)):
            day = int(match[1])
        elif month is None and (number := _MONTHS.get(token[:3].lower())):
            month = number
        elif year is None and (match := _YEAR.match(token)):
            year = _full_year(int(match[1]))
    if clock is None or day is None or month is None or year is None:
        return None
    return _epoch_s(year, month, day, clock)


def _full_year(year: int) -> int:
    """Complete a year of two digits: 70..99 are of the last century, 0..69 of this one."""
    if year < 70:
        return year + 2000
    return year + 1900 if year < 100 else year


def _epoch_s(year: int, month: int, day: int, clock: tuple[int, int, int]) -> float | None:
    hour, minute, second = clock
    # A leap second (60) is let through: RFC 9110 allows it, and it must not turn a date into none.
    if year < 1601 or hour > 23 or minute > 59 or second > 60:
        return None
    if not 1 <= day <= monthrange(year, month)[1]:
        return None
    return float(timegm((year, month, day, hour, minute, second)))
