"""Reads access logs: recognises their format, puts several files in order of time, counts what it cannot parse.

Theory of operation
-------------------
*Order.* Rotated logs may be named in any order. Each source is looked at once for its format and the time of its first line; the sources
are then opened in that order, each when the log time reaches its first line, and merged while they overlap (the logs of several
servers). Within one source the order is left as it is; a later stage tolerates it.

*Memory.* A block of every source that is open at a time, nothing else.

*Trust.* A file of which more than half of the lines do not parse is not an access log, whatever the other lines are.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO, Final

from trafficflou.core import EvidenceError
from trafficflou.evidence._log_format import LineParser, describe_foreign, recognise
from trafficflou.evidence._log_source import LogSource
from trafficflou.evidence.log_record import LogRecord

__all__ = ["AccessLogReader", "LogStatistics", "UnparsedLine"]

UNPARSED_SHOWN: Final = 5
_SHOWN_CHARS: Final = 120
_LINES_LOOKED_AT: Final = 1000
_BATCHES_LOOKED_AT: Final = 16
_FORMAT_HINT: Final = (
    "`trafficflou learn` reads the common and combined formats of Apache and nginx, plain or gzip, such as: "
    '192.0.2.7 - - [20/Feb/2026:10:15:32 +0000] "GET / HTTP/1.1" 200 5124 "-" "Mozilla/5.0 ..."'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnparsedLine:
    """A line that is not of its file's format."""

    source: str
    number: int
    text: str
    """Its beginning, safe to print: control characters are shown as `\\x1b`."""


@dataclass(slots=True, kw_only=True)
class LogStatistics:
    """What was read so far."""

    lines: int = 0
    """Lines that are not blank."""
    unparsed_lines: int = 0
    first_unparsed: list[UnparsedLine] = field(default_factory=list)
    formats: dict[str, str] = field(default_factory=dict)
    """The format of each source, in order of time."""
    empty_sources: list[str] = field(default_factory=list)


class _Probe:
    """A source, looked at: where its lines are and how to parse them."""

    def __init__(self, source: LogSource, parser: LineParser, first_at_s: int, batches: Iterator[list[str]]):
        self.source = source
        self.parser = parser
        self.first_at_s = first_at_s
        self.batches = batches


