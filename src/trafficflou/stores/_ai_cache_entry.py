"""What all caches of AI answers have in common: the entry, its bounds, the counters."""

from dataclasses import dataclass
from typing import Final

__all__ = ["MAX_KEY_CHARS", "MAX_VALUE_BYTES", "CacheStatistics", "CachedBytes", "is_storable"]

MAX_KEY_CHARS: Final = 200
MAX_VALUE_BYTES: Final = 1_000_000
"""The longest answer that tasks allow is some 50 kB of JSON."""

MAX_TTL_S: Final = 366 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedBytes:
    """What was found.

    Attributes:
        value: As it was put.
        expires_in_s: How long it still holds, > 0.
    """

    value: bytes
    expires_in_s: float


@dataclass(slots=True, kw_only=True)
class CacheStatistics:
    """Counters of one cache since it was opened.

    Attributes:
        hits: Keys that were found.
        misses: Keys that were not.
        stored: Values that were put.
        refused: Values that were too large to be put.
        evicted: Values that had to go for others.
        errors: Times at which the store behind it could not be used.
    """

    hits: int = 0
    misses: int = 0
    stored: int = 0
    refused: int = 0
    evicted: int = 0
    errors: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counters by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def is_storable(key: str, value: bytes, ttl_s: float) -> bool:
    """Whether a value is within the bounds; one that has no time to live is not worth storing."""
    if not 0 < len(key) <= MAX_KEY_CHARS:
        raise ValueError(f"a key has 1 to {MAX_KEY_CHARS} characters")
    return len(value) <= MAX_VALUE_BYTES and 0 < ttl_s <= MAX_TTL_S
