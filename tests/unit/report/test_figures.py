"""Figures as people read them."""

import math
from collections.abc import Callable

import pytest

from trafficflou.report._figures import show_bytes, show_count, show_ms, show_rate, show_share


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 ms"), (0.4239, "0.42 ms"), (8.3, "8.30 ms"), (9.996, "10.0 ms"), (99.96, "100 ms"), (312.4, "312 ms"),
        (999.4, "999 ms"), (999.6, "1.00 s"), (1240, "1.24 s"), (95_000, "95.0 s"), (3_600_000, "3,600 s"),
    ],
)  # fmt: skip
def test_latency_has_three_digits_and_the_right_unit(value: float, shown: str) -> None:
    """A latency never shows more digits than were measured, and turns into seconds at one second."""
    assert show_ms(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0 %"), (0.00005, "<0.01 %"), (0.0001, "0.01 %"), (0.0125, "1.25 %"), (0.5, "50.0 %"), (1, "100 %")],
)
def test_share_never_hides_a_single_error(value: float, shown: str) -> None:
    """Only nothing at all is 0 %."""
    assert show_share(value) == shown


def test_rate_count_and_bytes_are_short() -> None:
    """Counts are exact, rates have three digits, sizes have a unit."""
    assert (show_rate(0.4212), show_rate(1240.4), show_count(12_345), show_bytes(4_500_000)) == (
        "0.42",
        "1,240",
        "12,345",
        "4.5 MB",
    )


@pytest.mark.parametrize("show", [show_bytes, show_count, show_ms, show_rate, show_share])
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_unknown_figures_are_a_dash(show: Callable[[float | None], str], value: float | None) -> None:
    """What was not measured is not shown as zero."""
    assert show(value) == "–"
