"""The standard streams as callers leave them: closed, narrow, full."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trafficflou.behavior import save_model
from trafficflou.cli.streams import make_usable
from trafficflou.testing.models import sample_model

COMMANDS = {
    ("--version",): 0,
    ("model", "show", "--help"): 0,
    ("model", "show", "model.json"): 0,
    ("model", "show", "nö\udcff.json"): 2,
}
"""Commands with something to say, and their exit codes."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with the sample model in it."""
    save_model(sample_model(), tmp_path / "model.json")
    return tmp_path


def _shell(command: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of shell in which `$T` is the command; the answer is what reaches our own pipes."""
    program = f"{sys.executable} -m trafficflou"
    return subprocess.run(
        ["/bin/sh", "-c", command.replace("$T", program)],
        capture_output=True,
        text=True,
        errors="surrogateescape",
        cwd=folder,
        env=os.environ | variables,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_no_encoding_stops_a_command(folder: Path, encoding: str) -> None:
    """A terminal that cannot show a character gets another one; the command's work and its exit code are the same."""
    for args, code in COMMANDS.items():
        words = " ".join(f"'{word}'" for word in args)
        done = _shell(f"$T {words}", folder, PYTHONIOENCODING=encoding)
        assert "mistake in TrafficFlou" not in done.stderr, (args, done.stderr)
        assert "Traceback" not in done.stderr, (args, done.stderr)
        assert done.returncode == code, (args, done)


def test_narrow_encoding_keeps_the_columns(folder: Path) -> None:
    """Each replaced character is one character wide."""
    wide = _shell("$T model show model.json", folder, PYTHONIOENCODING="utf-8").stdout.splitlines()
    plain = _shell("$T model show model.json", folder, PYTHONIOENCODING="ascii").stdout.splitlines()
    assert any(not line.isascii() for line in wide)
    assert "".join(plain).isascii()
    assert "\\" not in "".join(plain)
    assert list(map(len, plain)) == list(map(len, wide))


def test_json_is_utf_8_whatever_the_terminal_is(folder: Path) -> None:
    """A document for programs does not change with the terminal."""
    plain = _shell("$T model show model.json --json", folder, PYTHONIOENCODING="ascii").stdout
    assert plain == (folder / "model.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("args", COMMANDS, ids=lambda args: args[0])
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_closed_streams_are_no_trouble(folder: Path, closed: str, args: tuple[str, ...]) -> None:
    """A caller that closed a stream wants no output there; what was asked for happens all the same."""
    words = " ".join(f"'{word}'" for word in args)
    done = _shell(f"$T {words} {closed}", folder)
    assert done.returncode == COMMANDS[args]
    assert "Traceback" not in done.stderr


def test_file_does_not_take_the_place_of_a_closed_stream(folder: Path) -> None:
    """The log that is written does not become standard output or error, whose words would end up in it."""
    done = _shell("$T simulate model.json -o s.log --sessions 3 <&- >&- 2>&-", folder)
    assert done.returncode == 0
    lines = (folder / "s.log").read_text().splitlines()
    assert lines
    assert all("HTTP/1.1" in line for line in lines)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("args", [("config", "show"), ("--version",)], ids=lambda args: args[0])
def test_full_disk_is_the_machine_s_fault(folder: Path, args: tuple[str, ...]) -> None:
    """Output that cannot be written is exit code 2 with the reason, not a bug of ours."""
    done = _shell(f"$T {' '.join(args)} >/dev/full", folder)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: cannot write: No space left on device\nHint: ")


def test_error_nobody_can_be_told_keeps_its_exit_code(folder: Path) -> None:
    """Where standard error is closed or full the exit code still says what happened."""
    assert _shell("$T model show nothing.json 2>&-", folder).returncode == 2
    if Path("/dev/full").exists():
        assert _shell("$T model show nothing.json 2>/dev/full", folder).returncode == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_stopped_command_takes_half_written_files_away(folder: Path, number: signal.Signals) -> None:
    """SIGTERM and a closed terminal end a command as Ctrl-C does: nothing is left, exit code 130."""
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "trafficflou",
            "simulate",
            "model.json",
            "-o",
            "s.log",
            "--sessions",
            "900000",
        ],
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    ) as process:
        deadline_s = time.monotonic() + 30
        while not list(folder.glob(".s.log.*")) and time.monotonic() < deadline_s:
            time.sleep(0.02)
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "Stopped.\n")
    assert [path.name for path in folder.iterdir()] == ["model.json"]


def test_streams_that_are_no_files_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that put something else in place of standard output keeps it."""

    class Notebook:
        def write(self, text: str) -> int:
            return len(text)

    shown = Notebook()
    monkeypatch.setattr(sys, "stdout", shown)
    make_usable()
    assert sys.stdout is shown


def test_json_of_runs_takes_any_folder_name(folder: Path) -> None:
    """A folder whose name is no UTF-8 can be listed."""
    root = folder / os.fsdecode(b"runs-\xff")
    (root / "20260101T000000Z-run").mkdir(parents=True)
    done = _shell('$T runs --json --out "$(printf "runs-\\377")"', folder)
    assert done.returncode == 0
    assert json.loads(done.stdout)["runs"][0]["name"] == "20260101T000000Z-run"
