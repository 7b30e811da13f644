"""How a run is shown where not all goes well with its results."""

import json
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from trafficflou.cli import play as play_module
from trafficflou.cli.endings import ShellState
from trafficflou.config import AiSettingsBuilder, RunConfig, RunConfigBuilder
from trafficflou.core import StoreError
from trafficflou.metrics import RunInfo, RunObserver, RunTotals, Summary, build_summary

INFO = RunInfo(
    id="a1",
    target="http://127.0.0.1:8080",
    seed=7,
    strategy="organic-mimicry",
    started_at="2026-11-23T21:18:00+00:00",
    planned_duration_s=1.0,
    workers=1,
)


def _config(tmp_path: Path, **more: Any) -> RunConfig:
    values = {"target": INFO.target, "model": "model.json", "out": tmp_path / "runs", **more}
    return RunConfigBuilder().with_defaults().with_flags(values).build()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Summary:
    """Let every run be played to its end, and none be kept."""
    summary = build_summary(RunTotals(workers=1, warmup_s=0.0), INFO, ())

    async def prepare_run(_config: RunConfig, **_more: object) -> object:
        return SimpleNamespace(info=INFO)

    async def keep_run(*_: object, observers: Iterable[RunObserver], **__: object) -> Summary:
        for observer in observers:
            observer.run_finished(summary)
        raise StoreError("cannot write the summary: No space left on device")

    monkeypatch.setattr(play_module, "prepare_run", prepare_run)
    monkeypatch.setattr(play_module, "keep_run", keep_run)
    return summary


@pytest.mark.parametrize("as_json", [True, False])
def test_run_that_cannot_be_kept_is_shown_all_the_same(
    tmp_path: Path,
    full_disk: Summary,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,
) -> None:
    """A full disk costs the files, not the figures that an hour of traffic gave."""
    with pytest.raises(StoreError, match="No space left"):
        play_module.play(_config(tmp_path, json=as_json), AiSettingsBuilder().build(), ShellState())
    out = capsys.readouterr().out
    if as_json:
        assert json.loads(out) == json.loads(full_disk.to_json())
    else:
        assert "INVALID" in out
        assert "report.html" not in out
