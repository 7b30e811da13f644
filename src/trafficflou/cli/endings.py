"""How commands end other than well: what they tell the shell, and how an error, Ctrl-C or a closed pipe becomes words and a code."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import typer
from typer.core import TyperGroup

from trafficflou.core import ExitCode

__all__ = ["BROKEN_PIPE_EXIT", "CommandGroup", "ShellState", "abandon", "harmless", "print_error"]

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
        _print_stopped()
        raise typer.Exit(ExitCode.INTERRUPTED) from error


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
        console.print(Text.assemble(("Error: ", "bold red"), harmless(message)))
        if hint:
            console.print(Text.assemble(("Hint: ", "bold"), harmless(hint)))


def _print_stopped() -> None:
    with contextlib.suppress(OSError):  # nobody may be reading
        sys.stderr.write("Stopped.\n")


def harmless(text: str) -> str:
    """Return a text with its control characters shown, not obeyed, and keys left out; line ends stay."""
    from trafficflou.core.secret import redact  # noqa: PLC0415 - most commands never print an error

    shown = redact(text)
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in shown)
