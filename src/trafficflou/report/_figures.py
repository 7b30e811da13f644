"""Figures as people read them in a report: milliseconds that turn into seconds, `–` for what was not measured."""

import math
from typing import Final, TypeGuard

from trafficflou.core.units import format_bytes, format_count

__all__ = ["NOTHING", "show_bytes", "show_count", "show_ms", "show_rate", "show_share"]

NOTHING: Final = "–"
_LEAST_SHARE: Final = 0.0001


def show_ms(value_ms: float | None) -> str:
    """Write a latency: `0.42 ms`, `8.3 ms`, `312 ms`, `1.24 s`, `95 s`; `–` for None."""
    if not _known(value_ms):
        return NOTHING
    if value_ms < 999.5:
        return f"{_three_digits(value_ms)} ms"
    return f"{_three_digits(value_ms / 1000)} s"


def show_rate(value_rps: float | None) -> str:
    """Write a rate without its unit: `0.42`, `8.31`, `312`, `1,240`; `–` for None."""
    return _three_digits(value_rps) if _known(value_rps) else NOTHING


def show_count(value: float | None) -> str:
    """Write a count: `12,345`; `–` for None."""
    return format_count(value) if _known(value) else NOTHING


def show_share(value: float | None) -> str:
    """Write a fraction as a percentage: `0 %`, `<0.01 %`, `1.25 %`, `12.3 %`; `–` for None."""
    if not _known(value):
        return NOTHING
    if 0 < value < _LEAST_SHARE:
        return "<0.01 %"
    return f"{_three_digits(value * 100)} %"


def show_bytes(value_bytes: float | None) -> str:
    """Write a size: `4.5 MB`; `–` for None."""
    return format_bytes(value_bytes) if _known(value_bytes) else NOTHING


def _known(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _three_digits(value: float) -> str:
    if value == 0:
        return "0"
    if value < 9.995:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"
