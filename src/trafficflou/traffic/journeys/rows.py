"""Rows of data that visitors are given, such as the words that they search for: a CSV, JSON or JSON Lines file."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from trafficflou.core import UsageError

__all__ = ["MAX_ROWS", "Row", "read_rows"]

Row = Mapping[str, Any]

MAX_ROWS: Final = 100_000
_MAX_BYTES: Final = 32 * 1024 * 1024
_SUFFIXES: Final = (".csv", ".json", ".jsonl")


def read_rows(path: Path) -> list[Row]:
    """Read the rows of a file; a CSV file names its columns in the first line.

    Args:
        path: A file of at most 32 MiB and 100,000 rows, in UTF-8.

    Raises:
        UsageError: It cannot be read, is none of these, or has no rows.
    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UsageError(f"{path} is no file of rows", hint=f"Rows are read from {', '.join(_SUFFIXES)}.")
    text = _text_of(path)
    try:
        rows = _from_csv(text) if suffix == ".csv" else _from_json(text, is_lines=suffix == ".jsonl")
    except (ValueError, RecursionError, csv.Error) as error:
        raise UsageError(f"the rows of {path} cannot be read: {error}") from error
    if not rows or len(rows) > MAX_ROWS:
        raise UsageError(f"{path} has {len(rows) or 'no'} rows", hint=f"1 to {MAX_ROWS} rows can be used.")
    return rows


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise UsageError(f"{path} has more than {_MAX_BYTES // 2**20} MiB")
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not in UTF-8") from error


def _from_csv(text: str) -> list[Row]:
    rows = list(csv.DictReader(io.StringIO(text), strict=True))
    if any(None in row or None in row.values() for row in rows):
        raise ValueError("a line has more or fewer fields than the first")
    return list(rows)


def _from_json(text: str, *, is_lines: bool) -> list[Row]:
    found = [json.loads(line) for line in text.splitlines() if line.strip()] if is_lines else json.loads(text)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ValueError("it is no list of objects")
    return found
