"""Level 1: what a run leaves behind on the disk, and how it is found again."""

from trafficflou.stores.runs import LATEST, RUNS_ROOT, RunEntry, RunFolder, RunStatus, find_run, list_runs

__all__ = ["LATEST", "RUNS_ROOT", "RunEntry", "RunFolder", "RunStatus", "find_run", "list_runs"]
