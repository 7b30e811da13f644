"""Run folders: `./trafficflou-runs/20261123T211800Z-shop/` and the files in it.

A folder is reserved by creating it, which is atomic, so two runs that begin in the same second never share one
and nothing is ever overwritten. Whatever a crashed run left behind is still listed, as `unfinished`; a summary that
cannot be understood is listed as `damaged` with the reason.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from trafficflou.core import StoreError
from trafficflou.stores._files import read_text, store_errors, write_text_atomic

__all__ = ["LATEST", "RUNS_ROOT", "RunEntry", "RunFolder", "RunStatus", "find_run", "list_runs"]

RUNS_ROOT: Final = Path("trafficflou-runs")
LATEST: Final = "latest"

_STAMP_FORMAT: Final = "%Y%m%dT%H%M%SZ"
_FOLDER: Final = re.compile(r"(?P<stamp>\d{8}T\d{6}Z)-(?P<title>.+)")
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9._]+")
_MAX_TITLE_CHARS: Final = 60
_MAX_SAME_SECOND: Final = 1000
# A run of 24 h holds 86,400 series entries of about 300 bytes; ten times that is no summary of ours.
_MAX_SUMMARY_BYTES: Final = 256_000_000
_MAX_SHOWN: Final = 5


class RunStatus(StrEnum):
    """How a run ended, as far as its folder tells."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    INVALID = "invalid"
    UNFINISHED = "unfinished"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One line of `trafficflou runs`; a figure that the folder does not tell is None."""

    name: str
    """The folder's name, by which `find_run` finds it."""
    title: str
    """What the user called the run: the name without its time."""
    path: Path
    started_at: datetime
    status: RunStatus
    target: str | None = None
    duration_s: float | None = None
    rate_rps: float | None = None
    p95_ms: float | None = None
    """Response time, from the intended start."""
    error_share: float | None = None
    """0..1."""
    problem: str = ""
    """Why the run counts as damaged."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run; knows where each file lives and writes whole files atomically."""

    path: Path

    @classmethod
    def create(cls, root: Path, name: str, now: datetime) -> Self:
        """Reserve a new folder under `root`, which is made where missing.

        Args:
            root: The folder of all runs, `RUNS_ROOT` unless the user chose another.
            name: What the user calls the run; characters that do not suit a file name become `-`.
            now: The start of the run; an aware time of any zone.

        Returns:
            A folder that no other run has; a number is appended where the name was taken.

        Raises:
            StoreError: The folder cannot be made.
        """
        stem = f"{now.astimezone(UTC).strftime(_STAMP_FORMAT)}-{_sanitise(name)}"
        with store_errors("make the folder for runs", root):
            root.mkdir(parents=True, exist_ok=True)
        for number in range(1, _MAX_SAME_SECOND):
            path = root / (stem if number == 1 else f"{stem}-{number}")
            with store_errors("make the run's folder", path):
                try:
                    path.mkdir()
                except FileExistsError:
                    continue
                return cls(path)
        raise StoreError(
            f"cannot make the run's folder at {root / stem}: {_MAX_SAME_SECOND} runs of this second exist",
            hint="Give the run another name with --name.",
        )

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.name

    @property
    def summary_path(self) -> Path:
        """Where `summary.json` lives; it exists once the run is over."""
        return self.path / "summary.json"

    @property
    def report_path(self) -> Path:
        """Where the page for people lives."""
        return self.path / "report.html"

    @property
    def log_path(self) -> Path:
        """Where the structured log of the run lives."""
        return self.path / "run.log"

    @property
    def series_path(self) -> Path:
        """Where every finished second is kept, one JSON line each."""
        return self.path / "series.jsonl"

    @property
    def config_path(self) -> Path:
        """Where the settings of the run live."""
        return self.path / "config.json"

    @property
    def personas_path(self) -> Path:
        """Where the imagined visitors live, if there are any."""
        return self.path / "personas.json"

    @property
    def prompts_path(self) -> Path:
        """Where everything lives that was sent to AI providers, if anything was."""
        return self.path / "prompts.jsonl"

    def write_summary(self, text: str) -> Path:
        """Write `summary.json` atomically and return its path.

        Raises:
            StoreError: The file cannot be written.
        """
        write_text_atomic(self.summary_path, text, what="write the summary")
        return self.summary_path

    def write_report(self, text: str) -> Path:
        """Write `report.html` atomically and return its path.

        Raises:
            StoreError: The file cannot be written.
        """
        write_text_atomic(self.report_path, text, what="write the report")
        return self.report_path

    def write_config(self, text: str) -> Path:
        """Write `config.json` atomically and return its path.

        Raises:
            StoreError: The file cannot be written.
        """
        write_text_atomic(self.config_path, text, what="write the settings")
        return self.config_path

    def write_personas(self, text: str) -> Path:
        """Write `personas.json` atomically and return its path.

        Raises:
            StoreError: The file cannot be written.
        """
        write_text_atomic(self.personas_path, text, what="write the personas")
        return self.personas_path

    def read_summary(self) -> str:
        """Return the text of `summary.json`.

        Raises:
            StoreError: The run has no summary (yet), or it cannot be read.
        """
        if self.path.is_dir() and not self.summary_path.exists():
            raise StoreError(
                f"the run {self.name} has no summary.json: it is still running, or it was killed",
                hint="What it measured until then is in series.jsonl in the same folder, one line a second."
                if self.series_path.exists()
                else "Choose another run; `trafficflou runs` lists them.",
            )
        return read_text(self.summary_path, max_bytes=_MAX_SUMMARY_BYTES, what="read the summary")


