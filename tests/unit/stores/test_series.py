"""The series file: every finished second is on the disk before the next one begins."""

import errno
import json
import os
from pathlib import Path

import pytest

from trafficflou.core import StoreError
from trafficflou.stores import SeriesFile


class Second:
    """A second that writes itself as its number."""

    def __init__(self, number: int) -> None:
        self.number = number

    def model_dump_json(self) -> str:
        """Return the document."""
        return json.dumps({"second": self.number})


class Live:
    """The part of the live figures that is kept."""

    def __init__(self, number: int) -> None:
        self.latest = Second(number)


def test_series_is_readable_before_the_run_is_over(tmp_path: Path) -> None:
    """Each second can be read by others as soon as it was told, without waiting for a flush or a close."""
    path = tmp_path / "series.jsonl"
    with SeriesFile(path) as series:
        series.run_started(None)
        series.second_finished(Live(0))
        assert path.read_text() == '{"second": 0}\n'
        series.second_finished(Live(1))
        assert [json.loads(line)["second"] for line in path.read_text().splitlines()] == [0, 1]


def test_series_continues_an_existing_file(tmp_path: Path) -> None:
    """Nothing that was kept is ever overwritten."""
    path = tmp_path / "series.jsonl"
    path.write_text("before\n")
    with SeriesFile(path) as series:
        series.second_finished(Live(0))
    assert path.read_text() == 'before\n{"second": 0}\n'


def test_series_of_a_finished_run_is_closed(tmp_path: Path) -> None:
    """The end of the run closes the file; closing again is harmless, and a late second is refused."""
    series = SeriesFile(tmp_path / "series.jsonl")
    series.run_finished(None)
    series.close()
    with pytest.raises(StoreError):
        series.second_finished(Live(0))


def test_series_writes_on_after_a_short_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that takes a line in pieces still gets all of it."""
    path = tmp_path / "series.jsonl"
    write = os.write
    monkeypatch.setattr("trafficflou.stores.series.os.write", lambda file, data: write(file, data[:3]))
    with SeriesFile(path) as series:
        series.second_finished(Live(7))
    assert path.read_text() == '{"second": 7}\n'


def test_series_on_a_full_disk_is_a_store_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is told with its remedy; the run decides whether it goes on."""

    def refuse(_file: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "full")

    with SeriesFile(tmp_path / "series.jsonl") as series:
        monkeypatch.setattr("trafficflou.stores.series.os.write", refuse)
        with pytest.raises(StoreError, match="cannot keep the series") as caught:
            series.second_finished(Live(0))
        monkeypatch.undo()
    assert "disk is full" in caught.value.hint


def test_series_in_a_missing_folder_is_a_store_error(tmp_path: Path) -> None:
    """A file that cannot be made is told before the run begins."""
    with pytest.raises(StoreError, match="cannot keep the series"):
        SeriesFile(tmp_path / "none" / "series.jsonl")
