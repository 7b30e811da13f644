"""The tables of the page: each figure formatted, each list bounded, everything from outside made visible."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trafficflou.core.units import format_count
from trafficflou.metrics import Percentiles, RequestFigures, Summary, TemplateFigures
from trafficflou.report._figures import show_bytes, show_count, show_ms, show_rate, show_share
from trafficflou.report._text import visible
from trafficflou.report._words import explain_error, status_phrase

__all__ = ["page_tables"]

_MAX_TEMPLATES: Final = 1000
_MAX_ROWS: Final = 100
# What is shorter is drawn as if it took this long: a download of 0.00 ms would stretch the scale without end.
_LEAST_MS: Final = 0.05
_LATENCY_FIELDS: Final = {
    "p50": "p50", "p90": "p90", "p95": "p95", "p99": "p99", "p99.9": "p999", "max": "max", "mean": "mean"
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    value: float | None
    shown: str
    cls: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Breakdown:
    title: str
    note: str
    empty: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    is_good: bool = True
    """Whether having no rows is good news."""
    wide: bool = False
    numeric: frozenset[str] = frozenset({"Count", "Share", "Status"})


def page_tables(summary: Summary) -> dict[str, Any]:
    """Return what the template shows of a summary from its latency section down, but for the charts."""
    return {
        "latency": {"columns": tuple(_LATENCY_FIELDS), "rows": _latency_rows(summary)},
        "templates": _template_rows(summary),
        "templates_note": _templates_note(summary.templates),
        "breakdowns": _breakdowns(summary),
        "errors_note": _errors_note(summary.requests),
        "generator": {"saturated": summary.generator.saturated, "rows": _generator_rows(summary)},
    }


def _latency_rows(summary: Summary) -> list[dict[str, Any]]:
    phases = summary.phases_ms
    rows: list[tuple[str, str, Percentiles, bool]] = [
        ("Response time", "all requests, from when they were due", summary.response_ms, False),
        ("Service time", "all requests, from when they were sent", summary.service_ms, False),
        ("Page load", "a page view up to its last subresource", summary.page_load_ms, False),
        ("Blocked", "waiting for a free connection, of those that had to", phases.blocked, True),
        ("Connect", "TCP, of requests that opened a connection", phases.connect, True),
        ("TLS", "handshake, of requests that opened a connection", phases.tls, True),
        ("First byte", "from the send to the first byte", phases.first_byte, True),
        ("Download", "from the first byte to the last", phases.download, True),
    ]
    shown = [row for row in rows if not row[3] or row[2].max is not None]
    span = _log_span([figures for _, _, figures, _ in shown])
    return [
        {
            "label": label,
            "hint": hint,
            "minor": minor,
            "range": _range(figures, span),
            "cells": [show_ms(getattr(figures, field)) for field in _LATENCY_FIELDS.values()],
        }
        for label, hint, figures, minor in shown
    ]


def _log_span(rows: Sequence[Percentiles]) -> tuple[float, float]:
    """Return the smallest median and the largest p99, as logarithms."""
    low = min((max(row.p50, _LEAST_MS) for row in rows if row.p50 is not None), default=_LEAST_MS)
    high = max((row.p99 for row in rows if row.p99 is not None), default=1.0)
    return math.log(low), max(math.log(max(high, _LEAST_MS)), math.log(low) + 0.1)


def _range(figures: Percentiles, span: tuple[float, float]) -> dict[str, str] | None:
    if figures.p50 is None or figures.p95 is None or figures.p99 is None:
        return None
    low, high = span
    p50, p95, p99 = (
        100 * (math.log(max(value, _LEAST_MS)) - low) / (high - low)
        for value in (figures.p50, figures.p95, figures.p99)
    )
    start = min(p50, 98.5)
    return {
        "p50": f"{start:.1f}",
        "to_p95": f"{max(p95 - start, 1.5):.1f}",
        "to_p99": f"{max(p99 - start, 1.5):.1f}",
    }


def _templates_note(templates: Sequence[TemplateFigures]) -> str:
    note = "A template is a kind of URL, such as /product/{id}. Response times are what a visitor waits. Choose a heading to sort."
    if len(templates) > _MAX_TEMPLATES:
        return (
            f"{note} The {_MAX_TEMPLATES} busiest of {len(templates)} are shown; summary.json has them all."
        )
    return note


def _template_rows(summary: Summary) -> list[dict[str, Any]]:
    busiest = max((row.requests.count for row in summary.templates), default=0)
    return [
        {
            "name": visible(row.template),
            "is_subresource": row.kind == "subresource",
            "share": f"{100 * row.requests.count / busiest:.1f}" if busiest else "0",
            "cells": _template_cells(row),
        }
        for row in sorted(summary.templates, key=lambda row: -row.requests.count)[:_MAX_TEMPLATES]
    ]


def _template_cells(row: TemplateFigures) -> list[_Cell]:
    requests, response = row.requests, row.response_ms
    return [
        _Cell(value=requests.count, shown=format_count(requests.count)),
        _Cell(value=requests.rate_rps, shown=f"{show_rate(requests.rate_rps)}/s"),
        _Cell(
            value=requests.error_share,
            shown=show_share(requests.error_share),
            cls="bad" if requests.errors else "zero",
        ),
        *(_Cell(value=value, shown=show_ms(value)) for value in (response.p50, response.p95, response.p99)),
        _Cell(value=row.service_ms.p95, shown=show_ms(row.service_ms.p95)),
        _Cell(value=requests.bytes_received, shown=show_bytes(requests.bytes_received)),
        _Cell(
            value=requests.missing,
            shown=format_count(requests.missing),
            cls="" if requests.missing else "zero",
        ),
    ]


def _errors_note(requests: RequestFigures) -> str:
    if not requests.errors:
        return "An error is a request without a complete answer, or with a status of 400 or above. There were none."
    return (
        f"{format_count(requests.errors)} of {format_count(requests.count)} requests ({show_share(requests.error_share)}) failed: "
        "no complete answer, or a status of 400 or above. Paths that the target does not have are counted apart."
    )


def _breakdowns(summary: Summary) -> list[_Breakdown]:
    requests = summary.requests
    return [
        _Breakdown(
            title="Errors by kind",
            note="Shares are of all requests.",
            empty="No request failed." if requests.count else "Nothing was asked.",
            is_good=requests.count > 0,
            columns=("Kind", "Meaning", "Count", "Share"),
            rows=[
                (
                    visible(kind, 60),
                    explain_error(kind),
                    format_count(count),
                    _share_of(count, requests.count),
                )
                for kind, count in _top(requests.by_error)
            ],
        ),
        _Breakdown(
            title="Answers by status",
            note="Complete answers; shares are of all requests.",
            empty="The site gave no complete answer." if requests.count else "Nothing was asked.",
            is_good=False,
            columns=("Answer", "Count", "Share"),
            rows=[
                (status_phrase(status), format_count(count), _share_of(count, requests.count))
                for status, count in _top(requests.by_status)
            ],
        ),
        _Breakdown(
            title="Missing paths",
            note="The model learned these paths, but the target does not have them. They are not errors of the site.",
            empty="The target has every path that was asked for." if requests.count else "Nothing was asked.",
            is_good=requests.count > 0,
            columns=("Path", "Template", "Status", "Replaced by", "Count"),
            rows=[
                (
                    visible(row.path),
                    visible(row.template),
                    str(row.status),
                    visible(row.replaced_by or "–"),
                    format_count(row.count),
                )
                for row in summary.missing_paths[:_MAX_ROWS]
            ],
            wide=True,
        ),
        _Breakdown(
            title="Foreign origins",
            note="Pages or redirects named these other origins. They got no request: only the target has agreed to this run.",
            empty="No page pointed to another origin.",
            columns=("Origin", "How it was named", "Count"),
            rows=[
                (visible(row.origin), visible(row.how, 60), format_count(row.count))
                for row in summary.foreign_origins[:_MAX_ROWS]
            ],
            wide=True,
        ),
    ]


def _top(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MAX_ROWS]


def _share_of(count: int, total: int) -> str:
    return show_share(count / total if total else None)


def _generator_rows(summary: Summary) -> list[dict[str, str]]:
    figures = summary.generator
    lag, delay = figures.schedule_lag_ms, figures.loop_delay_ms
    return [
        {
            "label": "CPU, busiest worker",
            "value": show_share(figures.cpu_share),
            "meaning": "of one core; near 100 % it can do no more",
        },
        {
            "label": "CPU, all workers",
            "value": show_share(figures.cpu_share_mean),
            "meaning": "mean, of one core each",
        },
        {
            "label": "Schedule lag p95 / p99",
            "value": f"{show_ms(lag.p95)} / {show_ms(lag.p99)}",
            "meaning": "how late visitors acted after the moment they were due",
        },
        {
            "label": "Loop delay p95 / p99",
            "value": f"{show_ms(delay.p95)} / {show_ms(delay.p99)}",
            "meaning": "how late the event loop of a worker woke up",
        },
        {
            "label": "Memory",
            "value": show_bytes(figures.peak_rss_bytes),
            "meaning": "sum of the workers' peaks",
        },
        {
            "label": "Sessions not started",
            "value": show_count(summary.sessions.not_started),
            "meaning": "arrivals that the generator could not take in",
        },
    ]
