"""Does a run say what really happened? The summary of the real command against the log of a real nginx, request by request."""

import asyncio
import signal
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.integration.conftest import RunCommand
from tests.support.nginx_server import NginxServer, NginxSettings
from tests.support.waiting import until
from trafficflou.behavior import save_model
from trafficflou.behavior.model import EXIT, PathExample, Template
from trafficflou.core import ExitCode
from trafficflou.testing.fault import Pause, response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.testing.models import sample_model

pytestmark = pytest.mark.service

LOG_FORMAT = "$status $bytes_sent $msec $request_time $http_x_trafficflou_visitor $uri"
CACHING = "location /s/ { add_header Cache-Control max-age=60; } location /i/ { add_header Cache-Control no-cache; }"
HEAD = b"<!doctype html><link rel=stylesheet href=/s/a.css><img src=/i/logo.png>"
PAGES = {
    "/": HEAD + b"<img src=/i/gone.png>",
    "/list": HEAD + b"<p>" * 4000,
    "/item": HEAD + b"<script src=/s/a.js></script>",
    "/s/a.css": b"*{color:red}" * 100,
    "/s/a.js": b"let x;" * 500,
    "/i/logo.png": b"\x89PNG" * 2000,
}


class Line(NamedTuple):
    """A request as nginx saw it."""

    status: str
    sent_bytes: int
    ended_at_s: float
    took_s: float
    visitor: str
    path: str


def read_log(server: NginxServer) -> list[Line]:
    """Read nginx's log in the order of its lines."""
    lines = [line.split(" ") for line in server.access_log_lines()]
    return [
        Line(line[0], int(line[1]), float(line[2]), float(line[3]), line[4], " ".join(line[5:]))
        for line in lines
    ]


def write_model(folder: Path, *paths: str, stay: float = 0.7, think_s: float = 0.1) -> str:
    """Write a model whose visitors go from any of the paths to any other, with one think time, and return its file."""
    row = {path: stay / len(paths) for path in paths} | {EXIT: 1 - stay}
    templates = tuple(
        Template(
            template=path,
            page_views=100,
            paths=(PathExample(path=path, weight=1),),
            think_s=(think_s,) * 9,
            body_bytes=1000,
        )
        for path in paths
    )
    model = sample_model(
        templates=templates,
        entry={path: 1 / len(paths) for path in paths},
        transitions=dict.fromkeys(paths, row),
        pace_correlation=0.0,
    )
    save_model(model, folder / "model.json")
    return str(folder / "model.json")


def assert_sums_agree(summary: dict[str, Any]) -> None:
    """Totals, templates, seconds and sessions are the same requests counted in different ways."""
    total, sessions = summary["requests"], summary["sessions"]
    unanswered = sum(count for kind, count in total["by_error"].items() if not kind.startswith("http_"))
    assert total["count"] == sum(total["by_status"].values()) + unanswered
    assert sum(summary["run"]["protocols"].values()) == sum(total["by_status"].values())
    for figure in ("count", "errors", "missing", "cache_hits", "bytes_received"):
        assert sum(template["requests"][figure] for template in summary["templates"]) == total[figure], figure
    seconds = [second for second in summary["series"] if not second["warmup"]]
    for figure, expected in (("requests", total["count"]), ("bytes_received", total["bytes_received"])):
        assert sum(second[figure] for second in seconds) == expected, figure
    assert sum(second["page_views"] for second in seconds) == summary["page_views"]
    assert sum(template["page_views"] for template in summary["templates"]) == summary["page_views"]
    assert sessions["started"] == sessions["finished"] + sessions["abandoned"]


def assert_same_as_log(summary: dict[str, Any], lines: list[Line]) -> None:
    """Every request that nginx answered is in the summary, and no other."""
    total = summary["requests"]
    assert total["by_status"] == Counter(line.status for line in lines)
    assert total["count"] == len(lines)
    assert total["bytes_received"] == sum(line.sent_bytes for line in lines)
    assert_sums_agree(summary)


@pytest.mark.parametrize(
    "load",
    [
        ("--visitors", "15", "--workers", "2"),
        ("--arrivals", "40/s", "--workers", "1"),
        ("--visitors", "5", "--think-time", "none", "--workers", "1"),
    ],
    ids=["visitors", "arrivals", "no think time"],
)
async def test_run_counts_what_the_server_counted(
    start_nginx: Callable[..., NginxServer], run_command: RunCommand, tmp_path: Path, load: tuple[str, ...]
) -> None:
    """Requests, statuses and bytes are those of nginx's log, with caching, redirects, 304s and 404s, to the last one."""
    settings = NginxSettings(log_format=LOG_FORMAT, extra=CACHING + "location = /go { return 302 /item; }")
    nginx = start_nginx(PAGES, settings)
    model = write_model(tmp_path, "/", "/list", "/item", "/go")
    run = await run_command(nginx.url, "--model", model, "--duration", "2s", "--warmup", "0s", *load)
    assert_same_as_log(run.summary, read_log(nginx))
    assert {"200", "302", "304", "404"} <= run.summary["requests"]["by_status"].keys()
    assert run.summary["requests"]["cache_hits"] > 0


