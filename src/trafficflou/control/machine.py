"""What this machine offers to a run: cores, open files, ports, memory, clocks. Looks, and judges nothing."""

import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, Self

__all__ = ["Machine"]

MAX_PROC_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What was read; `None` where this system does not tell.

    Attributes:
        python: Version of the interpreter.
        implementation: Such as `CPython`.
        packages: Version of each package that makes a difference; `None` where it is not installed.
        descriptors_soft: Files a process may have open now; `None` for no limit.
        descriptors_hard: Files it may raise that to; `None` for no limit.
        ports: First and last local port for outgoing connections.
        cores: Cores this process may run on.
        cpu_quota: Cores' worth of time that the container grants; `None` without a limit.
        clock_step_ns: Smallest step of the monotonic clock that was seen.
        clock_source: The kernel's clock source, such as `tsc`.
        wall_s: The wall clock, seconds since the epoch.
        memory_bytes: Memory that can be had without swapping, the container's limit included.
    """

    python: tuple[int, int, int]
    implementation: str
    packages: dict[str, str | None]
    descriptors_soft: int | None
    descriptors_hard: int | None
    ports: tuple[int, int] | None
    cores: int
    cpu_quota: float | None
    clock_step_ns: int
    clock_source: str | None
    wall_s: float
    memory_bytes: int | None

    @classmethod
    def read(cls, root: Path = Path("/")) -> Self:
        """Look at this machine; takes a millisecond, sends nothing.

        Args:
            root: Where `proc` and `sys` are.
        """
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return cls(
            python=sys.version_info[:3],
            implementation=platform.python_implementation(),
            packages={name: _version(name) for name in ("uvloop", "brotli", "zstandard")},
            descriptors_soft=None if soft == resource.RLIM_INFINITY else soft,
            descriptors_hard=None if hard == resource.RLIM_INFINITY else hard,
            ports=_ports(root),
            cores=_usable_cores(),
            cpu_quota=_cpu_quota(root),
            clock_step_ns=_clock_step_ns(time.monotonic_ns),
            clock_source=_text(root / "sys/devices/system/clocksource/clocksource0/current_clocksource"),
            wall_s=time.time(),
            memory_bytes=_memory(root),
        )

    @property
    def workers(self) -> int:
        """How many worker processes can have a core each, at least 1."""
        quota = self.cores if self.cpu_quota is None else self.cpu_quota
        return max(1, min(self.cores, int(quota)))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(MAX_PROC_BYTES).decode("utf-8", errors="replace").strip()
    except OSError:
        return None


def _ports(root: Path) -> tuple[int, int] | None:
    words = (_text(root / "proc/sys/net/ipv4/ip_local_port_range") or "").split()
    return (int(words[0]), int(words[1])) if len(words) == 2 and all(map(str.isdigit, words)) else None


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_quota(root: Path) -> float | None:
    words = (
        _text(root / "sys/fs/cgroup/cpu.max") or ""
    ).split()  # cgroup v2: "200000 100000" or "max 100000"
    if len(words) != 2:
        v1 = root / "sys/fs/cgroup/cpu"
        words = [_text(v1 / "cpu.cfs_quota_us") or "", _text(v1 / "cpu.cfs_period_us") or ""]
    if not all(map(str.isdigit, words)) or int(words[1]) == 0:
        return None
    return int(words[0]) / int(words[1])


def _memory(root: Path) -> int | None:
    available = next(
        (
            int(line.split()[1]) * 1024
            for line in (_text(root / "proc/meminfo") or "").splitlines()
            if line.startswith("MemAvailable:")
        ),
        None,
    )
    limit, used = (_text(root / "sys/fs/cgroup" / name) or "" for name in ("memory.max", "memory.current"))
    if limit.isdigit() and used.isdigit():
        left = max(0, int(limit) - int(used))
        return left if available is None else min(left, available)
    return available


def _clock_step_ns(now_ns: Callable[[], int]) -> int:
    """See the smallest step between two different readings, over a few dozen of them."""
    smallest = 10**12
    last = now_ns()
    for _ in range(64):
        current = now_ns()
        spins = 0
        while current == last and spins < 1_000_000:
            current = now_ns()
            spins += 1
        smallest, last = min(smallest, max(current - last, 1)), current
    return smallest
