"""Key rings: several keys for one provider, of which one is in use.

Theory of operation: keys come from texts (the environment), from a file, and from the operating system's keyring. `current()`
gives the key to use now and costs nothing but a look at the file's time stamp, once a second at most. What a provider answered is
reported back: a key that it does not know (401, 403) is benched until its value changes, one that asks too much (429) or whose quota is
used up for as long as the provider says. The next usable key then takes over, and after `rotate_every_s` in any case. A file that
changed is read again without a restart; benches hold on to values, so a file that was merely touched frees nothing.
"""

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, Never

from trafficflou.core import Clock, ProviderError, ProviderFault, SystemClock
from trafficflou.core.secret import MAX_SECRET_CHARS, Secret

__all__ = ["KeyRing", "KeyringReader", "read_os_keyring"]

MAX_KEYS: Final = 64
MAX_FILE_BYTES: Final = 64 * 1024
_LOOK_EVERY_NS: Final = 1_000_000_000
_FOREVER_NS: Final = 2**63

DEFAULT_BENCH_S: Final = {ProviderFault.RATE_LIMITED: 30.0, ProviderFault.NO_QUOTA: 600.0}
"""For how long a key rests where the provider does not say."""

MAX_BENCH_S: Final = 86_400.0
"""A provider may ask for more, but a key is tried again after a day: nobody restarts a program because of a typing error elsewhere."""

KeyringReader = Callable[[str, str], str | None]
"""Asks the operating system's keyring for a service and a user; `None` where it has nothing."""


