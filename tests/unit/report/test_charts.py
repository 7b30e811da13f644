"""Columns for the charts: bounded, exact where they can be, never better than the truth."""

import pytest

from trafficflou.metrics import SecondFigures
from trafficflou.report._charts import CHARTS, MAX_POINTS, describe, series_columns, series_note, spark_path


def second(number: int, **figures: float | None) -> SecondFigures:
    """Make a second of the series."""
    return SecondFigures.model_validate({"second": number, **figures})


def test_columns_hold_one_point_a_second() -> None:
    """A short run is shown as it was, rates per second of real time."""
    columns = series_columns([second(0, requests=10, p95_ms=12.3456789), second(1, requests=6, span_s=0.5)])
    assert columns["t"] == [0.0, 1.0]
    assert columns["requests"] == [10.0, 12.0]
    assert columns["p95"] == [12.35, None]


def test_columns_of_a_long_run_are_joined() -> None:
    """Joined seconds keep total counts exact, show mean gauges and the worst percentile."""
    columns = series_columns(
        [
            second(0, requests=10, active_visitors=4, p99_ms=5),
            second(1, requests=20, active_visitors=6, p99_ms=50),
            second(2, requests=3, active_visitors=1),
        ],
        max_points=2,
    )
    assert columns["t"] == [0.0, 2.0]
    assert columns["requests"] == [15.0, 3.0]
    assert columns["active"] == [5.0, 1.0]
    assert columns["p99"] == [50.0, None]


@pytest.mark.parametrize("seconds", [1, MAX_POINTS, MAX_POINTS + 1, 86_400])
def test_columns_are_bounded_and_of_equal_length(seconds: int) -> None:
    """Not even a day of seconds makes more points than the page can draw, and none is lost at the end."""
    columns = series_columns([second(number, requests=1) for number in range(seconds)])
    (length,) = {len(values) for values in columns.values()}
    assert min(seconds, MAX_POINTS // 2) <= length <= MAX_POINTS
    assert set(columns["requests"]) == {1.0}


def test_columns_of_no_second_are_empty() -> None:
    """A run that ended before its first second has columns without points."""
    assert all(values == [] for values in series_columns([]).values())


def test_columns_of_a_second_without_length_do_not_divide_by_zero() -> None:
    """A last second that was over at once has rate 0."""
    assert series_columns([second(0, requests=1, span_s=0.0)])["requests"] == [0.0]


def test_columns_keep_large_numbers_whole() -> None:
    """Rounding to four digits is for small numbers; a large count keeps its last digit."""
    assert series_columns([second(0, requests=123_457)])["requests"] == [123_457.0]


def test_every_line_of_every_chart_has_a_column() -> None:
    """No chart refers to a column that does not exist."""
    columns = series_columns([second(0)])
    assert {line.column for chart in CHARTS for line in chart.lines} <= set(columns)


@pytest.mark.parametrize(
    ("seconds", "span_s", "expected"),
    [(10, 1.0, "One point a second."), (10, 4.0, "covers 4 s"), (4001, 1.0, "covers 3 s")],
)
def test_note_says_what_a_point_is(seconds: int, span_s: float, expected: str) -> None:
    """The reader is told when a point is more than a second."""
    note = series_note([second(number, span_s=span_s) for number in range(seconds)], 0.0)
    assert expected in note
    assert "warm-up" not in note


def test_note_explains_the_grey_part() -> None:
    """A warm-up is explained where there is one."""
    assert "warm-up of 5 s" in series_note([second(0)], 5.0)


def test_description_tells_a_chart_in_words() -> None:
    """Who cannot see the chart hears its range and its end."""
    columns = series_columns(
        [second(0, active_visitors=1), second(1, active_visitors=9), second(2, active_visitors=5)]
    )
    text = describe(CHARTS[0], columns)
    assert "Active visitors: 1 to 9, at the end 5." in text


def test_description_of_nothing_says_so() -> None:
    """A line without a measurement is not described as zero."""
    latency = next(chart for chart in CHARTS if chart.id == "latency")
    assert "p95: not measured." in describe(latency, series_columns([second(0)]))


@pytest.mark.parametrize("values", [[], [1.0], [0.0, 0.0], [None, None]])
def test_spark_of_nothing_is_no_path(values: list[float | None]) -> None:
    """A curve needs two points and something above zero."""
    assert spark_path(values) == ""


def test_spark_stays_in_its_box_and_is_short() -> None:
    """The greatest value touches the top, gaps count as zero, and the number of points is bounded."""
    assert spark_path([1.0, None, 2.0]) == "M0.0 12.5L50.0 23.0L100.0 2.0"
    assert spark_path([float(value) for value in range(10_000)]).count("L") <= 59
