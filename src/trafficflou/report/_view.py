"""The page as plain values: every figure of a summary, formatted, in the order in which the template shows it.

Nothing here is HTML. The template escapes everything; this module makes text from outside visible (`_text`) and bounded.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from trafficflou.core.units import format_bytes, format_count, format_duration
from trafficflou.metrics import Summary
from trafficflou.report._charts import Columns, spark_path
from trafficflou.report._figures import NOTHING, show_ms, show_rate, show_share
from trafficflou.report._findings import finding_rows
from trafficflou.report._people import people_values
from trafficflou.report._preparation import notes_in_words, people_in_words, plan_in_words
from trafficflou.report._tables import page_tables
from trafficflou.report._text import visible
from trafficflou.report._words import VERDICT_WORDS, event_time, slo_words, verdict_sentence

__all__ = ["page_values"]

_MAX_ROWS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    label: str
    value: str
    wide: bool = False
    """A sentence or more: it takes a line of its own, after the short ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyFigure:
    label: str
    value: str
    unit: str = ""
    sub: str
    bad: bool = False
    spark: str = ""


def page_values(summary: Summary, columns: Columns) -> dict[str, Any]:
    """Return everything that the template shows of a summary, but for the charts.

    Args:
        summary: The run.
        columns: Its series, for the small curves in the key figures.
    """
    slos = [_slo(summary, index) for index in range(len(summary.slos))]
    findings = finding_rows(summary.findings)
    people = people_values(summary)
    target = visible(summary.run.target)
    return (
        {
            "title": f"{VERDICT_WORDS[summary.verdict]}: {target} · TrafficFlou",
            "heading": visible(summary.run.name) or visible(summary.run.id),
            "target": target,
            "schema": summary.schema_name,
            "verdict": _verdict(summary),
            "facts": _facts(summary),
            "kpis": _key_figures(summary, columns),
            "slos": slos,
            "findings": findings,
            "sections": _sections(
                objectives=bool(slos),
                findings=any(findings.values()),
                strategies=bool(people["strategies"]),
                ai=people["ai"] is not None,
            ),
        }
        | people
        | page_tables(summary)
    )


def _verdict(summary: Summary) -> dict[str, Any]:
    return {
        "tone": summary.verdict,
        "word": VERDICT_WORDS[summary.verdict],
        "sentence": verdict_sentence(summary),
        "reasons": [visible(reason, 1000) for reason in summary.reasons[:_MAX_ROWS]],
    }


def _sections(*, objectives: bool, findings: bool, strategies: bool, ai: bool) -> list[dict[str, str]]:
    wanted = {
        "objectives": objectives,
        "findings": findings,
        "strategies": strategies,
        "time": True,
        "latency": True,
        "templates": True,
        "errors": True,
        "ai": ai,
        "generator": True,
    }
    labels = {"time": "Over time", "ai": "AI"}
    return [
        {"id": name, "label": labels.get(name, name.capitalize())} for name, shown in wanted.items() if shown
    ]


def _facts(summary: Summary) -> list[_Fact]:
    run = summary.run
    facts = [
        _Fact(label="Started", value=_when(run.started_at)),
        _Fact(label="Duration", value=format_duration(run.duration_s)),
        _Fact(label="Load", value=visible(run.workload)) if run.workload else None,
        _Fact(label="Strategy", value=visible(run.strategy)),
        _Fact(label="Visitors", value=people, wide=True) if (people := people_in_words(run)) else None,
        _Fact(label="Brief", value=visible(run.brief), wide=True) if run.brief else None,
        _Fact(label="Played of it", value="; ".join(plan), wide=True)
        if (plan := plan_in_words(run))
        else None,
        _Fact(label="Traffic model", value=visible(run.model) if run.model else "none"),
        _Fact(label="Warm-up", value=f"{format_duration(run.warmup_s)}, not counted")
        if run.warmup_s
        else None,
        _Fact(label="Prepared", value=notes, wide=True) if (notes := notes_in_words(run)) else None,
        _Fact(label="Seed", value=str(run.seed)),
        _Fact(label="Workers", value=format_count(run.workers)),
        _Fact(label="Protocols", value=", ".join(visible(name, 40) for name in run.protocols))
        if run.protocols
        else None,
        _Fact(label="Run", value=visible(run.id)) if run.name else None,
        *(
            _Fact(label=event_time(event), value=visible(event.message))
            for event in summary.events[:_MAX_ROWS]
        ),
    ]
    return sorted((fact for fact in facts if fact is not None), key=lambda fact: fact.wide)


