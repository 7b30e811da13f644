"""A traffic model on the terminal: tables and small charts that fit 80 columns, with or without colour.

Names in a model come from a log and so from anybody: they are shown as plain text, never as markup, with control characters escaped.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from trafficflou.behavior import EXIT, THINK_QUANTILES, Template, TrafficModel
from trafficflou.core.units import format_bytes, format_count, format_duration
from trafficflou.report._text import visible

__all__ = ["model_renderable", "print_model"]

DEFAULT_LIMIT: Final = 20
_ENTRY_LIMIT: Final = 8
_FOLLOWING_LIMIT: Final = 3
_REASON_LIMIT: Final = 6
_BAR_COLUMNS: Final = 28
_NAME_COLUMNS: Final = 35
_CHART_ROWS: Final = 4
_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_PARTS: Final = " ▏▎▍▌▋▊▉█"
_MEDIAN: Final = THINK_QUANTILES.index(0.50)
_P90: Final = THINK_QUANTILES.index(0.90)
_KINDS: Final = {"access-log": "an access log", "synthetic-log": "a synthetic log", "other": "other evidence"}


def print_model(model: TrafficModel, console: Console, *, limit: int = DEFAULT_LIMIT) -> None:
    """Print a model.

    Args:
        model: The model.
        console: Where to.
        limit: Show at most so many templates, and so many rows of transitions.
    """
    console.print(model_renderable(model, limit=limit))


def model_renderable(model: TrafficModel, *, limit: int = DEFAULT_LIMIT) -> RenderableType:
    """Return what `print_model` prints, for use inside something larger."""
    shown = sorted(model.templates, key=lambda template: -template.page_views)[:limit]
    return Group(
        _heading(model),
        _provenance(model),
        _section("Templates", _templates(model, shown), _left_out(model, shown)),
        _section("Where sessions begin", _bars(_entries(model))),
        _section("What follows a page view", _transitions(model, shown), _left_out(model, shown)),
        _section(_arrivals_title(model), _hours(model.arrivals.by_hour)),
        _section("Devices", _bars(list(model.devices.model_dump().items()))),
    )


def _section(title: str, body: RenderableType, note: str = "") -> RenderableType:
    parts: list[RenderableType] = [Text(), Text(title, style="bold"), body]
    if note:
        parts.append(Padding(Text(note, style="dim"), (0, 0, 0, 2)))
    return Group(*parts)


def _heading(model: TrafficModel) -> Text:
    made_by = f"  {model.schema_name}, made by {visible(model.created_by, 60)}"
    return Text.assemble("Traffic model ", (visible(model.name, 100), "bold cyan"), (made_by, "dim"))


# -- what it was learned from ----------------------------------------------------------------------------------------


def _provenance(model: TrafficModel) -> RenderableType:
    source = model.provenance
    unparsed = f", {format_count(source.unparsed_lines)} not understood" if source.unparsed_lines else ""
    views_each = f" ({source.page_views / source.sessions:.2f} a session)" if source.sessions else ""
    facts = [
        ("learned from", f"{_KINDS[source.kind]}, {_when(source.first_at)} to {_when(source.last_at)}"),
        ("lines", f"{format_count(source.lines)}{unparsed}"),
        ("left out", _reasons(source.skipped)),
        ("visitors", f"{format_count(source.visitors)} in {format_count(source.sessions)} sessions"),
        ("page views", f"{format_count(source.page_views)}{views_each}"),
        ("subresources", f"{format_count(source.subresource_requests)} requests"),
        ("one-page sessions", _percent(source.one_page_share)),
        ("think time", _think_facts(model)),
        ("privacy", _privacy(model.k_anonymity)),
        *[("edited", visible(edit, 500)) for edit in model.edits],
    ]
    table = Table.grid(Column(style="dim", no_wrap=True), Column(overflow="fold"), padding=(0, 2))
    for name, value in facts:
        table.add_row("  " + name, Text(value))
    return table


def _privacy(k_anonymity: int) -> str:
    if k_anonymity == 1:
        return "all paths that anybody asked for"
    return f"only paths that {k_anonymity} visitors or more asked for"


def _think_facts(model: TrafficModel) -> str:
    think_s = model.provenance.think_s
    if len(think_s) != len(THINK_QUANTILES):
        return "not known"
    quantiles = f"median {format_duration(think_s[_MEDIAN])}, p90 {format_duration(think_s[_P90])}"
    return f"{quantiles}; {model.pace_correlation:.2f} alike within a visitor"


def _reasons(skipped: dict[str, int]) -> str:
    if not skipped:
        return "nothing"
    most = sorted(skipped.items(), key=lambda item: -item[1])
    named = [f"{visible(reason, 40)} {format_count(count)}" for reason, count in most[:_REASON_LIMIT]]
    return ", ".join(named) + (", …" if len(most) > _REASON_LIMIT else "")


def _when(stamp: str) -> str:
    try:
        return f"{datetime.fromisoformat(stamp):%Y-%m-%d %H:%M}"
    except ValueError:
        return visible(stamp, 40)


# -- templates and transitions ---------------------------------------------------------------------------------------


def _templates(model: TrafficModel, shown: Sequence[Template]) -> Table:
    total = sum(template.page_views for template in model.templates) or 1
    table = Table(
        Column("template", overflow="fold", ratio=3, style="cyan"),
        Column("views", justify="right", no_wrap=True),
        Column("think p50", justify="right", no_wrap=True),
        Column("p90", justify="right", no_wrap=True),
        Column("files", justify="right", no_wrap=True),
        Column("example", overflow="ellipsis", no_wrap=True, ratio=2, style="dim"),
        box=box.SIMPLE_HEAD,
        expand=True,
        padding=(0, 1, 0, 0),
    )
    for template in shown:
        table.add_row(
            Text(visible(template.template)),
            _percent(template.page_views / total),
            _short_duration(template.think_s[_MEDIAN]),
            _short_duration(template.think_s[_P90]),
            _files(template),
            Text(visible(template.paths[0].path) if template.paths else "none, passed through"),
        )
    return table


def _files(template: Template) -> str:
    """Return how many subresources a first view fetches on average, and their size."""
    expected = sum(item.share for item in template.subresources)
    if not expected:
        return "–"
    size_bytes = sum(item.share * item.body_bytes for item in template.subresources)
    return f"{expected:.1f} · {format_bytes(size_bytes)}"


def _entries(model: TrafficModel) -> list[tuple[str, float]]:
    most = sorted(model.entry.items(), key=lambda item: -item[1])
    rest = sum(share for _, share in most[_ENTRY_LIMIT:])
    return most[:_ENTRY_LIMIT] + (
        [(f"{len(most) - _ENTRY_LIMIT} others", rest)] if len(most) > _ENTRY_LIMIT else []
    )


def _transitions(model: TrafficModel, shown: Sequence[Template]) -> Table:
    table = Table(
        Column("page", overflow="fold", ratio=1, style="cyan"),
        Column("bounce", justify="right", no_wrap=True),
        Column("leave", justify="right", no_wrap=True),
        Column("go on to", no_wrap=True, min_width=_NAME_COLUMNS + 9),
        box=box.SIMPLE_HEAD,
        expand=True,
        padding=(0, 1, 0, 0),
    )
    for template in shown:
        row = model.transitions[template.template]
        leave = row.get(EXIT, 0.0)
        bounce = model.bounce.get(template.template, leave)
        table.add_row(Text(visible(template.template)), _percent(bounce), _percent(leave), _following(row))
    return table


def _following(row: dict[str, float]) -> Text:
    most = sorted(
        ((name, share) for name, share in row.items() if name != EXIT and share > 0),
        key=lambda item: -item[1],
    )
    lines = [
        Text.assemble((f"{_percent(share):>7}  ", "bold"), _shortened(name))
        for name, share in most[:_FOLLOWING_LIMIT]
    ]
    if len(most) > _FOLLOWING_LIMIT:
        rest = sum(share for _, share in most[_FOLLOWING_LIMIT:])
        lines.append(Text(f"{_percent(rest):>7}  {len(most) - _FOLLOWING_LIMIT} others", style="dim"))
    return Text("\n").join(lines)


def _left_out(model: TrafficModel, shown: Sequence[Template]) -> str:
    count = len(model.templates) - len(shown)
    if count <= 0:
        return ""
    total = sum(template.page_views for template in model.templates) or 1
    share = 1 - sum(template.page_views for template in shown) / total
    return f"and {format_count(count)} more with {_percent(share)} of the page views (--limit shows more)"


# -- charts ----------------------------------------------------------------------------------------------------------


def _arrivals_title(model: TrafficModel) -> str:
    arrivals = model.arrivals
    return f"Arrivals: {arrivals.sessions_per_day:,.4g} sessions a day, by hour (UTC{arrivals.utc_offset})"


def _hours(by_hour: Sequence[float]) -> Text:
    """Draw a bar per hour, two columns wide, `_CHART_ROWS` rows high."""
    peak = max(by_hour)
    steps = [round(share / peak * _CHART_ROWS * 8) if share else 0 for share in by_hour]
    chart = Text()
    for row in reversed(range(_CHART_ROWS)):
        label = _percent(peak) if row == _CHART_ROWS - 1 else "0 %" if row == 0 else ""
        bars = "".join(_BLOCKS[min(8, max(0, step - row * 8))] * 2 + " " for step in steps)
        chart.append(f"{label:>7} ", style="dim").append(bars.rstrip() + "\n", style="green")
    return chart.append(" " * 8 + "".join(f"{hour:02d} " for hour in range(24)).rstrip(), style="dim")


def _bars(shares: list[tuple[str, float]]) -> Table:
    table = Table.grid(
        Column(no_wrap=True),
        Column(justify="right", no_wrap=True),
        Column(),
        padding=(0, 2, 0, 0),
    )
    peak = max((share for _, share in shares), default=0) or 1
    for name, share in shares:
        table.add_row(
            Text("  " + _shortened(name), style="cyan"),
            _percent(share),
            Text(_bar(share / peak), style="green"),
        )
    return table


def _bar(fraction: float) -> str:
    full, part = divmod(round(fraction * _BAR_COLUMNS * 8), 8)
    return "█" * full + _PARTS[part].strip()


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _shortened(name: str) -> str:
    """Write a name in the width of a column; its ends tell it from its neighbours better than its middle."""
    text = visible(name)
    if len(text) <= _NAME_COLUMNS:
        return text
    half = (_NAME_COLUMNS - 1) // 2
    return f"{text[:half]}…{text[-half:]}"


def _short_duration(seconds: float) -> str:
    """Write a think time in the width of a column: `0.4 s`, `12 s`, `4:05 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    return f"{minutes}:{rest_s:02d} min"
