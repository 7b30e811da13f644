"""Run folders: never shared, never overwritten, always found again, damaged or not."""

import errno
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from trafficflou.core import StoreError
from trafficflou.stores import LATEST, RunFolder, RunStatus, find_run, list_runs

NOW = datetime(2026, 11, 23, 21, 18, 0, tzinfo=UTC)


def summary_text(verdict: str = "pass", **changes: Any) -> str:
    """Return the part of a summary that a listing reads."""
    return json.dumps(
        {
            "schema": "trafficflou/summary@1",
            "verdict": verdict,
            "run": {"target": "http://127.0.0.1:8080/", "duration_s": 30.5},
            "requests": {"rate_rps": 123.4, "error_share": 0.01},
            "response_ms": {"p95": 210.0},
            **changes,
        }
    )


def make_run(root: Path, name: str = "shop", *, seconds: int = 0, summary: str | None = None) -> RunFolder:
    """Make a run folder that began `seconds` after NOW."""
    folder = RunFolder.create(root, name, NOW + timedelta(seconds=seconds))
    if summary is not None:
        folder.write_summary(summary)
    return folder


def test_create_names_the_folder_by_time_and_name(tmp_path: Path) -> None:
    """A run's folder says when it began (UTC) and what it was called."""
    local = NOW.astimezone(timezone(timedelta(hours=5)))
    folder = RunFolder.create(tmp_path / "deep" / "runs", "shop", local)
    assert folder.name == "20261123T211800Z-shop"
    assert folder.path.is_dir()


def test_create_never_shares_a_folder(tmp_path: Path) -> None:
    """Runs of the same second and name get folders of their own."""
    names = [RunFolder.create(tmp_path, "shop", NOW).name for _ in range(3)]
    assert names == ["20261123T211800Z-shop", "20261123T211800Z-shop-2", "20261123T211800Z-shop-3"]


def test_create_gives_up_on_absurdly_many_of_one_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search for a free name is bounded."""
    monkeypatch.setattr("trafficflou.stores.runs._MAX_SAME_SECOND", 3)
    RunFolder.create(tmp_path, "shop", NOW)
    RunFolder.create(tmp_path, "shop", NOW)
    with pytest.raises(StoreError, match="runs of this second exist"):
        RunFolder.create(tmp_path, "shop", NOW)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("My shop: sale!", "My-shop-sale"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "run"),
        ("...", "run"),
        ("\x1b[31m", "31m"),
        ("магазин", "run"),
        ("x" * 200, "x" * 60),
        ("v1.2_b", "v1.2_b"),
    ],
)
def test_create_sanitises_the_name(tmp_path: Path, name: str, expected: str) -> None:
    """Whatever the name, the folder lies directly in the root and has a harmless name."""
    folder = RunFolder.create(tmp_path, name, NOW)
    assert folder.name == f"20261123T211800Z-{expected}"
    assert folder.path.parent == tmp_path


def test_create_in_a_file_is_a_store_error_with_a_hint(tmp_path: Path) -> None:
    """A root that is a file is refused with words, not with a traceback."""
    root = tmp_path / "file"
    root.write_text("x")
    with pytest.raises(StoreError, match="cannot make the folder for runs") as caught:
        RunFolder.create(root / "runs", "shop", NOW)
    assert "not a folder" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (errno.EACCES, "permission"),
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "Check that"),
    ],
)
def test_write_errors_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, hint: str
) -> None:
    """Each refusal of the operating system becomes a StoreError whose hint helps, and leaves nothing behind."""
    folder = make_run(tmp_path, summary="{}")

    def refuse(_descriptor: int) -> None:
        raise OSError(code, "refused")

    monkeypatch.setattr("trafficflou.stores._files.os.fsync", refuse)
    with pytest.raises(StoreError, match="cannot write the report") as caught:
        folder.write_report("<html>")
    assert hint in caught.value.hint
    assert [path.name for path in folder.path.iterdir()] == ["summary.json"]


def test_write_replaces_the_whole_file(tmp_path: Path) -> None:
    """A rebuilt file replaces the old one, with its text unchanged in UTF-8 and without a leftover."""
    folder = make_run(tmp_path)
    folder.write_report("a long first version")
    path = folder.write_report("ö\n\ud800")
    assert path.read_bytes() == "ö\n?".encode()
    assert [entry.name for entry in folder.path.iterdir()] == ["report.html"]


def test_paths_lie_in_the_folder(tmp_path: Path) -> None:
    """Every file of a run lives in its folder under its documented name."""
    folder = RunFolder(tmp_path)
    paths = [folder.summary_path, folder.report_path, folder.log_path, folder.series_path, folder.config_path]
    assert [path.name for path in paths] == [
        "summary.json",
        "report.html",
        "run.log",
        "series.jsonl",
        "config.json",
    ]
    assert {path.parent for path in paths} == {tmp_path}


def test_read_summary_returns_what_was_written(tmp_path: Path) -> None:
    """A summary survives the round trip."""
    folder = make_run(tmp_path, summary=summary_text())
    assert folder.read_summary() == summary_text()


@pytest.mark.parametrize(("series", "hint"), [(True, "series.jsonl"), (False, "another run")])
def test_read_summary_of_an_unfinished_run_says_so(tmp_path: Path, series: bool, hint: str) -> None:
    """A run without a summary is still running or was killed; the hint says what is left of it."""
    folder = make_run(tmp_path)
    if series:
        folder.series_path.write_text("{}\n")
    with pytest.raises(StoreError, match="still running, or it was killed") as caught:
        folder.read_summary()
    assert hint in caught.value.hint


def test_read_summary_of_a_monstrous_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that no run of ours can have written is not read into memory."""
    monkeypatch.setattr("trafficflou.stores.runs._MAX_SUMMARY_BYTES", 10)
    folder = make_run(tmp_path, summary="x" * 11)
    with pytest.raises(StoreError, match="larger than"):
        folder.read_summary()


