r"""Writes access logs in the combined format of Apache and nginx.

A line is put together from parts that seldom change: the time stamp is made once per second, a path once per path. Text from outside
cannot break out of its field: a path is percent-encoded as a client would send it, and in quoted fields the quote, the backslash and
what is not printable ASCII are written `\xHH`, as both servers do.
"""

import contextlib
import errno
import gzip
import os
import re
import secrets
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final, cast

from trafficflou.core import StoreError

__all__ = ["CombinedLogFormat", "open_access_log", "quoted_field", "request_path"]

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_IN_PATH: Final = re.compile(rb'[^\x21-\x7e]|["<>\\^`{|}]')
_NOT_IN_FIELD: Final = re.compile(rb'[^\x20-\x7e]|["\\]')
_BUFFER_BYTES: Final = 1 << 18
_GZIP_LEVEL: Final = 6


@lru_cache(maxsize=65_536)
def request_path(path: str) -> bytes:
    """Return a path as it stands in a request line: what a URL cannot hold is percent-encoded, in UTF-8."""
    encoded = path.encode("utf-8", "surrogatepass")
    return _NOT_IN_PATH.sub(lambda found: b"%%%02X" % found[0][0], encoded)


def quoted_field(text: str) -> bytes:
    """Return text as it stands between the quotes of a log line; `-` where it is empty."""
    encoded = text.encode("utf-8", "surrogatepass")
    return _NOT_IN_FIELD.sub(lambda found: b"\\x%02x" % found[0][0], encoded) or b"-"


class CombinedLogFormat:
    """Formats lines of the combined log format; made for one file, used from one thread."""

    __slots__ = ("_offset", "_offset_s", "_second", "_stamp")

    def __init__(self, utc_offset_s: int = 0) -> None:
        """Choose the clock of the log.

        Args:
            utc_offset_s: Its offset from UTC, seconds, whole minutes, less than a day.
        """
        hours, minutes = divmod(abs(utc_offset_s) // 60, 60)
        self._offset = f"{'-' if utc_offset_s < 0 else '+'}{hours:02d}{minutes:02d}"
        self._offset_s = utc_offset_s
        self._second: int | None = None
        self._stamp = b""

    def line(
        self,
        at_s: int,
        client: bytes,
        path: bytes,
        status: int,
        body_bytes: int,
        referrer: bytes,
        agent: bytes,
    ) -> bytes:
        """Return one line of a GET request, with its newline.

        Args:
            at_s: Whole seconds since the epoch.
            client: The client's address.
            path: The request's path, from `request_path`.
            status: The response's status.
            body_bytes: Size of the response's body.
            referrer: From `quoted_field`.
            agent: From `quoted_field`.
        """
        if at_s != self._second:
            self._second, self._stamp = at_s, self._format_stamp(at_s)
        return b'%b - - [%b] "GET %b HTTP/1.1" %d %d "%b" "%b"\n' % (
            client,
            self._stamp,
            path,
            status,
            body_bytes,
            referrer,
            agent,
        )

    def _format_stamp(self, at_s: int) -> bytes:
        # Not strftime: the month's name would follow the locale.
        at = _EPOCH + timedelta(seconds=at_s + self._offset_s)
        month = _MONTHS[at.month - 1]
        return f"{at.day:02d}/{month}/{at.year:04d}:{at:%H:%M:%S} {self._offset}".encode("ascii")


@contextlib.contextmanager
def open_access_log(path: Path) -> Iterator[BinaryIO]:
    """Open a log for writing: written whole, or what was there stays untouched.

    A name that ends in `.gz` is compressed (with no time or name inside, so that equal logs are equal files). What is not
    a regular file, such as `/dev/null` or a pipe, is written to directly.

    Yields:
        A binary file; written to disk and renamed into place when the block ends without an exception.

    Raises:
        StoreError: The file cannot be written.
    """
    with _store_errors(path):
        if path.exists() and not stat.S_ISREG(
            path.stat().st_mode
        ):  # /dev/stdout resolves to no name that can be opened
            with path.open("wb", buffering=_BUFFER_BYTES) as file:
                yield file
            return
        target = path.resolve()
        neighbour = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        try:
            with neighbour.open("xb", buffering=_BUFFER_BYTES) as file:
                with _compressed(file) if path.suffix == ".gz" else contextlib.nullcontext(file) as log:
                    yield log
                file.flush()
                os.fsync(file.fileno())
            neighbour.replace(target)
        finally:
            neighbour.unlink(missing_ok=True)


def _compressed(file: BinaryIO) -> contextlib.AbstractContextManager[BinaryIO]:
    return cast(
        "contextlib.AbstractContextManager[BinaryIO]",
        gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=file, mtime=0),
    )


@contextlib.contextmanager
def _store_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # a pipe's reader has had enough: the shell's matter
    except OSError as error:
        folder = path.parent
        hint = (
            f"Make the folder first: mkdir -p {folder}"
            if error.errno == errno.ENOENT and not folder.exists()
            else "Choose another place with -o."
        )
        raise StoreError(f"cannot write the log {path}: {error.strerror or error}", hint=hint) from error
