"""Quantities as people write and read them."""

import math

import pytest

from trafficflou.core.units import (
    format_bytes,
    format_count,
    format_duration,
    format_share,
    parse_duration_s,
    parse_rate_rps,
    parse_share,
    parse_size_bytes,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("250ms", 0.25),
        ("1m30s", 90),
        (" 2 h ", 7200),
        ("1.5m", 90),
        ("7us", 7e-6),
        ("1d", 86400),
        ("0s", 0),
    ],
)
def test_durations_are_read_with_their_unit(text: str, seconds: float) -> None:
    """Parts add up; blanks do not matter."""
    assert parse_duration_s(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "30x", "-5s", "1s2", "ten seconds", "1e3s", "infs"])
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    """A bare number is no duration: nobody knows whether it means seconds or milliseconds."""
    with pytest.raises(ValueError, match="not a duration; write it with a unit"):
        parse_duration_s(text)


@pytest.mark.parametrize(
    ("text", "rps"), [("10/s", 10), ("600/min", 10), ("600/m", 10), ("3600/h", 1), ("8640 / d", 0.1)]
)
def test_rates_are_read_per_unit_of_time(text: str, rps: float) -> None:
    """All rates are events per second inside."""
    assert parse_rate_rps(text) == pytest.approx(rps)


@pytest.mark.parametrize("text", ["10", "10/", "/s", "ten/s", "10/year", "-1/s", "0/s"])
def test_what_is_not_a_rate_is_refused(text: str) -> None:
    """A rate of zero is no load at all and surely a mistake."""
    with pytest.raises(ValueError, match="such as 10/s"):
        parse_rate_rps(text)


@pytest.mark.parametrize(
    ("text", "share"), [("1%", 0.01), ("0.5", 0.5), ("100 %", 1), ("0", 0), ("0.1%", 0.001)]
)
def test_shares_are_percentages_or_fractions(text: str, share: float) -> None:
    """Both ways to write a share mean the same."""
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["101%", "-1%", "2", "nan", "one", ""])
def test_what_is_not_a_share_is_refused(text: str) -> None:
    """A share lies between 0 and 1."""
    with pytest.raises(ValueError, match="not a share"):
        parse_share(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("10MB", 10_000_000), ("512KiB", 524_288), ("1.5 kB", 1500), ("0B", 0), ("1gib", 2**30)],
)
def test_sizes_are_read_with_their_unit(text: str, size: int) -> None:
    """Decimal and binary units are told apart."""
    assert parse_size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "10", "10M", "-1B", "MB", "1e3B"])
def test_what_is_not_a_size_is_refused(text: str) -> None:
    """A bare number is no size."""
    with pytest.raises(ValueError, match="not a size"):
        parse_size_bytes(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 µs"),
        (0.00034, "340 µs"),
        (0.9e-3, "900 µs"),
        (0.0009999, "1 ms"),
        (0.0125, "12.5 ms"),
        (0.99949, "999 ms"),
        (0.9999, "1 s"),
        (3.21, "3.21 s"),
        (59.96, "1 min 00 s"),
        (245, "4 min 05 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_are_written_with_a_fitting_unit(seconds: float, text: str) -> None:
    """Three digits, and never 1000 of a unit."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (999.6, "1 kB"), (12_345, "12.3 kB"), (4_500_000, "4.5 MB"), (2e12, "2 TB")],
)
def test_sizes_are_written_with_a_fitting_unit(size: float, text: str) -> None:
    """Decimal units, three digits."""
    assert format_bytes(size) == text


def test_counts_and_shares_are_written_for_people() -> None:
    """Thousands stand apart; a share of nothing is 0 %, not 0.00 %."""
    assert format_count(1234567) == "1,234,567"
    assert [format_share(share) for share in (0, 0.00123, 0.123, 1)] == ["0 %", "0.123 %", "12.3 %", "100 %"]


@pytest.mark.parametrize("seconds", [1e-6, 0.001, 0.1, 1, 59, 61, 3599, 86_000])
def test_written_durations_are_near_what_they_say(seconds: float) -> None:
    """What is printed can be read again, unless it is coarser than seconds."""
    text = format_duration(seconds).replace("min", "m").replace(" ", "")
    assert math.isclose(parse_duration_s(text), seconds, rel_tol=0.01)
