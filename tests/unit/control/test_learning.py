"""The use case "learn"."""

import gzip
import io
from pathlib import Path

import pytest

from tests.support.log_lines import people_lines
from trafficflou.behavior import LearnOptions, save_model
from trafficflou.control.learning import check_output, learn, name_of
from trafficflou.core import UsageError
from trafficflou.testing.models import sample_model


def test_learn_reads_several_logs_with_progress(tmp_path: Path) -> None:
    """Rotated logs in any order make one model; progress ends at the size of all of them."""
    lines = people_lines(10)
    new, old = tmp_path / "access.log", tmp_path / "access.log.1"
    new.write_text("".join(lines[25:]))
    old.write_bytes(gzip.compress("".join(lines[:25]).encode()))
    told: list[tuple[int, int | None]] = []
    outcome = learn([new, str(old)], None, lambda done, total: told.append((done, total)))
    size = new.stat().st_size + old.stat().st_size
    assert told[-1] == (size, size)
    assert outcome.model.provenance.sessions == 10
    assert outcome.model.name == "access"
    assert list(outcome.log.formats) == [str(old), str(new)]


def test_learn_reads_a_given_stdin() -> None:
    """`-` is whatever the caller says; a name that was given is kept."""
    stdin = io.BytesIO("".join(people_lines()).encode())
    outcome = learn(["-"], LearnOptions(name="mine"), stdin=stdin)
    assert outcome.model.name == "mine"
    assert outcome.log.lines == 40


@pytest.mark.parametrize(
    ("sources", "name"),
    [
        (["/var/log/nginx/access.log.2.gz", "b.log"], "access"),
        (["shop.log.gz"], "shop"),
        (["-"], "standard input"),
        ([".log"], ".log"),
        ([], "standard input"),
    ],
)
def test_model_is_named_after_its_first_log(sources: list[str], name: str) -> None:
    """The name says where the model came from, without the folder."""
    assert name_of(sources) == name


def test_output_may_be_new_or_an_older_model(tmp_path: Path) -> None:
    """A model may be learned again; an empty file is nobody's loss."""
    check_output(tmp_path / "new.json", ["-"])
    save_model(sample_model(), tmp_path / "old.json")
    check_output(tmp_path / "old.json", [str(tmp_path / "missing.log")])
    (tmp_path / "empty.json").touch()
    check_output(tmp_path / "empty.json", [])


def test_output_destroys_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a log, nor another document, nor a folder is overwritten; a folder that is missing or closed is told at once."""
    log, notes = tmp_path / "access.log", tmp_path / "notes.txt"
    log.write_text("x")
    notes.write_text("dear diary")
    link = tmp_path / "link.json"
    link.symlink_to(log)
    for output, words in (
        (log, "is one of the logs"),
        (link, "is one of the logs"),
        (notes, "is not a traffic model"),
        (tmp_path, "is a folder"),
        (tmp_path / "nowhere" / "model.json", "does not exist"),
    ):
        with pytest.raises(UsageError, match=words):
            check_output(output, [str(log)])
    monkeypatch.setattr("trafficflou.control.learning.os.access", lambda *_: False)
    with pytest.raises(UsageError, match="cannot be written to"):
        check_output(tmp_path / "model.json", [])


def test_output_that_cannot_be_looked_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read may be anything, so it is not replaced."""
    secret = tmp_path / "secret.json"
    secret.write_text("x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match="Permission denied"):
        check_output(secret, [])
