"""Rate limits with bursts."""

import pytest

from tests.support.hand_clock import HandClock
from trafficflou.resilience import TokenBucket


def test_bucket_lets_a_burst_through_and_then_paces() -> None:
    """What is there costs no wait; after that each one waits its turn."""
    bucket = TokenBucket(2.0, 3.0, HandClock())
    waits = [bucket.reserve(1, max_wait_s=10) for _ in range(5)]
    assert waits == [0, 0, 0, 0.5, 1.0]


def test_bucket_refuses_what_would_wait_too_long_and_takes_nothing() -> None:
    """A refusal leaves the level as it was."""
    bucket = TokenBucket(1.0, 1.0, HandClock())
    assert bucket.reserve(1, max_wait_s=0) == 0
    assert bucket.reserve(1, max_wait_s=0.5) is None
    assert bucket.level == 0


def test_bucket_fills_with_time_up_to_its_capacity() -> None:
    """Idle time is not saved up without end."""
    clock = HandClock()
    bucket = TokenBucket(2.0, 3.0, clock)
    bucket.reserve(3, max_wait_s=0)
    clock.move(1)
    assert bucket.level == pytest.approx(2)
    clock.move(100)
    assert bucket.level == 3


def test_amount_larger_than_the_bucket_counts_as_a_full_one() -> None:
    """What could never be had would block everybody."""
    bucket = TokenBucket(1.0, 5.0, HandClock())
    assert bucket.reserve(50, max_wait_s=0) == 0
    assert bucket.level == 0


def test_estimate_is_corrected_up_and_down() -> None:
    """What was used counts in the end; also what was not there."""
    bucket = TokenBucket(1.0, 10.0, HandClock())
    bucket.reserve(4, max_wait_s=0)
    bucket.settle(4, 1)
    assert bucket.level == 9
    bucket.reserve(4, max_wait_s=0)
    bucket.settle(4, 20)
    assert bucket.level == -11


def test_settling_never_fills_beyond_the_capacity() -> None:
    """An estimate above the capacity is given back only as far as it was taken."""
    bucket = TokenBucket(1.0, 10.0, HandClock())
    bucket.reserve(50, max_wait_s=0)
    bucket.settle(50, 0)
    assert bucket.level == 10


@pytest.mark.parametrize(("rate", "capacity"), [(0.0, 1.0), (1.0, 0.0), (float("nan"), 1.0)])
def test_bucket_refuses_nonsense(rate: float, capacity: float) -> None:
    """A bucket that never fills or holds nothing is a mistake."""
    with pytest.raises(ValueError, match="positive"):
        TokenBucket(rate, capacity, HandClock())
