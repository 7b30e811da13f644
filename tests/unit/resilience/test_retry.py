"""Pauses between attempts."""

from random import Random

import pytest

from trafficflou.resilience import RetryPolicy

POLICY = RetryPolicy(attempts=4, base_s=1.0, cap_s=3.0)


def pauses(failed: int, count: int = 500, retry_after_s: float | None = None) -> list[float]:
    """Draw pauses with plenty of time left."""
    rng = Random(1)
    drawn = [
        POLICY.pause_s(failed, rng=rng, remaining_s=1000, retry_after_s=retry_after_s) for _ in range(count)
    ]
    return [pause_s for pause_s in drawn if pause_s is not None]


@pytest.mark.parametrize(("failed", "bound_s"), [(1, 1.0), (2, 2.0), (3, 3.0)])
def test_pause_is_spread_evenly_up_to_a_bound_that_doubles(failed: int, bound_s: float) -> None:
    """Full jitter: anything from nothing to the bound, which doubles and is capped."""
    drawn = pauses(failed)
    assert len(drawn) == 500
    assert 0 <= min(drawn) < bound_s * 0.05
    assert bound_s * 0.95 < max(drawn) <= bound_s


def test_pause_ends_with_the_attempts() -> None:
    """After the last attempt there is no pause."""
    assert POLICY.pause_s(4, rng=Random(1), remaining_s=1000) is None


def test_pause_is_no_shorter_than_the_other_side_asks() -> None:
    """Retry-After is the least, a tenth may come on top."""
    drawn = pauses(1, retry_after_s=20)
    assert 20 <= min(drawn) < 20.2
    assert 21.8 < max(drawn) <= 22


def test_pause_beyond_the_deadline_is_not_begun() -> None:
    """A Retry-After of an hour fails at once."""
    assert POLICY.pause_s(1, rng=Random(1), remaining_s=15, retry_after_s=3600) is None


def test_negative_retry_after_means_now() -> None:
    """A date in the past asks for no pause."""
    assert POLICY.pause_s(1, rng=Random(1), remaining_s=15, retry_after_s=-5) == 0


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"base_s": -1.0}, {"base_s": 9.0, "cap_s": 1.0}])
def test_policy_refuses_nonsense(wrong: dict[str, float]) -> None:
    """Numbers that contradict each other are a mistake of the caller."""
    with pytest.raises(ValueError, match="attempts must be"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]  # attempts is an int in each case
