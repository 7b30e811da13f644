"""Where the keys of providers come from."""

from pathlib import Path

import pytest

from trafficflou.ai_models.settings import KeySettings, open_key_ring, split_keys
from trafficflou.core import ConfigError
from trafficflou.core.secret import Secret


def test_keys_are_split_by_commas_and_named_by_their_place() -> None:
    """The label is what messages may show."""
    keys = split_keys(" a-key, ,b-key ", "OPENAI_API_KEY")
    assert [(key.reveal(), key.label) for key in keys] == [
        ("a-key", "key 1 of OPENAI_API_KEY"),
        ("b-key", "key 2 of OPENAI_API_KEY"),
    ]
    assert split_keys("a-key", "OPENAI_API_KEY")[0].label == "OPENAI_API_KEY"
    assert split_keys("", "OPENAI_API_KEY") == ()


def test_text_that_is_no_key_is_refused_without_showing_it() -> None:
    """Neither the message nor its cause holds the text."""
    with pytest.raises(ValueError, match="key 2 is no key") as caught:
        split_keys("a-key,my secret", "X")
    assert "my secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_key_ring_brings_all_sources_together(tmp_path: Path) -> None:
    """Given keys first, then those of the keyring, then those of the file."""
    file = tmp_path / "keys"
    file.write_text("of-file\n")
    file.chmod(0o600)
    settings = KeySettings(key_file=file, keyring="trafficflou/openai", rotate_every_s=60)
    ring = open_key_ring(
        "openai", (Secret("given"),), settings, keyring_reader=lambda service, user: f"of-{service}-{user}"
    )
    assert len(ring) == 3
    assert ring.current().reveal() == "given"


@pytest.mark.parametrize("content", [None, b"two words\n", b"\xff\xfe\x00k\xc3\xa9y\n"])
def test_key_file_that_cannot_be_used_is_a_mistake_in_the_settings(
    tmp_path: Path, content: bytes | None
) -> None:
    """It is told with the provider, and without what stands in the file."""
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match="of openai cannot be used") as caught:
        open_key_ring("openai", (), KeySettings(key_file=file))
    assert "two words" not in caught.value.message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("error", "words"),
    [(ImportError("x"), "not installed"), (OSError("locked"), "locked"), (ValueError("bad"), "bad")],
)
def test_keyring_that_cannot_be_used_is_a_mistake_in_the_settings(error: Exception, words: str) -> None:
    """Each with what to do instead."""

    def reader(_service: str, _user: str) -> str:
        raise error

    with pytest.raises(ConfigError, match=words) as caught:
        open_key_ring("openai", (), KeySettings(keyring="a/b"), keyring_reader=reader)
    assert caught.value.hint
