"""The one place where errors become words and exit codes.

Commands raise; this shell prints the message and the hint on standard error and answers with the error's exit code. Output that
goes into a closed pipe ends quietly with 141, as a program that SIGPIPE killed would.
"""

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any, TextIO

import typer
from typer.core import TyperGroup

from trafficflou.cli.streams import make_usable
from trafficflou.core import ExitCode, TrafficFlouError

__all__ = ["BROKEN_PIPE_EXIT", "CommandGroup", "ShellState", "abandon", "execute", "main", "print_error"]

BROKEN_PIPE_EXIT = 128 + 13

_NOT_OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
"""What a disk or a device answers to a program without fault. Where a command knows more, it has said so before."""


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
        _print_stopped()
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def main() -> None:
    """Run the command line of this process and exit."""
    make_usable()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup's wish to live on is kept
            signal.signal(number, _interrupt)
    code = execute(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        code = _flush(stream, code)
    sys.exit(code)


def _interrupt(number: int, _frame: object) -> None:
    """End like Ctrl-C, so that what is half written is taken away: the system's own way would leave it."""
    raise KeyboardInterrupt(signal.Signals(number).name)


def _flush(stream: TextIO, code: int) -> int:
    try:
        stream.flush()
    except BrokenPipeError:
        code = code or BROKEN_PIPE_EXIT
    except OSError as error:
        if stream is sys.stdout:
            code = code or _refuse(error)
    else:
        return code
    abandon(stream)  # the interpreter's own last flush would complain
    return code


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
    except OSError as error:
        return _refuse(error) if error.errno in _NOT_OURS else _apologise(error, state)
    except Exception as error:  # noqa: BLE001 - the last stop: a bug is apologised for, never shown raw
        return _apologise(error, state)
    return int(ExitCode.PASS)


def abandon(stream: IO[str]) -> None:
    """Let a stream that nobody reads any more end in nothing; the interpreter's last flush would complain otherwise."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def print_error(message: str, hint: str = "") -> None:
    """Print an error, and what to do about it, on standard error; control characters are shown, not obeyed."""
    from rich.console import Console  # noqa: PLC0415 - most commands never print an error
    from rich.text import Text  # noqa: PLC0415

    console = Console(stderr=True, soft_wrap=True, highlight=False)
    with contextlib.suppress(OSError):  # nobody may be reading
        console.print(Text.assemble(("Error: ", "bold red"), _harmless(message)))
        if hint:
            console.print(Text.assemble(("Hint: ", "bold"), _harmless(hint)))


def _print_stopped() -> None:
    with contextlib.suppress(OSError):  # nobody may be reading
        sys.stderr.write("Stopped.\n")


def _refuse(error: OSError) -> int:
    """Say that the machine would not take what was to be written; the exit code is that of a folder that cannot be written."""
    where = f" to {error.filename}" if error.filename else ""
    print_error(f"cannot write{where}: {error.strerror}", "Free some space, or send the output elsewhere.")
    return int(ExitCode.USAGE)


def _harmless(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)


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
