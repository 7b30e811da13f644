"""The summary on the terminal: whole at 80 columns, in words, deaf to escape sequences."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from trafficflou.metrics import Summary
from trafficflou.report import print_summary

MakeSummary = Callable[..., Summary]

REPORT = Path("trafficflou-runs/20261123T211800Z-shop/report.html")


def printed(summary: Summary, width: int = 80, report: Path | None = REPORT, *, colour: bool = False) -> str:
    """Print a summary as into a pipe, or as on a terminal with colours."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=colour, color_system="truecolor" if colour else None
    )
    print_summary(console, summary, report)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_summary_tells_the_main_figures(make_shop: MakeSummary) -> None:
    """At a glance: verdict, sessions, page views, requests, errors, latency, objectives, missing paths, generator, report."""
    lines = [line.rstrip() for line in printed(make_shop()).splitlines()]
    text = "\n".join(lines)
    assert lines[1] == "FAILED  The site missed 1 of 3 objectives."
    assert lines[2] == "  • errors<0.2%: 0.39 % of requests failed, mostly /checkout (http_503)"
    assert "Sessions      2,204 started, 1,982 finished, 222 still there at the end" in lines
    assert "Page views    29,643" in lines
    assert "Requests      180,805 (603/s), 1.99 GB" in lines
    assert "Errors        699 (0.39 %)" in lines
    assert "Response time p50 15.8 ms   p95 50.6 ms   p99 118 ms" in lines
    assert "Page load     p50 74.0 ms   p95 188 ms   p99 411 ms" in lines
    assert "  missed  errors<0.2%                  0.39 %" in lines
    assert "  580  http_503  the site answered 503 Service Unavailable" in lines
    assert "  11  /product/991  (status 404)" in lines
    assert "Generator     kept up: CPU 47.0 % of a core" in text
    assert lines[-1] == f"Report        {REPORT}"


def test_summary_lists_the_slowest_templates_first(make_shop: MakeSummary) -> None:
    """The five templates with the greatest p95 are shown, slowest first."""
    lines = printed(make_shop()).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("Slowest templates")) + 2
    names = [line.split()[0] for line in lines[start : start + 5]]
    assert names == ["/report/sales", "/login", "/checkout", "/search", "/orders"]
    assert not lines[start + 5].strip()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_summary_keeps_to_the_width(make_shop: MakeSummary, width: int) -> None:
    """No line but the report's path, which must stay in one piece, is wider than the terminal."""
    lines = printed(make_shop(), width).splitlines()
    assert max(map(len, lines[:-1])) <= width
    assert str(REPORT) in lines[-1]


def test_summary_in_a_pipe_has_no_escape_sequences(make_shop: MakeSummary) -> None:
    """What goes into a file is plain text."""
    assert "\x1b" not in printed(make_shop())


def test_summary_says_the_same_without_colour(make_shop: MakeSummary) -> None:
    """Colour only repeats what the words say."""
    assert re.sub(r"\x1b\[[0-9;]*m", "", printed(make_shop(), colour=True)) == printed(make_shop())


def test_summary_of_an_empty_run_is_short(make_empty: MakeSummary) -> None:
    """Sections without content are left out, and unmeasured percentiles are dashes."""
    text = printed(make_empty(), report=None)
    assert "PASSED" in text
    assert "p50 –   p95 –   p99 –" in text
    for absent in ("Objectives", "Errors by kind", "Slowest", "Missing", "Findings", "Report"):
        assert absent not in text


def test_summary_of_a_saturated_run_says_so(make_empty: MakeSummary) -> None:
    """A generator that was the bottleneck cannot be overlooked."""
    summary = make_empty(
        verdict="invalid",
        reasons=["use more workers"],
        generator={"saturated": True},
        sessions={"not_started": 7},
    )
    text = printed(summary)
    assert "INVALID" in text
    assert "• use more workers" in text
    assert "SATURATED" in text
    assert "7 not started" in text


def test_summary_bounds_long_lists(make_shop: MakeSummary) -> None:
    """A hundred missing paths do not push the verdict off the screen."""
    path = {"path": "/x", "template": "/x", "status": 404, "count": 1}
    text = printed(make_shop(5, missing_paths=[path] * 100))
    assert text.count("/x  (status 404)") == 5
    assert "and 95 more; the report lists them" in text
    assert len(text.splitlines()) < 60


def test_summary_shows_hostile_text_instead_of_obeying_it(make_shop: MakeSummary) -> None:
    """Markup stays text and control characters are shown, wherever they come from."""
    evil = "[red]x[/red]\x1b[2J\r\u202e"
    document = json.loads(make_shop(3).to_json())
    document["run"] |= {"target": evil, "strategy": evil, "workload": evil}
    document["reasons"] = [evil]
    document["requests"]["by_error"] = {evil: 1}
    for template in document["templates"]:
        template["template"] = evil
    document["slos"][0] |= {"expression": evil, "measured_text": evil, "explanation": evil}
    document["missing_paths"][0]["path"] = evil
    document["findings"] = [{"kind": "x", "message": evil}]
    text = printed(Summary.model_validate(document), width=200)
    assert text.count(r"[red]x[/red]\x1b[2J\r\u202e") == 15
    assert not set(text) & {"\x1b", "\r", "\u202e"}


def test_summary_tells_what_was_done_to_the_run(make_shop: MakeSummary) -> None:
    """When and what, in order; escape sequences do nothing."""
    events = [
        {"at_s": 30, "kind": "strategy_switch", "message": "From here on \x1b[31mb plays those who come."},
        {"at_s": 75, "kind": "stop", "message": "The run was told to stop."},
    ]
    lines = [line.rstrip() for line in printed(make_shop(events=events)).splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("Meanwhile     After 30 s: "))
    assert lines[start].endswith("plays those who come.")
    assert lines[start + 1].strip() == "After 1 min 15 s: The run was told to stop."
    assert "\x1b" not in "".join(lines)
    assert "Meanwhile" not in printed(make_shop())


def test_summary_lists_the_checks_of_scripts(make_explored: MakeSummary) -> None:
    """What a script checks, and how often it held."""
    summary = make_explored()
    row = summary.strategies[0].model_copy(update={"checks": {"has price": (3, 1), "is there": (4, 0)}})
    text = printed(summary.model_copy(update={"strategies": (row,)}))
    assert re.search(r"^Checks\s*$", text, re.MULTILINE)
    assert re.search(r"failed +has price +3 of 4", text)
    assert re.search(r"held +is there +4 of 4", text)
