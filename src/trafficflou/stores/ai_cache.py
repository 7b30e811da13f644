"""Answers of AI models, kept for as long as they hold: the port, and how its adapters are put together.

A cache holds bytes under a key and forgets: after their time to live, or when there is no room. It is never needed: who uses it goes on
without it where it fails. Adapters: `MemoryAiCache` (one process), `DiskAiCache` (SQLite; all processes of a machine, across runs),
`RedisAiCache` (several machines; extra `[redis]`), and `TieredAiCache`, which puts the first before one of the others.
"""

from collections.abc import Iterable
from typing import Protocol

from trafficflou.core import Clock, StoreError, SystemClock
from trafficflou.stores._ai_cache_disk import DiskAiCache
from trafficflou.stores._ai_cache_entry import (
    MAX_KEY_CHARS,
    MAX_VALUE_BYTES,
    CachedBytes,
    CacheStatistics,
)
from trafficflou.stores._ai_cache_memory import MemoryAiCache
from trafficflou.stores._ai_cache_redis import RedisAiCache

__all__ = [
    "MAX_KEY_CHARS",
    "MAX_VALUE_BYTES",
    "AiCache",
    "CacheStatistics",
    "CachedBytes",
    "DiskAiCache",
    "MemoryAiCache",
    "RedisAiCache",
    "TieredAiCache",
]


class AiCache(Protocol):
    """Keeps bytes for a while. For one event loop."""

    async def get(self, key: str) -> CachedBytes | None:
        """Return what is under a key, or `None`.

        Raises:
            StoreError: The store behind it cannot be used.
        """
        ...

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value; it replaces what was there. What is too large is not kept, and counted.

        Args:
            key: 1 to `MAX_KEY_CHARS` characters.
            value: Up to `MAX_VALUE_BYTES`.
            ttl_s: How long it holds, seconds; up to a year.

        Raises:
            StoreError: The store behind it cannot be used.
            ValueError: The key is empty or too long.
        """
        ...

    def statistics(self) -> dict[str, int]:
        """Return counters, with at least those of `CacheStatistics`."""
        ...

    async def aclose(self) -> None:
        """Release what is held; idempotent."""
        ...


class TieredAiCache:
    """A fast cache before a lasting one. A lasting one that fails is left alone for a while, and nobody notices but the counters.

    Args:
        front: Asked first; what the other one has is copied into it.
        back: Asked next.
        rest_s: How long the back is left alone after it failed, seconds.
        clock: Tells the time.
    """

    def __init__(
        self, front: AiCache, back: AiCache, *, rest_s: float = 5.0, clock: Clock | None = None
    ) -> None:
        self._front = front
        self._back = back
        self._rest_ns = round(rest_s * 1e9)
        self._clock = clock or SystemClock()
        self._rests_until_ns = 0
        self._statistics = CacheStatistics()
        self.last_error: StoreError | None = None

    async def get(self, key: str) -> CachedBytes | None:
        """Return what is under a key in either, or `None`; never fails for the back."""
        found = await self._front.get(key)
        if found is None and not self._is_resting:
            try:
                found = await self._back.get(key)
            except StoreError as error:
                self._let_rest(error)
            if found is not None:
                await self._front.put(key, found.value, found.expires_in_s)
        if found is None:
            self._statistics.misses += 1
        else:
            self._statistics.hits += 1
        return found

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value in both; never fails for the back."""
        await self._front.put(key, value, ttl_s)
        self._statistics.stored += 1
        if not self._is_resting:
            try:
                await self._back.put(key, value, ttl_s)
            except StoreError as error:
                self._let_rest(error)

    def statistics(self) -> dict[str, int]:
        """Return the counters, then those of both, by `front_` and `back_`."""
        both: Iterable[tuple[str, AiCache]] = (("front_", self._front), ("back_", self._back))
        return self._statistics.as_dict() | {
            prefix + name: count for prefix, cache in both for name, count in cache.statistics().items()
        }

    async def aclose(self) -> None:
        """Close both, the second also where the first fails; idempotent."""
        try:
            await self._front.aclose()
        finally:
            await self._back.aclose()

    @property
    def _is_resting(self) -> bool:
        return self._clock.now_ns() < self._rests_until_ns

    def _let_rest(self, error: StoreError) -> None:
        self.last_error = error
        self._statistics.errors += 1
        self._rests_until_ns = self._clock.now_ns() + self._rest_ns
