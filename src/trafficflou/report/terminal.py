"""The summary of a run for a person at a glance: what the terminal shows at the end.

Everything is readable at 80 columns, in a pipe and without colour: verdicts are words, and colour only repeats them. Values from
outside are put into `Text`, never into markup, and made visible first.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trafficflou.core.units import format_bytes, format_count, format_duration
from trafficflou.metrics import Percentiles, Summary, TemplateFigures
from trafficflou.report._figures import NOTHING, show_ms, show_rate, show_share
from trafficflou.report._findings import FINDING_WORDS
from trafficflou.report._preparation import ai_in_words, people_in_words, plan_in_words
from trafficflou.report._text import visible
from trafficflou.report._words import VERDICT_WORDS, event_time, explain_error, slo_words, verdict_sentence

__all__ = ["print_summary", "render_summary"]

VERDICT_STYLES: Final = {"pass": "bold green", "fail": "bold red", "invalid": "bold yellow"}
_SLOWEST: Final = 5
_MOST_ROWS: Final = 5
_MOST_FINDINGS: Final = 15
_LABEL_COLUMNS: Final = 14


def print_summary(console: Console, summary: Summary, report_path: Path | None = None) -> None:
    """Print the summary.

    Args:
        console: Where to; its width and colours are respected.
        summary: The run.
        report_path: Where the page is, to be named at the end; None where there is none.
    """
    console.print(render_summary(summary))
    if report_path is not None:
        # In one piece however narrow the terminal, so that it can be copied or made a link of.
        label = (f"{'Report':<{_LABEL_COLUMNS}}", "bold")
        console.print(
            Text.assemble(label, (visible(report_path, 4096), "cyan")), soft_wrap=True, highlight=False
        )


def render_summary(summary: Summary) -> RenderableType:
    """Return the summary as something that Rich prints."""
    parts: list[RenderableType] = [Text(), _verdict(summary), Text(), _figures(summary)]
    parts.extend(_sections(summary))
    parts.append(Text())
    parts.append(_generator(summary))
    return Group(*parts)


def _verdict(summary: Summary) -> Text:
    style = VERDICT_STYLES[summary.verdict]
    text = Text.assemble(
        (f"{VERDICT_WORDS[summary.verdict].upper()}", style), "  ", verdict_sentence(summary)
    )
    for reason in summary.reasons[: _MOST_ROWS * 2]:
        text.append("\n  • ", style).append(visible(reason, 1000))
    return text


def _events(summary: Summary) -> dict[str, str]:
    events = summary.events[:_MOST_ROWS]
    lines = "\n".join(f"{event_time(event)}: {visible(event.message)}" for event in events)
    return {"Meanwhile": lines} if events else {}


def _figures(summary: Summary) -> Table:
    sessions, requests = summary.sessions, summary.requests
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=_LABEL_COLUMNS - 1, no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    rows = {
        "Target": f"{visible(summary.run.target)}  ({visible(summary.run.strategy)}, seed {summary.run.seed})",
        "Played": ", ".join(
            filter(
                None,
                (visible(summary.run.workload), format_duration(summary.run.duration_s), _workers(summary)),
            )
        ),
        **_events(summary),
        "Visitors": people_in_words(summary.run),
        "Sessions": _parts(
            f"{format_count(sessions.started)} started",
            f"{format_count(sessions.finished)} finished",
            f"{format_count(sessions.abandoned)} still there at the end" if sessions.abandoned else "",
            f"{format_count(sessions.not_started)} not started" if sessions.not_started else "",
        ),
        "Page views": format_count(summary.page_views),
        "Requests": _parts(
            f"{format_count(requests.count)} ({show_rate(requests.rate_rps)}/s)",
            format_bytes(requests.bytes_received),
        ),
        "Errors": f"{format_count(requests.errors)} ({show_share(requests.error_share)})",
        "Response time": _percentiles(summary.response_ms),
        "Page load": _percentiles(summary.page_load_ms),
        "AI": ai_in_words(summary.ai),
    }
    for label, value in rows.items():
        if not value:
            continue
        bad = label == "Errors" and requests.errors > 0
        table.add_row(label, Text(value, style="red" if bad else ""))
    return table


def _workers(summary: Summary) -> str:
    return f"{summary.run.workers} worker{'' if summary.run.workers == 1 else 's'}"


def _parts(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _percentiles(figures: Percentiles) -> str:
    return "   ".join(f"{name} {show_ms(getattr(figures, name))}" for name in ("p50", "p95", "p99"))


def _sections(summary: Summary) -> Iterator[RenderableType]:
    plan = plan_in_words(summary.run)
    if plan:
        yield from _section(f"Brief: {visible(summary.run.brief)}", Text("\n".join(plan)))
    if summary.slos:
        yield from _section("Objectives", _slos(summary))
    if summary.requests.by_error:
        yield from _section("Errors by kind", _errors(summary))
    slowest = _slowest(summary.templates)
    if slowest:
        yield from _section("Slowest templates (response time)", _template_table(slowest))
    if summary.missing_paths:
        yield from _section(
            "Missing: the model learned these paths, the target does not have them", _missing(summary)
        )
    if summary.findings:
        yield from _section("Findings", _findings(summary))
    if any(strategy.goals for strategy in summary.strategies):
        yield from _section("Goals", _goals(summary))
    if any(strategy.checks for strategy in summary.strategies):
        yield from _section("Checks", _checks(summary))


def _section(title: str, body: RenderableType) -> Iterator[RenderableType]:
    yield Text()
    yield Text(title, style="bold")
    yield Padding(body, (0, 0, 0, 2))


def _slos(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for slo in summary.slos:
        word = Text(slo_words(slo.passed), style="green" if slo.passed else "bold red")
        measured = visible(slo.measured_text, 80) or NOTHING
        table.add_row(
            word, Text(visible(slo.expression)), Text(measured), Text(visible(slo.explanation), style="dim")
        )
    return table


def _errors(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="dim")
    kinds = sorted(summary.requests.by_error.items(), key=lambda item: (-item[1], item[0]))
    for kind, count in kinds[:_MOST_ROWS]:
        table.add_row(format_count(count), Text(visible(kind, 60)), Text(explain_error(kind)))
    return table


def _slowest(templates: Sequence[TemplateFigures]) -> list[TemplateFigures]:
    timed = [row for row in templates if row.response_ms.p95 is not None]
    return sorted(timed, key=lambda row: -(row.response_ms.p95 or 0.0))[:_SLOWEST]


def _template_table(rows: Sequence[TemplateFigures]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("template", overflow="fold")
    for name in ("requests", "errors", "p50", "p95", "p99"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        response = row.response_ms
        errors = Text(show_share(row.requests.error_share), style="red" if row.requests.errors else "")
        table.add_row(
            Text(visible(row.template, 120)),
            format_count(row.requests.count),
            errors,
            *(show_ms(value) for value in (response.p50, response.p95, response.p99)),
        )
    return table


def _missing(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for row in summary.missing_paths[:_MOST_ROWS]:
        instead = "" if row.replaced_by is None else f", then {visible(row.replaced_by, 160)} instead"
        table.add_row(
            format_count(row.count), Text(f"{visible(row.path, 160)}  (status {row.status}{instead})")
        )
    if len(summary.missing_paths) > _MOST_ROWS:
        table.add_row(
            "",
            Text(f"and {len(summary.missing_paths) - _MOST_ROWS} more; the report lists them", style="dim"),
        )
    return table


def _findings(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in summary.findings[:_MOST_FINDINGS]:
        word = FINDING_WORDS.get(finding.kind, visible(finding.kind.replace("_", " "), 40))
        by = f" ({visible(finding.provider, 40)})" if finding.source == "ai" else ""
        table.add_row(Text(word + by, style="bold"), Text(visible(finding.message, 1000)))
    if len(summary.findings) > _MOST_FINDINGS:
        table.add_row(
            "", Text(f"and {len(summary.findings) - _MOST_FINDINGS} more; the report lists them", style="dim")
        )
    return table


def _goals(summary: Summary) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("goal", overflow="fold")
    table.add_column("persona", overflow="fold")
    table.add_column("reached", justify="right", no_wrap=True)
    goals = [goal for strategy in summary.strategies for goal in strategy.goals]
    for goal in goals[: _MOST_ROWS * 2]:
        table.add_row(
            Text(visible(goal.goal, 100)),
            Text(visible(goal.persona, 60), style="dim"),
            f"{format_count(goal.reached)} of {format_count(goal.pursued)}",
        )
    return table


def _checks(summary: Summary) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    checks = [(name, *counts) for strategy in summary.strategies for name, counts in strategy.checks.items()]
    for name, passed, failed in checks[: _MOST_ROWS * 2]:
        word = Text("failed", style="bold red") if failed else Text("held", style="green")
        table.add_row(
            word, Text(visible(name, 120)), f"{format_count(passed)} of {format_count(passed + failed)}"
        )
    return table


def _generator(summary: Summary) -> Table:
    figures = summary.generator
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=_LABEL_COLUMNS - 1, no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    state = ("SATURATED", "bold yellow") if figures.saturated else ("kept up", "green")
    said = (
        f"CPU {show_share(figures.cpu_share)} of a core",
        f"schedule lag p95 {show_ms(figures.schedule_lag_ms.p95)}",
        f"memory {format_bytes(figures.peak_rss_bytes)}",
    )
    table.add_row("Generator", Text.assemble(state, ": ", ", ".join(said)))
    return table
