"""Loggers and where their lines go.

Theory of operation: every logger is a standard-library logger below `trafficflou`, dressed by structlog so that
events carry fields. Nothing is configured globally: a caller of the Python API keeps its own logging and structlog settings, and
a handler lives exactly as long as the `with` block that opened it. Before any block is entered nothing is written anywhere.

    log = get_logger(__name__)
    with log_to_file(folder.log_path):
        log.info("worker started", worker=3)

The file is opened for appending and each event is one `write` of a whole line, so the processes of a run share it without a
lock (POSIX: with `O_APPEND` the offset is set and the bytes are written as one step).
"""

import logging
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import structlog
from structlog.typing import Processor

from trafficflou.core import StoreError
from trafficflou.core.secret import redact

__all__ = ["get_logger", "log_to_file", "log_to_terminal"]

ROOT: Final = "trafficflou"
_JOINED: Final = (ROOT, "asyncio")
"""Loggers whose events are kept: ours, and asyncio's complaints about tasks and slow callbacks."""

MAX_FIELD_CHARS: Final = 2000
"""A field may hold what a site sent; a longer text is cut."""

logging.getLogger(ROOT).addHandler(logging.NullHandler())


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module; give it `__name__`."""
    return cast(
        "structlog.stdlib.BoundLogger",
        structlog.wrap_logger(
            logging.getLogger(name),
            processors=[
                structlog.stdlib.filter_by_level,
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
        ),
    )


@contextmanager
def log_to_file(path: Path, *, level: int = logging.INFO) -> Iterator[None]:
    """Append events of `level` and above to a file as JSON lines while the block lasts.

    Each line holds `timestamp` (UTC, ISO 8601), `level`, `logger`, `process`, `event` and the event's fields; an exception is
    kept with its traceback under `exception`.

    Raises:
        StoreError: The file cannot be opened.
    """
    try:
        handler = logging.FileHandler(path, mode="a", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StoreError(
            f"cannot write the log {path}: {error.strerror or error}",
            hint="Choose another folder with --out.",
        ) from error
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler.setFormatter(_formatter([structlog.processors.format_exc_info, _in_reading_order, renderer]))
    with _attached(handler, level):
        yield


@contextmanager
def log_to_terminal(verbosity: int) -> Iterator[None]:
    """Write events on standard error for people while the block lasts.

    Args:
        verbosity: 0 shows warnings and errors, 1 also what happens, 2 and above everything.
    """
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    handler = _CurrentStderr()
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
    handler.setFormatter(_formatter([_make_harmless, console]))
    with _attached(handler, level):
        yield


class _CurrentStderr(logging.Handler):
    """Writes to what `sys.stderr` is now: a live display replaces it to keep its picture whole."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):  # the terminal went away or the stream is closed; the work goes on
            return


def _formatter(last: list[Processor]) -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _cut_long_fields,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *last,
            cast("Processor", _without_secrets),  # a renderer stands before it, so it is given text
        ],
        foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
    )


def _without_secrets(_logger: object, _method: str, rendered: str) -> str:
    """Take keys out of the finished line, so that none is overlooked in a field or a traceback."""
    return redact(rendered)


def _in_reading_order(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event["process"] = _process_name()
    return {key: event.pop(key) for key in ("timestamp", "level", "logger", "process", "event")} | dict(event)


def _process_name() -> str:
    # multiprocessing names its processes; importing it for the name alone would cost the command line 10 ms.
    multiprocessing = sys.modules.get("multiprocessing")
    return "MainProcess" if multiprocessing is None else str(multiprocessing.current_process().name)


def _cut_long_fields(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str) and len(value) > MAX_FIELD_CHARS:
            event[key] = value[:MAX_FIELD_CHARS] + "…"
    return event


def _make_harmless(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Show control characters as text: a site's words must not drive the terminal."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[key] = "".join(char if char.isprintable() else repr(char)[1:-1] for char in value)
    return event


@contextmanager
def _attached(handler: logging.Handler, level: int) -> Iterator[None]:
    handler.setLevel(level)
    loggers = [logging.getLogger(name) for name in _JOINED]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(min(level, logger.level or logging.WARNING))
    try:
        yield
    finally:
        for logger, old_level in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(old_level)
        handler.close()
