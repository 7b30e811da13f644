"""The list of runs, as a table for people and as JSON for scripts."""

import json
from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trafficflou.core.units import format_duration
from trafficflou.report._figures import NOTHING, show_ms, show_rate, show_share
from trafficflou.report._text import visible
from trafficflou.stores import RunEntry, RunStatus

__all__ = ["RUNS_SCHEMA", "print_runs", "runs_json"]

RUNS_SCHEMA: Final = "trafficflou/runs@1"

_COLUMNS: Final = ("started (UTC)", "run", "verdict", "target", "duration", "req/s", "p95", "errors")
_FIRST_FIGURE: Final = _COLUMNS.index("duration")

_STYLES: Final = {
    RunStatus.PASS: "green",
    RunStatus.FAIL: "bold red",
    RunStatus.INVALID: "bold yellow",
    RunStatus.UNFINISHED: "dim",
    RunStatus.DAMAGED: "red",
}
# With the time as a column of its own the table needs more than the classic 80 columns; the run's name holds it too.
_WIDE_COLUMNS: Final = 110
# Below this there is no room for the target and the duration beside a name that stays in one piece.
_NARROW_COLUMNS: Final = 80
_SPARED_WHERE_NARROW: Final = frozenset({"target", "duration"})


def print_runs(console: Console, runs: Sequence[RunEntry]) -> None:
    """Print the runs as a table, in the order given; below it, why runs count as damaged."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    left_out = _left_out(console.width)
    for column, name in enumerate(_COLUMNS):
        if name in left_out:
            continue
        table.add_column(
            name,
            # A run's name stays in one piece: it is copied into other commands.
            no_wrap=name != "target",
            overflow="fold",
            justify="right" if column >= _FIRST_FIGURE else "left",
        )
    for run in runs:
        table.add_row(
            *(cell for name, cell in zip(_COLUMNS, _cells(run), strict=True) if name not in left_out)
        )
    console.print(table)
    for run in runs:
        if run.problem:
            console.print(Text.assemble((f"{visible(run.name)} is damaged: ", "red"), visible(run.problem)))


def _left_out(width: int) -> frozenset[str]:
    if width >= _WIDE_COLUMNS:
        return frozenset()
    started = frozenset({_COLUMNS[0]})
    return started if width >= _NARROW_COLUMNS else started | _SPARED_WHERE_NARROW


def runs_json(runs: Sequence[RunEntry]) -> str:
    """Return the runs as a JSON document of schema `trafficflou/runs@1`; figures that are not known are null."""
    document = {"schema": RUNS_SCHEMA, "runs": [_record(run) for run in runs]}
    return json.dumps(document, indent=2) + "\n"


def _cells(run: RunEntry) -> list[str | Text]:
    return [
        f"{run.started_at:%Y-%m-%d %H:%M:%S}",
        Text(visible(run.name)),
        Text(run.status.value, style=_STYLES[run.status]),
        Text(visible(run.target.removeprefix("http://")) if run.target else NOTHING),
        NOTHING if run.duration_s is None else format_duration(run.duration_s),
        show_rate(run.rate_rps),
        show_ms(run.p95_ms),
        show_share(run.error_share),
    ]


def _record(run: RunEntry) -> dict[str, Any]:
    return {
        "name": run.name,
        "title": run.title,
        "path": str(run.path),
        "started_at": run.started_at.isoformat().replace("+00:00", "Z"),
        "status": run.status.value,
        "target": run.target,
        "duration_s": run.duration_s,
        "rate_rps": run.rate_rps,
        "p95_ms": run.p95_ms,
        "error_share": run.error_share,
        "problem": run.problem or None,
    }
