"""The list of runs."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from trafficflou.report.run_list import print_runs, runs_json
from trafficflou.stores import RunEntry, RunStatus


def entry(**changes: Any) -> RunEntry:
    """Make an entry of a finished run."""
    values: dict[str, Any] = {
        "name": "20261123T211800Z-shop", "title": "shop", "path": Path("trafficflou-runs/20261123T211800Z-shop"),
        "started_at": datetime(2026, 11, 23, 21, 18, tzinfo=UTC), "status": RunStatus.FAIL, "target": "http://127.0.0.1:8080",
        "duration_s": 301.4, "rate_rps": 602.7, "p95_ms": 50.56, "error_share": 0.00387,
    }  # fmt: skip
    return RunEntry(**values | changes)


UNFINISHED = entry(
    status=RunStatus.UNFINISHED, target=None, duration_s=None, rate_rps=None, p95_ms=None, error_share=None
)


def printed(*runs: RunEntry, width: int = 80) -> list[str]:
    """Print runs as into a pipe."""
    console = Console(file=io.StringIO(), width=width, force_terminal=False, color_system=None)
    print_runs(console, runs)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_table_shows_each_run_in_a_line() -> None:
    """Name, verdict, target and main figures of a run stand in one line of 80 columns when they fit."""
    head, line = printed(entry(name="20261123T211800Z-a", target="http://[::1]"), width=90)
    assert head.split() == ["run", "verdict", "target", "duration", "req/s", "p95", "errors"]
    assert line.split("  ")[0] == "20261123T211800Z-a"
    assert " ".join(line.split()[1:]) == "fail [::1] 5 min 01 s 603 50.6 ms 0.39 %"


def test_table_has_the_time_where_there_is_room() -> None:
    """A wide terminal shows when each run began."""
    head, line = printed(entry(), width=130)
    assert head.startswith("started (UTC)")
    assert line.startswith("2026-11-23 21:18:00  20261123T211800Z-shop")


def test_table_keeps_to_80_columns() -> None:
    """Long names and targets are folded, never cut: a name must be whole to be copied."""
    lines = printed(entry(target="http://a-rather-long-name.localhost:8080"), UNFINISHED)
    assert max(map(len, lines)) <= 80
    assert "…" not in "".join(lines)


def test_table_shows_unknown_figures_as_dashes() -> None:
    """A run that never finished has no figures."""
    _, line = printed(UNFINISHED, width=100)
    assert line.split() == ["20261123T211800Z-shop", "unfinished", "–", "–", "–", "–", "–"]


def test_table_says_why_a_run_is_damaged() -> None:
    """The reason stands below the table."""
    lines = printed(entry(status=RunStatus.DAMAGED, problem="summary.json: not\x1b JSON"), width=100)
    assert lines[-1] == "20261123T211800Z-shop is damaged: summary.json: not\\x1b JSON"


def test_table_keeps_a_run_s_name_in_one_piece_on_a_narrow_terminal() -> None:
    """The name is copied into other commands; target and duration make room for it."""
    text = "\n".join(printed(entry(), width=60))
    assert "20261123T211800Z-shop " in text
    assert "duration" not in text
    assert "127.0.0.1" not in text
    assert "…" not in text


def test_table_does_not_obey_a_target() -> None:
    """A target with markup or control characters is shown as it is."""
    text = "\n".join(printed(entry(target="http://[red]\x1b[2J"), width=140))
    assert r"[red]\x1b[2J" in text


def test_json_has_a_schema_and_nulls_for_the_unknown() -> None:
    """Scripts get every field of every run, in a stable form."""
    document = json.loads(runs_json([entry(), UNFINISHED]))
    assert document["schema"] == "trafficflou/runs@1"
    first, second = document["runs"]
    assert first == {
        "name": "20261123T211800Z-shop", "title": "shop", "path": "trafficflou-runs/20261123T211800Z-shop",
        "started_at": "2026-11-23T21:18:00Z", "status": "fail", "target": "http://127.0.0.1:8080", "duration_s": 301.4,
        "rate_rps": 602.7, "p95_ms": 50.56, "error_share": 0.00387, "problem": None,
    }  # fmt: skip
    assert second["status"] == "unfinished"
    assert second["p95_ms"] is None
