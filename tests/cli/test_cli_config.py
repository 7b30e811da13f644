"""`trafficflou config`."""

from pathlib import Path

import pytest

from trafficflou.cli.shell import execute
from trafficflou.config import SETTINGS


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for setting in SETTINGS:
        monkeypatch.delenv(setting.variable, raising=False)


def test_config_show_says_where_each_value_came_from(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every setting is a line with its value and its origin, or says that it is not set."""
    Path("trafficflou.toml").write_text('[run]\nvisitors = 5\nslo = ["p95<1s"]\n')
    monkeypatch.setenv("TRAFFICFLOU_QUIET", "true")
    assert execute(["config", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "visitors = 5                             # trafficflou.toml:2 [run] visitors" in lines
    assert 'slo = ["p95<1s"]                         # trafficflou.toml:3 [run] slo' in lines
    assert "quiet = true                             # TRAFFICFLOU_QUIET" in lines
    assert 'duration = "60s"                         # default' in lines
    assert any(line.startswith("# target is not set; http://") for line in lines)
    assert sum(setting.key in line for setting in SETTINGS for line in lines) >= len(SETTINGS)


def test_config_show_prints_a_file_that_config_check_takes(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown can be kept as a configuration file."""
    Path("mine.toml").write_text(
        '[run]\ntarget = "http://localhost"\nmodel = "ä\\u007f\\"\\\\.json"\nseed = 7\n'
    )
    assert execute(["config", "show", "--config", "mine.toml"]) == 0
    shown = capsys.readouterr().out
    Path("again.toml").write_text(shown)
    assert execute(["config", "show", "--config", "again.toml"]) == 0
    strip = [line.partition(" #")[0] for line in shown.splitlines()]
    assert [line.partition(" #")[0] for line in capsys.readouterr().out.splitlines()] == strip


def test_config_show_prints_what_it_can_before_it_complains(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake does not hide the rest; the exit code is 2."""
    Path("trafficflou.toml").write_text('[run]\nvisitors = 1979-05-27\nduraton = "5s"\n')
    assert execute(["config", "show"]) == 2
    out, err = capsys.readouterr()
    assert 'visitors = "1979-05-27"' in out
    assert "trafficflou.toml:3 [run] duraton" in err
    assert "Did you mean duration?" in err


def test_config_check_is_content_with_an_incomplete_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A target may still come from the command line."""
    Path("mine.toml").write_text("[run]\nvisitors = 5\n")
    assert execute(["config", "check", "mine.toml"]) == 0
    assert execute(["config", "check", "--config", "mine.toml"]) == 0
    assert execute(["config", "check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "mine.toml and the environment are fine.",
        "mine.toml and the environment are fine.",
        "There is no trafficflou.toml here; the environment is fine.",
    ]


def test_config_check_reads_the_file_of_the_working_folder(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name it is ./trafficflou.toml."""
    Path("trafficflou.toml").write_text("[engine]\nworkers = 0\n")
    assert execute(["config", "check"]) == 2
    assert "trafficflou.toml:2 [engine] workers = 0: it is too small" in capsys.readouterr().err


def test_config_file_can_be_named_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`TRAFFICFLOU_CONFIG` stands for `--config`."""
    Path("mine.toml").write_text("[run]\nseed = 99\n")
    monkeypatch.setenv("TRAFFICFLOU_CONFIG", "mine.toml")
    assert execute(["config", "show"]) == 0
    assert "seed = 99 " in capsys.readouterr().out


def test_config_check_of_a_missing_file_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that was named must be there."""
    assert execute(["config", "check", "none.toml"]) == 2
    assert "none.toml: it cannot be read: No such file" in capsys.readouterr().err