async def test_interrupted_run_counts_what_the_server_counted(
    start_nginx: Callable[..., NginxServer], run_command: RunCommand, tmp_path: Path
) -> None:
    """Ctrl-C in the middle loses nothing that was sent."""
    nginx = start_nginx(PAGES, NginxSettings(log_format=LOG_FORMAT, extra=CACHING))
    process = await run_command.start(
        *(nginx.url, "--model", write_model(tmp_path, "/", "/list", "/item"), "--visitors", "15"),
        *("--workers", "2", "--duration", "30s"),
    )
    await until(lambda: len(read_log(nginx)) >= 20)
    process.send_signal(signal.SIGINT)
    run = await run_command.finish(process)
    assert run.code == ExitCode.INTERRUPTED
    assert run.summary["requests"]["count"] > 0
    assert_same_as_log(run.summary, read_log(nginx))


async def test_run_meets_no_error_where_connections_close_between_pages(
    start_nginx: Callable[..., NginxServer], run_command: RunCommand, tmp_path: Path
) -> None:
    """A server that closes idle connections just when the next page is due is met as browsers meet it: without errors."""
    nginx = start_nginx(PAGES, NginxSettings(log_format=LOG_FORMAT, extra="keepalive_timeout 1s;"))
    model = write_model(tmp_path, "/list", "/item", stay=0.9, think_s=1.0)
    run = await run_command(
        nginx.url,
        "--model",
        model,
        "--visitors",
        "60",
        "--ramp",
        "0.8s",
        "--duration",
        "4s",
        "--workers",
        "1",
    )
    assert run.summary["requests"]["by_error"] == {}
    assert_same_as_log(run.summary, read_log(nginx))


async def test_run_waits_the_think_time_between_pages(
    start_nginx: Callable[..., NginxServer], run_command: RunCommand, tmp_path: Path
) -> None:
    """Between a visitor's pages lies the model's think time, measured at the server."""
    nginx = start_nginx(
        {"/a": b"<!doctype html>", "/b": b"<!doctype html>"}, NginxSettings(log_format=LOG_FORMAT)
    )
    model = write_model(tmp_path, "/a", "/b", stay=0.9, think_s=0.4)
    await run_command(nginx.url, "--model", model, "--visitors", "40", "--duration", "3s", "--workers", "1")
    visits: dict[str, list[Line]] = defaultdict(list)
    for line in read_log(nginx):
        visits[line.visitor].append(line)
    gaps_s = [
        after.ended_at_s - after.took_s - before.ended_at_s
        for visit in visits.values()
        for before, after in pairwise(visit)
    ]
    assert len(gaps_s) > 100
    assert min(gaps_s) > 0.395
    assert statistics.median(gaps_s) == pytest.approx(0.4, abs=0.02)


async def test_run_does_not_hammer_a_server_that_died(
    start_nginx: Callable[..., NginxServer], run_command: RunCommand, tmp_path: Path
) -> None:
    """From its death on there are errors by kind, a bounded number a second, and the run ends when it should."""
    nginx = start_nginx(PAGES, NginxSettings(log_format=LOG_FORMAT))
    process = await run_command.start(
        *(nginx.url, "--model", write_model(tmp_path, "/item", stay=0.0), "--visitors", "10"),
        *("--workers", "1", "--duration", "4s"),
    )
    await until(lambda: len(read_log(nginx)) >= 20)
    await asyncio.sleep(1.0)
    nginx.stop()
    run = await run_command.finish(process)
    assert run.code == 0, "without objectives there is nothing to miss"
    assert run.wall_s < 8
    # A connection that the dying server had taken but not opened may be refused, reset or fail otherwise.
    kinds = {"connect_refused", "connect_failed", "reset", "closed_early"}
    assert run.summary["requests"]["by_error"].keys() <= kinds
    assert run.summary["requests"]["by_error"]["connect_refused"] > 10
    last_full_second = run.summary["series"][-2]
    # Two a second for each of ten visitors; a busy machine may let three fall into one second, never thousands.
    assert last_full_second["errors"] == last_full_second["requests"] <= 3 * 10
    assert_sums_agree(run.summary)


async def test_run_measures_the_servers_own_delay(run_command: RunCommand, tmp_path: Path) -> None:
    """A known delay before the first byte and another before the last are found again, to the millisecond."""
    page = (Pause(1), response(b"<!doctype html>")[:-5], Pause(2), b"html>")
    async with FaultServer({"/a": page}, beat_s=0.05) as server:
        run = await run_command(
            *(server.url, "--model", write_model(tmp_path, "/a"), "--visitors", "10"),
            *("--workers", "1", "--duration", "2s"),
        )
    phases = run.summary["phases_ms"]
    assert phases["first_byte"]["p50"] == pytest.approx(50, abs=4)
    assert phases["download"]["p50"] == pytest.approx(100, abs=4)
    assert run.summary["service_ms"]["p50"] == pytest.approx(150, abs=5)
    assert run.summary["response_ms"]["p50"] == pytest.approx(150, abs=6)
    assert run.summary["page_load_ms"]["p50"] == pytest.approx(150, abs=6)
