"""Service level objectives: `p95<300ms`, `errors<1%`, `p99{template=/checkout}<1s`.

Grammar: METRIC [`{template=`TEMPLATE`}`] OPERATOR LIMIT

- METRIC: `pN` (N above 0, at most 100, such as `p50` or `p99.9`), `mean` or `max` of the response time, which counts from the
  intended start; with a prefix of another time: `service_p95` (from the send), `page_p95` (load of a whole page view),
  `first_byte_p95`. Or `errors`: the share of requests; or `rps`: requests a second.
- TEMPLATE: a template as the report names it; it may contain braces itself. A kind of subresource is named `(style)` and so on.
- OPERATOR: `<`, `<=`, `>`, `>=`.
- LIMIT: a duration (`300ms`, `1.5s`), a share (`1%`, `0.01`) or a rate (`100`, `100/s`, `6000/min`).
"""

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from trafficflou.core.units import format_share, parse_duration_s, parse_rate_rps, parse_share
from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.load_figures import SloResult
from trafficflou.metrics.snapshot import SeriesMeasurements
from trafficflou.metrics.totals import RunTotals

__all__ = ["Slo", "evaluate_slo", "parse_slo"]

MAX_SLO_LENGTH: Final = 2500
"""A template has at most 2048 characters; beyond this nobody meant an objective."""

EXAMPLES: Final = "such as p95<300ms, errors<1%, rps>100 or p99{template=/checkout}<1s"

_EXPRESSION = re.compile(
    r"(?P<metric>[A-Za-z][\w.]*)\s*(?:\{\s*template\s*=\s*(?P<template>[^<>]+?)\s*\}\s*)?"
    r"(?P<operator><=|>=|<|>)\s*(?P<limit>[^<>=]+)"
)
_PERCENTILE = re.compile(r"p(\d+(?:\.\d+)?)", re.ASCII)
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_PREFIXES: Final = {"service_": "service", "page_": "page_load", "first_byte_": "first_byte"}
_METRICS = ("p50", "p90", "p95", "p99", "p99.9", "mean", "max", "errors", "rps", "page_p95", "service_p95")

