"""Plays a run for the terminal: views, signals, and where everything ends up.

Standard output carries the result (the summary for people, or exactly `summary.json` with `--json`); progress and messages go to
standard error, so a redirected result is clean.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console

from trafficflou.api import keep_run
from trafficflou.cli.shell import ShellState, abandon
from trafficflou.config import RunConfig
from trafficflou.control.running import prepare_run
from trafficflou.metrics import RunObserver, Summary
from trafficflou.report import PlainProgress, make_progress, print_summary
from trafficflou.stores import RunFolder

__all__ = ["play"]


def play(config: RunConfig, state: ShellState) -> int:
    """Play a run and show it; returns the exit code.

    Raises:
        TrafficFlouError: The run could not begin, or could not be kept.
    """
    return asyncio.run(_play(config, state))


async def _play(config: RunConfig, state: ShellState) -> int:
    prepared = await prepare_run(config)
    folder = RunFolder.create(config.out, config.name, datetime.now(UTC))
    state.log_hint = f"The traceback is in {folder.log_path}."
    stop, abort = asyncio.Event(), asyncio.Event()
    with _signals_set(stop, abort, config), _view(config, state) as observers:
        summary = await keep_run(prepared, config, folder, observers=observers, stop=stop, abort=abort)
    _show(summary, folder, config)
    return summary.exit_code


@contextlib.contextmanager
def _signals_set(stop: asyncio.Event, abort: asyncio.Event, config: RunConfig) -> Iterator[None]:
    """Let Ctrl-C (and SIGTERM) first drain the run, then end it at once."""
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        if stop.is_set():
            abort.set()
            return
        stop.set()
        if not config.quiet:
            _say("Draining: page views under way may end. Ctrl-C again stops at once.")

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _view(config: RunConfig, state: ShellState) -> Iterator[list[RunObserver]]:
    """Show the run as it goes: nothing with --quiet, lines beside the log with -v, a live view on a terminal."""
    if config.quiet:
        yield []
        return
    console = _PatientConsole(stderr=True)
    with PlainProgress(console) if state.verbosity else make_progress(console) as view:
        yield [view]


class _PatientConsole(Console):
    """A console whose reader may go away: it falls silent, and the run and its exit code stay what they are."""

    def on_broken_pipe(self) -> None:
        """Fall silent; Rich would end the process."""
        self.quiet = True
        abandon(self.file)


def _show(summary: Summary, folder: RunFolder, config: RunConfig) -> None:
    if config.json_output:
        try:
            sys.stdout.write(summary.to_json())
            sys.stdout.flush()
        except BrokenPipeError:
            abandon(sys.stdout)
    elif not config.quiet:
        print_summary(_PatientConsole(), summary, folder.report_path)


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be reading
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
