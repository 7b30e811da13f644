"""Keeps every finished second in the run folder at once, so that a run that is killed loses one second at most."""

from pathlib import Path
from types import TracebackType
from typing import Self

from trafficflou.core import StoreError
from trafficflou.metrics import LiveFigures, RunInfo, Summary

__all__ = ["SeriesFile"]


class SeriesFile:
    """An observer that appends each second as a JSON line; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            StoreError: It cannot be written.
        """
        try:
            self._file = path.open("a", encoding="utf-8", buffering=1)
        except OSError as error:
            raise StoreError(
                f"cannot write {path}: {error.strerror or error}", hint="Choose another folder with --out."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def run_started(self, info: RunInfo) -> None:
        """Nothing is known yet."""

    def second_finished(self, live: LiveFigures) -> None:
        """Write the second."""
        self._file.write(live.latest.model_dump_json() + "\n")

    def run_finished(self, summary: Summary) -> None:
        """The summary has a file of its own."""