class AccessLogReader:
    """Iterates over the records of some logs; may be iterated once.

    Attributes:
        statistics: What was read so far; whole when the iteration has ended.
        total_bytes: Size of all sources on disk; `None` where one is a pipe.
    """

    def __init__(
        self,
        sources: Sequence[str],
        *,
        on_progress: Callable[[int], None] = lambda _: None,
        stdin: BinaryIO | None = None,
    ) -> None:
        """Look at the sources; reads the first lines of each.

        Args:
            sources: Paths in any order; `-` is standard input.
            on_progress: Told the bytes read so far (compressed ones, where a source is compressed).
            stdin: What `-` stands for; the process's own if `None`.

        Raises:
            EvidenceError: A source is missing, unreadable, given twice, damaged or not an access log, or all are empty.
        """
        self.statistics = LogStatistics()
        self._bytes_read = 0
        self._on_progress = on_progress
        looked_at = [LogSource(name, stdin) for name in sources]
        _refuse_twins(looked_at)
        sizes = [source.size_bytes for source in looked_at]
        self.total_bytes = sum(size for size in sizes if size is not None) if None not in sizes else None
        probes = list(filter(None, map(self._probe, looked_at)))
        if not probes:
            names = ", ".join(source.name for source in looked_at) or "nothing"
            raise EvidenceError(
                f"{names}: there is not a single line to learn from",
                hint="An empty log is normal right after rotation; name the rotated one, such as access.log.1.",
            )
        self._probes = sorted(probes, key=lambda probe: probe.first_at_s)
        self.statistics.formats = {probe.source.name: probe.parser.name for probe in self._probes}

    def __iter__(self) -> Iterator[LogRecord]:
        """Yield the records, merged by time.

        Raises:
            EvidenceError: A source turns out to be damaged, unreadable, or not an access log.
        """
        waiting = deque(self._probes)
        active: list[tuple[int, int, LogRecord, Iterator[LogRecord]]] = []
        opened = 0
        while active or waiting:
            while waiting and (not active or waiting[0].first_at_s <= active[0][0]):
                records = self._records(waiting.popleft())
                opened += 1
                _push(active, opened, records)
            if not active:
                continue
            _, order, record, records = heapq.heappop(active)
            yield record
            next_at_s = min((probe[0] for probe in active), default=None)
            limit_s = waiting[0].first_at_s if waiting else None
            if next_at_s is not None:
                limit_s = next_at_s if limit_s is None else min(limit_s, next_at_s)
            if limit_s is None:
                yield from records
            else:
                yield from _run_up_to(limit_s, order, records, active)

    def _probe(self, source: LogSource) -> _Probe | None:
        """Recognise one source; `None` where it is empty."""
        batches = source.line_batches(_ignore if source.is_rereadable else self._count)
        head: list[list[str]] = []
        lines: list[str] = []
        for batch in batches:
            head.append(batch)
            lines += [line for line in batch[:_LINES_LOOKED_AT] if not line.isspace() and line]
            if len(lines) >= _LINES_LOOKED_AT or len(head) >= _BATCHES_LOOKED_AT:
                break
        if not lines:
            self.statistics.empty_sources.append(source.name)
            return None
        parser = recognise(lines)
        record = next(filter(None, map(parser.parse, lines)), None) if parser else None
        if parser is None or record is None:
            raise _foreign(source, lines, f"none of its first {len(lines):,} lines is")
        again = source.line_batches(self._count) if source.is_rereadable else chain(head, batches)
        return _Probe(source, parser, record.at_s, again)

    def _count(self, size_bytes: int) -> None:
        self._bytes_read += size_bytes
        self._on_progress(self._bytes_read)

    def _records(self, probe: _Probe) -> Iterator[LogRecord]:
        parse, statistics = probe.parser.parse, self.statistics
        lines_before = parsed = unparsed = 0
        first_unparsed: list[str] = []
        for batch in probe.batches:
            for number, line in enumerate(batch, start=lines_before + 1):
                record = parse(line)
                if record is not None:
                    parsed += 1
                    yield record
                elif line and not line.isspace():
                    unparsed += 1
                    first_unparsed += [line] * (len(first_unparsed) < UNPARSED_SHOWN)
                    self._note_unparsed(probe.source, number, line)
            lines_before += len(batch)
        statistics.lines += parsed + unparsed
        statistics.unparsed_lines += unparsed
        if unparsed > parsed:
            raise _foreign(
                probe.source, first_unparsed, f"{unparsed:,} of its {parsed + unparsed:,} lines are not"
            )

    def _note_unparsed(self, source: LogSource, number: int, line: str) -> None:
        shown = self.statistics.first_unparsed
        if len(shown) < UNPARSED_SHOWN:
            shown.append(UnparsedLine(source=source.name, number=number, text=printable(line)))


def _push(
    active: list[tuple[int, int, LogRecord, Iterator[LogRecord]]], order: int, records: Iterator[LogRecord]
) -> None:
    record = next(records, None)
    if record is not None:
        heapq.heappush(active, (record.at_s, order, record, records))


def _run_up_to(
    limit_s: int,
    order: int,
    records: Iterator[LogRecord],
    active: list[tuple[int, int, LogRecord, Iterator[LogRecord]]],
) -> Iterator[LogRecord]:
    """Yield one source's records while no other can be due; then line it up again."""
    for record in records:
        if record.at_s >= limit_s:
            heapq.heappush(active, (record.at_s, order, record, records))
            return
        yield record


def _refuse_twins(sources: Sequence[LogSource]) -> None:
    seen: set[object] = set()
    for source in sources:
        identity = source.identity or source.argument
        if identity in seen:
            raise EvidenceError(f"{source.name} is given twice, so every visit in it would count twice")
        seen.add(identity)


def _foreign(source: LogSource, lines: Sequence[str], how_many: str) -> EvidenceError:
    look = describe_foreign("\n".join(lines[:20]))
    seen = "" if look == "binary data" else f", for example: {printable(lines[0], 60)}"
    return EvidenceError(
        f"{source.name} is not an access log: {how_many} of that kind; it looks like {look}{seen}",
        hint=_FORMAT_HINT,
    )


def _ignore(_: int) -> None:
    """Looking at a file is no progress: it will be read again."""


def printable(line: str, limit: int = _SHOWN_CHARS) -> str:
    """Return the beginning of a line (Latin-1 text) for the terminal: UTF-8 read, control characters shown, not obeyed."""
    text = line[: limit * 4].encode("latin-1", "replace").decode("utf-8", "backslashreplace")
    safe = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text.rstrip("\r"))
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"
