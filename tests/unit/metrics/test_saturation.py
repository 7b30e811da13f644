"""When the generator was the bottleneck."""

from typing import Any

import pytest

from trafficflou.metrics import GeneratorHealth, SessionFigures, saturation_reasons


def health_of(make_snapshot: Any, seconds: int = 10, **each: Any) -> GeneratorHealth:
    """Measure some seconds that are all alike."""
    health = GeneratorHealth()
    for second in range(seconds):
        health.add(make_snapshot(second, **each), measured=True)
    return health


def reasons(health: GeneratorHealth, **sessions: int) -> list[str]:
    """Judge with few or no sessions."""
    return saturation_reasons(health, SessionFigures(**sessions))


def test_idle_generator_is_not_saturated(make_snapshot: Any) -> None:
    """Without any sign there is no reason."""
    assert reasons(health_of(make_snapshot, cpu_share=0.5, lag_ms=3, loop_delay_ms=2)) == []
    assert reasons(GeneratorHealth()) == []


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        ({"lag_ms": 60}, "schedule lag p95 60 ms, limit 50 ms"),
        ({"loop_delay_ms": 80}, "delay p99 80 ms, limit 50 ms"),
    ],
)
def test_late_generator_is_saturated(make_snapshot: Any, sign: dict[str, Any], words: str) -> None:
    """Lag or loop delay above its limit is enough; with idle workers the machine is to blame."""
    (reason,) = reasons(health_of(make_snapshot, cpu_share=0.2, **sign))
    assert words in reason
    assert "free cores for the generator" in reason


def test_late_and_busy_generator_needs_more_workers(make_snapshot: Any) -> None:
    """With busy workers the advice is to spread the load."""
    reason, busy = reasons(health_of(make_snapshot, cpu_share=0.93, lag_ms=60))
    assert "more workers" in reason
    assert "fewer visitors" in reason
    assert "longer think times" in busy


def test_flat_out_worker_is_saturated_without_any_lag(make_snapshot: Any) -> None:
    """A closed load without think time is bound by the generator by intent: its rate is not the site's."""
    (reason,) = reasons(health_of(make_snapshot, cpu_share=0.99, lag_ms=0.1))
    assert "ran flat out" in reason
    assert "think time" in reason


def test_busy_worker_in_time_is_not_saturated(make_snapshot: Any) -> None:
    """Nine tenths of a core with everything on time is a full but honest load."""
    assert reasons(health_of(make_snapshot, cpu_share=0.93, lag_ms=2)) == []


def test_busy_and_late_counts_from_a_quarter_of_the_seconds(make_snapshot: Any) -> None:
    """A short peak is forgiven, a quarter of the run is not."""
    for late, saturated in ((2, False), (3, True)):
        health = GeneratorHealth()
        for second in range(12):
            share = 0.95 if second < late else 0.1
            health.add(make_snapshot(second, cpu_share=share, loop_delay_ms=20), measured=True)
        assert bool(reasons(health)) is saturated


def test_one_busy_worker_among_many_is_enough(make_snapshot: Any) -> None:
    """Visitors of the busy worker are measured wrongly, however idle the others are."""
    health = health_of(make_snapshot, worker=0, cpu_share=0.1)
    for second in range(10):
        health.add(make_snapshot(second, worker=1, cpu_share=1.0), measured=True)
    assert len(reasons(health)) == 1


def test_two_seconds_say_nothing_about_processor_time(make_snapshot: Any) -> None:
    """A start takes processor time; a run of two seconds is not judged by it."""
    assert reasons(health_of(make_snapshot, seconds=2, cpu_share=1.0)) == []


def test_seconds_without_length_do_not_count(make_snapshot: Any) -> None:
    """After a stall a worker hands over several seconds at once; those that cover no time prove nothing."""
    health = health_of(make_snapshot, seconds=5, cpu_share=0.1)
    for second in range(5, 50):
        health.add(make_snapshot(second, cpu_share=1.0, span_s=0.00002), measured=True)
    assert reasons(health) == []


def test_turned_away_arrivals_are_saturation(make_snapshot: Any) -> None:
    """A load that was not offered cannot be judged; one in a thousand may be lost."""
    health = health_of(make_snapshot)
    (reason,) = reasons(health, started=900, not_started=100)
    assert "turned 100 of 1,000 arriving visitors away" in reason
    assert reasons(health, started=999, not_started=1) == []


def test_health_leaves_the_warmup_out_but_for_memory(make_snapshot: Any) -> None:
    """A busy start does not count; the memory that it took does."""
    health = GeneratorHealth()
    health.add(make_snapshot(0, cpu_share=1.0, lag_ms=500, loop_delay_ms=500, rss_bytes=9000), measured=False)
    health.add(make_snapshot(1, cpu_share=0.2, span_s=1.0), measured=True)
    health.add(make_snapshot(2, cpu_share=0.5, span_s=0.5), measured=True)
    health.add(make_snapshot(1, cpu_share=0.1, worker=1, rss_bytes=100), measured=True)
    assert (health.schedule_lag.count, health.loop_delay.count) == (0, 0)
    assert health.cpu_share == pytest.approx(0.3)
    assert health.cpu_share_mean == pytest.approx(0.2)
    assert health.peak_rss_bytes == 9100


def test_empty_health_is_all_zero() -> None:
    """Before the first snapshot there is nothing to divide by."""
    health = GeneratorHealth()
    health_shares = (health.cpu_share, health.cpu_share_mean, health.peak_rss_bytes)
    assert health_shares == (0.0, 0.0, 0)


@pytest.mark.parametrize(
    ("still_ms", "seconds", "is_saturated"), [(3000, 8, True), (900, 8, False), (1500, 200, False)]
)
def test_worker_that_stood_still_spoils_the_measurement(
    make_snapshot: Any, still_ms: float, seconds: int, is_saturated: bool
) -> None:
    """A paused worker measures nothing meanwhile; a hiccup, or a second in minutes, does not spoil the rest."""
    health = health_of(make_snapshot, seconds=seconds)
    for _ in range(100 * seconds):
        health.loop_delay.record(1_000_000)
    health.loop_delay.record(round(still_ms * 1e6))
    assert any("stood still" in reason for reason in reasons(health)) is is_saturated
