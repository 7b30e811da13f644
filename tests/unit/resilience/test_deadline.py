"""Points in time that do not move."""

import pytest

from tests.support.hand_clock import HandClock
from trafficflou.resilience import Deadline


def test_deadline_runs_down_and_stays_over() -> None:
    """What is left never becomes negative."""
    clock = HandClock()
    deadline = Deadline.after(2.0, clock)
    clock.move(0.5)
    assert deadline.remaining_s == pytest.approx(1.5)
    assert not deadline.is_over
    clock.move(5)
    assert deadline.remaining_s == 0
    assert deadline.is_over


def test_deadline_of_no_time_is_over_at_once() -> None:
    """Nothing and less than nothing are the same."""
    assert Deadline.after(-1.0, HandClock()).is_over
    assert "0.000 s" in repr(Deadline.after(0.0, HandClock()))
