"""Key rings: which key is in use, and which rest."""

import builtins
import os
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from trafficflou.core import ProviderError, ProviderFault
from trafficflou.core.secret import Secret
from trafficflou.security import KeyRing, read_os_keyring
from trafficflou.security.key_ring import MAX_FILE_BYTES


class HandClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def now_ns(self) -> int:
        """Return what was set."""
        return round(self.seconds * 1e9)

    def wall_s(self) -> float:
        """Return what was set."""
        return self.seconds


@pytest.fixture
def clock() -> HandClock:
    """A clock at 100 s."""
    return HandClock()


def ring(clock: HandClock, *values: str, **more: Any) -> KeyRing:
    """Return a ring of these keys."""
    return KeyRing("openai", [Secret(value) for value in values], clock=clock, **more)


def write(path: Path, text: str) -> Path:
    """Write a key file as one should."""
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_key_ring_stays_with_a_key_that_works(clock: HandClock) -> None:
    """The first key is used, again and again."""
    keys = ring(clock, "a", "b")
    assert [keys.current().reveal() for _ in range(3)] == ["a", "a", "a"]
    assert keys.statistics() == {"keys": 2, "benched": 0, "rotations": 0}


def test_key_ring_rotates_on_schedule(clock: HandClock) -> None:
    """After the time the next key takes over, round and round."""
    keys = ring(clock, "a", "b", rotate_every_s=60)
    seen = []
    for _ in range(4):
        seen.append(keys.current().reveal())
        clock.seconds += 59
        assert keys.current().reveal() == seen[-1]
        clock.seconds += 1
    assert seen == ["a", "b", "a", "b"]


def test_key_ring_benches_a_wrong_key_for_good(clock: HandClock) -> None:
    """A key that the provider does not know is not used again, however long one waits."""
    keys = ring(clock, "a", "b")
    keys.report(ProviderFault.WRONG_KEY)
    clock.seconds += 1e9
    assert keys.current().reveal() == "b"
    keys.report(ProviderFault.WRONG_KEY)
    with pytest.raises(ProviderError, match="openai does not accept all of its 2 keys") as caught:
        keys.current()
    assert caught.value.fault is ProviderFault.WRONG_KEY
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize(
    ("fault", "retry_after_s", "rests_s"),
    [
        (ProviderFault.RATE_LIMITED, 5.0, 5.0),
        (ProviderFault.RATE_LIMITED, None, 30.0),
        (ProviderFault.NO_QUOTA, None, 600.0),
        (ProviderFault.RATE_LIMITED, 1e12, 86_400.0),
    ],
)
def test_key_ring_benches_a_limited_key_as_long_as_asked(
    clock: HandClock, fault: ProviderFault, retry_after_s: float | None, rests_s: float
) -> None:
    """It rests until Retry-After, or a usual time, a day at most; the error says when the next one may be used."""
    keys = ring(clock, "a")
    keys.report(fault, retry_after_s)
    clock.seconds += rests_s - 1
    with pytest.raises(ProviderError) as caught:
        keys.current()
    assert caught.value.fault is fault
    assert caught.value.retry_after_s == pytest.approx(1)
    clock.seconds += 1.001
    assert keys.current().reveal() == "a"


def test_key_ring_says_when_the_first_of_its_keys_is_back(clock: HandClock) -> None:
    """Of a wrong key and two limited ones the one that is back first counts."""
    keys = ring(clock, "a", "b", "c")
    keys.report(ProviderFault.WRONG_KEY)
    keys.report(ProviderFault.RATE_LIMITED, 50)
    keys.report(ProviderFault.RATE_LIMITED, 20)
    with pytest.raises(ProviderError, match="in 20 s"):
        keys.current()


def test_key_ring_benches_the_key_that_was_used(clock: HandClock) -> None:
    """Of two calls that fail with the same key, the second does not bench the key that took over meanwhile."""
    keys = ring(clock, "a", "b")
    used = keys.current()
    keys.report(ProviderFault.RATE_LIMITED, 5, key=used)
    keys.report(ProviderFault.RATE_LIMITED, 5, key=used)
    assert keys.current().reveal() == "b"
    assert keys.statistics()["benched"] == 1


@pytest.mark.parametrize("fault", [ProviderFault.TIMEOUT, ProviderFault.SERVER_ERROR, ProviderFault.NO_MODEL])
def test_key_ring_keeps_a_key_that_is_not_to_blame(clock: HandClock, fault: ProviderFault) -> None:
    """Another key would not help against a timeout."""
    keys = ring(clock, "a", "b")
    keys.report(fault)
    assert keys.current().reveal() == "a"


def test_key_ring_without_keys_says_so(clock: HandClock) -> None:
    """The fault is that there is no key; reports about it are ignored."""
    keys = ring(clock)
    keys.report(ProviderFault.WRONG_KEY)
    with pytest.raises(ProviderError) as caught:
        keys.current()
    assert caught.value.fault is ProviderFault.NO_KEY


def test_key_ring_cannot_be_printed_or_pickled(clock: HandClock) -> None:
    """It shows how many keys it has, no more."""
    keys = ring(clock, "very-secret-key")
    assert repr(keys) == "<KeyRing openai: 1 keys>"
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(keys)


