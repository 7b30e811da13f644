"""Every finished second in the run folder at once."""

from pathlib import Path

import pytest

from trafficflou.control.series_file import SeriesFile
from trafficflou.core import StoreError
from trafficflou.metrics import LiveFigures, SecondFigures, SessionFigures


def _live(second: int) -> LiveFigures:
    return LiveFigures(
        latest=SecondFigures(second=second, requests=5),
        elapsed_s=1,
        sessions=SessionFigures(),
        requests=5,
        errors=0,
        missing=0,
        page_views=0,
        bytes_received=0,
        p50_ms=None,
        p95_ms=None,
        p99_ms=None,
        by_error={},
    )


def test_series_file_is_whole_after_each_second(tmp_path: Path) -> None:
    """A run that is killed loses no second that was told."""
    path = tmp_path / "series.jsonl"
    with SeriesFile(path) as series:
        for second in range(3):
            series.second_finished(_live(second))
            lines = path.read_text().splitlines()
            assert [SecondFigures.model_validate_json(line).second for line in lines] == [*range(second + 1)]


def test_series_file_that_cannot_be_opened_is_a_store_error(tmp_path: Path) -> None:
    """A folder that is gone is told as such."""
    with pytest.raises(StoreError, match="cannot write"):
        SeriesFile(tmp_path / "none" / "series.jsonl")
