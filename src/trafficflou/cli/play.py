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
from pathlib import Path

import typer
from rich.console import Console

from trafficflou.ai_models.settings import AiSettings
from trafficflou.api import keep_run
from trafficflou.cli.confirming import ask_whether_meant
from trafficflou.cli.endings import ShellState, abandon, harmless, print_error
from trafficflou.config import RunConfig
from trafficflou.control.daemon_threads import DaemonThreads
from trafficflou.control.planning import PreparedRun, prepare_run
from trafficflou.control.run_ai import open_run_ai
from trafficflou.core import ExitCode, StoreError
from trafficflou.metrics import LiveFigures, RunInfo, RunObserver, Summary
from trafficflou.report import PlainProgress, make_progress, print_summary
from trafficflou.stores import RunFolder

__all__ = ["play"]


def play(config: RunConfig, ai_settings: AiSettings, state: ShellState) -> int:
    """Play a run and show it; returns the exit code.

    Args:
        config: The run's settings.
        ai_settings: How AI models are set up.
        state: What the shell is told.

    Raises:
        TrafficFlouError: The run could not begin, or could not be kept; in the latter case its figures have been shown.
    """
    with asyncio.Runner() as runner:
        # A name server that does not answer must not hold the program when the run is over.
        runner.get_loop().set_default_executor(DaemonThreads())
        return runner.run(_play(config, ai_settings, state))


async def _play(config: RunConfig, ai_settings: AiSettings, state: ShellState) -> int:
    for warning in ai_settings.warnings:
        _say(f"Warning: {harmless(warning)}")
    on_prompt = (lambda prompt: _say(prompt.text())) if config.show_prompts else None
    async with open_run_ai(config, ai_settings, on_prompt=on_prompt) as ai:
        prepared = await prepare_run(
            config,
            ai=ai,
            confirm=ask_whether_meant,
            tell=None if config.quiet else lambda sentence: _say(harmless(sentence)),
        )
        return await _play_prepared(prepared, config, state)


async def _play_prepared(prepared: PreparedRun, config: RunConfig, state: ShellState) -> int:
    folder = RunFolder.create(config.out, config.name, datetime.now(UTC))
    state.log_hint = f"The traceback is in {folder.log_path}."
    stop, abort = asyncio.Event(), asyncio.Event()
    last = _LastSummary()
    try:
        with _signals_set(stop, abort, config), _view(config, state) as observers:
            summary = await keep_run(
                prepared, config, folder, observers=(*observers, last), stop=stop, abort=abort
            )
    except StoreError:
        if last.summary is not None:  # a full disk does not take back what was measured
            _show(last.summary, None, config)
        raise
    return _show(summary, folder.report_path, config)


class _LastSummary:
    """Remembers the summary, so that it can be shown even where it cannot be kept."""

    def __init__(self) -> None:
        self.summary: Summary | None = None

    def run_started(self, info: RunInfo) -> None:
        """Nothing to remember yet."""

    def second_finished(self, live: LiveFigures) -> None:
        """Nothing to remember yet."""

    def run_finished(self, summary: Summary) -> None:
        """Remember it."""
        self.summary = summary


@contextlib.contextmanager
def _signals_set(stop: asyncio.Event, abort: asyncio.Event, config: RunConfig) -> Iterator[None]:
    """Let Ctrl-C (and SIGTERM, and a terminal that is closed) first drain the run, then end it at once."""
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup's wish to live on is kept
        numbers.append(signal.SIGHUP)

    def on_signal() -> None:
        if stop.is_set():
            abort.set()
            return
        stop.set()
        if not config.quiet:
            _say("Draining: page views under way may end. Ctrl-C again stops at once.")

    for number in numbers:
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _view(config: RunConfig, state: ShellState) -> Iterator[list[RunObserver]]:
    """Show the run as it goes: nothing with --quiet, lines beside the log with -v, a live view on a terminal."""
    if config.quiet:
        yield []
        return
    console = _PatientConsole(stderr=True)
    is_plain = state.verbosity or config.show_prompts
    with PlainProgress(console) if is_plain else make_progress(console) as view:
        yield [view]


class _PatientConsole(Console):
    """A console whose reader may go away: it falls silent, and the run and its exit code stay what they are."""

    def on_broken_pipe(self) -> None:
        """Fall silent; Rich would end the process."""
        self.quiet = True
        abandon(self.file)


def _show(summary: Summary, report_path: Path | None, config: RunConfig) -> int:
    """Print the result and return its exit code, or `USAGE` for a good run whose result could not be printed."""
    try:
        if config.json_output:
            # As bytes: summary.json is UTF-8 whatever the terminal's encoding is.
            typer.echo(summary.to_json().encode(), nl=False)
        elif not config.quiet:
            print_summary(_PatientConsole(), summary, report_path)
            sys.stdout.flush()
    except BrokenPipeError:
        abandon(sys.stdout)
    except OSError as error:
        abandon(sys.stdout)
        where = "" if report_path is None else f"It is kept in {report_path.parent}."
        print_error(f"the result could not be printed: {error.strerror or error}", where)
        return summary.exit_code or ExitCode.USAGE
    return summary.exit_code


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # nobody may be reading
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
