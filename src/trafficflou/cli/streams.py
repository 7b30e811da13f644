"""The process's three standard streams, made fit for what the commands do with them.

A caller may have closed them (`>&-`, cron, daemons), and their encoding may be narrower than what people are shown (`LANG=C`). Both
are put right once, here, so that no command needs to ask: a closed stream leads nowhere, and a character that the encoding does not
have is replaced by a plain one of the same width, or written as its escape.
"""

import codecs
import os
import sys
from typing import Final, TextIO

__all__ = ["PLAIN", "make_usable"]

PLAIN: Final = "trafficflou-plain"
"""Name of the error handler, for `codecs`."""

# One character for one, so that columns stay aligned.
_PLAIN_FOR: Final = dict(
    zip("…·•→–—−’‘“”×µ─│├└", ".-*>---''\"\"xu-||`", strict=True)  # words, lines
) | dict(zip("▁▂▃▄▅▆▇█▏▎▍▌▋▊▉", "_.:-=+*#......#", strict=True))  # the levels of charts, the ends of bars


def make_usable() -> None:
    """Open the standard streams that are closed, and let the two of them that are written take any text."""
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        if not _is_open(fd):
            # In this order the lowest free number is the stream's own. Left free, the next file that the program opens would
            # get it, and what is printed would end up in a log or a model.
            os.open(os.devnull, os.O_RDWR)
        if getattr(sys, name) is None:
            setattr(sys, name, open(fd, "r" if fd == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - a number; lives as long as the process
    codecs.register_error(PLAIN, _replace)
    for stream in (sys.stdout, sys.stderr):
        _take_any_text(stream)


def _take_any_text(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:  # what a test or an embedding program put there may be no text file
        reconfigure(errors=PLAIN)


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(map(_plain, wrong)), error.end


def _plain(char: str) -> str:
    return _PLAIN_FOR.get(char) or char.encode("ascii", "backslashreplace").decode("ascii")
