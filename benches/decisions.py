"""How long Organic Mimicry takes to choose a step: `python benches/decisions.py [MODEL]`.

Prints the median and the 99th percentile of single decisions (with the cost of reading the clock taken off), and the mean
over whole visits with their beginnings, on a site that has all of the model's paths. The goal is under 5 microseconds a decision.
"""

import gc
import statistics
import sys
import time
from pathlib import Path

from trafficflou.behavior import ModelSampler, load_model
from trafficflou.core import derive_rng
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Page, ThinkTime
from trafficflou.traffic.live_paths import LivePaths
from trafficflou.traffic.strategies.organic_mimicry import OrganicMimicry

VISITS = 20_000
GOAL_US = 5.0


def main() -> None:
    """Measure and print."""
    model = load_model(Path(sys.argv[1])) if len(sys.argv) > 1 else sample_model()
    strategy = OrganicMimicry(ModelSampler(model), ThinkTime(), LivePaths(model))
    overhead_ns = statistics.median(-time.perf_counter_ns() + time.perf_counter_ns() for _ in range(10_000))
    gc.freeze()
    taken_ns = decisions_ns(strategy)
    taken_ns.sort()
    p50, p99 = ((taken_ns[int(len(taken_ns) * share)] - overhead_ns) / 1000 for share in (0.50, 0.99))
    print(f"{model.name}: {len(model.templates)} templates, {len(taken_ns):,} decisions of {VISITS:,} visits")
    print(f"a decision: p50 {p50:.2f} us, p99 {p99:.2f} us (goal: under {GOAL_US:g} us)")


def decisions_ns(strategy: OrganicMimicry) -> list[int]:
    """Return what each decision took, nanoseconds."""
    clock_ns = time.perf_counter_ns
    page = Page("/", "/", 200, 0.1)
    taken_ns: list[int] = []
    for visitor in range(VISITS):
        visit = strategy.begin(derive_rng(7, "visitor", visitor))
        before: Page | None = None
        while True:
            begun_ns = clock_ns()
            step = strategy.next_step(visit, before)
            taken_ns.append(clock_ns() - begun_ns)
            if step is None:
                break
            before = page
    return taken_ns


if __name__ == "__main__":
    main()
