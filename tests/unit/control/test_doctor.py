"""The doctor: what a machine offers against what a run needs."""

from dataclasses import replace

import pytest

from trafficflou.control.doctor import Check, Status, examine
from trafficflou.control.machine import Machine

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