Unit = Literal["ms", "share", "rps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """One objective.

    Attributes:
        expression: As the user wrote it.
        metric: `errors`, `rps`, or the time that is limited: `response`, `service`, `page_load`, `first_byte`.
        percent: Which percentile of the time; `None` for its mean and for `errors` and `rps`; 100 is the maximum.
        template: Which series; `None` for all requests.
        comparison: `<`, `<=`, `>` or `>=`.
        limit: In `unit`.
        unit: `ms`, `share` (0..1) or `rps`.
        counts_failures: Whether requests without a complete response can break a percentile (`max` looks at the waits only).
    """

    expression: str
    metric: str
    percent: float | None
    template: str | None
    comparison: str
    limit: float
    unit: Unit
    counts_failures: bool


def parse_slo(text: str) -> Slo:
    """Read an objective.

    Raises:
        ValueError: It is not one; the sentence says what is valid.
    """
    expression = text.strip()
    if len(expression) > MAX_SLO_LENGTH:
        raise ValueError(
            f"the objective has {len(expression)} characters, at most {MAX_SLO_LENGTH} are allowed"
        )
    match = _EXPRESSION.fullmatch(expression)
    if match is None:
        raise ValueError(_shape_problem(expression))
    metric, percent = _parse_metric(match["metric"], expression)
    unit: Unit = "share" if metric == "errors" else "rps" if metric == "rps" else "ms"
    template = match["template"]
    return Slo(
        expression=expression,
        metric=metric,
        percent=percent,
        template=None if template is None else template.strip("\"'"),
        comparison=match["operator"],
        limit=_parse_limit(match["limit"].strip(), unit, expression),
        unit=unit,
        counts_failures=percent is not None and match["metric"].rpartition("_")[2] != "max",
    )


def _shape_problem(expression: str) -> str:
    if not any(sign in expression for sign in "<>"):
        return f"{expression!r} has no comparison (<, <=, >, >=); write an objective {EXAMPLES}"
    if "{" in expression and "template" not in expression:
        return (
            f"{expression!r}: the selector in braces must be {{template=...}}; write an objective {EXAMPLES}"
        )
    return f"{expression!r} is not an objective; write METRIC<LIMIT, {EXAMPLES}"


def _parse_metric(name: str, expression: str) -> tuple[str, float | None]:
    if name in {"errors", "rps"}:
        return name, None
    of, figure = "response", name
    for prefix, metric in _PREFIXES.items():
        if name.startswith(prefix):
            of, figure = metric, name.removeprefix(prefix)
    if figure in {"mean", "max"}:
        return of, 100.0 if figure == "max" else None
    match = _PERCENTILE.fullmatch(figure)
    if match is None:
        near = difflib.get_close_matches(name.lower(), _METRICS, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise ValueError(
            f"{expression!r}: {name!r} is not a metric; {guess}"
            "Valid: pN (p95, p99.9), mean, max, each also as service_pN, page_pN, first_byte_pN; errors; rps"
        )
    percent = float(match[1])
    if not 0 < percent <= 100:
        raise ValueError(f"{expression!r}: a percentile lies above 0 and is at most 100, got {figure}")
    return of, percent


def _parse_limit(text: str, unit: Unit, expression: str) -> float:
    try:
        if unit == "share":
            return parse_share(text)
        if unit == "ms":
            limit = parse_duration_s(text) * 1000
        else:
            limit = float(text) if _NUMBER.fullmatch(text) else parse_rate_rps(text)
    except ValueError as exc:
        raise ValueError(f"{expression!r}: the limit {exc}") from exc
    if not math.isfinite(limit):
        raise ValueError(f"{expression[:60]!r}: the limit is beyond any number")
    return limit


def evaluate_slo(slo: Slo, totals: RunTotals) -> SloResult:
    """Judge one objective by what was measured.

    A percentile says that so many requests *were answered* within the limit. So it fails where more requests than it leaves
    over got no complete response, however quickly they failed. An objective without any data fails.
    """
    series = totals.overall if slo.template is None else totals.templates.get(slo.template)
    if series is None:
        return _result(slo, None, explanation=_no_such_template(slo, totals.templates))
    measured = _measure(slo, series, totals.measured_s)
    if measured is None:
        return _result(slo, None, explanation="nothing was measured for it")
    return _result(slo, measured, explanation=_unanswered(slo, series))


def _measure(slo: Slo, series: SeriesMeasurements, measured_s: float) -> float | None:
    if slo.metric == "errors":
        return min(1.0, series.errors / series.requests) if series.requests else None
    if slo.metric == "rps":
        return series.requests / measured_s if measured_s else None
    times: Histogram = getattr(series, slo.metric)
    return times.mean_ms if slo.percent is None else times.percentile_ms(slo.percent)


def _unanswered(slo: Slo, series: SeriesMeasurements) -> str:
    is_upper_bound = slo.comparison in {"<", "<="}
    if slo.percent is None or not slo.counts_failures or not is_upper_bound or slo.metric == "page_load":
        return ""
    unanswered = series.failed / series.requests
    if unanswered * 100 <= 100 - slo.percent:
        return ""
    return (
        f"{format_share(unanswered)} of the requests got no complete response, "
        f"so {slo.percent:g} % cannot have been answered in time"
    )


def _no_such_template(slo: Slo, templates: Iterable[str]) -> str:
    names = sorted(templates)
    near = difflib.get_close_matches(slo.template or "", names, n=3, cutoff=0.4) or names[:5]
    known = f"; measured are {', '.join(near)}" if near else ""
    return f"no request was measured for the template {slo.template}{known}"


def _result(slo: Slo, measured: float | None, *, explanation: str) -> SloResult:
    met = measured is not None and _OPERATORS[slo.comparison](measured, slo.limit)
    return SloResult(
        expression=slo.expression,
        measured=None if measured is None else round(measured, 6),
        unit=slo.unit,
        limit=slo.limit,
        measured_text=_text(measured, slo.unit),
        passed=met and not explanation,
        explanation=explanation,
    )


def _text(measured: float | None, unit: Unit) -> str:
    if measured is None:
        return "no data"
    if unit == "share":
        return format_share(measured)
    if unit == "rps":
        return f"{measured:.1f}/s"
    return f"{measured:.4g} ms" if measured < 1000 else f"{measured / 1000:.4g} s"
