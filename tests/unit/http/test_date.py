"""Dates are read as browsers read them."""

import pytest

from trafficflou.http.date import parse_date_s

SUN_06_NOV_1994_S = 784_111_777.0


@pytest.mark.parametrize(
    "text",
    [
        b"Sun, 06 Nov 1994 08:49:37 GMT",
        b"Sunday, 06-Nov-94 08:49:37 GMT",
        b"Sun Nov  6 08:49:37 1994",
        b"06 nov 1994 8:49:37",
        b"1994 November 06 08:49:37",
        b"Sun, 06-Nov-1994 08:49:37GMT",
        b"08:49:37 06th Nov 1994 GMT+0100",
    ],
)
def test_parse_date_s_reads_all_forms(text: bytes) -> None:
    """The three forms of RFC 9110 and what servers write instead mean the same instant, in UTC."""
    assert parse_date_s(text) == SUN_06_NOV_1994_S


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (b"Thu, 01-Jan-70 00:00:00 GMT", 0.0),
        (b"Fri, 01 Jan 69 00:00:00 GMT", 3_124_224_000.0),
        (b"Fri, 31 Dec 99 23:59:60 GMT", 946_684_800.0),
        (b"Thu, 29 Feb 2024 00:00:00 GMT", 1_709_164_800.0),
        (b"Mon, 01 Jan 1601 00:00:00 GMT", -11_644_473_600.0),
    ],
)
def test_parse_date_s_completes_years_and_allows_leap_seconds(text: bytes, seconds: float) -> None:
    """Two digits mean 1970..2069; second 60 and 29 February exist."""
    assert parse_date_s(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"0",
        b"-1",
        b"tomorrow",
        b"Sun, 06 Nov 1994",
        b"08:49:37",
        b"Sun, 06 Nov 08:49:37",
        b"Sun, Nov 1994 08:49:37",
        b"Sun, 31 Feb 1994 08:49:37 GMT",
        b"Sun, 00 Nov 1994 08:49:37 GMT",
        b"Sun, 06 Nov 1994 24:00:00 GMT",
        b"Sun, 06 Nov 1994 08:60:00 GMT",
        b"Sun, 06 Nov 1994 08:49:61 GMT",
        b"Sun, 06 Nov 1600 08:49:37 GMT",
        b"Sun, 06 Nov 19941 08:49:37 GMT",
        b"Sun, 06 Nov 1994 08:49:37 GMT" + b" " * 200,
    ],
)
def test_parse_date_s_answers_none_for_what_is_no_date(text: bytes) -> None:
    """Missing fields, impossible days and hours, and overlong values are no date."""
    assert parse_date_s(text) is None