def test_list_runs_reads_the_figures_newest_first(tmp_path: Path) -> None:
    """A finished run is listed with its verdict and main figures; the newest comes first."""
    make_run(tmp_path, "old", summary=summary_text("fail"))
    make_run(tmp_path, "new", seconds=60, summary=summary_text("pass"))
    newest, oldest = list_runs(tmp_path)
    assert (newest.title, newest.status, oldest.title, oldest.status) == (
        "new",
        RunStatus.PASS,
        "old",
        RunStatus.FAIL,
    )
    assert newest.started_at == NOW + timedelta(seconds=60)
    figures = (newest.target, newest.duration_s, newest.rate_rps, newest.p95_ms, newest.error_share)
    assert figures == ("http://127.0.0.1:8080/", 30.5, 123.4, 210.0, 0.01)


def test_list_runs_of_one_second_in_the_order_of_their_making(tmp_path: Path) -> None:
    """The tenth run of a second is newer than the second one."""
    made = [make_run(tmp_path).name for _ in range(11)]
    assert [entry.name for entry in list_runs(tmp_path)] == made[::-1]


def test_list_runs_tolerates_figures_that_are_missing(tmp_path: Path) -> None:
    """A run without a request has no percentiles; it is listed without them."""
    make_run(tmp_path, summary=summary_text(response_ms={"p95": None}, requests={}))
    (entry,) = list_runs(tmp_path)
    assert (entry.status, entry.p95_ms, entry.rate_rps) == (RunStatus.PASS, None, None)


@pytest.mark.parametrize(
    ("config", "target"),
    [
        ('{"target": "http://127.0.0.1/"}', "http://127.0.0.1/"),
        ("[]", None),
        ("{", None),
        ('{"target": 1}', None),
        (None, None),
    ],
)
def test_list_runs_shows_an_unfinished_run(tmp_path: Path, config: str | None, target: str | None) -> None:
    """A run without a summary is listed as unfinished, with the target that its settings tell."""
    folder = make_run(tmp_path)
    if config is not None:
        folder.write_config(config)
    (entry,) = list_runs(tmp_path)
    assert (entry.status, entry.target) == (RunStatus.UNFINISHED, target)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '"pass"',
        "[" * 100_000,
        summary_text("excellent"),
        summary_text(run=None),
        summary_text(run={}),
        summary_text(requests=[]),
        "\ud800",
    ],
)
def test_list_runs_shows_a_damaged_run(tmp_path: Path, text: str) -> None:
    """A summary that cannot be understood does not end the listing; its line says what is wrong."""
    make_run(tmp_path, "bad", summary=text)
    make_run(tmp_path, "good", summary=summary_text())
    found = {entry.title: entry for entry in list_runs(tmp_path)}
    assert found["good"].status is RunStatus.PASS
    assert found["bad"].status is RunStatus.DAMAGED
    assert found["bad"].problem.startswith("summary.json: ")


def test_list_runs_shows_a_run_that_may_not_be_read(tmp_path: Path) -> None:
    """A summary that is a folder is damage too."""
    make_run(tmp_path).summary_path.mkdir()
    (entry,) = list_runs(tmp_path)
    assert entry.status is RunStatus.DAMAGED


