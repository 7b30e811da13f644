"""`series.jsonl`: every finished second at once, so that a run that is killed keeps all but the last.

The file is an observer of the run. It knows nothing of what a second holds: whatever can write itself as JSON is kept.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from trafficflou.stores._files import store_errors

__all__ = ["SeriesFile"]


class _Second(Protocol):
    def model_dump_json(self) -> str: ...


class _LiveFigures(Protocol):
    @property
    def latest(self) -> _Second: ...


class SeriesFile:
    """Appends each second as one JSON line; use it as a context manager, or let `run_finished` close it."""

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: Path) -> None:
        """Open the file, which is made where missing; an existing one is continued.

        Raises:
            StoreError: It cannot be opened for writing.
        """
        self._path = path
        with store_errors("keep the series", path):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called again."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def run_started(self, info: object) -> None:
        """Nothing is known yet."""

    def second_finished(self, live: _LiveFigures) -> None:
        """Hand one line to the operating system, which keeps it even if this process is killed.

        It is not forced to the disk each second: a power cut is not what this file guards against.

        Raises:
            StoreError: The disk is full or gone. An unfinished line may remain; readers skip it.
        """
        data = (live.latest.model_dump_json() + "\n").encode("utf-8")
        with store_errors("keep the series", self._path):
            while data:
                data = data[os.write(self._descriptor, data) :]

    def run_finished(self, summary: object) -> None:
        """Close the file: the summary, which has all of it, has a file of its own."""
        self.close()
