"""The newcomer's first command, with everything real: shop, log, learning, workers, report."""

import json
from pathlib import Path

import pytest

from trafficflou.cli.shell import execute


def test_demo_goes_the_whole_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One command starts the shop, learns, plays, judges and leaves a report; nothing keeps running."""
    monkeypatch.chdir(tmp_path)
    code = execute(["demo", "--visitors", "20", "--duration", "4s"])
    said = capsys.readouterr()
    assert code in {0, 4}, (
        said.err
    )  # 4 where the machine was too busy to measure soundly, which the demo then says
    assert "1. Wrote a week of the shop's access log" in said.err
    assert "2. Learned from it" in said.err
    assert "3. Playing 20 visitors" in said.err
    for figure in ("Sessions", "Page views", "Requests", "Errors", "Response time"):
        assert figure in said.out
    (run,) = (tmp_path / "trafficflou-runs").iterdir()
    summary = json.loads((run / "summary.json").read_text())
    assert summary["page_views"] > 20
    assert summary["requests"]["errors"] == 0
    assert summary["requests"]["missing"] == 0, "the sample log names only what the shop has"
    assert (run / "report.html").stat().st_size > 50_000
    assert (tmp_path / "trafficflou-demo" / "model.json").exists()
    assert "worker ready" in (run / "run.log").read_text()


def test_demo_says_when_it_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that cannot be made is one clear error."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trafficflou-demo").write_text("in the way")
    assert execute(["demo"]) == 2
    assert "cannot make the folder trafficflou-demo" in capsys.readouterr().err


def test_demo_looks_at_the_settings_before_it_makes_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong file of settings is told at once, not after the log was written and learned."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trafficflou.toml").write_text("[[[")
    assert execute(["demo"]) == 2
    assert "trafficflou.toml: it is no TOML" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["trafficflou.toml"]
