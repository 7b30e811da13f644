"""When a failing provider is left alone, and when it is tried again."""

import pytest

from tests.support.hand_clock import HandClock
from trafficflou.resilience import BreakerSettings, BreakerState, CircuitBreaker, Passage

SETTINGS = BreakerSettings(window=10, min_calls=4, failure_share=0.5, pause_s=5, max_pause_s=60)


def enter(breaker: CircuitBreaker) -> Passage:
    """Pass, or fail the test."""
    passage = breaker.try_enter()
    assert passage is not None
    return passage


def opened(clock: HandClock, settings: BreakerSettings = SETTINGS) -> CircuitBreaker:
    """Return a breaker that four failures opened."""
    breaker = CircuitBreaker(settings, clock)
    for _ in range(4):
        enter(breaker).failed()
    assert breaker.state is BreakerState.OPEN
    return breaker


def test_breaker_stays_closed_below_the_least_number_of_calls() -> None:
    """Three failures of three calls say too little."""
    breaker = CircuitBreaker(SETTINGS, HandClock())
    for _ in range(3):
        enter(breaker).failed()
    assert breaker.state is BreakerState.CLOSED


def test_breaker_stays_closed_below_the_share() -> None:
    """Two failures of five are fewer than half."""
    breaker = CircuitBreaker(SETTINGS, HandClock())
    for is_good in (True, True, True, False, False):
        passage = enter(breaker)
        passage.succeeded() if is_good else passage.failed()
    assert breaker.state is BreakerState.CLOSED


def test_open_breaker_refuses_and_says_until_when() -> None:
    """No call passes during the pause."""
    clock = HandClock()
    breaker = opened(clock)
    clock.move(2)
    assert breaker.try_enter() is None
    assert breaker.retry_in_s == pytest.approx(3)
    assert breaker.refused == 1


def test_one_call_probes_after_the_pause() -> None:
    """Half-open, a second call has to wait for the first one's outcome."""
    clock = HandClock()
    breaker = opened(clock)
    clock.move(5)
    assert breaker.state is BreakerState.HALF_OPEN
    enter(breaker)
    assert not breaker.would_enter
    assert breaker.try_enter() is None


def test_successful_probe_closes_and_forgets() -> None:
    """After a success the old failures count no more."""
    clock = HandClock()
    breaker = opened(clock)
    clock.move(5)
    enter(breaker).succeeded()
    assert breaker.retry_in_s == 0
    for is_open in (False, False, True):  # the third is the third of four outcomes, the probe among them
        assert breaker.would_enter
        enter(breaker).failed()
        assert (breaker.state is BreakerState.OPEN) == is_open


def test_failed_probes_double_the_pause_up_to_the_bound() -> None:
    """Who stays down is asked ever more rarely."""
    clock = HandClock()
    breaker = opened(clock)
    pauses = []
    for _ in range(5):
        clock.move(breaker.retry_in_s)
        enter(breaker).failed()
        pauses.append(breaker.retry_in_s)
    assert pauses == pytest.approx([10, 20, 40, 60, 60])


def test_probe_that_says_nothing_gives_its_place_back() -> None:
    """A cancelled probe neither opens nor closes."""
    clock = HandClock()
    breaker = opened(clock)
    clock.move(5)
    enter(breaker).left()
    assert breaker.would_enter
    assert breaker.state is BreakerState.HALF_OPEN


def test_calls_from_before_say_nothing_about_now() -> None:
    """What began before the breaker opened neither closes it nor ends the probe."""
    clock = HandClock()
    breaker = CircuitBreaker(SETTINGS, clock)
    old = [enter(breaker) for _ in range(3)]
    for _ in range(4):
        enter(breaker).failed()
    clock.move(5)
    enter(breaker)
    old[0].succeeded()
    old[1].failed()
    old[2].left()
    assert breaker.state is BreakerState.HALF_OPEN
    assert not breaker.would_enter
    assert breaker.opened == 1


def test_passage_counts_once() -> None:
    """Only what is told first counts."""
    breaker = CircuitBreaker(BreakerSettings(window=4, min_calls=2), HandClock())
    passage = enter(breaker)
    passage.failed()
    passage.failed()
    passage.succeeded()
    passage.left()
    assert breaker.state is BreakerState.CLOSED


def test_final_failure_opens_at_once() -> None:
    """A wrong key will not become right by asking four times."""
    breaker = CircuitBreaker(SETTINGS, HandClock())
    enter(breaker).failed(is_final=True)
    assert breaker.state is BreakerState.OPEN


@pytest.mark.parametrize(("asked_s", "pause_s"), [(1.0, 5.0), (30.0, 30.0), (3600.0, 60.0)])
def test_pause_respects_what_the_other_side_asks_within_bounds(asked_s: float, pause_s: float) -> None:
    """Retry-After lengthens the pause, up to the bound."""
    breaker = CircuitBreaker(SETTINGS, HandClock())
    enter(breaker).failed(retry_after_s=asked_s, is_final=True)
    assert breaker.retry_in_s == pytest.approx(pause_s)


@pytest.mark.parametrize(
    "wrong", [{"min_calls": 0}, {"min_calls": 30}, {"failure_share": 0}, {"pause_s": 0}, {"max_pause_s": 1}]
)
def test_settings_refuse_nonsense(wrong: dict[str, int]) -> None:
    """Numbers that contradict each other are a mistake of the caller."""
    with pytest.raises(ValueError, match="must hold"):
        BreakerSettings(**wrong)
