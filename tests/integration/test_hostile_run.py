"""The whole command against a site that misbehaves in every way that the fault server knows."""

from pathlib import Path
from typing import Any

from tests.integration.conftest import RunCommand
from trafficflou.behavior import save_model
from trafficflou.behavior.model import EXIT, PathExample, Template
from trafficflou.core import ExitCode
from trafficflou.testing.fault import FAULTS, Hang
from trafficflou.testing.fault_server import FaultServer
from trafficflou.testing.models import sample_model

TIMEOUT_S = 1.0
DURATION_S = 5.0
SCRIPT = "/<script>alert(1)</script>"

SLOWER_THAN_THE_LIMIT = {
    "/chunked-byte-by-byte",
    "/drip",
    "/drip-endless-head",
    "/never",
    "/never-body",
    "/never-end",
}
CUT_SHORT = {
    "/chunked-cut",
    "/chunked-no-end",
    "/close-at-once",
    "/cut-body",
    "/cut-head",
    "/cut-status",
}
NOT_HTTP = {
    "/bad-header",
    "/bad-header-name",
    "/bad-status",
    "/chunked-bad-end",
    "/chunked-bad-size",
    "/chunked-endless-trailers",
    "/chunked-huge-size",
    "/conflicting-length",
    "/endless-head",
    "/endless-informational",
    "/garbage",
    "/garbage-binary",
    "/http-2",
    "/huge-header",
    "/length-not-a-number",
    "/length-too-long",
    "/many-headers",
    "/negative-length",
    "/nul-in-header",
    "/unknown-transfer-coding",
}
KINDS = (
    dict.fromkeys(SLOWER_THAN_THE_LIMIT, "timeout")
    | dict.fromkeys(CUT_SHORT, "closed_early")
    | dict.fromkeys(NOT_HTTP, "protocol")
    | dict.fromkeys(("/reset", "/reset-in-head", "/reset-in-body"), "reset")
    | dict.fromkeys(("/endless", "/endless-chunked"), "too_large")
    | dict.fromkeys(("/redirect-loop", "/redirect-ping", "/redirect-pong"), "redirect_loop")
    | {"/server-error": "http_500"}
)
"""The one error kind of each fault; the other faults are answers that a browser takes."""


def write_model(folder: Path, paths: list[str]) -> str:
    """Write a model whose visitors go from any of the paths to any other without thinking, and return its file."""
    templates = tuple(
        Template(
            template=path,
            page_views=100,
            paths=(PathExample(path=path, weight=1),),
            think_s=(0.0,) * 9,
            body_bytes=100,
        )
        for path in paths
    )
    row = {path: 0.9 / len(paths) for path in paths} | {EXIT: 0.1}
    model = sample_model(
        templates=templates,
        entry={path: 1 / len(paths) for path in paths},
        transitions=dict.fromkeys(paths, row),
        pace_correlation=0.0,
    )
    save_model(model, folder / "model.json")
    return str(folder / "model.json")


def kinds_by_template(summary: dict[str, Any]) -> dict[str, set[str]]:
    """Return the error kinds of each template that was played."""
    return {
        template["template"]: set(template["requests"]["by_error"])
        for template in summary["templates"]
        if template["kind"] == "page"
    }


async def test_run_survives_every_fault_and_names_each(run_command: RunCommand, tmp_path: Path) -> None:
    """No fault breaks or stalls the run; each is counted under its own kind, and answers that browsers take are no errors."""
    async with FaultServer(beat_s=0.2, lifetime_s=60) as site:
        run = await run_command(
            *(site.url, "--model", write_model(tmp_path, [*FAULTS, SCRIPT]), "--visitors", "60"),
            *("--workers", "1", "--duration", f"{DURATION_S}s", "--timeout", f"{TIMEOUT_S}s"),
            *("--max-body", "2MB", "--seed", "7"),
        )
        assert all(head.startswith(b"GET /") for head in site.requests)
        assert not any(b"\r\nX-Split" in head for head in site.requests)
    assert run.code == 0, run.err
    assert run.wall_s < DURATION_S + TIMEOUT_S + 6
    played = kinds_by_template(run.summary)
    assert len(played) > 0.9 * len(FAULTS), "nearly every fault has come up"
    for path, kinds in played.items():
        assert kinds == ({KINDS[path]} if path in KINDS else set()), path
    assert run.summary["service_ms"]["max"] < (TIMEOUT_S + 1) * 1000
    assert {found["origin"] for found in run.summary["foreign_origins"]} == {
        "http://169.254.169.254",
        "http://other.example",
    }
    assert SCRIPT in played
    assert "<script>alert(1)" not in run.report


async def test_run_against_a_site_that_never_answers_is_unreachable(
    run_command: RunCommand, tmp_path: Path
) -> None:
    """Connections are taken, nothing is answered: exit code 5 and the reason, in a bounded time."""
    async with FaultServer({"/a": (Hang(),)}, lifetime_s=60) as site:
        run = await run_command(
            *(site.url, "--model", write_model(tmp_path, ["/a"]), "--visitors", "4"),
            *("--workers", "1", "--duration", "2s", "--timeout", "1s"),
        )
    assert run.code == ExitCode.UNREACHABLE
    assert run.wall_s < 8
    assert run.summary["requests"]["by_error"].keys() == {"timeout"}
    assert "answered none" in run.summary["reasons"][0]
