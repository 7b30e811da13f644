"""Secrets, and the one place that takes them out of what is written.

Theory of operation: a `Secret` shows its value only where `reveal()` is called, and remembers it here for as long as it lives.
`redact` replaces every remembered value, in the spellings in which text carries it (as it is, in JSON, in a URL), and what looks
like a key of somebody we do not know. Logs and error messages pass through it, so that a key that a foreign library put
into its words stays out of ours. It is at the lowest level because everything that writes has to pass it.
"""

import hmac
import json
import re
import threading
import weakref
from typing import Final, Never, Self
from urllib.parse import quote

__all__ = ["REDACTED", "Secret", "redact"]

REDACTED: Final = "[redacted]"
MAX_SECRET_CHARS: Final = 4096

_MIN_REDACTED_CHARS: Final = 8
"""Shorter ones are the dummies of local servers (`x`, `EMPTY`): they protect nothing, and words would vanish from logs."""

# RFC 9110, section 5.5: what may stand in a header without being folded or quoted. A key with a space or a line break is a mistake.
_VISIBLE: Final = re.compile(r"[!-~]+")
_LOOKS_LIKE_A_KEY: Final = re.compile(
    r"(?P<lead>\b(?:authorization|x-api-key|api-key)\b[\"']?\s*[:=,]\s*[\"']?(?:bearer\s+)?|\bbearer\s+)[!#-&(-+\--~]{8,}"
    r"|\bsk-[\w-]{16,}",
    re.IGNORECASE,
)


class Secret:
    """A key. Cannot be printed, formatted or pickled by mistake; only `reveal()` gives it away.

    Args:
        value: Visible ASCII characters only, as a header needs.
        label: What may be shown in its place, such as `OPENAI_API_KEY` or `key 2 of keys.txt`.

    Raises:
        ValueError: The value is empty, too long, or holds characters that no key has; the message does not show it.
    """

    __slots__ = ("__weakref__", "_value", "label")

    def __init__(self, value: str, label: str = "key") -> None:
        if len(value) > MAX_SECRET_CHARS or _VISIBLE.fullmatch(value) is None:
            raise ValueError(
                "it is empty, too long, or has spaces or characters outside ASCII, as no key has"
            )
        self._value = value
        self.label = label
        _remember(self)

    def reveal(self) -> str:
        """Return the value, to be put into a header and nowhere else."""
        return self._value

    def __repr__(self) -> str:
        return f"<Secret {self.label}>"

    def __str__(self) -> str:
        return REDACTED

    def __format__(self, spec: str) -> str:
        return format(REDACTED, spec)

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce__(self) -> Never:
        """Refuse to be pickled: a key stays in the process that read it."""
        raise TypeError("a secret cannot be pickled")


def redact(text: str) -> str:
    """Return the text without the secrets that are alive, and without what looks like a key."""
    pattern = _known.pattern
    if pattern is not None:
        text = pattern.sub(REDACTED, text)
    return _LOOKS_LIKE_A_KEY.sub(lambda match: (match["lead"] or "") + REDACTED, text)


class _Known:
    """The secrets that are alive, and the pattern that finds them; made anew when one comes or goes."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.alive: dict[int, str] = {}
        self.pattern: re.Pattern[str] | None = None

    def rebuild(self) -> None:
        spellings = {spelling for value in self.alive.values() for spelling in _spellings(value)}
        longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        self.pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


_known = _Known()


def _spellings(value: str) -> tuple[str, ...]:
    return (value, json.dumps(value)[1:-1], quote(value, safe=""), repr(value)[1:-1])


def _remember(secret: Secret) -> None:
    value = secret.reveal()
    if len(value) < _MIN_REDACTED_CHARS:
        return
    number = id(secret)
    with _known.lock:
        _known.alive[number] = value
        _known.rebuild()
    weakref.finalize(secret, _forget, number).atexit = False


def _forget(number: int) -> None:
    with _known.lock:
        _known.alive.pop(number, None)
        _known.rebuild()
