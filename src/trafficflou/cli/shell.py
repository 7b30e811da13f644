"""The one place where errors become words and exit codes.

Commands raise; this shell prints the message and the hint on standard error and answers with the error's exit code. Output that
goes into a closed pipe ends quietly with 141, as a program that SIGPIPE killed would.
"""

import errno
import gc
import signal
import sys
from collections.abc import Sequence
from typing import TextIO

from trafficflou.cli.app import app
from trafficflou.cli.endings import BROKEN_PIPE_EXIT, ShellState, abandon, harmless, print_error
from trafficflou.cli.streams import make_usable
from trafficflou.core import ExitCode, TrafficFlouError

__all__ = ["execute", "main"]

_NOT_OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
"""What a disk or a device answers to a program without fault. Where a command knows more, it has said so before."""


def main() -> None:
    """Run the command line of this process and exit."""
    make_usable()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup's wish to live on is kept
            signal.signal(number, _interrupt)
    code = execute(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        code = _flush(stream, code)
    gc.freeze()  # the interpreter's last search for garbage takes 0.8 s where vendors' libraries were loaded, and finds nothing
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


def _refuse(error: OSError) -> int:
    """Say that the machine would not take what was to be written; the exit code is that of a folder that cannot be written."""
    where = f" to {error.filename}" if error.filename else ""
    print_error(f"cannot write{where}: {error.strerror}", "Free some space, or send the output elsewhere.")
    return int(ExitCode.USAGE)


def _apologise(error: Exception, state: ShellState) -> int:
    if state.verbosity:
        import traceback  # noqa: PLC0415 - only here

        sys.stderr.write(harmless("".join(traceback.format_exception(error))))
    where = state.log_hint or ("" if state.verbosity else "The same command with -v shows where.")
    print_error(
        f"Sorry, this is a mistake in TrafficFlou, not yours: {type(error).__name__}: {error}",
        " ".join(filter(None, (where, "Please report it, with what you did."))),
    )
    return int(ExitCode.BUG)
