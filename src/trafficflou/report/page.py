"""Writing the page into a run's folder, and making it again from what the folder holds."""

from pathlib import Path

from trafficflou.metrics import Summary, parse_summary
from trafficflou.report.html import render_html
from trafficflou.stores import RunFolder, write_text_atomic

__all__ = ["rebuild_report", "write_report"]


def write_report(folder: RunFolder, summary: Summary) -> Path:
    """Render a run's page and write it into its folder; blocks.

    Returns:
        Where the page is.

    Raises:
        StoreError: The file cannot be written.
    """
    return folder.write_report(render_html(summary))


def rebuild_report(folder: RunFolder, output: Path | None = None) -> Path:
    """Make a run's page again from its `summary.json`; blocks.

    Args:
        folder: The run.
        output: Where to write the page instead of into the run's folder.

    Returns:
        Where the page is.

    Raises:
        StoreError: There is no summary, it is damaged, or the page cannot be written.
    """
    summary = parse_summary(folder.read_summary(), str(folder.summary_path))
    if output is None:
        return write_report(folder, summary)
    write_text_atomic(output, render_html(summary), what="write the report")
    return output
