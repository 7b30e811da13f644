"""A run as it goes: a small live view on a terminal, plain lines everywhere else. Both observe the run.

The engine's processes share the machine with us, so this one works once a second and no more: no thread of its own, no repaint
unless a second was finished, and never more than four a second (several may come at once after a hiccup).
"""

from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from trafficflou.core import Clock, SystemClock
from trafficflou.core.units import format_bytes, format_count, format_duration, format_share
from trafficflou.metrics import LiveFigures, RunInfo, SecondFigures, Summary
from trafficflou.report._figures import show_ms, show_rate, show_share
from trafficflou.report._text import visible

__all__ = ["LiveView", "PlainProgress", "make_progress"]

_SPARK_SECONDS: Final = 60
_MIN_REPAINT_NS: Final = 250_000_000
_PLAIN_EVERY_S: Final = 5.0
# Errors are told at once when they pass the first share, and again when they are below the second: no flicker in between.
_ALARM_SHARE: Final = 0.05
_CALM_SHARE: Final = 0.01
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_BAR_COLUMNS: Final = 40
_LABEL_COLUMNS: Final = 15
_VALUE_COLUMNS: Final = 9
_GAP_COLUMNS: Final = 2


def make_progress(console: Console, clock: Clock | None = None) -> "LiveView | PlainProgress":
    """Choose the view that suits the console: live on a terminal, plain lines in a pipe, a file or a dumb terminal."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console, clock or SystemClock())
    return PlainProgress(console)


class LiveView:
    """The live view; use it as a context manager, so that the cursor comes back whatever happens."""

    def __init__(self, console: Console, clock: Clock) -> None:
        """Prepare the view; nothing is shown before the run starts.

        Args:
            console: A terminal.
            clock: For the bound on repaints.
        """
        self._console = console
        self._clock = clock
        self._live: Live | None = None
        self._info: RunInfo | None = None
        self._figures: LiveFigures | None = None
        self._seconds: deque[SecondFigures] = deque(maxlen=_SPARK_SECONDS)
        self._painted_at_ns = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the view off the screen; may be called again."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def run_started(self, info: RunInfo) -> None:
        """Show the view."""
        self.close()
        self._info, self._figures = info, None
        self._seconds.clear()
        self._live = Live(
            self._render(), console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=True
        )  # fmt: skip
        self._live.start(refresh=True)
        self._painted_at_ns = self._clock.now_ns()

    def second_finished(self, live: LiveFigures) -> None:
        """Show the second, unless the last repaint was less than a quarter of a second ago."""
        self._figures = live
        self._seconds.append(live.latest)
        now_ns = self._clock.now_ns()
        if self._live is None or now_ns - self._painted_at_ns < _MIN_REPAINT_NS:
            return
        self._painted_at_ns = now_ns
        self._live.update(self._render(), refresh=True)

    def run_finished(self, summary: Summary) -> None:
        """Make room for the summary."""
        self.close()

    def _render(self) -> RenderableType:
        if self._info is None:
            return Text()
        parts: list[RenderableType] = [_headline(self._info), self._progress(self._info)]
        if self._figures is None:
            parts.append(Text("waiting for the first second…", style="dim"))
        else:
            parts += [self._curves(self._figures), _counts(self._figures)]
        return Group(*parts)

    def _progress(self, info: RunInfo) -> Table:
        elapsed_s = self._figures.elapsed_s if self._figures else 0.0
        table = Table.grid(padding=(0, 2, 0, 0))
        bar = ProgressBar(
            total=max(info.planned_duration_s, 0.001),
            completed=elapsed_s,
            width=_BAR_COLUMNS,
            complete_style="cyan",
            finished_style="cyan",
        )
        table.add_row(
            bar,
            Text(_clock_text(elapsed_s, info.planned_duration_s)),
            Text(_stage(info, self._figures), style="dim"),
        )
        return table

    def _curves(self, live: LiveFigures) -> Table:
        room = self._console.width - _LABEL_COLUMNS - _VALUE_COLUMNS - 2 * _GAP_COLUMNS
        seconds = tuple(self._seconds)[-max(room, 1) :]
        latest = live.latest
        table = Table.grid(padding=(0, _GAP_COLUMNS, 0, 0))
        table.add_column(no_wrap=True, min_width=_LABEL_COLUMNS)
        table.add_column(justify="right", no_wrap=True, min_width=_VALUE_COLUMNS)
        table.add_column(no_wrap=True, overflow="ignore")
        curves: tuple[tuple[str, str, list[float | None], str], ...] = (
            (
                "Active visitors",
                format_count(latest.active_visitors),
                [second.active_visitors for second in seconds],
                "blue",
            ),
            ("Requests/s", show_rate(latest.rate_rps), [second.rate_rps for second in seconds], "cyan"),
            ("Response p50", show_ms(latest.p50_ms), [second.p50_ms for second in seconds], "green"),
            ("Response p95", show_ms(latest.p95_ms), [second.p95_ms for second in seconds], "magenta"),
            ("Errors", format_count(latest.errors), [second.errors for second in seconds], "red"),
        )
        for label, value, values, style in curves:
            bad = label == "Errors" and latest.errors > 0
            table.add_row(
                label, Text(value, style="bold red" if bad else "bold"), Text(_sparkline(values), style=style)
            )
        return table


class PlainProgress:
    """One line every five seconds, and one at once when errors begin, rise or end."""

    def __init__(self, console: Console) -> None:
        """Prepare; nothing is printed before the run starts."""
        self._console = console
        self._planned_s = 0.0
        self._due_s = _PLAIN_EVERY_S
        self._had_error = False
        self._alarmed = False
        self._requests = 0
        self._span_s = 0.0
        self._answered: SecondFigures | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held."""

    def run_started(self, info: RunInfo) -> None:
        """Say what begins."""
        self._planned_s = info.planned_duration_s
        self._due_s, self._had_error, self._alarmed = _PLAIN_EVERY_S, False, False
        self._begin_line()
        self._print(
            _headline(info).plain + f" for {format_duration(info.planned_duration_s)} (seed {info.seed})"
        )

    def second_finished(self, live: LiveFigures) -> None:
        """Print a line if one is due, or if something changed that should not wait.

        The rate is that of all seconds since the last line, so that a few visitors who think are not shown as standing still;
        percentiles cannot be averaged, so they are those of the last second that had a response.
        """
        self._requests += live.latest.requests
        self._span_s += live.latest.span_s
        if live.latest.p50_ms is not None:
            self._answered = live.latest
        news = self._news(live)
        if not news and live.elapsed_s < self._due_s:
            return
        while self._due_s <= live.elapsed_s:
            self._due_s += _PLAIN_EVERY_S
        answered = self._answered or live.latest
        figures = (
            f"{_clock_text(live.elapsed_s, self._planned_s):<13}",
            f"{format_count(live.latest.active_visitors)} visitors",
            f"{show_rate(self._requests / self._span_s if self._span_s else 0.0)} requests/s",
            f"p50 {show_ms(answered.p50_ms)}",
            f"p95 {show_ms(answered.p95_ms)}",
            f"errors {format_count(live.errors)} ({_error_share(live)})",
        )
        self._begin_line()
        self._print("  ".join(figures) + (f"  <- {news}" if news else ""))

    def run_finished(self, summary: Summary) -> None:
        """The summary says the rest."""

    def _begin_line(self) -> None:
        self._requests, self._span_s, self._answered = 0, 0.0, None

    def _news(self, live: LiveFigures) -> str:
        share = live.latest.errors / live.latest.requests if live.latest.requests else 0.0
        kind = visible(next(iter(live.by_error), ""), 60)
        if share >= _ALARM_SHARE and not self._alarmed:
            self._alarmed = self._had_error = True
            return f"errors rise: {format_share(share)} of this second's requests, mostly {kind or 'in the warm-up'}"
        if self._alarmed and live.latest.requests and share < _CALM_SHARE:
            self._alarmed = False
            return "errors have gone down again"
        if live.latest.errors and not self._had_error:
            self._had_error = True
            return f"the first error{f': {kind}' if kind else ''}"
        return ""

    def _print(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True, highlight=False)


