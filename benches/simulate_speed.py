"""How fast a log is simulated: `python benches/simulate_speed.py [MODEL]`. The goal is 100,000 requests in under 10 s."""

import resource
import sys
import tempfile
import time
from pathlib import Path

from trafficflou.behavior import load_model
from trafficflou.control.simulation import Simulation, plan_simulation, write_simulation
from trafficflou.evidence.access_log_writer import open_access_log
from trafficflou.testing.models import sample_model

REQUESTS = 100_000


def main() -> None:
    """Measure and print."""
    model = load_model(Path(sys.argv[1])) if len(sys.argv) > 1 else sample_model()
    sample = Simulation(model, plan_simulation(model, sessions=500, days=1), 7)
    requests_each = sum(1 for _ in sample.lines()) / sample.sessions
    for sessions, suffix in ((1, ".log"), (1, ".log.gz"), (5, ".log")):
        count = round(sessions * REQUESTS / requests_each)
        simulation = Simulation(model, plan_simulation(model, sessions=count, days=3), 7)
        with tempfile.TemporaryDirectory() as folder:
            begun_s = time.perf_counter()
            with open_access_log(Path(folder) / f"synthetic{suffix}") as log:
                write_simulation(simulation, log)
            took_s = time.perf_counter() - begun_s
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(
            f"{simulation.requests:,} requests of {count:,} sessions to {suffix}: {took_s:.2f} s, "
            f"{took_s / simulation.requests * REQUESTS:.2f} s for {REQUESTS:,}; peak memory {peak_mb:.0f} MB"
        )


if __name__ == "__main__":
    main()
