"""What the charts show: columns of numbers over time, bounded in length, and the charts drawn from them.

A long run has more seconds than a screen has pixels. Neighbours are then joined into spans of equal length: rates are
exact (counts by time), gauges are means, and percentiles are the worst of the span, because percentiles cannot be averaged.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from trafficflou.core.units import format_duration
from trafficflou.metrics import SecondFigures
from trafficflou.report._figures import show_count, show_ms, show_rate, show_share

__all__ = [
    "CHARTS",
    "MAX_POINTS",
    "Chart",
    "Columns",
    "Line",
    "describe",
    "series_columns",
    "series_note",
    "spark_path",
]

MAX_POINTS: Final = 2000
_SPARK_POINTS: Final = 60

Columns = Mapping[str, list[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart."""

    column: str
    label: str
    unit: str
    """`count`, `rate`, `ms` or `share`; each unit has its own axis."""
    colour: str
    """A custom property of the style sheet."""
    width: float = 1.75
    fill: bool = False
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One figure of the page."""

    id: str
    section: str
    title: str
    note: str
    lines: tuple[Line, ...]
    wide: bool = False
    log: bool = False
    """Whether the reader may switch to a logarithmic scale."""

    def for_script(self) -> dict[str, Any]:
        """Return what the page's script needs to draw it."""
        return {"id": self.id, "wide": self.wide, "series": [asdict(line) for line in self.lines]}


CHARTS: Final = (
    Chart(
        id="load",
        section="time",
        title="Load",
        note="who was on the site",
        lines=(
            Line(column="active", label="Active visitors", unit="count", colour="--c1", fill=True),
            Line(column="started", label="Sessions started", unit="rate", colour="--c3"),
        ),
    ),
    Chart(
        id="throughput",
        section="time",
        title="Throughput",
        note="what the site was asked for",
        lines=(
            Line(column="requests", label="Requests", unit="rate", colour="--c1", fill=True),
            Line(column="pages", label="Page views", unit="rate", colour="--c2"),
            Line(column="errors", label="Errors", unit="rate", colour="--c5"),
        ),
    ),
    Chart(
        id="latency",
        section="time",
        title="Latency",
        note="response time percentiles; the dashed line is what the site itself took",
        wide=True,
        log=True,
        lines=(
            Line(column="p50", label="p50", unit="ms", colour="--c2", fill=True),
            Line(column="p95", label="p95", unit="ms", colour="--c1"),
            Line(column="p99", label="p99", unit="ms", colour="--c4"),
            Line(column="service_p95", label="Service p95", unit="ms", colour="--c6", dashed=True),
        ),
    ),
    Chart(
        id="errors",
        section="time",
        title="Errors",
        note="failed requests, and learned paths that the target does not have",
        lines=(
            Line(column="errors", label="Errors", unit="rate", colour="--c5", fill=True),
            Line(column="missing", label="Missing", unit="rate", colour="--c6"),
        ),
    ),
    Chart(
        id="page-load",
        section="time",
        title="Page load",
        note="document and everything in it",
        log=True,
        lines=(Line(column="page_load_p95", label="Page load p95", unit="ms", colour="--c1", fill=True),),
    ),
    Chart(
        id="generator",
        section="generator",
        title="Generator over time",
        note="the load of the busiest worker, and how late it was",
        wide=True,
        lines=(
            Line(column="cpu", label="CPU of one core", unit="share", colour="--c3", fill=True),
            Line(column="lag_p95", label="Schedule lag p95", unit="ms", colour="--c1"),
            Line(column="loop_p99", label="Loop delay p99", unit="ms", colour="--c4"),
        ),
    ),
)

_Joined = Callable[[Sequence[SecondFigures]], float | None]


def series_columns(series: Sequence[SecondFigures], max_points: int = MAX_POINTS) -> Columns:
    """Turn the series into columns of equal length, at most `max_points` long.

    Returns:
        By column name; `t` holds seconds since the start. `None` stands where nothing was measured.
    """
    step = max(1, math.ceil(len(series) / max_points))
    spans = [series[start : start + step] for start in range(0, len(series), step)]
    return {name: [_rounded(joined(span)) for span in spans] for name, joined in _COLUMNS.items()}


def series_note(series: Sequence[SecondFigures], warmup_s: float, max_points: int = MAX_POINTS) -> str:
    """Say in a sentence or two what one point of the charts stands for."""
    step = max(1, math.ceil(len(series) / max_points))
    width_s = step * (max((second.span_s for second in series), default=1.0))
    if width_s > 1.5:
        note = f"Each point covers {format_duration(width_s)}: rates are means, percentiles the worst of that time."
    else:
        note = "One point a second."
    note += " Drag over a chart to zoom in, double-click to go back."
    if warmup_s > 0:
        note += f" The grey part is the warm-up of {format_duration(warmup_s)}, which the figures leave out."
    return note


def describe(chart: Chart, columns: Columns) -> str:
    """Say in words what a chart shows, for those who cannot see it."""
    return f"{chart.title} over time. " + " ".join(
        _describe_line(line, columns[line.column]) for line in chart.lines
    )


def spark_path(values: Sequence[float | None]) -> str:
    """Draw a line of at most 60 points into a box 100 wide and 24 high, as an SVG path; empty below two points."""
    known = [0.0 if value is None else value for value in values]
    step = max(1, math.ceil(len(known) / _SPARK_POINTS))
    means = [
        math.fsum(part) / len(part) for part in (known[i : i + step] for i in range(0, len(known), step))
    ]
    top = max(means, default=0.0)
    if len(means) < 2 or top <= 0:
        return ""
    points = (f"{100 * i / (len(means) - 1):.1f} {23 - 21 * mean / top:.1f}" for i, mean in enumerate(means))
    return "M" + "L".join(points)


def _describe_line(line: Line, values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{line.label}: not measured."
    show = _SHOW[line.unit]
    return f"{line.label}: {show(min(known))} to {show(max(known))}, at the end {show(known[-1])}."


def _rounded(value: float | None) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.4g}") if value < 10_000 else float(round(value))


def _rate(field: str) -> _Joined:
    def joined(span: Sequence[SecondFigures]) -> float | None:
        span_s = math.fsum(second.span_s for second in span)
        return sum(getattr(second, field) for second in span) / span_s if span_s > 0 else 0.0

    return joined


def _mean(field: str) -> _Joined:
    return lambda span: math.fsum(getattr(second, field) for second in span) / len(span)


def _worst(field: str) -> _Joined:
    return lambda span: max(_known(getattr(second, field) for second in span), default=None)


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


_COLUMNS: Final[dict[str, _Joined]] = {
    "t": lambda span: float(span[0].second),
    "active": _mean("active_visitors"),
    "started": _rate("sessions_started"),
    "requests": _rate("requests"),
    "pages": _rate("page_views"),
    "errors": _rate("errors"),
    "missing": _rate("missing"),
    "p50": _worst("p50_ms"),
    "p95": _worst("p95_ms"),
    "p99": _worst("p99_ms"),
    "service_p95": _worst("service_p95_ms"),
    "page_load_p95": _worst("page_load_p95_ms"),
    "cpu": _worst("cpu_share"),
    "lag_p95": _worst("schedule_lag_p95_ms"),
    "loop_p99": _worst("loop_delay_p99_ms"),
}

_SHOW: Final[dict[str, Callable[[float | None], str]]] = {
    "count": show_count,
    "rate": lambda value: f"{show_rate(value)} per second",
    "ms": show_ms,
    "share": show_share,
}
