"""The grammar of objectives, and their judgement."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trafficflou.metrics import RunTotals, SloResult, evaluate_slo, parse_slo


@pytest.mark.parametrize(
    ("text", "metric", "percent", "comparison", "limit", "unit"),
    [
        ("p95<300ms", "response", 95.0, "<", 300.0, "ms"),
        ("p99.9 <= 1s", "response", 99.9, "<=", 1000.0, "ms"),
        ("mean<100ms", "response", None, "<", 100.0, "ms"),
        ("max<5s", "response", 100.0, "<", 5000.0, "ms"),
        ("service_p95<1m", "service", 95.0, "<", 60_000.0, "ms"),
        ("page_p95<2s", "page_load", 95.0, "<", 2000.0, "ms"),
        ("first_byte_mean<20ms", "first_byte", None, "<", 20.0, "ms"),
        ("errors<1%", "errors", None, "<", 0.01, "share"),
        ("errors <= 0.005", "errors", None, "<=", 0.005, "share"),
        (" rps > 100 ", "rps", None, ">", 100.0, "rps"),
        ("rps>=600/min", "rps", None, ">=", 10.0, "rps"),
    ],
)
def test_parse_reads_every_form(
    text: str, metric: str, percent: float | None, comparison: str, limit: float, unit: str
) -> None:
    """Metric, comparison and limit are read; durations become milliseconds, percentages shares."""
    slo = parse_slo(text)
    assert (slo.metric, slo.percent, slo.comparison, slo.unit) == (metric, percent, comparison, unit)
    assert slo.limit == pytest.approx(limit)
    assert slo.template is None
    assert slo.expression == text.strip()


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("p99{template=/checkout}<1s", "/checkout"),
        ("p99{template=/product/{id}}<1s", "/product/{id}"),
        ("p99 { template = /a/{b}/c/{d} } >= 1s", "/a/{b}/c/{d}"),
        ('errors{template="/x y"}<1%', "/x y"),
        ("errors{template=(style)}<1%", "(style)"),
    ],
)
def test_parse_reads_selectors_with_braces(text: str, template: str) -> None:
    """A template may contain braces itself; quotes around it are not part of it."""
    assert parse_slo(text).template == template


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no comparison"),
        ("p95", "no comparison"),
        ("p95=300ms", "no comparison"),
        ("p95<", "is not an objective"),
        ("p95<<3s", "is not an objective"),
        ("<300ms", "is not an objective"),
        ("p95{templ=/x}<3s", "the selector in braces must be {template=...}"),
        ("p95{template=/x<3s", "is not an objective"),
        ("p95<300", "is not a duration"),
        ("p95<1%", "is not a duration"),
        ("errors<5ms", "is not a share"),
        ("errors<120%", "is not a share"),
        ("rps>fast", "is not a rate"),
        ("p0<1s", "above 0 and is at most 100"),
        ("p101<1s", "above 0 and is at most 100"),
        ("service_errors<1%", "is not a metric"),
        ("eror<1%", "did you mean errors?"),
        ("page_95<1s", "did you mean page_p95?"),
        ("latency<1s", "Valid: pN (p95, p99.9), mean, max"),
        ("p95<" + "9" * 400 + "s", "beyond any number"),
        ("rps>" + "9" * 400, "beyond any number"),
        ("p95{template=/" + "x" * 3000 + "}<1s", "at most 2500 are allowed"),
    ],
)
def test_parse_refuses_with_what_is_valid(text: str, sentence: str) -> None:
    """A mistake is answered with the part that is wrong and what may stand there."""
    with pytest.raises(ValueError, match=r".") as caught:
        parse_slo(text)
    assert sentence in str(caught.value)


@given(st.text(alphabet="p95{}=<>/ templaersco.%m1_\x00é", max_size=60))
def test_parse_answers_anything_with_an_objective_or_a_value_error(text: str) -> None:
    """No text makes the parser fail in another way."""
    try:
        slo = parse_slo(text)
    except ValueError:
        return
    assert slo.comparison in {"<", "<=", ">", ">="}


@pytest.fixture
def totals(make_snapshot: Any, make_series: Any) -> RunTotals:
    """Two seconds: 100 requests at 10 ms to /, 2 of 50 failing at 200 ms to /checkout/{step}."""
    measured = RunTotals(workers=1)
    home = make_series("/", by_status={200: 100}, response_ms=10, page_views=10)
    checkout = make_series(
        "/checkout/{step}", by_status={200: 48, 503: 1}, by_failure={"timeout": 1}, response_ms=200
    )
    measured.add(make_snapshot(0, home))
    measured.add(make_snapshot(1, checkout, final=True))
    return measured


def judged(text: str, totals: RunTotals) -> SloResult:
    """Parse and evaluate."""
    return evaluate_slo(parse_slo(text), totals)


@pytest.mark.parametrize(
    ("text", "measured", "shown", "passed"),
    [
        ("p50<11ms", 10, "9.994 ms", True),
        ("p50<9ms", 10, "9.994 ms", False),
        ("max<=200ms", 200, "200 ms", True),
        ("p100{template=/}<10ms", 10, "10 ms", False),
        ("mean<80ms", 73.333333, "73.33 ms", True),
        ("max<200ms", 200, "200 ms", False),
        ("service_max<101ms", 100, "100 ms", True),
        ("page_p95<2s", 20, "20 ms", True),
        ("errors<2%", 2 / 150, "1.33 %", True),
        ("errors<1%", 2 / 150, "1.33 %", False),
        ("rps>70", 75, "75.0/s", True),
        ("rps>=76", 75, "75.0/s", False),
        ("errors{template=/}<=0%", 0, "0 %", True),
        ("errors{template=/checkout/{step}}<5%", 0.04, "4 %", True),
        ("p50{template=/checkout/{step}}>150ms", 200, "199.8 ms", True),
        ("rps{template=/checkout/{step}}>20", 25, "25.0/s", True),
    ],
)
def test_evaluate_compares_what_was_measured(
    totals: RunTotals, text: str, measured: float, shown: str, passed: bool
) -> None:
    """The figure is that of the selected requests, with its unit, and the comparison is the one asked for."""
    result = judged(text, totals)
    assert result.measured == pytest.approx(measured, rel=0.005)
    assert (result.measured_text, result.passed, result.explanation) == (shown, passed, "")
    assert result.expression == text


def test_percentile_fails_where_too_many_requests_got_no_answer(totals: RunTotals) -> None:
    """2 % unanswered requests: 99 % cannot have been answered in time, 95 % can."""
    assert judged("p95{template=/checkout/{step}}<1s", totals).passed
    missed = judged("p99{template=/checkout/{step}}<1s", totals)
    assert not missed.passed
    assert missed.measured_text == "200 ms"
    assert missed.explanation == (
        "2 % of the requests got no complete response, so 99 % cannot have been answered in time"
    )


def test_maximum_looks_at_the_waits_only(totals: RunTotals) -> None:
    """One lost request does not break max; errors<... is there for it."""
    assert judged("max{template=/checkout/{step}}<1s", totals).passed


def test_refused_requests_do_not_make_a_fast_site(make_snapshot: Any, make_series: Any) -> None:
    """A site that refuses most connections within a millisecond misses its p95."""
    totals = RunTotals(workers=1)
    totals.add(
        make_snapshot(0, make_series(by_status={200: 1}, by_failure={"connect_refused": 9}, response_ms=1))
    )
    assert not judged("p95<300ms", totals).passed


def test_unknown_template_fails_and_lists_near_ones(totals: RunTotals) -> None:
    """An objective for a template that nobody asked for has not been met."""
    result = judged("p95{template=/checkout}<1s", totals)
    assert (result.passed, result.measured, result.measured_text) == (False, None, "no data")
    assert result.explanation == (
        "no request was measured for the template /checkout; measured are /checkout/{step}"
    )
    far = judged("p95{template=#####}<1s", totals)
    assert far.explanation.endswith("measured are /, /checkout/{step}")


@pytest.mark.parametrize("text", ["p95<1s", "mean<1s", "errors<1%", "rps>1", "page_p95<1s"])
def test_objective_without_data_fails(text: str) -> None:
    """Nothing measured is nothing met."""
    result = judged(text, RunTotals(workers=1))
    assert (result.passed, result.measured, result.explanation) == (
        False,
        None,
        "nothing was measured for it",
    )


def test_unknown_template_of_an_empty_run_has_no_near_names() -> None:
    """With nothing measured there is nothing to list."""
    result = judged("p95{template=/a}<1s", RunTotals(workers=1))
    assert result.explanation == "no request was measured for the template /a"


def test_long_times_are_written_in_seconds(make_snapshot: Any, make_series: Any) -> None:
    """From one second on, the figure is written in seconds."""
    totals = RunTotals(workers=1)
    totals.add(make_snapshot(0, make_series(response_ms=2345)))
    assert judged("max<5s", totals).measured_text == "2.345 s"
