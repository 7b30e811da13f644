"""`trafficflou doctor`."""

from dataclasses import replace

import pytest

from trafficflou.cli.shell import execute
from trafficflou.control.machine import Machine


def test_doctor_prints_a_line_for_each_check(capsys: pytest.CaptureFixture[str]) -> None:
    """Each check says how it is; one visitor fits any machine that runs tests."""
    assert execute(["doctor", "--visitors", "1"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert len(lines) == 9
    assert all(line.split()[0] in {"ok", "warn"} for line in lines)


def test_doctor_answers_2_when_a_run_would_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failed check comes with what to do, and with exit code 2."""
    poor = replace(Machine.read(), descriptors_soft=256, descriptors_hard=256)
    monkeypatch.setattr(Machine, "read", lambda: poor)
    assert execute(["doctor"]) == 2
    out = capsys.readouterr().out
    assert "fail Open files" in out
    assert "→ As root: ulimit -Hn" in out
