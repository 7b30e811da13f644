"""Files written whole or not at all, and the operating system's refusals in our own words.

A reader never sees half a file: the text goes to a neighbour in the same folder and is renamed over the target,
which POSIX does atomically. The one border where `OSError` becomes `StoreError` is `store_errors`.
"""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from trafficflou.core import StoreError

__all__ = ["read_text", "store_errors", "write_text_atomic"]

# What people can do about each refusal; anything else gets the general sentence.
_HINTS: Final = {
    errno.EACCES: "You lack permission there. Choose another folder with --out, or change its owner or mode.",
    errno.EPERM: "You lack permission there. Choose another folder with --out, or change its owner or mode.",
    errno.EROFS: "That file system is read-only. Choose another folder with --out.",
    errno.ENOSPC: "The disk is full. Free some space (old runs can simply be deleted), or choose another disk with --out.",
    errno.EDQUOT: "Your disk quota is used up. Delete old runs, or choose another disk with --out.",
    errno.ENOTDIR: "A part of that path is a file, not a folder. Choose another folder with --out.",
    errno.ENOENT: "Check the path; `trafficflou runs` lists the runs that exist.",
    errno.EISDIR: "That path is a folder, but a file is expected there.",
    errno.ENAMETOOLONG: "The path is too long. Choose a shorter name or folder.",
    errno.EMFILE: "Too many files are open. Raise the limit with `ulimit -n`.",
}
_GENERAL_HINT: Final = (
    "Check that the folder exists and that you may write to it, or choose another one with --out."
)


@contextlib.contextmanager
def store_errors(doing: str, path: Path) -> Iterator[None]:
    """Map `OSError` to `StoreError`.

    Args:
        doing: What was being done, to follow "cannot", such as `write the report`.
        path: Where.

    Raises:
        StoreError: The block raised `OSError`; the hint says what to do about it.
    """
    try:
        yield
    except OSError as exc:
        why = os.strerror(exc.errno) if exc.errno else str(exc)
        hint = _HINTS.get(exc.errno or 0, _GENERAL_HINT)
        raise StoreError(f"cannot {doing} at {path}: {why}", hint=hint) from exc


def write_text_atomic(path: Path, text: str, *, what: str = "write the file") -> None:
    """Write a whole UTF-8 file, or leave what was there untouched. Blocks until the data is on the disk.

    A link keeps pointing to its file. What is not a regular file, such as `/dev/null` or a pipe, is written to: a rename
    would put a file in the device's place.

    Args:
        path: The file; its folder must exist.
        text: All of its content. Lone surrogates, which UTF-8 cannot hold, are written as `?`.
        what: For the error sentence, to follow "cannot".

    Raises:
        StoreError: The folder is missing, not writable or full.
    """
    with store_errors(what, path):
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
            return
        target = path.resolve()
        neighbour = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        try:
            with neighbour.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            neighbour.replace(target)
        finally:
            neighbour.unlink(missing_ok=True)


def read_text(path: Path, *, max_bytes: int, what: str = "read the file") -> str:
    """Read a UTF-8 file of bounded size; bytes that are not UTF-8 become U+FFFD.

    Raises:
        StoreError: The file cannot be read, or is larger than `max_bytes`.
    """
    with store_errors(what, path), path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise StoreError(
            f"cannot {what} at {path}: it is larger than {max_bytes // 1_000_000} MB",
            hint="No run of ours writes a file of that size; check that this is the right folder.",
        )
    return data.decode("utf-8", errors="replace")
