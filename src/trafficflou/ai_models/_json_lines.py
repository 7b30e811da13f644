"""Files of JSON lines that grow line by line: cassettes and logs of prompts.

The first line names the schema. Each line is written with one call and at once, so a process that crashes leaves a file that ends earlier, and
several processes may write into one.
"""

import json
import os
from pathlib import Path

from trafficflou.core import UsageError
from trafficflou.stores import store_errors

__all__ = ["JsonLines", "check_schema"]

_MOST_SCHEMA_BYTES = 200


class JsonLines:
    """A file that is made where it is missing, and continued where it is one of ours.

    Args:
        path: The file.
        schema: What its first line says.
        what: What it is, for errors, such as `cassette of AI answers`.
        max_bytes: Where it ends, first line included.
        max_line_bytes: Of one line.

    Raises:
        UsageError: The file exists and is something else.
        StoreError: It cannot be written.
    """

    def __init__(
        self, path: Path, schema: str, *, what: str, max_bytes: int, max_line_bytes: int = 2_000_000
    ) -> None:
        self._max_bytes = max_bytes
        self._max_line_bytes = max_line_bytes
        with store_errors(f"write a {what}", path):
            self._file: int | None = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            with store_errors(f"write a {what}", path):
                _begin(self._file, path, schema, what)
        except BaseException:
            self.close()
            raise

    def write(self, line: str) -> bool:
        """Append a line; return whether it is in the file: it may be full, closed, or its disk may be."""
        if self._file is None:
            return False
        data = _encoded(line)
        try:
            if len(data) > self._max_line_bytes or os.fstat(self._file).st_size + len(data) > self._max_bytes:
                return False
            return os.write(self._file, data) == len(data)
        except OSError:
            return False

    def close(self) -> None:
        """Close the file; idempotent."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def check_schema(first: bytes, path: Path, schema: str, what: str) -> None:
    """Check the first line of a file.

    Raises:
        UsageError: It is the first line of something else.
    """
    try:
        head = json.loads(first)
    except ValueError:
        head = None
    if not isinstance(head, dict) or head.get("schema") != schema:
        raise UsageError(f"{path} is no {what}", hint=f"Its first line would say {schema}.")


def _begin(file: int, path: Path, schema: str, what: str) -> None:
    """Write the first line of a new file, or check that of an old one and its end."""
    size = os.fstat(file).st_size
    if size == 0:
        os.write(file, _encoded(json.dumps({"schema": schema})))
        return
    check_schema(os.pread(file, _MOST_SCHEMA_BYTES, 0).partition(b"\n")[0], path, schema, what)
    if os.pread(file, 1, size - 1) != b"\n":
        os.write(file, b"\n")  # a crash cut the last line; ours must not become part of it


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", errors="replace") + b"\n"
