"""`trafficflou run` and `trafficflou.run` against a loopback server, with real worker processes."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

import trafficflou
from tests.support.waiting import until
from trafficflou.behavior import save_model
from trafficflou.control.running import play_run
from trafficflou.core import ExitCode
from trafficflou.testing.fault import Hang, response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.testing.models import sample_model

PAGE = (response(b"<!doctype html><p>a page</p>"),)
PATHS = [path.path for template in sample_model().templates for path in template.paths]
KEPT = {"config.json", "report.html", "run.log", "series.jsonl", "summary.json"}


@pytest.fixture
async def site() -> AsyncIterator[FaultServer]:
    """A site that has all pages of the sample model."""
    async with FaultServer(dict.fromkeys(PATHS, PAGE), lifetime_s=60) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with the sample model in it."""
    save_model(sample_model(), tmp_path / "model.json")
    return tmp_path


async def _start(folder: Path, *args: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "trafficflou",
        "run",
        *args,
        *(
            "--model",
            "model.json",
            "--visitors",
            "4",
            "--workers",
            "1",
            "--subresources",
            "none",
            "--think-time",
            "x0.01",
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("TRAFFICFLOU_")},
    )


async def _finish(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), 40)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def _run(folder: Path, *args: str) -> tuple[int, str, str]:
    return await _finish(await _start(folder, *args))


async def _line(process: asyncio.subprocess.Process, beginning: str) -> None:
    assert process.stderr is not None
    while line := await asyncio.wait_for(process.stderr.readline(), 20):
        if line.decode().startswith(beginning):
            return
    raise AssertionError(f"no line began with {beginning!r}")


def _kept(folder: Path) -> Path:
    (kept,) = (folder / "trafficflou-runs").iterdir()
    return kept


def _has_runs(folder: Path) -> bool:
    return {path.name for path in folder.iterdir()} != {"model.json"}


async def test_run_command_prints_exactly_the_summary_as_json(site: FaultServer, folder: Path) -> None:
    """With --json standard output is summary.json byte for byte; progress is on standard error; all files are kept."""
    code, out, err = await _run(
        folder, site.url, "--duration", "1s", "--json", "--seed", "3", "--name", "nightly"
    )
    kept = _kept(folder)
    assert code == 0, err
    assert out == (kept / "summary.json").read_text()
    assert json.loads(out)["requests"]["count"] > 0
    assert err.startswith("Playing 4 visitors at once, think times x0.01 against http://127.0.0.1")
    assert {path.name for path in kept.iterdir()} == KEPT
    assert kept.name.endswith("-nightly")
    assert json.loads((kept / "config.json").read_text())["seed"] == 3
    assert [json.loads(line)["event"] for line in (kept / "run.log").read_text().splitlines()] == [
        "run started",
        "worker ready",
        "worker ended",
        "run finished",
    ]
    assert len((kept / "series.jsonl").read_text().splitlines()) == len(json.loads(out)["series"])


async def test_run_command_answers_1_when_an_objective_is_missed(site: FaultServer, folder: Path) -> None:
    """The verdict is the exit code; --quiet prints nothing at all."""
    code, out, err = await _run(folder, site.url, "--duration", "1s", "--quiet", "--slo", "p50<1us")
    assert (code, out, err) == (ExitCode.SLO_FAILED, "", "")
    assert json.loads((_kept(folder) / "summary.json").read_text())["verdict"] == "fail"


async def test_run_command_prints_a_summary_for_people(site: FaultServer, folder: Path) -> None:
    """Without flags the summary is on standard output, and says where the report is."""
    code, out, _ = await _run(folder, site.url, "--duration", "1s", "--slo", "errors<1%")
    assert code == 0
    assert "PASSED" in out
    assert "report.html" in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_run_command_drains_when_it_is_stopped(
    site: FaultServer, folder: Path, number: signal.Signals
) -> None:
    """Ctrl-C (or SIGTERM) ends the run early: exit code 130, results kept and marked."""
    process = await _start(folder, site.url, "--duration", "30s", "--json", "-v")
    await until(lambda: len(site.requests) >= 10)
    process.send_signal(number)
    await _line(process, "Draining")
    code, out, err = await _finish(process)
    summary = json.loads(out)
    assert code == ExitCode.INTERRUPTED, err
    assert summary["run"]["stopped_early"]
    assert summary["requests"]["count"] > 0
    assert {path.name for path in _kept(folder).iterdir()} == KEPT


