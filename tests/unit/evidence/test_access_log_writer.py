"""Writing access logs: lines that any reader of the combined format takes, files that are whole or not there."""

import gzip
import os
import re
import threading
from pathlib import Path

import pytest

from trafficflou.core import StoreError
from trafficflou.evidence.access_log_writer import (
    CombinedLogFormat,
    open_access_log,
    quoted_field,
    request_path,
)

AT_S = 1_772_409_599  # 2026-03-01T23:59:59Z


def test_line_is_the_combined_format() -> None:
    """A line has the nine fields of Apache's combined format."""
    text = CombinedLogFormat().line(AT_S, b"10.1.2.3", b"/a?b", 200, 512, b"https://x.invalid/", b"Agent/1")
    assert text == (
        b'10.1.2.3 - - [01/Mar/2026:23:59:59 +0000] "GET /a?b HTTP/1.1" 200 512 "https://x.invalid/" "Agent/1"\n'
    )


@pytest.mark.parametrize(
    ("offset_s", "stamp"),
    [
        (0, "01/Mar/2026:23:59:59 +0000"),
        (3600, "02/Mar/2026:00:59:59 +0100"),
        (-18_000, "01/Mar/2026:18:59:59 -0500"),
        (19_800, "02/Mar/2026:05:29:59 +0530"),
        (-1800, "01/Mar/2026:23:29:59 -0030"),
    ],
)
def test_stamp_is_in_the_clock_of_the_log(offset_s: int, stamp: str) -> None:
    """The stamp shows local time and its offset."""
    line = CombinedLogFormat(offset_s).line(AT_S, b"-", b"/", 200, 0, b"-", b"-")
    assert f"[{stamp}]".encode() in line


def test_stamp_follows_the_second() -> None:
    """The cached stamp changes with the second, back and forth."""
    log = CombinedLogFormat()
    seconds = [
        re.findall(rb":(\d\d) ", log.line(AT_S + step, b"-", b"/", 200, 0, b"-", b"-"))[0]
        for step in (0, 0, 1, 0)
    ]
    assert seconds == [b"59", b"59", b"00", b"59"]


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/plain-path_~.html", b"/plain-path_~.html"),
        ("/caf%C3%A9", b"/caf%C3%A9"),
        ("/café", b"/caf%C3%A9"),
        ('/a" 200', b"/a%22%20200"),
        ("/a\r\nb\x00\x7f", b"/a%0D%0Ab%00%7F"),
        ("/\udcff", b"/%ED%B3%BF"),
    ],
)
def test_path_cannot_leave_its_field(path: str, written: bytes) -> None:
    """What a URL cannot hold is percent-encoded; what is encoded stays."""
    assert request_path(path) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", b"-"),
        ('a"b\\c', rb"a\x22b\x5cc"),
        ("a\nb", rb"a\x0ab"),
        ("é", rb"\xc3\xa9"),
        ("A b/1 (x; y)", b"A b/1 (x; y)"),
    ],
)
def test_quoted_field_cannot_leave_its_quotes(text: str, written: bytes) -> None:
    """Quotes, backslashes and what is not printable are escaped as servers do."""
    assert quoted_field(text) == written


def test_log_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    """While it is written there is no log of that name; afterwards there is nothing else."""
    path = tmp_path / "a.log"
    with open_access_log(path) as log:
        log.write(b"x\n")
        assert not path.exists()
    assert path.read_bytes() == b"x\n"
    assert list(tmp_path.iterdir()) == [path]


def test_failed_log_leaves_the_old_one(tmp_path: Path) -> None:
    """An exception while writing leaves what was there, and no rest."""
    path = tmp_path / "a.log"
    path.write_bytes(b"old\n")
    with pytest.raises(TypeError), open_access_log(path) as log:
        log.writelines([b"new\n", None])  # type: ignore[list-item]  # fails half-way
    assert path.read_bytes() == b"old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_gz_name_is_compressed_and_equal_logs_are_equal_files(tmp_path: Path) -> None:
    """A `.gz` log holds no time and no name of its own."""
    for name in ("a.log.gz", "b.log.gz"):
        with open_access_log(tmp_path / name) as log:
            log.write(b"x\n" * 1000)
    first, second = (tmp_path / "a.log.gz").read_bytes(), (tmp_path / "b.log.gz").read_bytes()
    assert gzip.decompress(first) == b"x\n" * 1000
    assert first == second


def test_link_stays_a_link(tmp_path: Path) -> None:
    """A log behind a symbolic link is replaced, not the link."""
    (tmp_path / "real.log").write_bytes(b"old\n")
    (tmp_path / "link.log").symlink_to("real.log")
    with open_access_log(tmp_path / "link.log") as log:
        log.write(b"new\n")
    assert (tmp_path / "link.log").is_symlink()
    assert (tmp_path / "real.log").read_bytes() == b"new\n"


def test_pipe_is_written_to_and_stays(tmp_path: Path) -> None:
    """What is not a regular file is never replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with open_access_log(pipe) as log:
        log.write(b"x\n")
    reader.join()
    assert read == [b"x\n"]
    assert pipe.is_fifo()


def test_missing_folder_is_told_with_what_to_do(tmp_path: Path) -> None:
    """A missing folder is named, and the hint makes it."""
    with (
        pytest.raises(StoreError, match="No such file") as caught,
        open_access_log(tmp_path / "no" / "a.log"),
    ):
        pytest.fail("opened")
    assert caught.value.hint.startswith("Make the folder first")


def test_folder_in_place_of_the_log_is_told(tmp_path: Path) -> None:
    """A folder of that name is not written to."""
    with pytest.raises(StoreError, match="Is a directory"), open_access_log(tmp_path):
        pytest.fail("opened")


def test_closed_pipe_is_left_to_the_shell(tmp_path: Path) -> None:
    """A reader that has had enough is no failure of the store."""
    with pytest.raises(BrokenPipeError), open_access_log(tmp_path / "a.log"):
        raise BrokenPipeError
    assert not list(tmp_path.iterdir())
