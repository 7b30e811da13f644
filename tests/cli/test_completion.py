"""What the shell offers when Tab is pressed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def _offered(line: str, folder: Path) -> list[str]:
    """Ask as the script does that `--install-completion` installs in bash."""
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-c", "from trafficflou.cli import main; main()"],
        env=os.environ
        | {
            "_TRAFFICFLOU_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        },
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=30,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("trafficflou si", {"simulate"}),
        ("trafficflou run --think-t", {"--think-time"}),
        ("trafficflou run --strategy o", {"organic-mimicry"}),
        ("trafficflou run --subresources p", {"page"}),
        ("trafficflou learn --keep s", {"scanners", "synthetic"}),
        ("trafficflou model ", {"show"}),
        ("trafficflou report 2026", {"20260102T030405Z-a", "20260102T030405Z-b"}),
        ("trafficflou report la", {"latest"}),
    ],
)
def test_completion_offers_what_can_be_written(tmp_path: Path, line: str, expected: set[str]) -> None:
    """Commands, flags, words of a closed set, and the runs there are."""
    for name in "ab":
        (tmp_path / "trafficflou-runs" / f"20260102T030405Z-{name}").mkdir(parents=True)
    assert set(_offered(line, tmp_path)) == expected


def test_completion_is_silent_where_the_settings_are_wrong(tmp_path: Path) -> None:
    """An error message would end up in the line that is being typed."""
    (tmp_path / "trafficflou.toml").write_text("[[[")
    assert _offered("trafficflou report ", tmp_path) == []
