"""What a run needs of this machine, and what to do where the machine does not have it.

Every check is a pure function of what `Machine.read` read, so each finding can be tested on any machine.
"""

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trafficflou.control.machine import Machine
from trafficflou.core.units import format_bytes, format_count

__all__ = ["Check", "Status", "examine"]

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


def _check_descriptors(machine: Machine, visitors: int) -> Check:
    need = -(-visitors // machine.workers) * CONNECTIONS_PER_VISITOR + RESERVED_DESCRIPTORS
    soft, hard = machine.descriptors_soft, machine.descriptors_hard
    has = "no limit" if hard is None else format_count(hard)
    found = f"{has}; a worker needs up to {format_count(need)} for {format_count(visitors)} visitors"
    if hard is None or hard >= need:
        raised = (
            "" if soft is None or soft >= need else f" (workers raise the soft limit of {format_count(soft)})"
        )
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
    need = machine.workers * BYTES_PER_WORKER + visitors * BYTES_PER_VISITOR
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
