"""Which time a log covers, and the arrivals in it."""

import pytest

from trafficflou.behavior.coverage import Coverage

DAY_S = 86_400
MONDAY_S = 1_772_409_600  # 2026-03-02T00:00:00Z


def covered(*at_s: int, utc_offset_s: int = 0) -> Coverage:
    """Note some lines."""
    coverage = Coverage()
    for instant_s in at_s:
        coverage.add(MONDAY_S + instant_s, utc_offset_s)
    return coverage


def test_whole_days_count_each_hour_once_a_day() -> None:
    """A log with a line in every hour of two days covers every hour twice."""
    coverage = covered(*range(0, 2 * DAY_S, 600), 2 * DAY_S - 1)
    assert coverage.exposure_h() == pytest.approx([2.0] * 24, abs=0.01)


def test_missing_days_are_not_covered() -> None:
    """A silence far longer than usual is missing evidence, not a quiet site."""
    coverage = covered(*range(0, DAY_S, 600), *range(5 * DAY_S, 6 * DAY_S, 600))
    assert coverage.covered_h == pytest.approx(48, abs=1)


def test_quiet_nights_are_covered() -> None:
    """A small site without a line at night is still evidence that nobody came."""
    by_day = [day * DAY_S + hour * 3600 for day in range(10) for hour in range(8, 21)]
    assert covered(*by_day).covered_h == pytest.approx(9 * 24 + 12, abs=1)


def test_ends_count_by_fraction() -> None:
    """The hours of the first and the last line count from and to them."""
    coverage = covered(1800, 3600, 7200, 9000)
    assert coverage.exposure_h()[:3] == pytest.approx([0.5, 1.0, 0.5], abs=0.01)


def test_short_log_is_taken_for_a_quarter_of_an_hour() -> None:
    """A few lines in a second do not extrapolate to millions of sessions."""
    coverage = covered(100, 101)
    assert coverage.covered_h == pytest.approx(0.25)
    rate, shape = coverage.arrivals([1] + [0] * 23)
    assert rate == pytest.approx(96)
    assert sum(shape) == pytest.approx(1)


def test_hours_are_of_the_log_s_own_clock() -> None:
    """Ten at night in UTC is eleven in Berlin."""
    coverage = covered(22 * 3600, 22 * 3600 + 3599, utc_offset_s=3600)
    assert coverage.exposure_h()[23] == pytest.approx(1.0, abs=0.01)


def test_arrivals_are_per_covered_hour() -> None:
    """An hour that the log covers twice as often does not look twice as busy; one it lacks gets the mean."""
    coverage = covered(*range(0, DAY_S + 12 * 3600, 600), DAY_S + 12 * 3600 - 1)
    counts = [20] * 12 + [10] * 12
    rate, shape = coverage.arrivals(counts)
    assert rate == pytest.approx(240, rel=0.01)
    assert shape == pytest.approx([1 / 24] * 24, rel=0.01)
    morning = covered(*range(6 * 3600, 9 * 3600, 600), 9 * 3600 - 1)
    rate, shape = morning.arrivals([0] * 6 + [5, 10, 15] + [0] * 15)
    assert rate == pytest.approx(240, rel=0.01)
    assert shape[20] == pytest.approx(1 / 24, rel=0.01)


def test_first_and_last_are_found_in_any_order() -> None:
    """Late lines move the beginning, too."""
    coverage = covered(5000, 4000, 9000, 100)
    assert (coverage.first_at_s, coverage.last_at_s) == (MONDAY_S + 100, MONDAY_S + 9000)