def _headline(info: RunInfo) -> Text:
    load = visible(info.workload) or visible(info.strategy)
    return Text.assemble(("Playing ", "bold"), load, " against ", (visible(info.target), "bold"))


def _stage(info: RunInfo, figures: LiveFigures | None) -> str:
    if figures is None:
        return ""
    if figures.latest.warmup:
        return f"warm-up until {_clock_word(info.warmup_s)}"
    return "waiting for the last pages" if figures.elapsed_s > info.planned_duration_s else ""


def _counts(live: LiveFigures) -> Text:
    errors = Text(
        f"{format_count(live.errors)} errors ({_error_share(live)})", style="red" if live.errors else ""
    )
    so_far = (
        f"{format_count(live.sessions.started)} sessions",
        f"{format_count(live.page_views)} page views",
        f"{format_count(live.requests)} requests",
        f"{format_bytes(live.bytes_received)}",
    )
    text = Text.assemble(("So far: ", "dim"), ", ".join(so_far), ", ", errors)
    if live.by_error:
        text.append(f", mostly {visible(next(iter(live.by_error)), 60)}")
    return text


def _error_share(live: LiveFigures) -> str:
    return show_share(live.errors / live.requests if live.requests else 0.0)


def _sparkline(values: Sequence[float | None]) -> str:
    """Draw one character a value, from 0 to the greatest; a space where nothing was measured."""
    top = max((value for value in values if value is not None), default=0.0)
    scale = (len(_BLOCKS) - 1) / top if top > 0 else 0.0
    return "".join(" " if value is None else _BLOCKS[round(value * scale)] for value in values)


def _clock_text(elapsed_s: float, planned_s: float) -> str:
    return f"{_clock_word(elapsed_s)} of {_clock_word(planned_s)}"


def _clock_word(seconds: float) -> str:
    minutes, rest_s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest_s:02d}" if hours else f"{minutes}:{rest_s:02d}"
