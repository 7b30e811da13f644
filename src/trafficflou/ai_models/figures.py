"""What an explainer is told of a run: the telling figures of `summary.json`, each by its place, and no more than 400 of them.

A place is written as in the document: `response_ms.p95`, `templates[3].response_ms.p95`, `requests.by_error.timeout`,
`series[17].p95_ms`. Indexes are those of the whole document, also where only some entries are told.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trafficflou.ai_models.tasks import FigureOf, RunFigures

__all__ = ["MAX_FIGURES", "figures_of"]

MAX_FIGURES: Final = 400
_MAX_TEMPLATES: Final = 12
_MAX_BUSIEST: Final = 8
_MAX_SECONDS: Final = 24
_MAX_BY: Final = 10
_MAX_SLOS: Final = 8
_MAX_REASONS: Final = 12
_MAX_TEXT: Final = 300

_PERCENTILES: Final = ("p50", "p95", "p99", "max")
_PHASES: Final = ("blocked", "connect", "tls", "first_byte", "download")
_WHOLE: Final = (
    *(
        f"run.{name}"
        for name in ("strategy", "workload", "workers", "duration_s", "planned_duration_s", "stopped_early")
    ),
    *(f"sessions.{name}" for name in ("started", "finished", "abandoned", "not_started")),
    "page_views",
    *(
        f"requests.{name}"
        for name in ("count", "rate_rps", "errors", "error_share", "missing", "bytes_received")
    ),
    *(f"response_ms.{name}" for name in _PERCENTILES),
    *(f"service_ms.{name}" for name in _PERCENTILES),
    *(f"phases_ms.{phase}.{name}" for phase in _PHASES for name in ("p50", "p95")),
    *(f"page_load_ms.{name}" for name in ("p50", "p95")),
    *(f"generator.{name}" for name in ("saturated", "cpu_share", "cpu_share_mean", "peak_rss_bytes")),
    "generator.loop_delay_ms.p99",
    "generator.schedule_lag_ms.p95",
    "generator.schedule_lag_ms.p99",
)
_OF_TEMPLATE: Final = (
    *("template", "kind", "page_views", "requests.count", "requests.error_share"),
    *("response_ms.p50", "response_ms.p95", "phases_ms.first_byte.p95", "phases_ms.download.p95"),
)
_OF_SECOND: Final = ("second", "active_visitors", "requests", "errors", "rate_rps", "p50_ms", "p95_ms")
_OF_SLO: Final = ("expression", "measured", "limit", "passed")


def figures_of(summary_json: Mapping[str, Any]) -> RunFigures:
    """Flatten a summary.

    Args:
        summary_json: The document `summary.json`, parsed; of any age or damage: what is missing is left out.

    Returns:
        At most `MAX_FIGURES` figures; entries of `templates` and `series` are thinned out, never averaged.
    """
    figures: list[FigureOf] = []
    for place, value in _walk(summary_json):
        figure = _figure(place, value)
        if figure is not None and len(figures) < MAX_FIGURES:
            figures.append(figure)
    verdict = summary_json.get("verdict")
    reasons = summary_json.get("reasons")
    return RunFigures(
        verdict=verdict if verdict in ("pass", "fail", "invalid") else "invalid",
        reasons=tuple(
            text[:2000] for text in _list(reasons)[:_MAX_REASONS] if isinstance(text, str) and text.strip()
        ),
        figures=tuple(figures),
    )


def _walk(summary: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for place in _WHOLE:
        yield place, _at(summary, place)
    for table in ("by_error", "by_status"):
        counts = _at(summary, f"requests.{table}")
        names = list(counts)[:_MAX_BY] if isinstance(counts, Mapping) else []
        for name in names:
            yield f"requests.{table}.{name}", counts[name]
    yield from _entries(summary, "slos", _OF_SLO, range(_MAX_SLOS))
    yield from _entries(summary, "templates", _OF_TEMPLATE, _telling(_list(summary.get("templates"))))
    yield from _entries(summary, "series", _OF_SECOND, _spread(len(_list(summary.get("series")))))


def _entries(
    summary: Mapping[str, Any], table: str, names: Sequence[str], indexes: Sequence[int]
) -> Iterator[tuple[str, Any]]:
    entries = _list(summary.get(table))
    for index in indexes:
        if index < len(entries) and isinstance(entries[index], Mapping):
            for name in names:
                yield f"{table}[{index}].{name}", _at(entries[index], name)


def _telling(templates: Sequence[Any]) -> list[int]:
    """Return the indexes of the busiest templates, which stand first, and of the slowest of the others."""
    rest = range(min(_MAX_BUSIEST, len(templates)), len(templates))
    slowest = sorted(rest, key=lambda index: -_p95_ms(templates[index]))[: _MAX_TEMPLATES - _MAX_BUSIEST]
    return [*range(min(_MAX_BUSIEST, len(templates))), *sorted(slowest)]


def _p95_ms(template: object) -> float:
    value = _at(template, "response_ms.p95") if isinstance(template, Mapping) else None
    return float(value) if isinstance(value, int | float) else 0.0


def _spread(length: int) -> list[int]:
    """Return indexes over the whole of a series, first and last among them."""
    if length <= _MAX_SECONDS:
        return list(range(length))
    return sorted({round(step * (length - 1) / (_MAX_SECONDS - 1)) for step in range(_MAX_SECONDS)})


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _at(document: Mapping[str, Any], place: str) -> Any:
    value: Any = document
    for key in place.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _figure(place: str, value: object) -> FigureOf | None:
    """Keep a figure as it stands; a text too long to be cited as it stands, and what has no value, is left out."""
    if len(place) > _MAX_TEXT or (isinstance(value, str) and len(value) > _MAX_TEXT):
        return None
    if isinstance(value, bool):
        return FigureOf(place=place, value=int(value))
    return FigureOf(place=place, value=value) if isinstance(value, str | int | float) else None
