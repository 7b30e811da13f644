"""Requests per second and CPU a request on one core: TrafficFlou beside other load generators, in one run.

    make bench        or        python -m benches.engine --rounds 3 --window 5 --only trafficflou,wrk

Method
------
nginx has core 1 for itself and serves a handful of 1 KiB pages; the load generator has core 0, 64 connections with keep-alive and
no pause. The peers take turns, round after round, so that a change of the machine's mood meets all of them; only the ratios count,
and of several rounds the median.

All are measured alike, from outside and while they run: nginx's own count of requests and the CPU time of the generator's
whole process tree, at both ends of a window that begins after a warm-up. Start-up, imports and ramp are therefore left out, and
no peer's own idea of a request enters. A response that is not 200 (nginx's error log is not empty) ends the bench.

Where nginx's core is busier than the generator's, requests per second say what nginx can do; then CPU a request is the figure
to look at, which is why both are printed. Where neither core was busy, somebody else used the machine: the row is marked
"disturbed" and the bench should be run again.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benches.peers.commands import PEERS, Load, PeerMissingError, peer_environment
from benches.process_tree import read_tree
from benches.traffic_model import PATHS, make_model, make_pages
from tests.support.nginx_server import NginxServer, NginxSettings
from trafficflou.behavior.model import save_model

VISITORS: Final = 64
GENERATOR_CORE: Final = "0"
SERVER_CORE: Final = "1"
WARM_UP_S: Final = 1.5
START_LIMIT_S: Final = 20.0
"""How long a peer may take until its first request; Locust imports for about two seconds."""
STOP_LIMIT_S: Final = 10.0
UNDISTURBED_SHARE: Final = 0.85
"""Below this share of the core for generator and server alike, neither was the limit."""
SCHEMES: Final = ("http", "https")


class BenchError(Exception):
    """A measurement that means nothing: the peer sent nothing, ended early, or got errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One peer over one window.

    Attributes:
        rate_rps: Requests per second, as nginx counted them.
        cpu_us: CPU time a request of the generator's whole process tree, microseconds.
        busiest_cpu_us: The same of its busiest process only: for TrafficFlou the worker without its coordinator.
        generator_share: Share of the window in which the generator had its core.
        server_share: Share of the window in which nginx had its core.
    """

    rate_rps: float
    cpu_us: float
    busiest_cpu_us: float
    generator_share: float
    server_share: float


def median(measurements: Sequence[Measurement]) -> Measurement:
    """Return the median of each figure on its own."""
    rows = [asdict(measurement) for measurement in measurements]
    return Measurement(**{name: statistics.median(row[name] for row in rows) for name in rows[0]})


@contextmanager
def running_peer(command: Sequence[str], load: Load) -> Iterator[subprocess.Popen[bytes]]:
    """Run a peer on its core, in a process group of its own that is ended at the end; its output goes to a file.

    Raises:
        BenchError: It failed before it was stopped.
    """
    output = load.folder / "peer-output.txt"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            ["taskset", "-c", GENERATOR_CORE, *command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=peer_environment(load),
            cwd=load.folder,
            start_new_session=True,
        )
    try:
        yield process
        if process.poll() is not None:
            raise BenchError(f"{command[0]} ended early:\n{output.read_text(errors='replace')[-2000:]}")
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_LIMIT_S)
            return


def measure(command: Sequence[str], load: Load, server: NginxServer, window_s: float) -> Measurement:
    """Run a peer and measure it over `window_s` seconds after its warm-up.

    Raises:
        BenchError: It sent nothing in time, ended early, or was answered with an error.
    """
    requests_before = server.requests_served()
    with running_peer(command, load) as process:
        _wait_for_traffic(server, requests_before + VISITORS, process)
        time.sleep(WARM_UP_S)
        first = _reading(process.pid, server)
        time.sleep(window_s)
        last = _reading(process.pid, server)
    if server.error_log_text():
        raise BenchError(f"nginx had errors:\n{server.error_log_text()[:2000]}")
    return _difference(first, last)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    at_s: float
    requests: int
    cpu_us: dict[int, float]
    server_cpu_us: float


def _reading(pid: int, server: NginxServer) -> _Reading:
    return _Reading(
        at_s=time.monotonic(),
        requests=server.requests_served(),
        cpu_us={usage.pid: usage.cpu_us for usage in read_tree(pid)},
        server_cpu_us=sum(usage.cpu_us for usage in read_tree(server.pid)),
    )


def _difference(first: _Reading, last: _Reading) -> Measurement:
    window_us = (last.at_s - first.at_s) * 1e6
    requests = last.requests - first.requests - 1  # the second question itself
    if requests <= 0:
        raise BenchError("the peer sent no request in the window")
    cpu_us = [total - first.cpu_us.get(pid, 0.0) for pid, total in last.cpu_us.items()]
    return Measurement(
        rate_rps=requests / window_us * 1e6,
        cpu_us=sum(cpu_us) / requests,
        busiest_cpu_us=max(cpu_us, default=0.0) / requests,
        generator_share=sum(cpu_us) / window_us,
        server_share=(last.server_cpu_us - first.server_cpu_us) / window_us,
    )


def _wait_for_traffic(server: NginxServer, requests: int, process: subprocess.Popen[bytes]) -> None:
    deadline_s = time.monotonic() + START_LIMIT_S
    while server.requests_served() < requests:
        if process.poll() is not None:
            return  # `running_peer` tells why
        if time.monotonic() > deadline_s:
            raise BenchError(f"no traffic within {START_LIMIT_S:.0f} s")
        time.sleep(0.1)


def run_rounds(
    loads: dict[str, Load], peers: Sequence[str], server: NginxServer, rounds: int, window_s: float
) -> dict[str, dict[str, list[Measurement]]]:
    """Measure every peer on every scheme, in turns.

    Returns:
        Scheme to peer to measurements; a peer that is missing or failed is left out and said on standard error.
    """
    results: dict[str, dict[str, list[Measurement]]] = {scheme: {} for scheme in loads}
    left_out: set[str] = set()
    for number in range(1, rounds + 1):
        for scheme, load in loads.items():
            for peer in peers:
                if peer in left_out:
                    continue
                try:
                    measurement = measure(PEERS[peer](load), load, server, window_s)
                except (PeerMissingError, BenchError) as error:
                    print(f"skipped: {peer} ({scheme}): {error}", file=sys.stderr)
                    left_out.add(peer)
                    continue
                results[scheme].setdefault(peer, []).append(measurement)
                print(f"round {number} {scheme} {peer}: {_figures(measurement)}", file=sys.stderr)
    return results


def _figures(measurement: Measurement) -> str:
    return f"{measurement.rate_rps:,.0f} requests/s, {measurement.cpu_us:.1f} us a request"


def summarise(results: dict[str, dict[str, list[Measurement]]]) -> dict[str, Any]:
    """Return the medians and the ratios to wrk and to Locust, ready for JSON.

    A ratio above 1 means: better than that peer, in requests per second (`rate_to_...`) or in CPU a request (`cpu_to_...`).
    It is the median of the rounds' own ratios, whose two sides were measured within seconds of each other.
    """
    return {
        scheme: {
            peer: {**asdict(median(measurements)), **_ratios(measurements, peers)}
            for peer, measurements in peers.items()
        }
        for scheme, peers in results.items()
    }


def _ratios(ours: list[Measurement], peers: dict[str, list[Measurement]]) -> dict[str, float]:
    ratios: dict[str, float] = {}
    for other in ("wrk", "locust"):
        rounds = list(zip(ours, peers.get(other, []), strict=False))  # a peer that failed has fewer rounds
        if rounds:
            ratios[f"rate_to_{other}"] = statistics.median(a.rate_rps / b.rate_rps for a, b in rounds)
            ratios[f"cpu_to_{other}"] = statistics.median(b.cpu_us / a.cpu_us for a, b in rounds)
    return ratios


def table(summary: dict[str, Any]) -> str:
    """Return the summary as text, one line a peer."""
    titles = (
        "requests/s",
        "CPU us/req",
        "busiest",
        "generator",
        "nginx",
        "rate:wrk",
        "CPU:wrk",
        "rate:Locust",
    )
    lines = []
    for scheme, peers in summary.items():
        lines.append(f"{scheme:<12}" + "".join(f"{title:>12}" for title in titles))
        for peer, row in peers.items():
            cells = [f"{row['rate_rps']:,.0f}", f"{row['cpu_us']:.1f}", f"{row['busiest_cpu_us']:.1f}"]
            cells += [f"{row['generator_share']:.0%}", f"{row['server_share']:.0%}"]
            cells += [_cell(row, "rate_to_wrk"), _cell(row, "cpu_to_wrk"), _cell(row, "rate_to_locust")]
            mark = (
                "  disturbed" if max(row["generator_share"], row["server_share"]) < UNDISTURBED_SHARE else ""
            )
            lines.append(f"{peer:<12}" + "".join(f"{cell:>12}" for cell in cells) + mark)
        lines.append("")
    return "\n".join(lines)


def _cell(row: dict[str, float], name: str) -> str:
    return f"{row[name]:.2f}" if name in row else "-"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each peer has its turn")
    parser.add_argument("--window", type=float, default=5.0, help="seconds measured in each turn")
    parser.add_argument("--only", default=",".join(PEERS), help="peers, comma-separated")
    parser.add_argument("--schemes", default=",".join(SCHEMES), help="http, https or both")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args()


def main() -> None:
    """Read the command line, measure, print the table, write the JSON."""
    options = _options()
    settings = NginxSettings(tls=True, access_log=False, prefix=("taskset", "-c", SERVER_CORE))
    with (
        tempfile.TemporaryDirectory() as name,
        NginxServer(Path(name) / "nginx", make_pages(), settings) as server,
    ):
        folder = Path(name)
        save_model(make_model(), folder / "model.json")
        if server.ca_file is None:
            raise BenchError("nginx has no certificate")
        loads = {
            scheme: Load(
                url=server.url if scheme == "http" else server.tls_url,
                paths=PATHS,
                visitors=VISITORS,
                limit_s=round(START_LIMIT_S + options.window + 2 * WARM_UP_S),
                ca_file=server.ca_file,
                model_file=folder / "model.json",
                folder=folder,
            )
            for scheme in options.schemes.split(",")
        }
        results = run_rounds(loads, options.only.split(","), server, options.rounds, options.window)
    summary = summarise(results)
    print(table(summary))
    if options.json is not None:
        options.json.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
