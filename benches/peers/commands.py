"""How each load generator is told to do the same: 64 looping visitors, keep-alive, no pause, one core.

Every function returns the command that runs until it is stopped, or raises `PeerMissingError`. Where a peer can be told to use one
thread it is; the bench pins all of them to one core anyway.
"""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["PEERS", "Load", "PeerMissingError", "peer_environment", "trafficflou_command"]

HERE: Final = Path(__file__).parent
PYTHON_PEERS: Final = HERE.parent / ".venv"
"""The environment of the peers written in Python, apart from ours; `make bench-peers` makes it."""


class PeerMissingError(Exception):
    """This load generator is not on this machine; the message says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What every peer plays.

    Attributes:
        url: Origin of the server, such as `https://127.0.0.1:8443`.
        paths: Pages to ask for; peers that take a single URL get the first. All have the same size.
        visitors: Concurrent connections.
        limit_s: The peer must end by itself after this time, should nobody stop it.
        ca_file: Authority of the server's certificate; peers that cannot check a certificate do not.
        model_file: The traffic model that visits the same paths.
        folder: Where the peer may write.
        think_time: Pause between pages; only TrafficFlou has one.
    """

    url: str
    paths: tuple[str, ...]
    visitors: int
    limit_s: int
    ca_file: Path
    model_file: Path
    folder: Path
    think_time: str = "none"

    @property
    def page_url(self) -> str:
        """URL of the first page."""
        return self.url + self.paths[0]


def _program(name: str, how: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise PeerMissingError(f"{name} is not installed ({how})")
    return found


def _python_peer(package: str) -> str:
    """Return the interpreter that can import `package`."""
    if not any(PYTHON_PEERS.glob(f"lib/python*/site-packages/{package}/__init__.py")):
        raise PeerMissingError(f"{package} is not installed (make bench-peers)")
    return str(PYTHON_PEERS / "bin" / "python")


def trafficflou_command(load: Load) -> list[str]:
    """Return the command of our own program, of the environment that runs this."""
    program = Path(sys.executable).with_name("trafficflou")
    if not program.exists():
        raise PeerMissingError("trafficflou is not installed beside this Python (make test)")
    command = [
        str(program),
        "run",
        load.url,
        "--model",
        str(load.model_file),
        "--visitors",
        str(load.visitors),
    ]
    command += ["--think-time", load.think_time, "--workers", "1", "--duration", f"{load.limit_s}s", "--json"]
    command += ["--out", str(load.folder / "runs"), "--seed", "7"]
    return command + (["--ca-file", str(load.ca_file)] if load.url.startswith("https") else [])


def _wrk(load: Load) -> list[str]:
    program = _program("wrk", "Debian, Ubuntu: apt-get install wrk")
    return [program, "-t1", f"-c{load.visitors}", f"-d{load.limit_s}s", load.page_url]


def _hey(load: Load) -> list[str]:
    program = _program("hey", "Debian, Ubuntu: apt-get install hey")
    return [program, "-z", f"{load.limit_s}s", "-c", str(load.visitors), "-cpus", "1", load.page_url]


def _oha(load: Load) -> list[str]:
    program = _program("oha", "cargo install oha")
    command = [
        program,
        "-z",
        f"{load.limit_s}s",
        "-c",
        str(load.visitors),
        "--no-tui",
        "--cacert",
        str(load.ca_file),
    ]
    return [*command, load.page_url]


def _k6(load: Load) -> list[str]:
    program = _program("k6", "see k6's own installation page")
    options = [
        "--vus",
        str(load.visitors),
        "--duration",
        f"{load.limit_s}s",
        "--quiet",
        "--insecure-skip-tls-verify",
    ]
    return [program, "run", *options, "-e", f"URLS={_urls(load)}", str(HERE / "k6_script.js")]


def _locust(load: Load) -> list[str]:
    python = _python_peer("locust")
    command = [python, "-m", "locust", "-f", str(HERE / "locust_file.py"), "--headless", "--host", load.url]
    command += ["--users", str(load.visitors), "--spawn-rate", str(load.visitors), "--only-summary"]
    return [*command, "--run-time", f"{load.limit_s}s", "--stop-timeout", "0"]


def _aiohttp(load: Load) -> list[str]:
    python = _python_peer("aiohttp")
    options = [
        "--visitors",
        str(load.visitors),
        "--limit-s",
        str(load.limit_s),
        "--ca-file",
        str(load.ca_file),
    ]
    return [python, str(HERE / "aiohttp_loop.py"), *options, *_urls(load).split()]


def _urls(load: Load) -> str:
    return " ".join(load.url + path for path in load.paths)


PEERS: Final[Mapping[str, Callable[[Load], list[str]]]] = {
    "trafficflou": trafficflou_command,
    "wrk": _wrk,
    "hey": _hey,
    "oha": _oha,
    "k6": _k6,
    "locust": _locust,
    "aiohttp": _aiohttp,
}
"""In the order of the table."""


def peer_environment(load: Load) -> dict[str, str]:
    """Return the environment for a peer: ours, one thread for Go programs, and the paths for Locust."""
    return {**os.environ, "GOMAXPROCS": "1", "BENCH_PATHS": " ".join(load.paths)}
