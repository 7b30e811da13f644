"""Files written whole or not at all."""

import os
from pathlib import Path

from trafficflou.stores import write_text_atomic


def test_written_text_does_not_take_the_place_of_a_device_or_a_link(tmp_path: Path) -> None:
    """What is no regular file is written to, and a link keeps its file: `report -o /dev/null` by root must not end /dev/null."""
    pipe, link = tmp_path / "pipe", tmp_path / "link.html"
    os.mkfifo(pipe)
    link.symlink_to("real.html")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text_atomic(pipe, "a page")
        assert os.read(reader, 100) == b"a page"
    finally:
        os.close(reader)
    write_text_atomic(link, "a page")
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert (tmp_path / "real.html").read_text() == "a page"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "pipe", "real.html"]
