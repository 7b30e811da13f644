"""Draws a small line chart as an SVG that reads well on light and dark pages."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

__all__ = ["Line", "line_chart"]

_WIDTH: Final = 640
_HEIGHT: Final = 350
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 78, 48
_COLOURS: Final = ("#2f6fde", "#d9582b", "#1e9e6a", "#9a5fd0", "#b58900", "#c23b75")
_STYLE: Final = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#5b6470}"
    ".title{font-size:14px;font-weight:600;fill:#7a828c}.grid{stroke:#8a93a0;stroke-opacity:.25}"
    ".axis{stroke:#8a93a0;stroke-opacity:.8}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a chart.

    Attributes:
        label: What it shows.
        values: One for each point of the x axis; `None` where there is none.
    """

    label: str
    values: Sequence[float | None]


def line_chart(
    title: str,
    x_label: str,
    y_label: str,
    x: Sequence[float],
    lines: Sequence[Line],
    *,
    top: float | None = None,
) -> str:
    """Draw lines over the points of an x axis, from 0 up.

    Args:
        title: Above the chart.
        x_label: Below it.
        y_label: Beside the title: what is measured, with its unit.
        x: The points, increasing.
        lines: At most six.
        top: The top of the y axis; by default a round number above all values.
    """
    values = [value for line in lines for value in line.values if value is not None]
    high = top if top is not None else _round_above(max(values))
    parts = [_frame(title, x_label, y_label, x, high)]
    for colour, line in zip(_COLOURS, lines, strict=False):
        parts.append(_drawn(line, x, high, colour))
    parts.append(_legend(lines))
    body = "\n".join(parts)
    label = escape(f"{title}: {', '.join(line.label for line in lines)} over {x_label}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">\n'
        f"<style>{_STYLE}</style>\n{body}\n</svg>\n"
    )


def _round_above(value: float) -> float:
    step = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    for factor in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10):
        if value <= step * factor:
            return step * factor
    return step * 10


def _x_at(x: Sequence[float], value: float) -> float:
    span = (x[-1] - x[0]) or 1.0
    return _LEFT + (value - x[0]) / span * (_WIDTH - _LEFT - _RIGHT)


def _y_at(value: float, high: float) -> float:
    return _HEIGHT - _BOTTOM - value / high * (_HEIGHT - _TOP - _BOTTOM)


def _frame(title: str, x_label: str, y_label: str, x: Sequence[float], high: float) -> str:
    parts = [
        f'<text class="title" x="{_LEFT}" y="20">{escape(title)}</text>',
        f'<text x="{_WIDTH - _RIGHT}" y="20" text-anchor="end">{escape(y_label)}</text>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>',
    ]
    for number in range(5):
        value = high * number / 4
        y = _y_at(value, high)
        kind = "grid" if number else "axis"
        parts.append(f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    parts += [
        f'<text x="{_x_at(x, value):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{value:g}</text>'
        for value in x
    ]
    return "\n".join(parts)


def _drawn(line: Line, x: Sequence[float], high: float, colour: str) -> str:
    points = [
        (_x_at(x, place), _y_at(min(value, high), high))
        for place, value in zip(x, line.values, strict=True)
        if value is not None
    ]
    path = "M" + "L".join(f"{left:.1f} {top:.1f}" for left, top in points)
    dots = "".join(
        f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3.2" fill="{colour}"/>' for left, top in points
    )
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.2" stroke-linejoin="round"/>{dots}'
    )


def _legend(lines: Sequence[Line]) -> str:
    parts, left, y = [], float(_LEFT), 41
    for colour, line in zip(_COLOURS, lines, strict=False):
        width = 30 + 6.4 * len(line.label)
        if left + width > _WIDTH - _RIGHT and left > _LEFT:
            left, y = float(_LEFT), y + 18
        parts.append(f'<circle cx="{left + 5:.0f}" cy="{y}" r="4.5" fill="{colour}"/>')
        parts.append(f'<text x="{left + 15:.0f}" y="{y + 4}">{escape(line.label)}</text>')
        left += width
    return "\n".join(parts)
