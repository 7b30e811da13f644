"""Structured logs: one JSON line an event in the file, sentences on the terminal."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from trafficflou.core import StoreError
from trafficflou.logs import get_logger, log_to_file, log_to_terminal
from trafficflou.logs.setup import MAX_FIELD_CHARS

log = get_logger("trafficflou.test")


def _lines_of(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_file_log_keeps_events_as_json_lines(tmp_path: Path) -> None:
    """Each event is one line with time, level, logger, process and its own fields, in this order."""
    with log_to_file(tmp_path / "run.log"):
        log.info("worker started", worker=3, target="http://[::1]\n")
        log.debug("not kept")
    (line,) = _lines_of(tmp_path / "run.log")
    assert list(line) == ["timestamp", "level", "logger", "process", "event", "worker", "target"]
    assert str(line["timestamp"]).endswith("Z")
    assert (line["level"], line["logger"], line["process"]) == ("info", "trafficflou.test", "MainProcess")
    assert (line["event"], line["worker"], line["target"]) == ("worker started", 3, "http://[::1]\n")


def test_file_log_takes_standard_loggers_and_asyncio(tmp_path: Path) -> None:
    """Code that uses the standard library's logging joins, and so do asyncio's complaints; others do not."""
    with log_to_file(tmp_path / "run.log"):
        logging.getLogger("trafficflou.other").warning("late by %d ms", 5, extra={"worker": 1})
        logging.getLogger("asyncio").error("Task was destroyed")
        logging.getLogger("somebody.else").error("not ours")
    first, second = _lines_of(tmp_path / "run.log")
    assert (first["event"], first["worker"]) == ("late by 5 ms", 1)
    assert second["event"] == "Task was destroyed"


def test_file_log_keeps_the_traceback(tmp_path: Path) -> None:
    """An exception is kept whole, in one line."""
    with log_to_file(tmp_path / "run.log"):
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            log.exception("it broke")
    (line,) = _lines_of(tmp_path / "run.log")
    assert "Traceback" in str(line["exception"])
    assert str(line["exception"]).endswith("ZeroDivisionError: division by zero")


def test_file_log_cuts_long_fields_and_takes_any_text(tmp_path: Path) -> None:
    """What a site sent cannot fill the disk or break the file."""
    with log_to_file(tmp_path / "run.log"):
        log.warning("odd", body="x" * 10 * MAX_FIELD_CHARS, lone="\ud800")
    (line,) = _lines_of(tmp_path / "run.log")
    assert len(str(line["body"])) == MAX_FIELD_CHARS + 1


def test_file_log_ends_with_its_block(tmp_path: Path) -> None:
    """Outside of the block nothing is written, and levels and structlog's own settings are as before."""
    before = (logging.getLogger("trafficflou").level, logging.getLogger("asyncio").level)
    with log_to_file(tmp_path / "run.log"):
        pass
    log.error("too late")
    assert _lines_of(tmp_path / "run.log") == []
    assert (logging.getLogger("trafficflou").level, logging.getLogger("asyncio").level) == before
    assert not structlog.is_configured()


def test_file_log_that_cannot_be_opened_is_a_store_error(tmp_path: Path) -> None:
    """A folder that is not there is told as such."""
    with pytest.raises(StoreError, match="cannot write the log"), log_to_file(tmp_path / "none" / "run.log"):
        pass


def test_file_log_is_shared_by_processes(tmp_path: Path) -> None:
    """Several processes write whole lines into one file."""
    code = (
        "import sys; from pathlib import Path; from trafficflou.logs import get_logger, log_to_file\n"
        "with log_to_file(Path(sys.argv[1])):\n"
        "    for number in range(200): get_logger('trafficflou.w').info('event', number=number, fill='x' * 500)\n"
    )
    path = tmp_path / "run.log"
    workers = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(2)]
    assert [worker.wait(30) for worker in workers] == [0, 0]
    assert sorted(int(str(line["number"])) for line in _lines_of(path)) == sorted([*range(200)] * 2)


@pytest.mark.parametrize(
    ("verbosity", "shown"),
    [
        (0, ["warning"]),
        (1, ["info", "warning"]),
        (2, ["debug", "info", "warning"]),
        (9, ["debug", "info", "warning"]),
    ],
)
def test_terminal_log_shows_more_with_each_v(
    verbosity: int, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Warnings always, -v what happens, -vv everything; all on standard error."""
    with log_to_terminal(verbosity):
        log.debug("a debug event")
        log.info("an info event")
        log.warning("a warning event")
    out, err = capsys.readouterr()
    assert not out
    assert [level for level in ("debug", "info", "warning") if f"{level} event" in err] == shown


def test_terminal_log_shows_control_characters_without_obeying_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A site's words must not drive the terminal."""
    with log_to_terminal(1):
        log.info("named \x1b[2J", header="\x1b]0;owned\x07", plain="fine")
    err = capsys.readouterr().err
    assert "\x1b[2J" not in err
    assert "\x07" not in err
    assert "\\x1b]0;owned\\x07" in err
    assert "plain=fine" in err


def test_terminal_log_outlives_its_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed standard error ends the lines, not the work."""

    class Closed:
        def isatty(self) -> bool:
            return False

        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Closed())
    with log_to_terminal(1):
        log.info("nobody reads this")
