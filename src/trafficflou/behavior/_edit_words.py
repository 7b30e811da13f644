"""What an edit of a traffic model did, in figures that people can check."""

from typing import Final

from trafficflou.behavior.model import THINK_QUANTILES, TrafficModel
from trafficflou.core.units import format_count, format_duration

__all__ = ["change_of_arrivals", "change_of_sessions", "change_of_think_time", "figure", "shortened"]

_MEDIAN: Final = THINK_QUANTILES.index(0.50)
_SHOWN_CHARS: Final = 80


def figure(value: float) -> str:
    """Write a figure with three digits, or as a whole number from 100 on."""
    return format_count(value) if value >= 100 else f"{value:.3g}"


def shortened(template: str) -> str:
    """Write a template's name with 80 characters at most."""
    return template if len(template) <= _SHOWN_CHARS else template[: _SHOWN_CHARS - 1] + "…"


def change_of_sessions(before: TrafficModel, after: TrafficModel) -> str:
    """Say how many sessions a day there are instead of how many."""
    now, usual = (figure(model.arrivals.sessions_per_day) for model in (after, before))
    return f"{now} sessions a day instead of {usual}"


def change_of_arrivals(before: TrafficModel, after: TrafficModel, hour: int) -> str:
    """Say how many sessions begin in an hour instead of how many."""
    now, usual = (
        figure(model.arrivals.sessions_per_day * model.arrivals.by_hour[hour]) for model in (after, before)
    )
    return f"{now} sessions in that hour instead of {usual}"


def change_of_think_time(before: TrafficModel, after: TrafficModel) -> str:
    """Say how long visitors think on the page that the log had most views of."""
    now, usual = (format_duration(_usual_think_s(model)) for model in (after, before))
    return f"median {now} on the most viewed page instead of {usual}"


def _usual_think_s(model: TrafficModel) -> float:
    return max(model.templates, key=lambda template: template.page_views).think_s[_MEDIAN]