class KeyRing:
    """The keys of one provider. Not for several threads.

    Args:
        provider: The provider's name, for messages.
        keys: Keys that were given directly.
        file: A file with a key on each line; empty lines and such that begin with `#` do not count.
        rotate_every_s: Go on to the next key after this time; 0 stays with one as long as it works.
        clock: Tells the time.

    Raises:
        OSError: The file cannot be read.
        ValueError: The file is too large or holds something that is no key; the message does not show it.
    """

    def __init__(
        self,
        provider: str,
        keys: Iterable[Secret] = (),
        *,
        file: Path | None = None,
        rotate_every_s: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self.provider = provider
        self._given = tuple(keys)
        self._file = file
        self._rotate_every_ns = round(rotate_every_s * 1e9)
        self._clock = clock or SystemClock()
        self._benched: dict[Secret, tuple[int, ProviderFault]] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._keys: tuple[Secret, ...] = ()
        self._position = 0
        now_ns = self._clock.now_ns()
        self._looked_at_ns = self._took_over_at_ns = now_ns
        self.rotations = 0
        self.warnings: tuple[str, ...] = ()
        self._adopt(self._read_file() if file else ())

    def __repr__(self) -> str:
        return f"<KeyRing {self.provider}: {len(self._keys)} keys>"

    def __len__(self) -> int:
        return len(self._keys)

    def __reduce__(self) -> Never:
        """Refuse to be pickled: keys stay in the process that read them."""
        raise TypeError("a key ring cannot be pickled")

    def current(self) -> Secret:
        """Return the key to use now.

        Raises:
            ProviderError: There is no key, none that the provider knows, or none that may be used yet; then
                `retry_after_s` says when the next one may.
        """
        now_ns = self._clock.now_ns()
        self._look_at_file(now_ns)
        if self._rotate_every_ns and now_ns - self._took_over_at_ns >= self._rotate_every_ns:
            self._advance(now_ns)
        for _ in self._keys:
            key = self._keys[self._position]
            if not self._is_benched(key, now_ns):
                return key
            self._advance(now_ns)
        raise self._nothing_usable(now_ns)

    def report(
        self, fault: ProviderFault, retry_after_s: float | None = None, *, key: Secret | None = None
    ) -> None:
        """Say what became of a call, so that the next one uses another key if that would help.

        Args:
            fault: What was wrong; anything but the key and its limits changes nothing.
            retry_after_s: How long the provider asks to wait.
            key: The key that was used; the one in use now where it is not given.
        """
        if not self._keys:
            return
        now_ns = self._clock.now_ns()
        benched = self._keys[self._position] if key is None else key
        if fault is ProviderFault.WRONG_KEY:
            until_ns = _FOREVER_NS
        elif fault in DEFAULT_BENCH_S:
            asked_s = retry_after_s if retry_after_s is not None else DEFAULT_BENCH_S[fault]
            until_ns = now_ns + round(min(max(asked_s, 0.0), MAX_BENCH_S) * 1e9)
        else:
            return
        if until_ns > self._benched.get(benched, (0, fault))[0]:
            self._benched[benched] = (until_ns, fault)
        if benched == self._keys[self._position]:
            self._advance(now_ns)

    def statistics(self) -> dict[str, int]:
        """Return counters for the report; no key, and nothing made from one."""
        now_ns = self._clock.now_ns()
        benched = sum(self._is_benched(key, now_ns) for key in self._keys)
        return {"keys": len(self._keys), "benched": benched, "rotations": self.rotations}

    def _is_benched(self, key: Secret, now_ns: int) -> bool:
        entry = self._benched.get(key)
        return entry is not None and entry[0] > now_ns

    def _advance(self, now_ns: int) -> None:
        self._took_over_at_ns = now_ns
        if len(self._keys) > 1:
            self._position = (self._position + 1) % len(self._keys)
            self.rotations += 1

    def _nothing_usable(self, now_ns: int) -> ProviderError:
        if not self._keys:
            return ProviderError(f"{self.provider} has no key", fault=ProviderFault.NO_KEY)
        until_ns, fault = min((self._benched[key] for key in self._keys), key=lambda entry: entry[0])
        which = "its key" if len(self._keys) == 1 else f"all of its {len(self._keys)} keys"
        if until_ns >= _FOREVER_NS:
            return ProviderError(f"{self.provider} does not accept {which}", fault=fault)
        wait_s = (until_ns - now_ns) / 1e9
        return ProviderError(
            f"{self.provider} has limited {which}; the next one may be used in {wait_s:.0f} s",
            fault=fault,
            retry_after_s=wait_s,
        )

    def _look_at_file(self, now_ns: int) -> None:
        if self._file is None or now_ns - self._looked_at_ns < _LOOK_EVERY_NS:
            return
        self._looked_at_ns = now_ns
        try:
            if _stamp(self._file) != self._stamp:
                self._adopt(self._read_file())
        except (OSError, ValueError) as error:
            # Half-written or gone for a moment: the keys that are known go on working, and the next look may do better.
            self.warnings = (f"the key file {self._file} cannot be read any more: {_reason(error)}",)

    def _read_file(self) -> tuple[Secret, ...]:
        file = self._file
        assert file is not None  # noqa: S101 - both callers looked
        stamp = _stamp(file)
        with file.open("rb") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            content = opened.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise ValueError(f"it is larger than {MAX_FILE_BYTES // 1024} KiB")
        keys = _keys_of_lines(content.decode("utf-8", errors="replace"), file.name)
        self._stamp = stamp
        others = mode & (stat.S_IRWXG | stat.S_IRWXO)
        self.warnings = (
            (f"others than its owner may use the key file {file} (mode {mode:o}); chmod 600 {file}",)
            if others
            else ()
        )
        return keys

    def _adopt(self, of_file: Sequence[Secret]) -> None:
        in_use = self._keys[self._position] if self._keys else None
        self._keys = tuple(dict.fromkeys((*self._given, *of_file)))[:MAX_KEYS]
        self._position = self._keys.index(in_use) if in_use is not None and in_use in self._keys else 0
        self._benched = {key: entry for key, entry in self._benched.items() if key in self._keys}


def read_os_keyring(service: str, user: str, reader: KeyringReader | None = None) -> tuple[Secret, ...]:
    """Read keys from the operating system's keyring; may block, and may ask the user to unlock it.

    Args:
        service: The entry's service, such as `trafficflou`.
        user: The entry's user, such as `openai`.
        reader: Asks the keyring; the library `keyring` by default.

    Returns:
        The keys; several where the entry separates them by commas, none where there is no such entry.

    Raises:
        ImportError: The library `keyring` is not installed.
        OSError: The keyring cannot be had.
        ValueError: The entry holds something that is no key.
    """
    text = (reader or _system_keyring())(service, user)
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    return tuple(Secret(part, f"key {number} of the keyring") for number, part in enumerate(parts, start=1))


def _system_keyring() -> KeyringReader:
    import keyring  # noqa: PLC0415 - optional, and it looks for the desktop's services
    from keyring.errors import KeyringError  # noqa: PLC0415

    def read(service: str, user: str) -> str | None:
        try:
            return keyring.get_password(service, user)
        except KeyringError as error:
            raise OSError(f"the keyring cannot be used: {type(error).__name__}") from error

    return read


def _keys_of_lines(text: str, name: str) -> tuple[Secret, ...]:
    keys = []
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        try:
            keys.append(Secret(stripped, f"line {number} of {name}"))
        except ValueError as error:
            raise ValueError(
                f"line {number} is no key: {error} (up to {MAX_SECRET_CHARS} characters)"
            ) from error
    return tuple(keys)


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
