"""What the measurement costs: nanoseconds of CPU a recorded response, and a snapshot.

Run `python benches/recorder.py`. The durations are log-normal around 1 ms, as a site's are, so that dict sizes are realistic.
CPU time is measured, best of five rounds, the loop itself included (about 40 ns).
"""

import pickle
import time
from collections.abc import Callable
from random import Random

from trafficflou.core import SystemClock
from trafficflou.metrics import Recorder, RunTotals

RESPONSES = 100_000
ROUNDS = 5


def durations_ns(seed: int) -> list[int]:
    """Draw durations of a lively site."""
    rng = Random(seed)
    return [round(rng.lognormvariate(14, 1)) for _ in range(RESPONSES)]


def best_ns(work: Callable[[], None], operations: int) -> float:
    """Return CPU nanoseconds an operation, the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time_ns()
        work()
        best = min(best, time.process_time_ns() - began)
    return best / operations


def record_whole(recorder: Recorder, times: list[int]) -> None:
    """Record responses that came in one piece."""
    record = recorder.strategy("organic-mimicry").series("/product/{id}").record_response
    for time_ns in times:
        record(200, time_ns + 1000, time_ns, time_ns, 0, 4096)


def record_split(recorder: Recorder, times: list[int]) -> None:
    """Record responses whose body came after their head."""
    record = recorder.strategy("organic-mimicry").series("/product/{id}").record_response
    for time_ns in times:
        record(200, time_ns + 1000, time_ns, time_ns - 900, 900, 4096)


def record_lag(recorder: Recorder, times: list[int]) -> None:
    """Record schedule lags."""
    record = recorder.record_schedule_lag
    for time_ns in times:
        record(time_ns)


def main() -> None:
    """Print the figures."""
    times = durations_ns(7)
    recorder = Recorder(SystemClock())
    for name, work in (
        ("response, one piece", record_whole),
        ("response, two pieces", record_split),
        ("schedule lag", record_lag),
    ):
        cost_ns = best_ns(lambda work=work: work(recorder, times), RESPONSES)  # type: ignore[misc]
        print(f"{name:<22}{cost_ns:8.0f} ns")
        recorder.take_snapshot(0, 0.0, 0)
    for template in range(100):
        series = recorder.strategy("organic-mimicry").series(f"/t{template}")
        for time_ns in times[:100]:
            series.record_response(200, time_ns, time_ns, time_ns, 0, 4096)
    began = time.process_time_ns()
    snapshot = recorder.take_snapshot(1, 0.5, 0)
    taken = time.process_time_ns()
    frame = pickle.dumps(snapshot, protocol=5)
    packed = time.process_time_ns()
    totals = RunTotals(workers=1)
    totals.add(snapshot)
    added = time.process_time_ns()
    print("a second of 10,000 responses over 100 templates:")
    print(f"{'  take snapshot':<22}{(taken - began) / 1e6:8.2f} ms")
    print(f"{'  pickle':<22}{(packed - taken) / 1e6:8.2f} ms, {len(frame) / 1000:.0f} kB")
    print(f"{'  merge into totals':<22}{(added - packed) / 1e6:8.2f} ms")


if __name__ == "__main__":
    main()
