"""CPU time and memory of a process with all its children, read from /proc (Linux)."""

import os
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["ProcessUsage", "read_tree"]

_TICK_US: Final = 1_000_000 / os.sysconf("SC_CLK_TCK")
_PEAK_RSS: Final = "VmHWM:"


class ProcessUsage(NamedTuple):
    """One process of a tree.

    Attributes:
        pid: Its id.
        cpu_us: User and system time since it started, all threads, with that of its children that have ended, microseconds.
        peak_rss_bytes: The most memory it ever held.
    """

    pid: int
    cpu_us: float
    peak_rss_bytes: int


def read_tree(root_pid: int) -> list[ProcessUsage]:
    """Return the usage of `root_pid` (first) and of all its descendants; empty once it has ended."""
    stats = _read_stats()
    if root_pid not in stats:
        return []
    members = [root_pid]
    for pid in members:  # grows while it is walked: breadth first
        members += [child for child, (parent, _) in stats.items() if parent == pid]
    return [ProcessUsage(pid, stats[pid][1], _peak_rss_bytes(pid)) for pid in members]


def _read_stats() -> dict[int, tuple[int, float]]:
    stats: dict[int, tuple[int, float]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            text = (folder / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # ended since the folder was listed
        # The second field is the name in brackets and may hold anything; proc(5) numbers fields from 1.
        fields = text.rpartition(")")[2].split()
        cpu_ticks = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
        stats[int(folder.name)] = int(fields[1]), cpu_ticks * _TICK_US
    return stats


def _peak_rss_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(_PEAK_RSS)), 0)
