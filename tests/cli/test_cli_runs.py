"""`trafficflou runs` and `trafficflou report` on the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from trafficflou.cli.report import report
from trafficflou.cli.runs import runs
from trafficflou.core import ConfigError, StoreError
from trafficflou.metrics import Summary
from trafficflou.stores import RunFolder

app = typer.Typer()
app.command()(runs)
app.command()(report)

NOW = datetime(2026, 11, 23, 21, 18, tzinfo=UTC)


def invoke(*args: object) -> Result:
    """Run a command; errors of ours come out as they are, since the shell maps them."""
    return CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRAFFICFLOU_OUT", raising=False)


def keep(root: str, name: str, *, seconds: int = 0, finished: bool = True) -> RunFolder:
    """Keep a small run."""
    folder = RunFolder.create(Path(root), name, NOW + timedelta(seconds=seconds))
    if finished:
        folder.write_summary(summary(name).to_json())
    return folder


def summary(name: str) -> Summary:
    """Make the summary of a run that did nothing."""
    return Summary.model_validate(
        {
            "verdict": "pass",
            "exit_code": 0,
            "run": {
                "id": "r1", "name": name, "target": "http://127.0.0.1:1", "seed": 1, "strategy": "organic-mimicry", "model": None,
                "started_at": "2026-11-23T21:18:00Z", "duration_s": 1.0, "workers": 1,
            },
            "sessions": {}, "page_views": 0, "requests": {}, "response_ms": {}, "service_ms": {}, "phases_ms": {}, "page_load_ms": {},
            "generator": {},
        }
    )  # fmt: skip


def test_runs_lists_the_newest_first() -> None:
    """The list shows finished and unfinished runs of the default folder."""
    keep("trafficflou-runs", "shop")
    keep("trafficflou-runs", "blog", seconds=60, finished=False)
    lines = invoke("runs").stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        ["20261123T211900Z-blog", "unfinished"],
        ["20261123T211800Z-shop", "pass"],
    ]


def test_runs_shows_only_the_last(tmp_path: Path) -> None:
    """`--last` bounds the list, also of another folder and as JSON."""
    for second in range(3):
        keep("elsewhere", "shop", seconds=second)
    document = json.loads(invoke("runs", "--out", tmp_path / "elsewhere", "--last", 2, "--json").stdout)
    assert [run["name"] for run in document["runs"]] == ["20261123T211802Z-shop", "20261123T211801Z-shop"]


def test_runs_looks_where_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of runs comes from trafficflou.toml and the environment as it does for `run`."""
    keep("from-file", "a")
    keep("from-variable", "b")
    (tmp_path / "trafficflou.toml").write_text('[report]\nout = "from-file"\n')
    assert "Z-a" in invoke("runs").stdout
    monkeypatch.setenv("TRAFFICFLOU_OUT", "from-variable")
    assert "Z-b" in invoke("runs").stdout


def test_runs_with_a_wrong_setting_says_so(tmp_path: Path) -> None:
    """A mistake in the settings is not passed over."""
    (tmp_path / "trafficflou.toml").write_text("[report]\nuot = 1\n")
    with pytest.raises(ConfigError, match="uot"):
        invoke("runs")


def test_runs_before_the_first_run_says_how_to_make_one() -> None:
    """An empty list is no error."""
    result = invoke("runs")
    assert (result.exit_code, "trafficflou demo" in result.stdout) == (0, True)
    assert json.loads(invoke("runs", "--json").stdout)["runs"] == []


def test_report_rebuilds_the_page_of_the_latest_run() -> None:
    """Without a name the newest run is meant, and the page's place is printed."""
    keep("trafficflou-runs", "old")
    new = keep("trafficflou-runs", "new", seconds=1)
    result = invoke("report")
    assert result.stdout == f"{new.report_path}\n"
    assert "<h1>new</h1>" in new.report_path.read_text(encoding="utf-8")


def test_report_writes_the_page_elsewhere(tmp_path: Path) -> None:
    """`-o` names another file."""
    folder = keep("trafficflou-runs", "shop")
    assert invoke("report", "shop", "-o", "page.html").stdout == "page.html\n"
    assert (tmp_path / "page.html").exists()
    assert not folder.report_path.exists()


def test_report_of_an_unknown_run_suggests_one() -> None:
    """A slip of the finger is answered with the run that was meant."""
    keep("trafficflou-runs", "shop")
    with pytest.raises(StoreError, match="there is no run") as caught:
        invoke("report", "shpo")
    assert "20261123T211800Z-shop" in caught.value.hint


def test_report_of_an_unfinished_run_is_refused() -> None:
    """A run without a summary has no page."""
    keep("trafficflou-runs", "shop", finished=False)
    with pytest.raises(StoreError, match="still running, or it was killed"):
        invoke("report", "latest")


@pytest.mark.parametrize(("answer", "complains"), [(0, False), (1, True)])
def test_report_opens_the_page(monkeypatch: pytest.MonkeyPatch, answer: int, complains: bool) -> None:
    """`--open` hands the page to the browser, and says so if there is none."""
    opened: list[str] = []

    def launch(url: str) -> int:
        opened.append(url)
        return answer

    monkeypatch.setattr("trafficflou.cli.report.typer.launch", launch)
    folder = keep("trafficflou-runs", "shop")
    result = invoke("report", "--open")
    assert opened == [folder.report_path.resolve().as_uri()]
    assert ("No browser" in result.stderr) is complains
