"""Mistakes, said so that they can be put right."""

import pytest

from trafficflou.core.problem import Problem, in_plain_words, nearest


def test_problem_says_where_what_and_what_is_valid() -> None:
    """One line holds all that is needed."""
    problem = Problem(where="--pace", value="sloow", message="it is no pace", suggestion="slow", valid="slow")
    assert str(problem) == '--pace = "sloow": it is no pace. Did you mean slow? Valid: slow.'
    assert str(Problem(where="here", message="it is wrong")) == "here: it is wrong."


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "true"), (5, "5"), ("a\nb", '"a\N{REPLACEMENT CHARACTER}b"')]
)
def test_problem_shows_values_as_they_are_written(value: object, shown: str) -> None:
    """Switches as words, text in quotes and without control characters."""
    assert str(Problem(where="x", value=value, message="no")) == f"x = {shown}: no."


def test_problem_cuts_what_is_long() -> None:
    """A pasted file does not fill the terminal."""
    assert len(str(Problem(where="x", value="y" * 10_000, message="no"))) < 100


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("organic_mimicry", "organic-mimicry"),
        ("Organic Mimicry", "organic-mimicry"),
        ("organc-mimicry", "organic-mimicry"),
        ("organc", "organic-mimicry"),
        ("flair", "phantom-flair"),
        ("or", ""),
        ("zzz", ""),
        ("", ""),
        ("o" * 100_000, ""),
    ],
)
def test_nearest_word_is_found_however_it_is_written(word: str, meant: str) -> None:
    """Case, dashes, underscores and spaces do not matter; nothing near is nothing."""
    assert nearest(word, ["phantom-flair", "organic-mimicry"]) == meant


def test_plain_words_stand_for_those_of_the_library() -> None:
    """A library's words only where ours are no better."""
    assert in_plain_words("int_parsing", "Input should be ...") == "it is not a whole number"
    assert in_plain_words("value_error", "Value error, it is odd") == "it is odd"
