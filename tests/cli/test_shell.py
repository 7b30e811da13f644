"""The shell around all commands: words and exit codes for every kind of end."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from trafficflou._version import __version__
from trafficflou.cli import shell as shell_module
from trafficflou.cli.endings import BROKEN_PIPE_EXIT, CommandGroup, ShellState
from trafficflou.cli.shell import execute, main
from trafficflou.core import ConfigError, FleetError, GrantError, TrafficFlouError

COMMANDS = ("demo", "learn", "model", "run", "simulate", "runs", "report", "doctor", "config")


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> "list[BaseException]":
    """A command line with one command, `end`, that raises what the test puts here."""
    raised: list[BaseException] = []
    app = typer.Typer(cls=CommandGroup, pretty_exceptions_enable=False)

    @app.callback()
    def _common() -> None:
        pass

    @app.command()
    def end() -> None:
        raise raised[0]

    monkeypatch.setattr(shell_module, "app", app)
    return raised


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("it is wrong", hint="put it right"), 2),
        (GrantError("it is wrong", hint="put it right"), 3),
    ],
)
def test_shell_says_an_error_and_its_hint(
    ending: list[BaseException], error: TrafficFlouError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of ours is two lines on standard error and its own exit code."""
    ending.append(error)
    assert execute(["end"]) == code
    out, err = capsys.readouterr()
    assert not out
    assert err == "Error: it is wrong\nHint: put it right\n"


def test_shell_says_where_the_log_of_our_mistake_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that is ours points to the run's log, if there is one."""
    app = typer.Typer(cls=CommandGroup, pretty_exceptions_enable=False)

    @app.callback(invoke_without_command=True)
    def _end(ctx: typer.Context) -> None:
        ctx.ensure_object(ShellState).log_hint = "The traceback is in run.log."
        raise FleetError("a worker died")

    monkeypatch.setattr(shell_module, "app", app)
    assert execute([]) == 70
    assert capsys.readouterr().err == "Error: a worker died\nHint: The traceback is in run.log.\n"


def test_shell_shows_markup_and_control_characters_as_text(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """What stands in an error may come from a site or a file: it is neither styled nor obeyed."""
    ending.append(ConfigError("[red]no[/red] \x1b[2J [/nothing]\nsecond line"))
    execute(["end"])
    assert capsys.readouterr().err == "Error: [red]no[/red] \\x1b[2J [/nothing]\nsecond line\n"


def test_shell_apologises_for_a_bug_without_a_traceback(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """An unexpected exception is exit code 70 and says how to see more."""
    ending.append(LookupError("lost"))
    assert execute(["end"]) == 70
    err = capsys.readouterr().err
    assert "Error: Sorry, this is a mistake in TrafficFlou, not yours: LookupError: lost" in err
    assert "with -v shows where" in err
    assert "Traceback" not in err


def test_shell_ends_quietly_when_nobody_reads(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """`trafficflou runs | head` ends like a program that SIGPIPE killed: no words, 141."""
    ending.append(BrokenPipeError())
    assert execute(["end"]) == BROKEN_PIPE_EXIT == 141
    assert capsys.readouterr() == ("", "")


def test_shell_understands_how_rich_ends_when_nobody_reads(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rich turns a closed pipe into exit code 1, which would be a missed objective."""

    def read() -> None:
        ended = SystemExit(1)
        ended.__context__ = BrokenPipeError()
        raise ended

    monkeypatch.setattr("trafficflou.control.machine.Machine.read", read)
    assert execute(["doctor"]) == BROKEN_PIPE_EXIT
    assert capsys.readouterr() == ("", "")


def test_shell_answers_130_to_an_interrupt(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C outside of a run."""
    ending.append(KeyboardInterrupt())
    assert execute(["end"]) == 130
    assert capsys.readouterr().err == "Stopped.\n"


@pytest.mark.parametrize(("code", "answer"), [(4, 4), (None, 0), ("words", 1)])
def test_shell_passes_exit_codes_on(ending: list[BaseException], code: object, answer: int) -> None:
    """A command's own exit code is the process's."""
    ending.append(SystemExit(code))
    assert execute(["end"]) == answer


def test_shell_shows_the_traceback_with_v(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -v a bug is shown where it happened."""
    monkeypatch.setattr("trafficflou.control.machine.Machine.read", lambda: 1 / 0)
    assert execute(["-v", "doctor"]) == 70
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert "with -v shows where" not in err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["doctr"], "Did you mean 'doctor'?"),
        (["run", "--visitor", "5"], "No such option"),
        (["run", "--visitors", "many"], '--visitors = "many": it is not a whole number'),
        (["run", "a", "b"], "unexpected extra argument"),
        ([], "Usage"),
    ],
)
def test_shell_answers_2_to_wrong_usage(
    args: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong command or flag is exit code 2, with what was probably meant."""
    assert execute(args) == 2
    out, err = capsys.readouterr()
    assert words in out + err


def test_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` prints name and version."""
    assert execute(["--version"]) == 0
    assert capsys.readouterr().out == f"trafficflou {__version__}\n"


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that is not in the help does not exist for people."""
    assert execute(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f" {command} " in out for command in COMMANDS)


def test_main_exits_with_the_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The entry point reads argv and exits."""
    monkeypatch.setattr(sys, "argv", ["trafficflou", "--version"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith("trafficflou ")


def test_module_is_the_command_and_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    """`python -m trafficflou` into a pipe that nobody reads ends with 141 and in silence."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    with io.FileIO(write_end, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "trafficflou", "--version"],
            stdout=closed,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            timeout=30,
            check=False,
        )
    assert (done.returncode, done.stderr) == (BROKEN_PIPE_EXIT, b"")


def test_help_shows_sections_of_the_settings_file(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`[ai]` in the help of a flag is a section's name, not markup that vanishes."""
    monkeypatch.setenv("COLUMNS", "200")
    assert execute(["run", "--help"]) == 0
    assert "the provider in [ai]" in " ".join(capsys.readouterr().out.replace("│", " ").split())


@pytest.mark.parametrize("args", [["--help"], ["run", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(args: list[str], tmp_path: Path) -> None:
    """Help answers at once because it needs neither the settings' validation nor the engine."""
    code = (
        "import sys; from trafficflou.cli.shell import execute; execute(sys.argv[1:])\n"
        "heavy = {'trafficflou.config.run_config', 'structlog', 'asyncio', 'starlette', 'jinja2', 'uvloop', 'ssl', 'trafficflou.engine'}\n"
        "print('loaded:', sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=30,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_package_loads_nothing_heavy(tmp_path: Path) -> None:
    """`import trafficflou` is free; its names come when they are used."""
    code = (
        "import sys, trafficflou; before = set(sys.modules)\n"
        "assert not {'trafficflou.config.run_config', 'structlog', 'asyncio', 'typer'} & before, before\n"
        "assert all(getattr(trafficflou, name) for name in trafficflou.__all__)\n"
        "assert set(dir(trafficflou)) == set(trafficflou.__all__)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=30, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
