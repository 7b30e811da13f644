"""Memory with 5,000 visitors at once: peak resident size of the one worker process.

    make bench-memory        or        python -m benches.memory --visitors 5000

The visitors come within `--ramp`, ask nginx for pages over connections that they keep, and think for about 20 s between two
pages, so that nearly all of them are idle at any moment. The kernel's own high-water mark of each process (VmHWM) is read while
the run is on; the largest process is the worker.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benches.engine import START_LIMIT_S, BenchError, running_peer
from benches.peers.commands import Load, trafficflou_command
from benches.process_tree import ProcessUsage, read_tree
from benches.traffic_model import PATHS, make_model, make_pages
from tests.support.nginx_server import NginxServer, NginxSettings
from trafficflou.behavior.model import save_model

THINK_S: Final = (5.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0)
"""Quantiles of the think time; none is longer than the bench, so that everyone comes back."""
MIB: Final = 2**20


def play(load: Load, server: NginxServer, ramp_s: float, hold_s: float) -> tuple[list[ProcessUsage], int]:
    """Run the visitors for `ramp_s` and `hold_s`.

    Returns:
        Usage of all processes at the end, largest first, and how many connections nginx then held.

    Raises:
        BenchError: The run failed.
    """
    with running_peer([*trafficflou_command(load), "--ramp", f"{ramp_s}s"], load) as process:
        time.sleep(ramp_s + hold_s)
        usages = read_tree(process.pid)
        connections = server.connections_open()
    return sorted(usages, key=lambda usage: usage.peak_rss_bytes, reverse=True), connections


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--visitors", type=int, default=5000)
    parser.add_argument("--ramp", type=float, default=20.0, help="seconds over which they come")
    parser.add_argument("--hold", type=float, default=25.0, help="seconds with all of them present")
    parser.add_argument("--limit-mib", type=float, default=150.0, help="exit 1 above this peak of the worker")
    parser.add_argument("--https", action="store_true", help="over TLS")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def main() -> None:
    """Read the command line, play, print the figures; exit 1 where the worker took more than allowed."""
    options = _options()
    with (
        tempfile.TemporaryDirectory() as name,
        NginxServer(Path(name) / "nginx", make_pages(), NginxSettings(tls=True, access_log=False)) as server,
    ):
        folder = Path(name)
        save_model(make_model(THINK_S), folder / "model.json")
        if server.ca_file is None:
            raise BenchError("nginx has no certificate")
        load = Load(
            url=server.tls_url if options.https else server.url,
            paths=PATHS,
            visitors=options.visitors,
            limit_s=round(options.ramp + options.hold + START_LIMIT_S),
            ca_file=server.ca_file,
            model_file=folder / "model.json",
            folder=folder,
            think_time="model",
        )
        usages, connections = play(load, server, options.ramp, options.hold)
    worker = usages[0]
    figures = {
        "visitors": options.visitors,
        "connections": connections,
        "worker_peak_mib": worker.peak_rss_bytes / MIB,
        "others_peak_mib": [usage.peak_rss_bytes / MIB for usage in usages[1:]],
        "worker_cpu_s": worker.cpu_us / 1e6,
    }
    print(json.dumps(figures, indent=1))
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if worker.peak_rss_bytes > options.limit_mib * MIB:
        sys.exit(f"the worker's peak is above {options.limit_mib:.0f} MiB")


if __name__ == "__main__":
    main()
