"""Secrets and their redaction."""

import copy
import gc
import json
import logging
import pickle
from pathlib import Path
from urllib.parse import quote

import pytest

from trafficflou.core.secret import MAX_SECRET_CHARS, REDACTED, Secret, redact
from trafficflou.logs import get_logger, log_to_file

CANARY = "canary/0123456789+abc\"def\\ghi'jkl="


@pytest.mark.parametrize(
    "show", [str, repr, "{}".format, "{0!r:>40}".format, lambda key: f"{key}", "%s".__mod__]
)
def test_secret_is_not_shown(show: object) -> None:
    """No way to turn a secret into text shows its value."""
    assert callable(show)
    assert CANARY not in show(Secret(CANARY))


def test_secret_gives_itself_away_only_when_asked() -> None:
    """`reveal` is the one way; the label says which key it is."""
    key = Secret(CANARY, "OPENAI_API_KEY")
    assert key.reveal() == CANARY
    assert repr(key) == "<Secret OPENAI_API_KEY>"
    assert not hasattr(key, "__dict__")


def test_secret_stays_in_its_process() -> None:
    """Pickling would carry it into files and other processes; copies are itself."""
    key = Secret(CANARY)
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(key)
    assert copy.copy(key) is key
    assert copy.deepcopy([key])[0] is key


def test_secret_equals_by_value() -> None:
    """Two of the same value are the same key, whatever they are called."""
    assert Secret(CANARY, "a") == Secret(CANARY, "b")
    assert len({Secret(CANARY), Secret(CANARY), Secret("another")}) == 2
    assert Secret("abc") != "abc"


@pytest.mark.parametrize(
    "value", ["", "two words", "tab\t", "line\n", "schlüssel", "a" * (MAX_SECRET_CHARS + 1)]
)
def test_secret_refuses_what_no_header_can_carry(value: str) -> None:
    """A key with a space or line break is a mistake, and the message does not show it."""
    with pytest.raises(ValueError, match="as no key has") as caught:
        Secret(value)
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize(
    "spelling", [str, lambda text: json.dumps(text)[1:-1], lambda text: quote(text, safe="")]
)
def test_redact_finds_a_living_secret_in_every_spelling(spelling: object) -> None:
    """As it is, in JSON, and in a URL."""
    assert callable(spelling)
    key = Secret(CANARY)
    assert redact(f"before {spelling(key.reveal())} after") == f"before {REDACTED} after"


def test_redact_forgets_secrets_that_are_gone() -> None:
    """What is remembered does not grow for ever."""
    key = Secret("zebra-crossing-4711")
    assert redact("zebra-crossing-4711") == REDACTED
    del key
    gc.collect()
    assert redact("zebra-crossing-4711") == "zebra-crossing-4711"


def test_redact_leaves_words_that_are_a_dummy_key() -> None:
    """Local servers are given `EMPTY` or `x`; those words stay in logs."""
    keys = [Secret("EMPTY"), Secret("x")]
    assert redact("EMPTY box") == "EMPTY box"
    assert len(keys) == 2


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-0123456789abcdefXYZ",
        "Authorization: Bearer abcdefgh12345678",
        '"x-api-key": "abcdefgh12345678"',
        "api-key=abcdefgh12345678",
        "bearer abcdefgh12345678",
    ],
)
def test_redact_finds_what_looks_like_a_key(text: str) -> None:
    """A key that we were never given, in the words of a library."""
    shown = redact(f"({text})")
    assert REDACTED in shown
    assert "5678" not in shown
    assert "89ab" not in shown


def test_redact_leaves_ordinary_text() -> None:
    """Words about keys are no keys."""
    text = "Look at OPENAI_API_KEY or key_file; the bearer of bad news asks: which task-force?"
    assert redact(text) == text


def test_secret_is_taken_out_of_the_log(tmp_path: Path) -> None:
    """A field, a sentence and a traceback pass the same filter."""
    key = Secret(CANARY)
    log = get_logger("trafficflou.test_secret")
    with log_to_file(tmp_path / "run.log", level=logging.DEBUG):
        log.warning(f"with {key.reveal()}", field=key.reveal(), key=key)
        log.error("failed", exc_info=RuntimeError(key.reveal()))
    written = (tmp_path / "run.log").read_text()
    assert CANARY not in written
    assert json.dumps(CANARY)[1:-1] not in written
    assert written.count(REDACTED) >= 3