def list_runs(root: Path) -> list[RunEntry]:
    """List the runs under `root`, newest first; folders that are not runs are passed over.

    Returns:
        One entry a run folder, also for unfinished and damaged ones; empty where `root` does not exist.

    Raises:
        StoreError: `root` is a file or may not be read.
    """
    return [_read_entry(folder) for folder in _folders(root)]


def find_run(root: Path, ref: str) -> RunFolder:
    """Find the run that the user means.

    Args:
        root: The folder of all runs.
        ref: `latest`; a folder's full name, its title, or the beginning of either where only one run has it;
            or the path of a run folder or of its `summary.json`.

    Raises:
        StoreError: No run, or more than one, is meant; the hint names the nearest ones.
    """
    if (folder := _from_path(ref)) is not None:
        return folder
    folders = _folders(root)
    if not folders:
        raise StoreError(
            f"there are no runs in {root}",
            hint="Make one with `trafficflou run` or `trafficflou demo`, or point to another folder of runs.",
        )
    if ref == LATEST:
        return folders[0]
    found = _matching(folders, ref)
    if len(found) == 1:
        return found[0]
    names = [folder.name for folder in found or folders]
    if found:
        shown = ", ".join(names[:_MAX_SHOWN]) + (" and others" if len(names) > _MAX_SHOWN else "")
        raise StoreError(f"{ref!r} is not one run but {len(names)}", hint=f"Write more of the name: {shown}.")
    raise StoreError(f"there is no run {ref!r} in {root}", hint=_did_you_mean(ref, names))


def _sanitise(name: str) -> str:
    cleaned = _NOT_IN_A_NAME.sub("-", name)[:_MAX_TITLE_CHARS].strip("-.")
    return cleaned or "run"


def _folders(root: Path) -> list[RunFolder]:
    if not root.exists():
        return []
    with store_errors("list the runs", root):
        found = [entry for entry in root.iterdir() if _stamp(entry.name) is not None and entry.is_dir()]
    return [RunFolder(path) for path in sorted(found, key=_age_key, reverse=True)]


