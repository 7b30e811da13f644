"""Whether the generator was the bottleneck: then the figures are its own and not the site's, and there is no verdict.

Five signs, each enough by itself:

1. Work began late: the schedule lag or the loop delay is above its limit over the whole run.
2. A worker had no reserve, and was late because of it, in a good part of the measured seconds.
3. A worker ran flat out most of the time. A closed load without think time does that by intent; its rate is still what the
   generator could send, not what the site could take.
4. A worker stood still for a good part of the time: everything due then is late, or was never asked.
5. Arrivals were turned away by the generator's own limit of visitors: the load that was asked for was not offered.
"""

from typing import Final

from trafficflou.core.units import format_count, format_share
from trafficflou.metrics.generator_health import (
    BUSY_CPU_SHARE,
    BUSY_LAG_MS,
    FLAT_OUT_CPU_SHARE,
    GeneratorHealth,
    WorkerHealth,
)
from trafficflou.metrics.load_figures import SessionFigures

__all__ = ["saturation_reasons"]

SCHEDULE_LAG_P95_LIMIT_MS: Final = 50.0
"""Work begun later than this would be noticed in the response times, which count from the intended start."""

LOOP_DELAY_P99_LIMIT_MS: Final = 50.0
"""A loop this late stamps the arrival of responses late."""

BUSY_SECONDS_SHARE: Final = 0.25
"""Share of a worker's measured time from which being busy and late counts."""

FLAT_OUT_SECONDS_SHARE: Final = 0.5
"""Share of a worker's measured time from which running flat out counts."""

STILL_LIMIT_S: Final = 1.0
STILL_SHARE_LIMIT: Final = 0.02
"""A standstill of a second or more, if it is so much of the measured time, spoils the percentiles above."""

MIN_MEASURED_S: Final = 3.0
"""Less measured time says nothing about processor time: a start alone takes a second of it."""

NOT_STARTED_SHARE_LIMIT: Final = 0.01
"""Share of arrivals turned away from which the load was not the one that was asked for."""

_STOPPED = "look for what stopped it (a paused machine, swapping, a debugger) and play again"
_SPREAD = "play with more workers or from more machines"


def saturation_reasons(health: GeneratorHealth, sessions: SessionFigures) -> list[str]:
    """Decide whether the generator held the measurement back.

    Returns:
        A sentence for each sign: the reason and what to do; empty where the generator kept up.
    """
    reasons = _late(health)
    reasons += next(filter(None, map(_busy, health.workers.values())), [])
    arrivals = sessions.started + sessions.not_started
    if sessions.not_started > arrivals * NOT_STARTED_SHARE_LIMIT:
        reasons.append(
            f"The generator turned {format_count(sessions.not_started)} of {format_count(arrivals)} arriving visitors away "
            f"because its limit of visitors at once was reached: {_SPREAD}, or raise the limit of open files."
        )
    return reasons


def _late(health: GeneratorHealth) -> list[str]:
    advice = _advice(health)
    reasons = []
    lag_ms = health.schedule_lag.percentile_ms(95) or 0.0
    if lag_ms > SCHEDULE_LAG_P95_LIMIT_MS:
        reasons.append(
            f"The generator began its work late: schedule lag p95 {lag_ms:.0f} ms, limit {SCHEDULE_LAG_P95_LIMIT_MS:.0f} ms; {advice}."
        )
    delay_ms = health.loop_delay.percentile_ms(99) or 0.0
    if delay_ms > LOOP_DELAY_P99_LIMIT_MS:
        reasons.append(
            f"The generator's event loop was late: delay p99 {delay_ms:.0f} ms, limit {LOOP_DELAY_P99_LIMIT_MS:.0f} ms; {advice}."
        )
    still_s = (health.loop_delay.max_ms or 0.0) / 1000
    measured_s = max((worker.measured_s for worker in health.workers.values()), default=0.0)
    if still_s >= max(STILL_LIMIT_S, STILL_SHARE_LIMIT * measured_s):
        reasons.append(
            f"A worker stood still for {still_s:.1f} s of {measured_s:.0f} s, so what was due then was late: {_STOPPED}."
        )
    return reasons


def _advice(health: GeneratorHealth) -> str:
    if health.cpu_share >= BUSY_CPU_SHARE:
        return f"its workers had no processor time left: {_SPREAD}, or ask for fewer visitors or longer think times"
    return "its workers were not busy themselves, so something else takes the machine's processors: free cores for the generator"


def _busy(worker: WorkerHealth) -> list[str]:
    if worker.measured_s < MIN_MEASURED_S:
        return []
    flat_out_share = worker.flat_out_s / worker.measured_s
    if flat_out_share >= FLAT_OUT_SECONDS_SHARE:
        reason = (
            f"A worker ran flat out (CPU of {FLAT_OUT_CPU_SHARE:.0%} or more) in {format_share(flat_out_share)} of the "
            f"measured time, so the rate is the generator's own limit and not the site's: {_SPREAD}, or give the visitors "
            "think time."
        )
        return [reason]
    busy_share = worker.busy_late_s / worker.measured_s
    if busy_share >= BUSY_SECONDS_SHARE:
        reason = (
            f"A worker was out of processor time (CPU of {BUSY_CPU_SHARE:.0%} or more) and more than {BUSY_LAG_MS:.0f} ms "
            f"late in {format_share(busy_share)} of the measured time: {_SPREAD}, or give the visitors longer think times."
        )
        return [reason]
    return []