def _when(started_at: str) -> str:
    try:
        moment = datetime.fromisoformat(started_at)
    except ValueError:
        return visible(started_at, 60)
    return (
        moment.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC") if moment.tzinfo else visible(started_at, 60)
    )


def _key_figures(summary: Summary, columns: Columns) -> list[_KeyFigure]:
    sessions, requests, response, load = (
        summary.sessions,
        summary.requests,
        summary.response_ms,
        summary.page_load_ms,
    )
    # Page views leave the warm-up out and sessions do not, so a share of one in the other would mislead.
    counted_s = requests.count / requests.rate_rps if requests.rate_rps else 0.0
    page_rate_rps = summary.page_views / counted_s if counted_s else 0.0
    p95, p95_unit = _split(show_ms(response.p95))
    load_p95, load_unit = _split(show_ms(load.p95))
    return [
        _KeyFigure(
            label="Sessions",
            value=format_count(sessions.started),
            sub=_glued(
                f"{format_count(sessions.finished)} finished",
                f"{format_count(sessions.abandoned)} still there at the end" if sessions.abandoned else "",
                f"{format_count(sessions.not_started)} not started" if sessions.not_started else "",
                "with the warm-up" if summary.run.warmup_s else "",
            ),
            spark=spark_path(columns["active"]),
        ),
        _KeyFigure(
            label="Page views",
            value=format_count(summary.page_views),
            sub=f"{show_rate(page_rate_rps)} a second",
            spark=spark_path(columns["pages"]),
        ),
        _KeyFigure(
            label="Throughput",
            value=show_rate(requests.rate_rps),
            unit="requests/s",
            sub=_glued(f"{format_count(requests.count)} requests", format_bytes(requests.bytes_received)),
            spark=spark_path(columns["requests"]),
        ),
        _KeyFigure(
            label="Errors",
            value=show_share(requests.error_share),
            sub=f"{format_count(requests.errors)} of {format_count(requests.count)} requests",
            bad=requests.errors > 0,
            spark=spark_path(columns["errors"]),
        ),
        _KeyFigure(
            label="Response time p95",
            value=p95,
            unit=p95_unit,
            sub=_glued(f"p50 {show_ms(response.p50)}", f"p99 {show_ms(response.p99)}"),
            spark=spark_path(columns["p95"]),
        ),
        _KeyFigure(
            label="Page load p95",
            value=load_p95,
            unit=load_unit,
            sub=_glued(f"p50 {show_ms(load.p50)}", f"p99 {show_ms(load.p99)}"),
            spark=spark_path(columns["page_load_p95"]),
        ),
    ]


def _glued(*parts: str) -> str:
    """Join parts with commas so that a line breaks only between them, never between a number and its unit."""
    return ", ".join(part.replace(" ", "\u00a0") for part in parts if part)


def _split(shown: str) -> tuple[str, str]:
    value, _, unit = shown.partition(" ")
    return value, unit


def _slo(summary: Summary, index: int) -> dict[str, str]:
    slo = summary.slos[index]
    return {
        "expression": visible(slo.expression),
        "measured": visible(slo.measured_text, 80) or NOTHING,
        "explanation": visible(slo.explanation),
        "tone": "pass" if slo.passed else "fail",
        "word": slo_words(slo.passed),
    }
