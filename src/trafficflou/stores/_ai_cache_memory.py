"""A cache in memory: the least recently used goes first."""

from collections import OrderedDict
from typing import Final

from trafficflou.core import Clock, SystemClock
from trafficflou.stores._ai_cache_entry import CachedBytes, CacheStatistics, is_storable

__all__ = ["MemoryAiCache"]

_ENTRY_OVERHEAD_BYTES: Final = 300
"""What Python keeps beside key and value: the tuple, the floats, the entry of the ordered dict."""


class MemoryAiCache:
    """Bounded by entries and by bytes. For one event loop.

    Args:
        max_entries: Most entries.
        max_bytes: Most bytes, overhead included.
        clock: Tells the time.
    """

    def __init__(
        self, *, max_entries: int = 10_000, max_bytes: int = 64_000_000, clock: Clock | None = None
    ) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock or SystemClock()
        self._entries: OrderedDict[str, tuple[bytes, int]] = OrderedDict()
        self._bytes = 0
        self._statistics = CacheStatistics()

    async def get(self, key: str) -> CachedBytes | None:
        """Return what is under a key, or `None`."""
        entry = self._entries.get(key)
        left_ns = entry[1] - self._clock.now_ns() if entry else 0
        if entry is None or left_ns <= 0:
            if entry is not None:
                self._drop(key)
            self._statistics.misses += 1
            return None
        self._entries.move_to_end(key)
        self._statistics.hits += 1
        return CachedBytes(value=entry[0], expires_in_s=left_ns / 1e9)

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value; it replaces what was there."""
        if not is_storable(key, value, ttl_s) or _size(key, value) > self._max_bytes:
            self._statistics.refused += 1
            return
        if key in self._entries:
            self._drop(key)
        self._entries[key] = (value, self._clock.now_ns() + round(ttl_s * 1e9))
        self._bytes += _size(key, value)
        self._statistics.stored += 1
        while len(self._entries) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._entries)))
            self._statistics.evicted += 1

    def statistics(self) -> dict[str, int]:
        """Return the counters, with `entries` and `bytes`."""
        return self._statistics.as_dict() | {"entries": len(self._entries), "bytes": self._bytes}

    async def aclose(self) -> None:
        """Forget everything; idempotent."""
        self._entries.clear()
        self._bytes = 0

    def _drop(self, key: str) -> None:
        value, _ = self._entries.pop(key)
        self._bytes -= _size(key, value)


def _size(key: str, value: bytes) -> int:
    return len(key) + len(value) + _ENTRY_OVERHEAD_BYTES