def test_list_runs_passes_over_everything_else(tmp_path: Path) -> None:
    """Files and folders that are not runs are not listed."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "20261123T211800Z-file").write_text("")
    (tmp_path / "20269999T999999Z-shop").mkdir()
    assert list_runs(tmp_path) == []


def test_list_runs_without_a_root_is_empty(tmp_path: Path) -> None:
    """Before the first run there is nothing to list, and nothing wrong."""
    assert list_runs(tmp_path / "none") == []


def test_list_runs_of_a_file_is_a_store_error(tmp_path: Path) -> None:
    """A root that is a file is an error of the operator."""
    root = tmp_path / "file"
    root.write_text("")
    with pytest.raises(StoreError, match="cannot list the runs"):
        list_runs(root)


@pytest.mark.parametrize(
    "ref",
    [
        "20261123T211800Z-shop",
        "20261123T2118",
        "shop",
        "sho",
        "{root}/20261123T211800Z-shop",
        "{root}/20261123T211800Z-shop/summary.json",
    ],
)
def test_find_run_understands_names_prefixes_and_paths(tmp_path: Path, ref: str) -> None:
    """A run is found by its full name, an unambiguous beginning, its title or its path."""
    make_run(tmp_path, "shop", summary=summary_text())
    make_run(tmp_path, "blog", seconds=86_400, summary=summary_text())
    assert find_run(tmp_path, ref.format(root=tmp_path)).name == "20261123T211800Z-shop"


def test_find_run_latest_is_the_newest(tmp_path: Path) -> None:
    """`latest` means the run that began last."""
    make_run(tmp_path, "b")
    make_run(tmp_path, "a", seconds=1)
    assert find_run(tmp_path, LATEST).name.endswith("-a")


def test_find_run_prefers_the_exact_name(tmp_path: Path) -> None:
    """A full name is that run, though another one's name begins with it."""
    first = make_run(tmp_path)
    make_run(tmp_path)
    assert find_run(tmp_path, first.name) == first


def test_find_run_prefers_the_exact_title(tmp_path: Path) -> None:
    """A full title is that run, though another one's title begins with it."""
    make_run(tmp_path, "shop-sale")
    shop = make_run(tmp_path, "shop", seconds=1)
    assert find_run(tmp_path, "shop") == shop


def test_find_run_refuses_to_guess_between_several(tmp_path: Path) -> None:
    """An ambiguous name is an error that shows the choices, not all of a hundred."""
    for second in range(7):
        make_run(tmp_path, "shop", seconds=second)
    with pytest.raises(StoreError, match="not one run but 7") as caught:
        find_run(tmp_path, "shop")
    assert caught.value.hint.count("-shop") == 5
    assert caught.value.hint.endswith("and others.")


@pytest.mark.parametrize("ref", ["shpo", "20261123T211800Z-shpo", "20261123T211801Z-shop"])
def test_find_run_suggests_the_nearest_name(tmp_path: Path, ref: str) -> None:
    """A slip of the finger is answered with the run that was meant."""
    make_run(tmp_path, "shop")
    make_run(tmp_path, "blog", seconds=86_400)
    with pytest.raises(StoreError, match="there is no run") as caught:
        find_run(tmp_path, ref)
    assert caught.value.hint == "Did you mean 20261123T211800Z-shop?"


@pytest.mark.parametrize("ref", ["zzz", "", "\0", "no/such/path"])
def test_find_run_without_a_likeness_names_the_newest(tmp_path: Path, ref: str) -> None:
    """Where nothing is near, the hint names the newest run and the command that lists all."""
    make_run(tmp_path, "shop")
    with pytest.raises(StoreError, match="there is no run") as caught:
        find_run(tmp_path, ref)
    assert "20261123T211800Z-shop" in caught.value.hint
    assert "trafficflou runs" in caught.value.hint


def test_find_run_before_the_first_run_says_how_to_make_one(tmp_path: Path) -> None:
    """Without any run, even `latest` is an error with advice."""
    with pytest.raises(StoreError, match="there are no runs") as caught:
        find_run(tmp_path, LATEST)
    assert "trafficflou demo" in caught.value.hint


def test_find_run_of_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """A path to some other folder is not taken for a run."""
    with pytest.raises(StoreError, match="not a run folder"):
        find_run(tmp_path, str(tmp_path))


def test_find_run_ignores_a_folder_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source folder `shop` beside `trafficflou-runs` does not hide the run called shop."""
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path / "runs", "shop")
    assert find_run(tmp_path / "runs", "shop") == run


def test_find_run_takes_a_copied_folder_of_any_name(tmp_path: Path) -> None:
    """A run folder that was renamed is still a run when its path is given."""
    run = make_run(tmp_path, summary=summary_text())
    copy = run.path.rename(tmp_path / "kept")
    assert find_run(tmp_path, str(copy)).path == copy
