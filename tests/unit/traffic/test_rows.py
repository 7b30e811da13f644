"""Rows of data for visitors: the files that are read, and what is told of others."""

import json
from pathlib import Path

import pytest

from trafficflou.core import UsageError
from trafficflou.traffic.journeys import read_rows
from trafficflou.traffic.journeys.rows import MAX_ROWS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rows.csv", 'word,least\nlamp,1\n"two, words",0\n'),
        ("rows.CSV", '\ufeffword,least\r\nlamp,1\r\n"two, words",0\r\n'),
        ("rows.json", '[{"word": "lamp", "least": "1"}, {"word": "two, words", "least": "0"}]'),
        ("rows.jsonl", '{"word": "lamp", "least": "1"}\n\n{"word": "two, words", "least": "0"}\n'),
    ],
)
def test_rows_are_read_by_their_columns(tmp_path: Path, name: str, text: str) -> None:
    """CSV names its columns in the first line; JSON is a list of objects, JSON Lines an object a line."""
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert read_rows(tmp_path / name) == [
        {"word": "lamp", "least": "1"},
        {"word": "two, words", "least": "0"},
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv", b"a,b\n1\n", "a line has more or fewer fields than the first"),
        ("rows.csv", b"a,b\n1,2,3\n", "a line has more or fewer fields than the first"),
        ("rows.csv", b'a\n"x', "unexpected end of data"),
        ("rows.csv", b"", "has no rows"),
        ("rows.csv", b"a,b\n", "has no rows"),
        ("rows.csv", b"a\n\xff\n", "is not in UTF-8"),
        ("rows.json", b"{}", "it is no list of objects"),
        ("rows.json", b"[1]", "it is no list of objects"),
        ("rows.json", b"[", "cannot be read"),
        ("rows.json", b"[" * 100_000, "cannot be read"),
        ("rows.jsonl", b"{}\n{", "cannot be read"),
        ("rows.txt", b"a", "is no file of rows"),
    ],
)
def test_what_is_no_rows_is_told(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """Which file, and what is wrong with it."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_rows(tmp_path / name)
    assert message in caught.value.message
    assert name in caught.value.message


def test_rows_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In number and in bytes."""
    path = tmp_path / "rows.json"
    path.write_text(json.dumps([{}] * (MAX_ROWS + 1)))
    with pytest.raises(UsageError, match=f"has {MAX_ROWS + 1} rows"):
        read_rows(path)
    monkeypatch.setattr("trafficflou.traffic.journeys.rows._MAX_BYTES", 100)
    with pytest.raises(UsageError, match="has more than"):
        read_rows(path)
