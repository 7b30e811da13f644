"""Reading the machine: limits of processes and containers."""

from pathlib import Path

import pytest

from trafficflou.control.machine import Machine, _clock_step_ns


def test_machine_reads_this_one() -> None:
    """Reading the real machine gives values that a running test proves."""
    machine = Machine.read()
    assert machine.python >= (3, 11, 0)
    assert machine.cores >= 1
    assert machine.packages["brotli"]
    assert 0 < machine.clock_step_ns < 10**9
    assert machine.wall_s > 1_735_689_600


def _write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_machine_reads_limits_of_a_container(tmp_path: Path) -> None:
    """The control group's limits count, not only the machine's."""
    _write(tmp_path, "sys/fs/cgroup/cpu.max", "150000 100000\n")
    _write(tmp_path, "sys/fs/cgroup/memory.max", "500000000\n")
    _write(tmp_path, "sys/fs/cgroup/memory.current", "100000000\n")
    _write(tmp_path, "proc/meminfo", "MemTotal: 900000 kB\nMemAvailable: 800000 kB\n")
    _write(tmp_path, "proc/sys/net/ipv4/ip_local_port_range", "1024\t65535\n")
    machine = Machine.read(tmp_path)
    assert (machine.cpu_quota, machine.memory_bytes, machine.ports) == (1.5, 400_000_000, (1024, 65535))


@pytest.mark.parametrize(
    ("quota", "expected"), [("200000", 2.0), ("-1", None)], ids=["limited", "without a limit"]
)
def test_machine_reads_the_older_control_groups(tmp_path: Path, quota: str, expected: float | None) -> None:
    """Version 1 keeps quota and period in two files; -1 means no limit."""
    _write(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_quota_us", quota)
    _write(tmp_path, "sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000")
    assert Machine.read(tmp_path).cpu_quota == expected


def test_machine_takes_a_system_without_proc(tmp_path: Path) -> None:
    """Where nothing can be read, nothing is claimed."""
    _write(tmp_path, "sys/fs/cgroup/cpu.max", "max 100000\n")
    machine = Machine.read(tmp_path)
    assert (machine.cpu_quota, machine.memory_bytes, machine.ports, machine.clock_source) == (None,) * 4


def test_clock_step_is_the_smallest_that_was_seen() -> None:
    """Equal readings are waited out; the step is the smallest difference."""
    readings = iter([0, 0, 0, 30, *range(100, 100_000, 10)])
    assert _clock_step_ns(lambda: next(readings)) == 10