def _age_key(path: Path) -> tuple[str, int, str]:
    # Within one second "-shop-10" came after "-shop-2": the longer name is the later one.
    return path.name[:16], len(path.name), path.name


def _stamp(name: str) -> datetime | None:
    match = _FOLDER.fullmatch(name)
    if match is None:
        return None
    try:
        return datetime.strptime(match["stamp"], _STAMP_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def _from_path(ref: str) -> RunFolder | None:
    if "\0" in ref:
        return None
    path = Path(ref)
    if path.name == "summary.json" and path.is_file():
        return RunFolder(path.parent)
    if not path.is_dir():
        return None
    if _stamp(path.resolve().name) is None and not (path / "summary.json").exists():
        # A word such as `src` may also be the beginning of a run's name, so only a written-out path is an error.
        if len(path.parts) > 1 or path.is_absolute():
            raise StoreError(
                f"{ref} is not a run folder: it has no summary.json", hint="Give one of its folders."
            )
        return None
    return RunFolder(path)


def _matching(folders: Sequence[RunFolder], ref: str) -> list[RunFolder]:
    exact = [folder for folder in folders if folder.name == ref]
    if exact or not ref:
        return exact
    titled = [folder for folder in folders if _title(folder.name) == ref]
    return titled or [
        folder for folder in folders if folder.name.startswith(ref) or _title(folder.name).startswith(ref)
    ]


def _did_you_mean(ref: str, names: Sequence[str]) -> str:
    by_title = {_title(name): name for name in reversed(names)}
    near = difflib.get_close_matches(ref, names, n=1, cutoff=0.6)
    near = near or [by_title[title] for title in difflib.get_close_matches(ref, by_title, n=1, cutoff=0.5)]
    if near:
        return f"Did you mean {near[0]}?"
    return f"The newest is {names[0]} (also called `{LATEST}`); `trafficflou runs` lists them all."


def _title(name: str) -> str:
    return name[17:]


def _read_entry(folder: RunFolder) -> RunEntry:
    entry = RunEntry(
        name=folder.name,
        title=_title(folder.name),
        path=folder.path,
        started_at=_stamp(folder.name) or datetime.fromtimestamp(0, UTC),
        status=RunStatus.UNFINISHED,
    )
    try:
        if not folder.summary_path.exists():
            return replace(entry, target=_target_of_config(folder))
        summary = json.loads(
            read_text(folder.summary_path, max_bytes=_MAX_SUMMARY_BYTES, what="read the summary")
        )
        return _with_figures(entry, summary)
    except (StoreError, OSError, ValueError, RecursionError, LookupError, TypeError, AttributeError) as exc:
        # A listing must not fail for one bad folder: whatever is wrong with it is shown in its own line.
        return replace(entry, status=RunStatus.DAMAGED, problem=f"summary.json: {exc}"[:200])


def _target_of_config(folder: RunFolder) -> str | None:
    try:
        config = json.loads(
            read_text(folder.config_path, max_bytes=_MAX_SUMMARY_BYTES, what="read the settings")
        )
    except (StoreError, ValueError, RecursionError):
        return None
    target = config.get("target") if isinstance(config, dict) else None
    return target if isinstance(target, str) else None


def _with_figures(entry: RunEntry, summary: Mapping[str, object]) -> RunEntry:
    run, requests, response = (_section(summary, key) for key in ("run", "requests", "response_ms"))
    return replace(
        entry,
        status=RunStatus(str(summary["verdict"])),
        target=str(run["target"]),
        duration_s=_number(run.get("duration_s")),
        rate_rps=_number(requests.get("rate_rps")),
        error_share=_number(requests.get("error_share")),
        p95_ms=_number(response.get("p95")),
    )


def _section(summary: Mapping[str, object], key: str) -> Mapping[str, object]:
    section = summary.get(key)
    if not isinstance(section, Mapping):
        raise ValueError(f"the section {key!r} is missing")  # noqa: TRY004 - it is the data that is wrong
    return section


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
