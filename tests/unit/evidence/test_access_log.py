"""Reading access logs: sources, order, damage, and what could not be parsed."""

import bz2
import gzip
import io
import os
import threading
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from trafficflou.core import EvidenceError
from trafficflou.evidence import AccessLogReader
from trafficflou.evidence import _log_source as source_module


def line(second: int, path: str = "/", address: str = "192.0.2.7") -> str:
    """Write a combined line of the tenth of March."""
    minutes, seconds = divmod(second, 60)
    stamp = f"10/Mar/2026:10:{minutes:02d}:{seconds:02d} +0100"
    return f'{address} - - [{stamp}] "GET {path} HTTP/1.1" 200 5 "-" "Mozilla/5.0 (X11)"\n'


def write(path: Path, *lines: str) -> str:
    """Write a log and return its name."""
    path.write_text("".join(lines))
    return str(path)


def paths(*sources: str) -> list[str]:
    """Read logs and return the targets in order."""
    return [record.target for record in AccessLogReader(sources)]


def failure(*sources: str) -> EvidenceError:
    """Read logs that cannot be read, and return the error."""
    with pytest.raises(EvidenceError) as caught:
        paths(*sources)
    assert caught.value.exit_code == 2
    return caught.value


def test_rotated_logs_are_read_in_order_of_time(tmp_path: Path) -> None:
    """Whatever the order of the names, the oldest log comes first; compression is told by content, not by name."""
    newest = write(tmp_path / "access.log", line(30, "/3"), line(31, "/4"))
    middle = write(tmp_path / "access.log.1", line(20, "/2"))
    oldest = tmp_path / "access.log.2"
    oldest.write_bytes(gzip.compress(line(10, "/1").encode()))
    assert paths(newest, str(oldest), middle) == ["/1", "/2", "/3", "/4"]


def test_logs_of_several_servers_are_merged(tmp_path: Path) -> None:
    """Overlapping logs are interleaved by time; in equal seconds the log that began first goes first."""
    one = write(tmp_path / "one", *(line(second, f"/a{second}") for second in (1, 3, 5, 9)))
    two = write(tmp_path / "two", *(line(second, f"/b{second}") for second in (2, 3, 4, 8)))
    three = write(tmp_path / "three", line(4, "/c4"))
    assert paths(two, three, one) == ["/a1", "/b2", "/a3", "/b3", "/b4", "/c4", "/a5", "/b8", "/a9"]


def test_disorder_within_a_log_is_left_alone(tmp_path: Path) -> None:
    """A line that stands late in its own log is handed on where it stands."""
    log = write(tmp_path / "log", line(5, "/5"), line(3, "/3"), line(6, "/6"))
    later = write(tmp_path / "later", line(7, "/7"))
    assert paths(log, later) == ["/5", "/3", "/6", "/7"]


def test_statistics_count_and_show_what_was_not_parsed(tmp_path: Path) -> None:
    """Unparsed lines are counted, the first five kept with their numbers, harmless and cut; blank lines do not count."""
    bad = "\x1b[31mred\x07 " + "y" * 300 + "\n"
    log = write(tmp_path / "log", line(1), "\n", bad, *["junk\n"] * 6, *[line(2)] * 9, line(3)[:50])
    reader = AccessLogReader([log])
    assert len(list(reader)) == 10
    statistics = reader.statistics
    assert (statistics.lines, statistics.unparsed_lines) == (18, 8)
    assert [shown.number for shown in statistics.first_unparsed] == [3, 4, 5, 6, 7]
    first = statistics.first_unparsed[0]
    assert first.source == log
    assert first.text.startswith("\\x1b[31mred\\x07 yyy")
    assert len(first.text) == 120
    assert statistics.formats == {log: "combined"}


