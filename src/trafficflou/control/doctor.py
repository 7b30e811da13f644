"""What this machine offers, what a run needs, and what to do where the two do not meet.

`Machine.read` is the only part that looks at the machine; every check is a pure function of what was read, so that each finding can
be tested on any machine.
"""

import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final, Self

from trafficflou.core.units import format_bytes, format_count

__all__ = ["Check", "Machine", "Status", "examine"]

CONNECTIONS_PER_VISITOR: Final = 6
"""As a browser: while a page loads, a visitor may hold this many connections."""

RESERVED_DESCRIPTORS: Final = 100
"""The interpreter's files, pipes to the coordinator, logs."""

BYTES_PER_VISITOR: Final = 30_000
"""A thinking visitor's state, buffers of an idle connection included (150 MB for 5,000)."""

BYTES_PER_WORKER: Final = 80_000_000
"""A worker process before its first visitor: interpreter, libraries, model."""

EARLIEST_PLAUSIBLE_S: Final = 1_735_689_600
"""2025-01-01: this version did not exist before, so a clock that says so is wrong."""

COARSE_CLOCK_NS: Final = 1_000_000
SLOW_CLOCK_SOURCES: Final = frozenset({"hpet", "acpi_pm", "jiffies", "refined-jiffies"})
MAX_PROC_BYTES: Final = 65_536


class Status(StrEnum):
    """`ok`; `warn`: it works, but measures less or worse; `fail`: a run of this size will not work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding.

    Attributes:
        name: What was looked at.
        status: How it is.
        found: What the machine has, and what a run needs.
        advice: What to do, with the exact command where there is one; empty where all is well.
    """

    name: str
    status: Status
    found: str
    advice: str = ""


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


def examine(machine: Machine, visitors: int) -> list[Check]:
    """Judge whether a machine can play so many visitors at once.

    Args:
        machine: What was read.
        visitors: Visitors on the site at the same time, > 0.
    """
    return [
        _check_python(machine),
        _check_uvloop(machine),
        _check_decoders(machine),
        _check_cores(machine),
        _check_descriptors(machine, visitors),
        _check_ports(machine, visitors),
        _check_memory(machine, visitors),
        _check_clock_step(machine),
        _check_wall_clock(machine),
    ]


def _check_python(machine: Machine) -> Check:
    found = f"{machine.implementation} {'.'.join(map(str, machine.python))}, 3.11 or later is needed"
    if machine.python < (3, 11, 0):
        return Check(name="Python", status=Status.FAIL, found=found, advice="Install Python 3.11 or later.")
    if machine.implementation != "CPython":
        advice = "Use CPython: TrafficFlou is measured on nothing else."
        return Check(name="Python", status=Status.WARN, found=found, advice=advice)
    return Check(name="Python", status=Status.OK, found=found)


def _check_uvloop(machine: Machine) -> Check:
    version = machine.packages.get("uvloop")
    if version:
        return Check(name="Event loop", status=Status.OK, found=f"uvloop {version}")
    return Check(
        name="Event loop",
        status=Status.WARN,
        found="asyncio's own; uvloop is missing",
        advice="It works, at some 10 % more CPU a request. python -m pip install uvloop",
    )


def _check_decoders(machine: Machine) -> Check:
    missing = [name for name in ("brotli", "zstandard") if not machine.packages.get(name)]
    if not missing:
        return Check(name="Compression", status=Status.OK, found="gzip, deflate, brotli and zstd")
    return Check(
        name="Compression",
        status=Status.WARN,
        found=f"{' and '.join(missing)} missing",
        advice=f"Browsers accept these; the site would answer ours otherwise. python -m pip install {' '.join(missing)}",
    )


def _check_cores(machine: Machine) -> Check:
    quota = "" if machine.cpu_quota is None else f", limited to {machine.cpu_quota:g} by the container"
    found = f"{machine.cores} usable{quota}"
    usable = machine.cores if machine.cpu_quota is None else min(machine.cores, machine.cpu_quota)
    if usable < 1:
        advice = "Less than one core delays the schedule and makes results invalid. Raise the container's CPU limit."
        return Check(name="Cores", status=Status.WARN, found=found, advice=advice)
    if usable < 2:
        advice = "Visitors, measurement and perhaps the site share one core: give the machine or container a second one."
        return Check(name="Cores", status=Status.WARN, found=found, advice=advice)
    return Check(name="Cores", status=Status.OK, found=found)