def test_key_file_is_read_with_comments_and_without_doubles(clock: HandClock, tmp_path: Path) -> None:
    """One key a line; given keys come first; the same key counts once."""
    file = write(tmp_path / "keys", "# ours\n\n  b  \na\nc\n")
    keys = ring(clock, "a", file=file)
    assert len(keys) == 3
    assert keys.warnings == ()


def test_key_file_is_read_again_when_it_changes(clock: HandClock, tmp_path: Path) -> None:
    """Within a second, without a restart; a new key is used although the old one is benched."""
    file = write(tmp_path / "keys", "old-key\n")
    keys = ring(clock, file=file)
    keys.report(ProviderFault.WRONG_KEY)
    write(file, "new-key-of-another-size\n")
    clock.seconds += 1.1
    assert keys.current().reveal() == "new-key-of-another-size"


def test_key_file_that_was_touched_frees_no_key(clock: HandClock, tmp_path: Path) -> None:
    """A bench holds on to the key's value, not to the file's time."""
    file = write(tmp_path / "keys", "old-key\n")
    keys = ring(clock, file=file)
    keys.report(ProviderFault.WRONG_KEY)
    os.utime(file, ns=(1, 1))
    clock.seconds += 2
    with pytest.raises(ProviderError, match="does not accept its key"):
        keys.current()


def test_key_file_is_looked_at_once_a_second(
    clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking for the key costs no system call most of the time."""
    file = write(tmp_path / "keys", "a\n")
    keys = ring(clock, file=file)
    looks: list[Path] = []
    real_stat = Path.stat

    def counted(path: Path) -> os.stat_result:
        looks.append(path)
        return real_stat(path)

    monkeypatch.setattr(Path, "stat", counted)
    for _ in range(1000):
        keys.current()
        clock.seconds += 0.01
    assert 9 <= len(looks) <= 10


def test_key_file_that_vanishes_leaves_its_keys(clock: HandClock, tmp_path: Path) -> None:
    """What is known goes on working, and a warning says what happened; the file that comes back is read."""
    file = write(tmp_path / "keys", "a\n")
    keys = ring(clock, file=file)
    file.unlink()
    clock.seconds += 2
    assert keys.current().reveal() == "a"
    assert "cannot be read any more: No such file" in keys.warnings[0]
    write(file, "not a key\n")
    clock.seconds += 2
    assert keys.current().reveal() == "a"
    assert "line 1 is no key" in keys.warnings[0]
    assert "not a key" not in keys.warnings[0]
    write(file, "b-key\n")
    clock.seconds += 2
    assert keys.current().reveal() == "b-key"
    assert keys.warnings == ()


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_key_file_that_others_may_use_is_warned_about(
    clock: HandClock, tmp_path: Path, mode: int, *, warned: bool
) -> None:
    """Group and others have no business with it."""
    file = write(tmp_path / "keys", "a\n")
    file.chmod(mode)
    warnings = ring(clock, file=file).warnings
    assert bool(warnings) is warned
    assert not warned or "chmod 600" in warnings[0]


def test_key_file_is_bounded(clock: HandClock, tmp_path: Path) -> None:
    """A file that is no key file is not read into memory."""
    file = write(tmp_path / "keys", "#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(ValueError, match="larger than 64 KiB"):
        ring(clock, file=file)


def test_key_in_use_stays_when_others_are_added(clock: HandClock, tmp_path: Path) -> None:
    """A change of the file does not send the ring back to its start."""
    file = write(tmp_path / "keys", "a-key\nb-key\n")
    keys = ring(clock, file=file)
    keys.report(ProviderFault.RATE_LIMITED, 3600)
    assert keys.current().reveal() == "b-key"
    write(file, "c-key\na-key\nb-key\n")
    clock.seconds += 2
    assert keys.current().reveal() == "b-key"
    assert keys.statistics()["benched"] == 1


def test_os_keyring_gives_several_keys() -> None:
    """An entry may hold several, separated by commas; none is none."""
    asked = []

    def reader(service: str, user: str) -> str | None:
        asked.append((service, user))
        return " a-key, b-key,"

    found = read_os_keyring("trafficflou", "openai", reader)
    assert [key.reveal() for key in found] == ["a-key", "b-key"]
    assert asked == [("trafficflou", "openai")]
    assert read_os_keyring("trafficflou", "openai", lambda *_: None) == ()


def test_os_keyring_is_asked_through_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library is imported when it is needed; its errors become ours, without its words."""

    class KeyringError(Exception):
        pass

    library, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    library.errors, errors.KeyringError = errors, KeyringError  # type: ignore[attr-defined]
    library.get_password = lambda service, user: f"{service}-{user}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", library)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert read_os_keyring("s", "u")[0].reveal() == "s-u"

    def locked(_service: str, _user: str) -> str:
        raise KeyringError("secret words")

    library.get_password = locked  # type: ignore[attr-defined]
    with pytest.raises(OSError, match="cannot be used: KeyringError") as caught:
        read_os_keyring("s", "u")
    assert "secret words" not in str(caught.value)


def test_os_keyring_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is not installed that is said, and nothing else breaks."""
    real_import = builtins.__import__

    def without_keyring(name: str, *args: Any, **more: Any) -> Any:
        if name.startswith("keyring"):
            raise ModuleNotFoundError(name, name=name)
        return real_import(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without_keyring)
    with pytest.raises(ImportError):
        read_os_keyring("s", "u")
