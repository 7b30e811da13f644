"""`trafficflou learn`: a traffic model out of access logs."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from trafficflou.behavior.clients import Reason
    from trafficflou.control.learning import LearnOutcome

__all__ = ["learn"]

_TEMPLATES_SHOWN = 10
_TEMPLATE_COLUMNS = 48


def learn(
    logs: Annotated[
        list[str],
        typer.Argument(
            metavar="LOG...",
            show_default=False,
            help="Access logs, plain or gzip, in any order; - for standard input.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="Where the model goes.")
    ] = Path("model.json"),
    *,
    name: Annotated[
        str,
        typer.Option("--name", metavar="NAME", show_default=False, help="The model's name; else the log's."),
    ] = "",
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep",
            metavar="WHAT",
            show_default=False,
            autocompletion=lambda: list(_keepable()),
            help="Learn these too, though they are left out by default: bots, health-checks, scanners, synthetic "
            "(TrafficFlou's own visitors), no-assets (sessions that fetched no stylesheet, script or image). Separate "
            "several by commas.",
        ),
    ] = None,
    session_gap: Annotated[
        str, typer.Option("--session-gap", metavar="DURATION", help="So long without a request ends a visit.")
    ] = "30m",
    k_anonymity: Annotated[
        int,
        typer.Option(
            "--k-anonymity",
            metavar="K",
            min=1,
            max=1000,
            help="Name only paths that so many different visitors asked for.",
        ),
    ] = 5,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was learned as JSON on standard output.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing but errors.")] = False,
) -> None:
    """Learn from access logs how real visitors behave, and write it as a traffic model.

    Reads the common and combined formats of Apache and nginx, plain or gzip, also
    with further fields at the end or the virtual host in front; recognises them by
    itself. Rotated logs may be named in any order: they are sorted by their first
    lines, and merged where they overlap.

    The model holds no client address, no query and no full user agent. It can be
    read, edited and shared where the log itself could not.
    """
    from trafficflou.behavior import save_model  # noqa: PLC0415 - pydantic takes its time
    from trafficflou.behavior.learner import LearnOptions  # noqa: PLC0415
    from trafficflou.control import learning  # noqa: PLC0415

    options = LearnOptions(
        name=name,
        session_gap_s=_duration_s(session_gap),
        k_anonymity=k_anonymity,
        keep=_reasons(keep or ()),
    )
    learning.check_output(output, logs)
    with _progress(quiet=quiet) as progress:
        outcome = learning.learn(logs, options, progress)
    save_model(outcome.model, output)
    if as_json:
        typer.echo(json.dumps(_facts(outcome, output), indent=1))
    elif not quiet:
        from rich.console import Console  # noqa: PLC0415

        _print_summary(outcome, output, Console(highlight=False))


def _duration_s(text: str) -> float:
    from trafficflou.core import UsageError  # noqa: PLC0415
    from trafficflou.core.units import parse_duration_s  # noqa: PLC0415

    try:
        return parse_duration_s(text)
    except ValueError as error:
        raise UsageError(f"--session-gap: {error}") from error


def _reasons(words: "list[str] | tuple[()]") -> "frozenset[Reason]":
    from trafficflou.behavior.clients import Reason  # noqa: PLC0415
    from trafficflou.core import UsageError  # noqa: PLC0415

    wanted = [part.strip() for word in words for part in word.split(",") if part.strip()]
    for word in wanted:
        if word not in _keepable():
            raise UsageError(
                f"--keep: {word!r} is nothing that is left out",
                hint=f"Choose from: {', '.join(_keepable())}.",
            )
    return frozenset(map(Reason, wanted))


def _keepable() -> "tuple[Reason, ...]":
    from trafficflou.behavior.learner import KEEPABLE  # noqa: PLC0415 - pydantic takes its time

    return KEEPABLE


@contextlib.contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int, int | None], None] | None]:
    """Show a bar on a terminal; elsewhere nothing."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    bar = Progress(
        TextColumn("reading"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("reading", total=None)
    with bar:
        yield lambda read_bytes, total: bar.update(task, completed=read_bytes, total=total)


# -- what was learned, for programs ----------------------------------------------------------------------------------


def _facts(outcome: "LearnOutcome", output: Path) -> dict[str, Any]:
    model, report, log = outcome.model, outcome.report, outcome.log
    return {
        "schema": "trafficflou/learned@1",
        "output": str(output),
        "logs": log.formats,
        "empty_logs": log.empty_sources,
        "provenance": model.provenance.model_dump(),
        "first_unparsed": [
            {"log": line.source, "line": line.number, "text": line.text} for line in log.first_unparsed
        ],
        "requests": report.requests,
        "other_requests": report.other_requests,
        "covered_h": round(report.covered_h, 2),
        "sessions_per_day": model.arrivals.sessions_per_day,
        "devices": model.devices.model_dump(),
        "templates": len(model.templates),
        "playable_templates": sum(1 for template in model.templates if template.paths),
        "paths": sum(len(template.paths) for template in model.templates),
        "withheld_paths": report.withheld_paths,
        "merged_templates": report.merged_templates,
        "dropped_templates": report.dropped_templates,
        "dropped_page_views": report.dropped_page_views,
        "notes": list(report.notes),
    }


# -- what was learned, for people ------------------------------------------------------------------------------------


def _print_summary(outcome: "LearnOutcome", output: Path, console: "Console") -> None:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column()
    for title, lines in (
        ("Read", _read_lines(outcome)),
        ("Left out", _left_out_lines(outcome)),
        ("Learned", _learned_lines(outcome)),
        ("Not named", _withheld_lines(outcome)),
        ("Note", list(outcome.report.notes)),
    ):
        for index, line in enumerate(lines):
            grid.add_row(title if index == 0 else "", Text(line))
    console.print(grid)
    console.print()
    console.print(_template_table(outcome))
    shown = _shown(str(output))
    console.print()
    console.print(Text.assemble("Written to ", (shown, "bold"), f" ({_size(output)})."), soft_wrap=True)
    console.print(Text(f"Next: trafficflou model show {shown}"), soft_wrap=True)
    console.print(
        Text(f"      trafficflou run http://127.0.0.1:8080 --model {shown} --visitors 50"), soft_wrap=True
    )


def _read_lines(outcome: "LearnOutcome") -> list[str]:
    log, provenance = outcome.log, outcome.model.provenance
    formats = ", ".join(sorted(set(log.formats.values())))
    several = f" of {len(log.formats)} logs" if len(log.formats) > 1 else ""
    lines = [
        f"{provenance.lines:,} lines{several} ({formats} format)",
        f"{_day(provenance.first_at)} to {_day(provenance.last_at)}, {_covered(outcome.report.covered_h)}",
    ]
    lines += [f"{_shown(name)} is empty" for name in log.empty_sources]
    if provenance.unparsed_lines:
        lines.append(f"{provenance.unparsed_lines:,} lines not understood, the first:")
        lines += [
            f"  {_shown(Path(line.source).name)}:{line.number}: {line.text}" for line in log.first_unparsed
        ]
    return lines


def _day(stamp: str) -> str:
    """Shorten `2026-03-01T09:00:12+01:00` to the minute."""
    return stamp[:16].replace("T", " ")


def _covered(hours: float) -> str:
    return f"{hours / 24:.1f} days covered" if hours >= 48 else f"{hours:.1f} hours covered"


def _left_out_lines(outcome: "LearnOutcome") -> list[str]:
    from trafficflou.behavior.clients import REASONS, Reason  # noqa: PLC0415

    skipped = sorted(outcome.model.provenance.skipped.items(), key=lambda item: -item[1])
    requests = max(outcome.report.requests, 1)
    width = max((len(f"{count:,}") for _, count in skipped), default=0)
    lines = [
        f"{count:>{width},} {count / requests:6.1%}  {reason}: {REASONS[Reason(reason)]}"
        for reason, count in skipped
    ]
    return [f"of {outcome.report.requests:,} requests:", *lines] if lines else ["nothing"]


def _learned_lines(outcome: "LearnOutcome") -> list[str]:
    from trafficflou.behavior import THINK_QUANTILES  # noqa: PLC0415
    from trafficflou.core.units import format_duration  # noqa: PLC0415

    model, provenance = outcome.model, outcome.model.provenance
    think = dict(zip(THINK_QUANTILES, provenance.think_s, strict=True))
    quantiles = " · ".join(f"{share:.0%} {format_duration(think[share])}" for share in (0.25, 0.5, 0.75, 0.9))
    devices = " · ".join(f"{name} {share:.1%}" for name, share in model.devices)
    files = provenance.subresource_requests / max(provenance.page_views, 1)
    visits = f"{provenance.visitors:,} visitors, {provenance.sessions:,} sessions"
    each = f"{provenance.page_views / provenance.sessions:.2f} a session"
    other = f"{outcome.report.other_requests:,} other requests of these visitors"
    return [
        f"{visits} ({model.arrivals.sessions_per_day:,.1f} a day)",
        f"{provenance.page_views:,} page views, {each}; {provenance.one_page_share:.1%} of the sessions have one",
        f"{provenance.subresource_requests:,} subresource requests, {files:.1f} a page view; {other}",
        f"think time: {quantiles}",
        f"devices: {devices}",
    ]


def _withheld_lines(outcome: "LearnOutcome") -> list[str]:
    report, k = outcome.report, outcome.model.k_anonymity
    lines = []
    if report.withheld_paths:
        lines.append(
            f"{report.withheld_paths:,} paths that fewer than {k} visitors asked for, or that may hold a secret"
        )
    if report.merged_templates:
        lines.append(f"{report.merged_templates:,} templates of too few visitors: merged into coarser ones")
    if report.dropped_page_views:
        lines.append(
            f"{report.dropped_page_views:,} page views of {report.dropped_templates:,} such templates: dropped"
        )
    return lines


def _template_table(outcome: "LearnOutcome") -> Any:
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    templates = outcome.model.templates
    table = Table(box=None, pad_edge=False, title_justify="left", title_style="bold")
    table.title = f"{len(templates)} page templates" + (
        f", the {_TEMPLATES_SHOWN} most viewed" if len(templates) > _TEMPLATES_SHOWN else ""
    )
    table.add_column("template", max_width=_TEMPLATE_COLUMNS, no_wrap=True, overflow="ellipsis")
    for header in ("views", "paths", "files"):
        table.add_column(header, justify="right")
    for template in templates[:_TEMPLATES_SHOWN]:
        table.add_row(
            Text(template.template),
            f"{template.page_views:,}",
            f"{len(template.paths):,}",
            f"{len(template.subresources):,}",
        )
    return table


def _shown(name: str) -> str:
    """Make a file's name harmless for the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in name)


def _size(output: Path) -> str:
    from trafficflou.core.units import format_bytes  # noqa: PLC0415

    return format_bytes(output.stat().st_size)
