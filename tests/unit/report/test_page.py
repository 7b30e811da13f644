"""Writing a run's page, and making it again."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from trafficflou.core import StoreError
from trafficflou.metrics import Summary
from trafficflou.report import rebuild_report, render_html, write_report
from trafficflou.stores import RunFolder


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Make a run folder."""
    return RunFolder.create(tmp_path, "shop", datetime(2026, 11, 23, 21, 18, tzinfo=UTC))


def test_page_is_written_into_the_folder(folder: RunFolder, make_empty: Callable[..., Summary]) -> None:
    """The page lies beside the summary."""
    path = write_report(folder, make_empty())
    assert path == folder.report_path
    assert path.read_text(encoding="utf-8") == render_html(make_empty())


def test_page_is_rebuilt_from_the_summary_alone(folder: RunFolder, make_shop: Callable[..., Summary]) -> None:
    """What `summary.json` holds is enough for the same page."""
    folder.write_summary(make_shop(5).to_json())
    path = rebuild_report(folder)
    assert path.read_text(encoding="utf-8") == render_html(make_shop(5))


def test_page_can_be_rebuilt_elsewhere(
    folder: RunFolder, tmp_path: Path, make_empty: Callable[..., Summary]
) -> None:
    """Another place can be named; the folder's own page is then left alone."""
    folder.write_summary(make_empty().to_json())
    assert rebuild_report(folder, tmp_path / "page.html") == tmp_path / "page.html"
    assert not folder.report_path.exists()
    with pytest.raises(StoreError, match="cannot write the report"):
        rebuild_report(folder, tmp_path / "none" / "page.html")


def test_page_of_a_damaged_summary_is_refused(folder: RunFolder) -> None:
    """A damaged summary makes no page, and leaves an older page as it was."""
    folder.write_report("older")
    folder.write_summary('{"schema": "trafficflou/summary@1"}')
    with pytest.raises(StoreError, match="damaged"):
        rebuild_report(folder)
    assert folder.report_path.read_text() == "older"
