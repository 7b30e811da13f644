"""The use case "learn": access logs in, a traffic model and what was done on the way out."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from trafficflou.behavior import MODEL_SCHEMA, TrafficModel
from trafficflou.behavior.learner import Learner, LearnOptions, LearnReport
from trafficflou.core import UsageError
from trafficflou.evidence import AccessLogReader, LogStatistics

__all__ = ["LearnOutcome", "LearnProgress", "check_output", "learn", "name_of"]

LearnProgress = Callable[[int, int | None], None]
"""Told the bytes read so far, and of how many (`None` where a source is a pipe); compressed bytes where logs are compressed."""

_HEAD_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnOutcome:
    """A learned model."""

    model: TrafficModel
    report: LearnReport
    log: LogStatistics


def learn(
    sources: Sequence[str | Path],
    options: LearnOptions | None = None,
    progress: LearnProgress | None = None,
    *,
    stdin: BinaryIO | None = None,
) -> LearnOutcome:
    """Learn a traffic model from access logs. Blocks; writes nothing.

    Args:
        sources: Paths of logs, in any order; `-` is standard input.
        options: How to learn; the defaults if `None`. A model without a name is named after the first log.
        progress: Called several times a second.
        stdin: What `-` stands for; the process's own if `None`.

    Raises:
        EvidenceError: A log cannot be read or is none, or nothing remains to learn from.
    """
    total_bytes: int | None = None

    def on_progress(read_bytes: int) -> None:
        if progress is not None:
            progress(read_bytes, total_bytes)

    names = list(map(str, sources))
    reader = AccessLogReader(names, on_progress=on_progress, stdin=stdin)
    total_bytes = reader.total_bytes
    options = options or LearnOptions()
    learner = Learner(options if options.name else replace(options, name=name_of(names)))
    add = learner.add
    for record in reader:
        add(record)
    log = reader.statistics
    model, report = learner.finish(lines=log.lines, unparsed_lines=log.unparsed_lines)
    return LearnOutcome(model=model, report=report, log=log)


def name_of(sources: Sequence[str]) -> str:
    """Return a model's name after its first log: `access` for `/var/log/nginx/access.log.2.gz`."""
    name = "standard input" if not sources or sources[0] == "-" else Path(sources[0]).name
    return name.partition(".log")[0] or name


def check_output(output: Path, sources: Sequence[str]) -> None:
    """Refuse an output that cannot be written, or that would destroy something, before hours are spent on a log.

    Raises:
        UsageError: The folder is missing or closed; the file is one of the logs, or is something other than a traffic model.
    """
    if output.is_dir():
        raise UsageError(f"{output} is a folder", hint=f"Name a file in it: {output / 'model.json'}.")
    folder = output.parent
    if not folder.is_dir():
        raise UsageError(f"the folder {folder} does not exist", hint=f"Make it: mkdir -p {folder}")
    if not os.access(folder, os.W_OK):
        raise UsageError(f"the folder {folder} cannot be written to", hint="Choose another one with -o.")
    if not output.exists():
        return
    if any(source != "-" and _is_same(output, source) for source in sources):
        raise UsageError(
            f"{output} is one of the logs; the model would replace it", hint="Choose another -o."
        )
    if output.is_file() and not _may_be_replaced(output):
        raise UsageError(
            f"{output} exists and is not a traffic model, so it is not replaced",
            hint="Choose another -o, or remove the file.",
        )


def _is_same(output: Path, source: str) -> bool:
    try:
        return output.samefile(source)
    except OSError:
        return False  # a missing log is reported when it is read


def _may_be_replaced(output: Path) -> bool:
    try:
        with output.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise UsageError(f"{output} cannot be looked at: {error.strerror or error}") from error
    return not head or MODEL_SCHEMA.encode() in head
