"""Where log lines come from: a file, a pipe or standard input, plain or gzip, in blocks.

Whether a source is compressed is told by its first two bytes, never by its name. Decompression is done block by block, so that the
position in the compressed file is known (for progress) and every kind of damage is noticed: `zlib` errors, and a member that
does not end.
"""

import os
import stat
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Final

from trafficflou.core import EvidenceError
from trafficflou.evidence._log_format import MAX_LINE_CHARS

__all__ = ["STDIN", "LogSource"]

STDIN: Final = "-"

_BLOCK_BYTES: Final = 256 * 1024
_INFLATED_BYTES: Final = 1024 * 1024
_GZIP_MAGIC: Final = b"\x1f\x8b"
_GZIP: Final = 31  # zlib's window bits for a gzip header
_CONVERT_HINT: Final = (
    "Copy the file again, or repair what is there: `gzip -dc FILE 2>/dev/null | trafficflou learn -`."
)


class LogSource:
    """One argument of `learn`."""

    def __init__(self, argument: str, stdin: BinaryIO | None = None) -> None:
        """Look at a source without reading it.

        Args:
            argument: A path, or `-` for standard input.
            stdin: What `-` stands for; the process's own if `None`.

        Raises:
            EvidenceError: It is missing, a folder, or unreadable.
        """
        self.argument = argument
        self.name = "standard input" if argument == STDIN else argument
        self._stdin = stdin
        self.size_bytes: int | None = None
        self.identity: tuple[int, int] | None = None
        self.is_rereadable = False
        if argument != STDIN:
            self._look()

    def _look(self) -> None:
        try:
            found = Path(self.argument).stat()
        except FileNotFoundError as error:
            raise EvidenceError(
                f"{self.name} does not exist", hint="Check the name; `-` reads standard input."
            ) from error
        except (OSError, ValueError) as error:
            raise EvidenceError(f"{self.name!r} cannot be read: {_reason(error)}") from error
        if stat.S_ISDIR(found.st_mode):
            raise EvidenceError(
                f"{self.name} is a folder",
                hint=f"Name the files in it: `{self.name.rstrip('/')}/access.log*`.",
            )
        if stat.S_ISREG(found.st_mode):
            self.size_bytes = found.st_size
            self.identity = (found.st_dev, found.st_ino)
            self.is_rereadable = True

    def line_batches(self, on_bytes: Callable[[int], None]) -> Iterator[list[str]]:
        """Yield the lines in batches: Latin-1 text without line feeds, each cut above `MAX_LINE_CHARS`.

        Args:
            on_bytes: Told the size of each block read from the source, before decompression.

        Raises:
            EvidenceError: The source cannot be read, or its gzip is corrupt or cut short.
        """
        return _split_lines(self._text_blocks(on_bytes))

    def _text_blocks(self, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        blocks = self._raw_blocks(on_bytes)
        first = next(blocks, b"")
        blocks = chain((first,), blocks)
        yield from self._inflate(blocks) if first.startswith(_GZIP_MAGIC) else blocks

    def _raw_blocks(self, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
        try:
            if self.argument == STDIN:
                yield from _blocks(self._stdin or sys.stdin.buffer, on_bytes)
            else:
                with Path(self.argument).open("rb") as file:
                    if self.is_rereadable and hasattr(os, "posix_fadvise"):
                        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
                    yield from _blocks(file, on_bytes)
        except OSError as error:
            raise EvidenceError(
                f"{self.name} cannot be read: {_reason(error)}",
                hint="Logs often belong to root or the group adm; copy the log, or read it with `sudo cat LOG | "
                "trafficflou learn -`."
                if isinstance(error, PermissionError)
                else "",
            ) from error

    def _inflate(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        member = zlib.decompressobj(_GZIP)
        try:
            for block in blocks:
                rest, text = block, b""
                while rest or len(text) == _INFLATED_BYTES:
                    if member.eof:
                        rest = rest.lstrip(b"\0")  # padding of tapes
                        if not rest:
                            break
                        member = zlib.decompressobj(_GZIP)
                    text = member.decompress(rest, _INFLATED_BYTES)
                    yield text
                    rest = member.unused_data if member.eof else member.unconsumed_tail
        except zlib.error as error:
            raise EvidenceError(
                f"{self.name} is damaged: its gzip data is corrupt", hint=_CONVERT_HINT
            ) from error
        if not member.eof:
            raise EvidenceError(f"{self.name} is cut short: its gzip data has no end", hint=_CONVERT_HINT)


def _blocks(file: BinaryIO, on_bytes: Callable[[int], None]) -> Iterator[bytes]:
    while block := file.read(_BLOCK_BYTES):
        on_bytes(len(block))
        yield block


def _split_lines(blocks: Iterator[bytes]) -> Iterator[list[str]]:
    carry = ""
    in_long_line = False
    for block in blocks:
        text = block.decode("latin-1")
        if in_long_line:
            _, newline, text = text.partition("\n")
            if not newline:
                yield []  # lets the reader give up on a source that has no lines at all, such as /dev/zero
                continue
            in_long_line = False
        lines = (carry + text).split("\n")
        carry = lines.pop()
        if len(carry) > MAX_LINE_CHARS:
            lines.append(carry[: MAX_LINE_CHARS + 1])
            carry, in_long_line = "", True
        if lines:
            yield lines
    if carry:
        yield [carry]


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
