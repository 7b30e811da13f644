"""Level 6: a run shown to people, as a page, as a summary on the terminal, and live."""

from trafficflou.report.html import render_html
from trafficflou.report.live import LiveView, PlainProgress, make_progress
from trafficflou.report.page import rebuild_report, write_report
from trafficflou.report.terminal import print_summary, render_summary

__all__ = [
    "LiveView",
    "PlainProgress",
    "make_progress",
    "print_summary",
    "rebuild_report",
    "render_html",
    "render_summary",
    "write_report",
]
