"""The one place where errors become words and exit codes.

Commands raise; this shell prints the message and the hint on standard error and answers with the error's exit code. Output that
goes into a closed pipe ends quietly with 141, as a program that SIGPIPE killed would.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import typer
from typer.core import TyperGroup

from trafficflou.core import ExitCode, TrafficFlouError

__all__ = ["BROKEN_PIPE_EXIT", "CommandGroup", "ShellState", "abandon", "execute", "main", "print_error"]

BROKEN_PIPE_EXIT = 128 + 13


@dataclass(slots=True)
class ShellState:
    """What a command tells the shell; Typer hands it around as `ctx.obj`."""

    verbosity: int = 0
    log_hint: str = ""
    """Where the traceback of an unexpected error was kept, if a command keeps a log."""


class CommandGroup(TyperGroup):
    """The commands, with the two ends that the shell must see before Typer translates them into its own words."""

    def make_context(self, *args: Any, **more: Any) -> Any:
        """Read the arguments; `--help` and `--version` print here."""
        with _own_ends():
            return super().make_context(*args, **more)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        with _own_ends():
            return super().invoke(ctx)


@contextlib.contextmanager
def _own_ends() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise typer.Exit(BROKEN_PIPE_EXIT) from error
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        raise typer.Exit(BROKEN_PIPE_EXIT) from error  # Rich's way to end where nobody reads
    except KeyboardInterrupt as error:
        print_error("stopped")
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def main() -> None:
    """Run the command line of this process and exit."""
    code = execute(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        abandon(sys.stdout)
        code = code or BROKEN_PIPE_EXIT
    sys.exit(code)


def execute(args: Sequence[str]) -> int:
    """Run one command line.

    Args:
        args: The arguments after the program's name.

    Returns:
        The exit code; nothing but `SystemExit` of another code path escapes.
    """
    from trafficflou.cli.app import app  # noqa: PLC0415 - the app needs the group above

    state = ShellState()
    try:
        app(list(args), prog_name="trafficflou", obj=state)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except TrafficFlouError as error:
        is_ours = error.exit_code is ExitCode.BUG
        print_error(error.message, " ".join(filter(None, (error.hint, state.log_hint if is_ours else ""))))
        return int(error.exit_code)
    except Exception as error:  # noqa: BLE001 - the last stop: a bug is apologised for, never shown raw
        return _apologise(error, state)
    return int(ExitCode.PASS)


def abandon(stream: IO[str]) -> None:
    """Let a stream that nobody reads any more end in nothing; the interpreter's last flush would complain otherwise."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_error(message: str, hint: str = "") -> None:
    """Print an error, and what to do about it, on standard error; control characters are shown, not obeyed, keys left out."""
    from rich.console import Console  # noqa: PLC0415 - most commands never print an error
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    with contextlib.suppress(BrokenPipeError):
        console.print(Text.assemble(("Error: ", "bold red"), _harmless(message)))
        if hint:
            console.print(Text.assemble(("Hint: ", "bold"), _harmless(hint)))


def _harmless(text: str) -> str:
    from trafficflou.core.secret import redact  # noqa: PLC0415 - most commands never print an error

    shown = redact(text)
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in shown)


def _apologise(error: Exception, state: ShellState) -> int:
    if state.verbosity:
        import traceback  # noqa: PLC0415 - only here

        sys.stderr.write(_harmless("".join(traceback.format_exception(error))))
    where = state.log_hint or ("" if state.verbosity else "The same command with -v shows where.")
    print_error(
        f"Sorry, this is a mistake in TrafficFlou, not yours: {type(error).__name__}: {error}",
        " ".join(filter(None, (where, "Please report it, with what you did."))),
    )
    return int(ExitCode.BUG)
