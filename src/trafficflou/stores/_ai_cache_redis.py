"""A cache in Redis, shared by several machines; needs the extra `[redis]`.

Redis itself forgets: entries carry their expiry, and room is bounded by the server's `maxmemory` with an `allkeys-lru` policy (the
server's business, see docs/ai-caching.md). Every command has a short time limit; the library's own retries are off.
"""

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from trafficflou.core import StoreError
from trafficflou.core.secret import Secret, redact
from trafficflou.stores._ai_cache_entry import MAX_VALUE_BYTES, CachedBytes, CacheStatistics, is_storable

if TYPE_CHECKING:
    from redis.asyncio import Redis

__all__ = ["RedisAiCache"]

_TIMEOUT_S: Final = 0.25
_MAX_CONNECTIONS: Final = 8


class RedisAiCache:
    """Entries of a Redis server. For one event loop.

    Args:
        url: `redis://host:port/db`, `rediss://...` or `unix://path`, without a password.
        password: The password, where the server wants one.
        prefix: Put before every key.
        client: A client to use in place of one of our own; it is closed too.

    Raises:
        ImportError: The library `redis` is not installed.
        ValueError: The address is not one, or has a password in it.
    """

    def __init__(
        self,
        url: str,
        *,
        password: Secret | None = None,
        prefix: str = "trafficflou:ai:",
        client: "Redis | None" = None,
    ) -> None:
        self.check_url(url)
        parts = urlsplit(url)
        self._where = f"{parts.scheme}://{parts.hostname or parts.path}"
        self._prefix = prefix
        self._client = client or _connect(url, password)
        self._turns = asyncio.Semaphore(_MAX_CONNECTIONS)
        self._is_closed = False
        self._statistics = CacheStatistics()

    @staticmethod
    def check_url(url: str) -> None:
        """Check an address.

        Raises:
            ValueError: It is none of Redis, or has a password in it; the message does not show it.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("an address of Redis begins with redis://, rediss:// or unix://")
        if parts.password or "password=" in parts.query:
            raise ValueError("the password must not be part of the address, because addresses are shown")

    async def get(self, key: str) -> CachedBytes | None:
        """Return what is under a key, or `None`.

        Raises:
            StoreError: The server cannot be had, or not in time.
        """
        value, left_ms = await self._run("get", key)
        # -2: expired between the two commands; -1: has no expiry, so it is not ours.
        if not isinstance(value, bytes) or len(value) > MAX_VALUE_BYTES or left_ms <= 0:
            self._statistics.misses += 1
            return None
        self._statistics.hits += 1
        return CachedBytes(value=value, expires_in_s=left_ms / 1000)

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value; it replaces what was there.

        Raises:
            StoreError: The server cannot be had, or not in time, or has no room.
        """
        if not is_storable(key, value, ttl_s):
            self._statistics.refused += 1
            return
        await self._run("put", key, value, max(1, round(ttl_s * 1000)))
        self._statistics.stored += 1

    def statistics(self) -> dict[str, int]:
        """Return the counters."""
        return self._statistics.as_dict()

    async def aclose(self) -> None:
        """Close the connections; idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        from redis.exceptions import RedisError  # noqa: PLC0415 - optional

        try:
            await self._client.aclose()
        except (RedisError, OSError):
            self._statistics.errors += 1  # the polite goodbye failed; the sockets are gone all the same

    async def _run(self, command: str, key: str, value: bytes = b"", ttl_ms: int = 0) -> tuple[object, int]:
        if self._is_closed:
            raise StoreError(f"the cache at {self._where} is closed")
        from redis.exceptions import RedisError  # noqa: PLC0415 - optional

        try:
            # The library's pool raises where all connections are in use; ours waits.
            async with (
                asyncio.timeout(_TIMEOUT_S),
                self._turns,
                self._client.pipeline(transaction=False) as pipe,
            ):
                if command == "get":
                    pipe.get(self._prefix + key)
                    pipe.pttl(self._prefix + key)
                    found, left_ms = await pipe.execute()
                    return found, int(left_ms)
                pipe.set(self._prefix + key, value, px=ttl_ms)
                await pipe.execute()
                return None, 0
        except (RedisError, OSError, TimeoutError) as error:
            self._statistics.errors += 1
            why = redact(str(error))[:200] or type(error).__name__
            raise StoreError(
                f"the cache at {self._where} cannot be used: {why}",
                hint="Is Redis running there, and may this machine speak to it?",
            ) from None  # the library's errors show the address and what was sent


def _connect(url: str, password: Secret | None) -> "Redis":
    from redis.asyncio import Redis  # noqa: PLC0415 - optional
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    client: Redis = Redis.from_url(
        url,
        password=password.reveal() if password else None,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        max_connections=_MAX_CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
        decode_responses=False,
    )
    return client