async def test_run_command_stops_at_once_when_told_twice(folder: Path) -> None:
    """A site that never answers would keep the drain waiting; a second Ctrl-C does not wait."""
    async with FaultServer({path: (Hang(),) for path in PATHS}, lifetime_s=60) as site:
        process = await _start(folder, site.url, "--duration", "30s", "--json")
        await until(lambda: bool(site.requests))
        process.send_signal(signal.SIGINT)
        await _line(process, "Draining")
        process.send_signal(signal.SIGINT)
        begun = asyncio.get_running_loop().time()
        code, out, _ = await _finish(process)
        assert asyncio.get_running_loop().time() - begun < 6
    assert code == ExitCode.INTERRUPTED
    assert json.loads(out)["run"]["stopped_early"]


@pytest.mark.parametrize("flags", [["--json"], []], ids=["json", "for people"])
async def test_run_command_keeps_its_verdict_when_nobody_reads(
    site: FaultServer, folder: Path, flags: list[str]
) -> None:
    """A closed standard output and error end the words, neither the run nor its exit code."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "trafficflou", "run", site.url, "--model", "model.json", "--visitors", "2"),
        *("--workers", "1", "--subresources", "none", "--duration", "1s", "--slo", "p50<1us", *flags),
        stdout=write_end,
        stderr=write_end,
        cwd=folder,
    )
    os.close(write_end)
    assert await asyncio.wait_for(process.wait(), 30) == ExitCode.SLO_FAILED
    assert {path.name for path in _kept(folder).iterdir()} == KEPT


async def test_run_that_fails_leaves_the_reason_in_its_log(
    site: FaultServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug during a run is in run.log with its traceback; the seconds until then are kept."""

    async def broken(*_args: object) -> None:
        raise LookupError("lost")

    monkeypatch.setattr("trafficflou.api.play_run", partial(play_run, fleet=broken))
    with pytest.raises(LookupError):
        await trafficflou.run(site.url, sample_model(), out=folder / "runs")
    (kept,) = (folder / "runs").iterdir()
    last = json.loads((kept / "run.log").read_text().splitlines()[-1])
    assert (last["level"], last["event"]) == ("error", "the run failed")
    assert "LookupError: lost" in last["exception"]


async def test_run_command_refuses_a_foreign_target_and_leaves_nothing(folder: Path) -> None:
    """Exit code 3, an explanation, no folder."""
    code, out, err = await _run(folder, "http://192.0.2.1")
    assert (code, out) == (ExitCode.NOT_PERMITTED, "")
    assert "not this machine" in err
    assert not (folder / "trafficflou-runs").exists()


async def test_run_command_takes_settings_from_file_and_environment(site: FaultServer, folder: Path) -> None:
    """A target from the file and flags on top of it."""
    (folder / "trafficflou.toml").write_text(
        f'[run]\ntarget = "{site.url}"\nduration = "1s"\n[report]\njson = true\nout = "kept"\n'
    )
    code, out, err = await _run(folder)
    assert code == 0, err
    assert json.loads(out)["run"]["target"] == site.url
    assert (folder / "kept").is_dir()


async def test_python_run_returns_the_summary_and_writes_nothing(
    site: FaultServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Python API takes a model as a value and numbers of seconds."""
    monkeypatch.chdir(folder)
    summary = await trafficflou.run(
        target=site.url,
        model=sample_model(),
        visitors=2,
        duration=1.0,
        think_time="none",
        workers=1,
        subresources="none",
        seed=5,
        slos=["errors<1%"],
    )
    assert summary.run.seed == 5
    assert summary.run.model == "sample shop"
    assert summary.requests.count > 0
    assert not _has_runs(folder)


async def test_python_run_keeps_a_run_folder_on_demand(site: FaultServer, folder: Path) -> None:
    """With `out` it leaves the same files as the command line."""
    summary = await trafficflou.run(
        site.url,
        folder / "model.json",
        arrivals="20/s",
        duration="1s",
        workers=1,
        subresources="none",
        out=folder / "runs",
    )
    (kept,) = (folder / "runs").iterdir()
    assert {path.name for path in kept.iterdir()} == KEPT
    assert trafficflou.Summary.model_validate_json((kept / "summary.json").read_bytes()) == summary


async def test_python_run_can_be_stopped(site: FaultServer) -> None:
    """The caller's event drains the run as Ctrl-C does."""
    stop = asyncio.Event()
    running = asyncio.create_task(
        trafficflou.run(
            site.url, sample_model(), visitors=2, duration="30s", workers=1, subresources="none", stop=stop
        )
    )
    await until(lambda: bool(site.requests))
    stop.set()
    summary = await asyncio.wait_for(running, 20)
    assert summary.exit_code == ExitCode.INTERRUPTED
