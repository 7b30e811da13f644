"""Asks whoever gave a brief whether it was understood, before anything is played by it."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text

from trafficflou.cli.endings import harmless
from trafficflou.control.briefing import BriefReading
from trafficflou.core import UsageError

__all__ = ["ask_whether_meant", "is_somebody_there", "show_reading"]


def show_reading(reading: BriefReading) -> None:
    """Show on standard error what was made of a brief."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(Text.assemble(("Brief, read by ", "bold"), harmless(reading.provider), ":"))
    rows = [
        *(("+ ", "green", sentence) for sentence in reading.told),
        *(("- not played: ", "yellow", sentence) for sentence in reading.left_out),
        *(("? not understood: ", "yellow", sentence) for sentence in reading.not_understood),
    ]
    for mark, style, sentence in rows or [("", "", "nothing of it changes how many come, or how.")]:
        console.print(Text.assemble("  ", (mark, style), harmless(sentence)))


def ask_whether_meant(reading: BriefReading) -> bool:
    """Show a reading and ask; a reading that changes nothing needs no answer.

    Raises:
        UsageError: Nobody is there to be asked.
        KeyboardInterrupt: Ctrl-C instead of an answer.
    """
    show_reading(reading)
    if not reading.told:
        return True
    if not is_somebody_there():
        raise UsageError(
            "a brief is played after somebody has confirmed it, and nobody is at the terminal",
            hint="Add --yes to play it as it is understood above, or change the brief.",
        )
    with _ctrl_c_interrupts():
        return typer.confirm("Play it so?", err=True)


def is_somebody_there() -> bool:
    """Whether a question on standard error can be read and answered."""
    return sys.stdin.isatty() and sys.stderr.isatty()


@contextmanager
def _ctrl_c_interrupts() -> Iterator[None]:
    """Let Ctrl-C end the question at once; asyncio would wait for the answer first."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
