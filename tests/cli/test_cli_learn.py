"""`trafficflou learn` on the command line."""

import gzip
import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.support.log_lines import combined_line, people_lines
from trafficflou.behavior import load_model
from trafficflou.cli import learn as command
from trafficflou.cli.shell import execute
from trafficflou.core import EvidenceError, UsageError

app = typer.Typer()
app.command()(command.learn)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Write a log of eight visitors, a bot and two lines that are none."""
    path = tmp_path / "access.log"
    junk = ["\x1b]0;owned\x07junk\n", "more junk\n"]
    bot = [combined_line(5, "/", agent="curl/8.5", address="203.0.113.1")]
    path.write_text("".join([*people_lines(), *bot, *junk]))
    return path


def invoke(*args: object, stdin: bytes | None = None) -> Result:
    """Run the command; errors of ours come out as they are, since the shell maps them."""
    return CliRunner().invoke(app, [str(arg) for arg in args], input=stdin, catch_exceptions=False)


def test_learn_writes_a_model_and_says_what_was_learned(log: Path, tmp_path: Path) -> None:
    """The summary has the counts, what was left out and why, what was not understood, and the next command."""
    output = tmp_path / "model.json"
    result = invoke(log, "-o", output)
    model = load_model(output)
    shown = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert model.provenance.sessions == 8
    assert "43 lines (combined format)" in shown
    assert "2 lines not understood, the first:" in shown
    assert "access.log:42: \\x1b]0;owned\\x07junk" in shown
    assert "\x1b" not in result.stdout
    assert "1 2.4% bots:" in shown
    assert "8 visitors, 8 sessions" in shown
    assert "24 page views, 3.00 a session; 0.0% of the sessions have one" in shown
    assert "50% 15 s" in shown
    assert "/product/{id}" in shown
    assert f"trafficflou model show {output}" in result.stdout
    assert result.stderr == ""


def test_learn_as_json_prints_nothing_else(log: Path, tmp_path: Path) -> None:
    """With `--json` standard output is one document with the same facts."""
    result = invoke(log, "-o", tmp_path / "model.json", "--json")
    facts = json.loads(result.stdout)
    assert facts["schema"] == "trafficflou/learned@1"
    assert facts["provenance"]["page_views"] == 24
    assert facts["provenance"]["skipped"] == {"bots": 1}
    assert [line["line"] for line in facts["first_unparsed"]] == [42, 43]
    assert facts["logs"] == {str(log): "combined"}


def test_quiet_learns_without_a_word(log: Path, tmp_path: Path) -> None:
    """`--quiet` prints nothing, and the model is there."""
    result = invoke(log, "-o", tmp_path / "model.json", "-q", "--name", "shop")
    assert (result.stdout, result.stderr) == ("", "")
    assert load_model(tmp_path / "model.json").name == "shop"


def test_learn_reads_standard_input(log: Path, tmp_path: Path) -> None:
    """`-` reads a pipe, compressed or not."""
    result = invoke("-", "-o", tmp_path / "model.json", stdin=gzip.compress(log.read_bytes()))
    assert result.exit_code == 0
    assert load_model(tmp_path / "model.json").provenance.lines == 43


def test_flags_reach_the_learner(log: Path, tmp_path: Path) -> None:
    """What to keep, where a visit ends and how many visitors a name needs come from the command line."""
    output = tmp_path / "model.json"
    invoke(
        log,
        "-o",
        output,
        "--keep",
        "bots, scanners",
        "--keep",
        "no-assets",
        "--k-anonymity",
        2,
        "--session-gap",
        "15s",
    )
    model = load_model(output)
    assert model.k_anonymity == 2
    assert model.provenance.sessions == 17
    assert model.provenance.skipped == {}


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--keep", "robots"], "'robots' is nothing that is left out"),
        (["--session-gap", "30"], "--session-gap: '30' is not a duration"),
        (["--session-gap", "48h"], "choose 1s to 24h"),
    ],
)
def test_wrong_flags_are_answered_before_reading(
    log: Path, tmp_path: Path, flags: list[str], words: str
) -> None:
    """A flag that makes no sense is an error of usage that says what does."""
    with pytest.raises(UsageError, match=words):
        invoke(log, "-o", tmp_path / "model.json", *flags)
    assert not (tmp_path / "model.json").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"a": 1}\n' * 9,
        bytes(range(256)) * 9,
        gzip.compress(b"x" * 999)[:-9],
        combined_line(1, agent="curl/8").encode(),
    ],
)
def test_unusable_log_leaves_no_output(tmp_path: Path, content: bytes) -> None:
    """Empty, foreign, binary and cut-short logs, and logs of nothing but bots, are errors and leave nothing behind."""
    bad = tmp_path / "bad.log"
    bad.write_bytes(content)
    with pytest.raises(EvidenceError):
        invoke(bad, "-o", tmp_path / "model.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.log"]


def test_output_is_checked_before_reading(log: Path) -> None:
    """The log itself is never overwritten by the model."""
    before = log.read_bytes()
    with pytest.raises(UsageError, match="is one of the logs"):
        invoke(log, "-o", log)
    assert log.read_bytes() == before


def test_several_logs_and_withheld_paths_are_told(tmp_path: Path) -> None:
    """The summary says how many logs there were, which were empty, and how much may not be named."""
    one, two, empty = tmp_path / "a.log", tmp_path / "b.log", tmp_path / "c.log"
    lines = people_lines(12)
    rare = [
        combined_line(35, f"/account/name-{visitor}/x", address=f"198.51.100.{visitor}")
        for visitor in range(3)
    ]
    one.write_text("".join(lines[:30]))
    two.write_text("".join([*lines[30:], *rare]))
    empty.touch()
    shown = " ".join(invoke(two, empty, one, "-o", tmp_path / "model.json").stdout.split())
    assert "of 2 logs" in shown
    assert "c.log is empty" in shown
    assert "3 paths that fewer than 5 visitors asked for" in shown
    assert "Left out nothing" in shown


def test_merged_templates_and_notes_are_told(tmp_path: Path) -> None:
    """What was merged for anonymity, and what is unusual about the log, is said in words."""
    log = tmp_path / "a.log"
    odd = [
        combined_line(35, f"/about-{visitor % 6 * 'x'}y/", address=f"198.51.100.{visitor}")
        for visitor in range(12)
    ]
    days = [
        combined_line(86_400 * 3 + second, "/", address="198.51.100.1") for second in range(0, 200_000, 900)
    ]
    log.write_text("".join([*people_lines(12, files=False), *odd, *days]))
    shown = " ".join(invoke(log, "-o", tmp_path / "model.json").stdout.split())
    assert "templates of too few visitors: merged into coarser ones" in shown
    assert "Note Only 0 of" in shown
    assert "days covered" in shown


def test_progress_is_shown_on_a_terminal_only(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal sees a bar on standard error; it is gone when the summary comes."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with command._progress(quiet=False) as progress:
        assert progress is not None
        progress(10, 100)
        progress(100, None)
    assert "reading" in capsys.readouterr().err
    with command._progress(quiet=True) as progress:
        assert progress is None
    assert invoke(log, "-o", tmp_path / "model.json", "-q").exit_code == 0


def test_shell_maps_a_bad_log_to_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the real command line the error and its hint are printed, without control characters."""
    assert execute(["learn", str(tmp_path / "no\x1b[31m.log"), "-o", str(tmp_path / "model.json")]) == 2
    err = capsys.readouterr().err
    assert "does not exist" in err
    assert "\x1b" not in err
