"""The doctor: what a machine offers against what a run needs."""

from dataclasses import replace
from pathlib import Path

import pytest

from trafficflou.control.doctor import Check, Machine, Status, _clock_step_ns, examine

HEALTHY = Machine(
    python=(3, 12, 1),
    implementation="CPython",
    packages={"uvloop": "0.22", "brotli": "1.1", "zstandard": "0.23"},
    descriptors_soft=1024,
    descriptors_hard=20_000,
    ports=(32_768, 60_999),
    cores=4,
    cpu_quota=None,
    clock_step_ns=50,
    clock_source="tsc",
    wall_s=1_800_000_000.0,
    memory_bytes=8 * 10**9,
)


def _finding(machine: Machine, name: str, visitors: int = 1000) -> Check:
    return next(check for check in examine(machine, visitors) if check.name == name)


def test_doctor_finds_nothing_wrong_with_a_healthy_machine() -> None:
    """All checks of a fit machine are ok and carry no advice."""
    checks = examine(HEALTHY, 1000)
    assert {check.status for check in checks} == {Status.OK}
    assert not any(check.advice for check in checks)
    assert len({check.name for check in checks}) == len(checks) == 9


@pytest.mark.parametrize(
    ("change", "name", "status", "advice"),
    [
        ({"python": (3, 10, 9)}, "Python", Status.FAIL, "Install Python 3.11"),
        ({"implementation": "PyPy"}, "Python", Status.WARN, "Use CPython"),
        ({"packages": {"brotli": "1", "zstandard": "1"}}, "Event loop", Status.WARN, "pip install uvloop"),
        ({"packages": {"uvloop": "1"}}, "Compression", Status.WARN, "pip install brotli zstandard"),
        ({"cpu_quota": 0.5}, "Cores", Status.WARN, "Raise the container's CPU limit"),
        ({"cores": 1}, "Cores", Status.WARN, "a second one"),
        ({"descriptors_hard": 1024}, "Open files", Status.FAIL, "ulimit -Hn 1600"),
        ({"ports": (60_000, 60_999)}, "Local ports", Status.WARN, "sysctl -w net.ipv4.ip_local_port_range"),
        ({"memory_bytes": 100_000_000}, "Memory", Status.FAIL, "play fewer visitors"),
        ({"memory_bytes": 400_000_000}, "Memory", Status.WARN, "close other programs"),
        ({"clock_step_ns": 15_000_000}, "Clock", Status.FAIL, "another machine"),
        ({"clock_source": "hpet"}, "Clock", Status.WARN, "echo tsc >"),
        ({"wall_s": 0.0}, "Date", Status.FAIL, "timedatectl set-ntp true"),
    ],
)
def test_doctor_says_what_is_wrong_and_what_to_do(
    change: dict[str, object], name: str, status: Status, advice: str
) -> None:
    """Each shortcoming is found by its own check and comes with a remedy."""
    found = _finding(replace(HEALTHY, **change), name)  # type: ignore[arg-type]
    assert found.status is status
    assert advice in found.advice


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"descriptors_soft": None, "descriptors_hard": None}, "Open files"),
        ({"ports": None}, "Local ports"),
        ({"memory_bytes": None}, "Memory"),
        ({"clock_source": None}, "Clock"),
        ({"cpu_quota": 2.0}, "Cores"),
    ],
)
def test_doctor_takes_no_limit_and_no_answer_as_well(change: dict[str, object], name: str) -> None:
    """What a system does not limit, or does not tell, is no fault."""
    assert _finding(replace(HEALTHY, **change), name).status is Status.OK  # type: ignore[arg-type]


def test_doctor_counts_open_files_for_one_worker() -> None:
    """The limit is a process's, and the visitors are split over the usable cores."""
    need_of_four = _finding(HEALTHY, "Open files", visitors=12_000)
    need_of_one = _finding(replace(HEALTHY, cpu_quota=1.0), "Open files", visitors=12_000)
    assert (need_of_four.status, need_of_one.status) == (Status.OK, Status.FAIL)
    assert "18,100" in need_of_four.found
    assert "workers raise the soft limit of 1,024" in need_of_four.found


def test_doctor_says_when_one_machine_has_too_few_ports_at_all() -> None:
    """A wider range helps up to 64,512 ports; beyond that only more machines do."""
    assert "several machines" not in _finding(HEALTHY, "Local ports", visitors=10_000).advice
    assert "several machines" in _finding(HEALTHY, "Local ports", visitors=11_000).advice


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
