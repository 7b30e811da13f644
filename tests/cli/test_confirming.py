"""Whoever gave a brief is asked whether it was understood."""

import signal
from typing import Any

import pytest
import typer

from trafficflou.cli import confirming
from trafficflou.cli.confirming import ask_whether_meant
from trafficflou.control.briefing import BriefReading, Scene
from trafficflou.core import UsageError

READING = BriefReading(
    brief="three times the visitors",
    provider="openai",
    scene=Scene(model=None, visitors=30, arrivals=None, think_time="model"),
    told=("10 visitors at once become 30",),
    left_out=("A spike needs recorded arrivals",),
    not_understood=("the \x1b[2Jmoon",),
)


@pytest.mark.parametrize("answer", [True, False])
def test_reading_is_shown_and_asked_about(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: bool
) -> None:
    """Everything stands there before the question, control characters as characters; Ctrl-C works meanwhile as it does elsewhere."""
    handlers: list[Any] = []

    def confirm(*_: object, err: bool) -> bool:
        assert err
        handlers.append(signal.getsignal(signal.SIGINT))
        return answer

    monkeypatch.setattr(confirming, "is_somebody_there", lambda: True)
    monkeypatch.setattr(typer, "confirm", confirm)
    before = signal.getsignal(signal.SIGINT)
    assert ask_whether_meant(READING) is answer
    assert handlers == [signal.default_int_handler]
    assert signal.getsignal(signal.SIGINT) is before
    err = capsys.readouterr().err
    assert "Brief, read by openai:" in err
    assert "+ 10 visitors at once become 30" in err
    assert "not played: A spike needs recorded arrivals" in err
    assert "not understood: the \\x1b[2Jmoon" in err


def test_nobody_to_ask_is_an_error_that_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    """A script says --yes beforehand."""
    with pytest.raises(UsageError) as caught:
        ask_whether_meant(READING)
    assert "--yes" in caught.value.hint
    assert "become 30" in capsys.readouterr().err


def test_reading_that_changes_nothing_needs_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """It is shown, and the run goes on."""
    nothing = BriefReading(brief="an ordinary day", provider="athena", scene=READING.scene)
    assert ask_whether_meant(nothing)
    assert "nothing of it changes" in capsys.readouterr().err