def _workers(machine: Machine) -> int:
    quota = machine.cores if machine.cpu_quota is None else machine.cpu_quota
    return max(1, min(machine.cores, int(quota)))


def _check_descriptors(machine: Machine, visitors: int) -> Check:
    need = -(-visitors // _workers(machine)) * CONNECTIONS_PER_VISITOR + RESERVED_DESCRIPTORS
    soft, hard = machine.descriptors_soft, machine.descriptors_hard
    has = "no limit" if hard is None else format_count(hard)
    found = f"{has}; a worker needs up to {format_count(need)} for {format_count(visitors)} visitors"
    if hard is None or hard >= need:
        raised = "" if soft is None or soft >= need else f" (workers raise the soft limit of {format_count(soft)})"
        return Check(name="Open files", status=Status.OK, found=found + raised)
    return Check(
        name="Open files",
        status=Status.FAIL,
        found=found,
        advice=f"As root: ulimit -Hn {need}, or in /etc/security/limits.conf: * hard nofile {need} "
        f"(in a container: docker run --ulimit nofile={need})",
    )


def _check_ports(machine: Machine, visitors: int) -> Check:
    if machine.ports is None:
        return Check(name="Local ports", status=Status.OK, found="this system does not tell")
    first, last = machine.ports
    has, need = last - first + 1, visitors * CONNECTIONS_PER_VISITOR
    found = f"{format_count(has)} ({first} to {last}), up to {format_count(need)} needed"
    if has >= need:
        return Check(name="Local ports", status=Status.OK, found=found)
    advice = 'As root: sysctl -w net.ipv4.ip_local_port_range="1024 65535"'
    if need > 64_512:
        advice += "; for more connections than that to one address, spread the visitors over several machines"
    return Check(name="Local ports", status=Status.WARN, found=found, advice=advice)


def _check_memory(machine: Machine, visitors: int) -> Check:
    need = _workers(machine) * BYTES_PER_WORKER + visitors * BYTES_PER_VISITOR
    if machine.memory_bytes is None:
        return Check(name="Memory", status=Status.OK, found="this system does not tell")
    found = f"{format_bytes(machine.memory_bytes)} free, about {format_bytes(need)} needed"
    if machine.memory_bytes < need:
        advice = "Free some memory, raise the container's limit, or play fewer visitors."
        return Check(name="Memory", status=Status.FAIL, found=found, advice=advice)
    if machine.memory_bytes < 2 * need:
        advice = "It will do; close other programs before a long run."
        return Check(name="Memory", status=Status.WARN, found=found, advice=advice)
    return Check(name="Memory", status=Status.OK, found=found)


def _check_clock_step(machine: Machine) -> Check:
    source = f", source {machine.clock_source}" if machine.clock_source else ""
    found = f"steps of {format_count(machine.clock_step_ns)} ns{source}"
    if machine.clock_step_ns > COARSE_CLOCK_NS:
        advice = (
            "Response times of a few milliseconds cannot be told apart here: measure from another machine."
        )
        return Check(name="Clock", status=Status.FAIL, found=found, advice=advice)
    if machine.clock_source in SLOW_CLOCK_SOURCES:
        advice = (
            "Reading this clock takes a microsecond. As root, where tsc is listed in available_clocksource beside it: "
            "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource"
        )
        return Check(name="Clock", status=Status.WARN, found=found, advice=advice)
    return Check(name="Clock", status=Status.OK, found=found)


def _check_wall_clock(machine: Machine) -> Check:
    found = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(machine.wall_s))
    if machine.wall_s < EARLIEST_PLAUSIBLE_S:
        advice = "It is in the past: certificates will be refused and runs misdated. As root: timedatectl set-ntp true"
        return Check(name="Date", status=Status.FAIL, found=found, advice=advice)
    return Check(name="Date", status=Status.OK, found=found)


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
