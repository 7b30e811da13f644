"""The Observer pattern: told in order, harmless when broken."""

from typing import Any

import pytest

from trafficflou.metrics import LiveFigures, Observers, RunInfo, RunTotals, Summary, build_summary


class Listener:
    """Keeps what it is told."""

    def __init__(self, fails_at: str = "") -> None:
        self.told: list[str] = []
        self._fails_at = fails_at

    def _take(self, what: str) -> None:
        self.told.append(what)
        if what == self._fails_at:
            raise OSError("disk full")

    def run_started(self, info: RunInfo) -> None:
        """Take the start."""
        self._take(f"started {info.id}")

    def second_finished(self, live: LiveFigures) -> None:
        """Take a second."""
        self._take(f"second {live.latest.second}")

    def run_finished(self, summary: Summary) -> None:
        """Take the end."""
        self._take(f"finished {summary.run.id}")


def play(observers: Observers, run_info: RunInfo, make_snapshot: Any) -> None:
    """Tell a run of two seconds."""
    totals = RunTotals(workers=1)
    observers.run_started(run_info)
    for second in range(2):
        for live in totals.add(make_snapshot(second)):
            observers.second_finished(live)
    observers.run_finished(build_summary(totals, run_info))


def unexpected(observer: object, error: Exception) -> None:
    """Fail the test."""
    pytest.fail(f"{observer} failed with {error}")


EVERYTHING = ["started r1", "second 0", "second 1", "finished r1"]


def test_every_observer_is_told_everything_in_order(run_info: RunInfo, make_snapshot: Any) -> None:
    """Observers hear of start, seconds and end; those added later from then on."""
    first, second = Listener(), Listener()
    observers = Observers([first], on_failure=unexpected)
    observers.add(second)
    play(observers, run_info, make_snapshot)
    assert first.told == second.told == EVERYTHING


def test_broken_observer_is_reported_once_and_switched_off(run_info: RunInfo, make_snapshot: Any) -> None:
    """One that raises hurts neither the run nor the others."""
    broken, sound = Listener(fails_at="second 0"), Listener()
    failures: list[tuple[object, str]] = []
    observers = Observers(
        [broken, sound], on_failure=lambda observer, error: failures.append((observer, str(error)))
    )
    play(observers, run_info, make_snapshot)
    assert broken.told == ["started r1", "second 0"]
    assert sound.told == EVERYTHING
    assert failures == [(broken, "disk full")]
    assert len(observers) == 1


def test_observers_nest_and_may_be_none(run_info: RunInfo, make_snapshot: Any) -> None:
    """Without anybody there is nothing to do; observers of observers are told."""
    play(Observers(on_failure=unexpected), run_info, make_snapshot)
    listener = Listener()
    inner = Observers([listener], on_failure=unexpected)
    play(Observers([inner], on_failure=unexpected), run_info, make_snapshot)
    assert listener.told == EVERYTHING
