"""Text from outside: what cannot be seen is shown, what is too long is cut."""

import pytest

from trafficflou.report._text import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/product/{id}", "/product/{id}"),
        ("größe 商品", "größe 商品"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\r\nb\tc\0", "a\\r\\nb\\tc\\x00"),
        ("evil\u202egpj", "evil\\u202egpj"),
        ("\u2028\u2029\u200b", "\\u2028\\u2029\\u200b"),
        ("\ud800", "\\ud800"),
        (7, "7"),
    ],
)
def test_visible_shows_what_could_deceive(text: object, shown: str) -> None:
    """Control characters, bidirectional marks and separators appear as their escapes; letters of any script stay."""
    assert visible(text) == shown


def test_visible_cuts_long_text() -> None:
    """A text of any length takes a bounded place."""
    assert visible("x" * 1_000_000) == "x" * 400 + "…"
    assert visible("x" * 10, max_chars=4) == "xxxx…"


def test_visible_keeps_text_that_just_fits() -> None:
    """Nothing is cut where the mark would take the place of the last character."""
    assert visible("x" * 5, max_chars=4) == "x" * 5
