"""`trafficflou simulate` on the command line."""

import gzip
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from trafficflou.behavior import save_model
from trafficflou.cli import simulate as command
from trafficflou.core import ModelError, StoreError, UsageError
from trafficflou.testing.models import sample_model

app = typer.Typer()
app.command()(command.simulate)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Write the sample model to a file."""
    path = tmp_path / "model.json"
    save_model(sample_model(), path)
    return path


def invoke(*args: object) -> Result:
    """Run the command; errors of ours come out as they are, since the shell maps them."""
    return CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)


def test_simulate_writes_a_log_and_says_what(model: Path, tmp_path: Path) -> None:
    """The log is written and its figures go to standard error."""
    result = invoke(model, "-o", tmp_path / "out.log", "--sessions", 50)
    lines = (tmp_path / "out.log").read_text().splitlines()
    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.startswith(f"{len(lines):,} requests of 50 sessions (")
    assert result.stderr.rstrip().endswith("out.log")


def test_simulate_to_standard_output_prints_nothing_else_there(model: Path, tmp_path: Path) -> None:
    """With `-o -` standard output holds the log and only the log."""
    result = invoke(model, "-o", "-", "--sessions", 20)
    invoke(model, "-o", tmp_path / "out.log", "--sessions", 20)
    assert result.stdout_bytes == (tmp_path / "out.log").read_bytes()
    assert "standard output" in result.stderr


def test_simulate_compresses_by_the_name(model: Path, tmp_path: Path) -> None:
    """A name that ends in .gz is compressed."""
    invoke(model, "-o", tmp_path / "out.log.gz", "--sessions", 5, "--seed", 3)
    invoke(model, "-o", tmp_path / "out.log", "--sessions", 5, "--seed", 3)
    assert gzip.decompress((tmp_path / "out.log.gz").read_bytes()) == (tmp_path / "out.log").read_bytes()


def test_simulate_begins_at_the_start(model: Path) -> None:
    """`--start` and `--days` reach the simulation."""
    result = invoke(model, "-o", "-", "--days", "0.5", "--start", "2027-07-01T06:00")
    first = result.stdout.splitlines()[0]
    assert "[01/Jul/2027:06:" in first


@pytest.mark.parametrize(
    ("args", "error"),
    [(["--days", "0"], UsageError), (["--start", "never"], UsageError), (["--days", "nan"], UsageError)],
)
def test_simulate_refuses_before_it_writes(
    model: Path, tmp_path: Path, args: list[str], error: type[Exception]
) -> None:
    """A wrong wish leaves no file behind."""
    with pytest.raises(error):
        invoke(model, "-o", tmp_path / "out.log", *args)
    assert not (tmp_path / "out.log").exists()


def test_simulate_refuses_a_missing_model_and_a_missing_folder(model: Path, tmp_path: Path) -> None:
    """Files that are not there are told by name."""
    with pytest.raises(ModelError, match=r"none\.json"):
        invoke(tmp_path / "none.json", "-o", tmp_path / "out.log")
    with pytest.raises(StoreError, match=r"out\.log"):
        invoke(model, "-o", tmp_path / "none" / "out.log")


def test_simulate_needs_an_output(model: Path) -> None:
    """Where the log goes is never guessed."""
    assert invoke(model).exit_code == 2


def test_slow_simulation_shows_a_bar_on_a_terminal(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal a simulation that takes a while shows how far it is; the bar is gone at the end."""

    class Terminal:
        def __init__(self) -> None:
            self.text = ""

        def write(self, text: str) -> int:
            self.text += text
            return len(text)

        def flush(self) -> None: ...

        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr(command, "_PROGRESS_AFTER_S", 0.0)
    monkeypatch.setattr(command, "_PROGRESS_EVERY_S", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    command.simulate(model, tmp_path / "out.log", sessions=400)
    assert "simulating" in terminal.text
    assert "requests" in terminal.text


def test_simulate_does_not_replace_the_model(model: Path) -> None:
    """A slip of the fingers must not cost a model that took a log of gigabytes to learn."""
    before = model.read_text()
    with pytest.raises(UsageError, match="is the model"):
        invoke(model, "-o", model, "--sessions", 5)
    assert model.read_text() == before