def test_overlong_lines_count_once_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line without end is counted as one that could not be parsed, however many blocks it fills."""
    monkeypatch.setattr(source_module, "_BLOCK_BYTES", 50_000)
    log = write(tmp_path / "log", line(1, "/1"), "z" * 400_000 + "\n", line(2, "/2"))
    reader = AccessLogReader([log])
    assert [record.target for record in reader] == ["/1", "/2"]
    assert reader.statistics.unparsed_lines == 1


@pytest.mark.parametrize("block_bytes", [1, 2, 7, 64])
def test_lines_survive_being_cut_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    """Blocks end where they like: lines, gzip headers and gzip members go on in the next."""
    monkeypatch.setattr(source_module, "_BLOCK_BYTES", block_bytes)
    log = tmp_path / "log"
    log.write_bytes(
        gzip.compress(line(1, "/1").encode()) + gzip.compress(line(2, "/2").encode()) + b"\0" * 20
    )
    if block_bytes == 1:
        log.write_text(line(1, "/1") + line(2, "/2"))
    assert paths(str(log)) == ["/1", "/2"]


def test_much_can_come_out_of_little(tmp_path: Path) -> None:
    """What a small block inflates to is handed on in pieces, to the last byte."""
    log = tmp_path / "log"
    log.write_bytes(gzip.compress(line(1).encode() * 60_000, 9))
    assert len(paths(str(log))) == 60_000


def test_source_without_any_line_end_is_given_up() -> None:
    """Something endless without lines, such as a device, is refused and not read for ever."""

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return b"\0" * size

    with pytest.raises(EvidenceError, match="binary data"):
        AccessLogReader(["-"], stdin=cast("BinaryIO", Endless()))


def test_standard_input_and_pipes_are_read_once(tmp_path: Path) -> None:
    """`-` and a named pipe cannot be looked at twice; plain and gzip both work."""
    packed = io.BytesIO(gzip.compress((line(1, "/in") + line(9, "/in2")).encode()))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(line(5, "/pipe"),))
    writer.start()
    told: list[int] = []
    reader = AccessLogReader(["-", str(pipe)], stdin=packed, on_progress=told.append)
    assert [record.target for record in reader] == ["/in", "/pipe", "/in2"]
    writer.join()
    assert reader.total_bytes is None
    assert told[-1] == len(packed.getvalue()) + len(line(5, "/pipe"))


def test_progress_counts_compressed_bytes(tmp_path: Path) -> None:
    """Progress is told in bytes of the files, so that it ends at their size."""
    log = tmp_path / "log"
    log.write_bytes(gzip.compress(line(1).encode() * 1000))
    told: list[int] = []
    reader = AccessLogReader([str(log)], on_progress=told.append)
    assert list(reader)
    assert reader.total_bytes == told[-1] == log.stat().st_size


def test_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path: Path) -> None:
    """A log that went through Windows is still a log."""
    log = tmp_path / "log"
    log.write_bytes(b"\xef\xbb\xbf" + (line(1) + line(2)).replace("\n", "\r\n").encode())
    assert len(paths(str(log))) == 2


def test_missing_log_is_named(tmp_path: Path) -> None:
    """The error names the file that is not there."""
    assert "nothing.log does not exist" in failure(str(tmp_path / "nothing.log")).message


def test_folder_is_told_from_a_log(tmp_path: Path) -> None:
    """A folder is answered with the way to name the files in it."""
    error = failure(str(tmp_path))
    assert "is a folder" in error.message
    assert "access.log*" in error.hint


def test_impossible_name_is_an_error_of_ours() -> None:
    """A name that no file can have is reported like one that is not there."""
    assert "cannot be read" in failure("a\0b").message


def test_unreadable_log_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing permission is answered with what usually helps."""
    log = write(tmp_path / "log", line(1))

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    error = failure(log)
    assert "Permission denied" in error.message
    assert "sudo" in error.hint


def test_empty_logs_are_an_error_only_if_all_are(tmp_path: Path) -> None:
    """A log that was just rotated may be empty beside others; alone it has nothing to teach."""
    empty = write(tmp_path / "empty.log", "\n", "  \n")
    zipped = tmp_path / "zipped.gz"
    zipped.write_bytes(gzip.compress(b""))
    assert "not a single line" in failure(empty, str(zipped)).message
    reader = AccessLogReader([empty, write(tmp_path / "full.log", line(1))])
    assert len(list(reader)) == 1
    assert reader.statistics.empty_sources == [empty]


def test_log_given_twice_is_refused(tmp_path: Path) -> None:
    """The same file under two names would count every visit twice."""
    log = write(tmp_path / "log", line(1))
    other = tmp_path / "other"
    other.symlink_to(log)
    assert "given twice" in failure(log, str(other)).message
    assert "given twice" in failure("-", "-").message


@pytest.mark.parametrize(
    ("content", "look"),
    [
        (b'{"status": 200}\n' * 50, "JSON"),
        (b"time,host,path\n1,2,3\n", "CSV"),
        (b"<html>hello</html>\n", "an HTML page"),
        (bytes(range(256)) * 100, "binary data"),
        (bz2.compress(b"x" * 1000), "a bzip2 file"),
        (gzip.compress(gzip.compress(b"x" * 100)), "gzip inside gzip"),
        (b"\0" * 300_000, "binary data"),
    ],
)
def test_foreign_file_is_told_what_it_looks_like(tmp_path: Path, content: bytes, look: str) -> None:
    """What is not an access log is named, and the hint shows a line that would be one."""
    log = tmp_path / "log"
    log.write_bytes(content)
    error = failure(str(log))
    assert "is not an access log" in error.message
    assert look in error.message
    assert "combined" in error.hint
    assert error.message.isprintable()


def test_log_that_turns_foreign_is_refused_at_its_end(tmp_path: Path) -> None:
    """More lines that do not parse than do is another kind of file, even if it began well."""
    log = write(tmp_path / "log", *[line(1)] * 5, *["junk\n"] * 6)
    assert "6 of its 11 lines are not" in failure(log).message


def test_gzip_cut_short_is_told(tmp_path: Path) -> None:
    """A copy that stopped half-way is an error, not a shorter log."""
    log = tmp_path / "log.gz"
    whole = gzip.compress("".join(line(second % 60, f"/{second}") for second in range(5000)).encode())
    for length in (1 + len(whole) // 2, len(whole) - 1, 12, 3):
        log.write_bytes(whole[:length])
        error = failure(str(log))
        assert "cut short" in error.message
        assert "gzip -dc" in error.hint


@pytest.mark.parametrize("place", [20, -300, -6])
def test_corrupt_gzip_is_told(tmp_path: Path, place: int) -> None:
    """Flipped bits and a wrong checksum are damage."""
    log = tmp_path / "log.gz"
    packed = bytearray(gzip.compress(os.urandom(64) + "".join(line(s % 60) for s in range(5000)).encode()))
    packed[place] ^= 0xFF
    log.write_bytes(packed)
    assert "gzip data" in failure(str(log)).message


def test_trailing_garbage_after_gzip_is_damage(tmp_path: Path) -> None:
    """After the last member only padding may follow."""
    log = tmp_path / "log.gz"
    log.write_bytes(gzip.compress(line(1).encode()) + b"garbage")
    assert "corrupt" in failure(str(log)).message
