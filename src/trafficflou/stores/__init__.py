"""Level 1: what a run leaves behind on the disk, and how it is found again."""

from trafficflou.stores._files import store_errors, write_text_atomic
from trafficflou.stores.runs import LATEST, RUNS_ROOT, RunEntry, RunFolder, RunStatus, find_run, list_runs
from trafficflou.stores.series import SeriesFile

__all__ = [
    "LATEST",
    "RUNS_ROOT",
    "RunEntry",
    "RunFolder",
    "RunStatus",
    "SeriesFile",
    "find_run",
    "list_runs",
    "store_errors",
    "write_text_atomic",
]
