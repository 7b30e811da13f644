"""What every cache of AI answers keeps to: memory, disk, Redis (a double and a real server), and two of them together."""

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import fakeredis
import pytest

from trafficflou.core import StoreError
from trafficflou.stores.ai_cache import (
    MAX_VALUE_BYTES,
    AiCache,
    DiskAiCache,
    MemoryAiCache,
    RedisAiCache,
    TieredAiCache,
)

KINDS = (
    "memory",
    "disk",
    "tiered",
    "fake-redis",
    pytest.param("real-redis", marks=pytest.mark.service),
)


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a real Redis server on loopback."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    folder = tmp_path_factory.mktemp("redis")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for_port(port, server)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def _wait_for_port(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert server.poll() is None, "redis-server ended at once"
            time.sleep(0.05)
        else:
            return
    pytest.fail("redis-server does not listen")


@pytest.fixture(params=KINDS)
async def cache(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AiCache]:
    """Each kind of cache in turn, empty."""
    made: AiCache
    if request.param == "memory":
        made = MemoryAiCache()
    elif request.param == "disk":
        made = DiskAiCache(tmp_path / "cache" / "answers.sqlite3")
    elif request.param == "tiered":
        made = TieredAiCache(MemoryAiCache(), DiskAiCache(tmp_path / "answers.sqlite3"))
    elif request.param == "fake-redis":
        made = RedisAiCache("redis://127.0.0.1:1/0", client=fakeredis.FakeAsyncRedis())
    else:
        made = RedisAiCache(request.getfixturevalue("redis_url"), prefix=f"{tmp_path}:")
    try:
        yield made
    finally:
        await made.aclose()


async def test_cache_gives_back_what_was_put(cache: AiCache) -> None:
    """The same bytes, and how long they still hold."""
    await cache.put("a", b"\x00one\xff\n", 60)
    found = await cache.get("a")
    assert found is not None
    assert found.value == b"\x00one\xff\n"
    assert 58 < found.expires_in_s <= 60


async def test_cache_does_not_know_what_was_not_put(cache: AiCache) -> None:
    """An unknown key is no error."""
    assert await cache.get("unknown") is None
    assert cache.statistics()["misses"] == 1


async def test_cache_replaces(cache: AiCache) -> None:
    """The last value under a key counts."""
    await cache.put("a", b"one", 60)
    await cache.put("a", b"two", 60)
    found = await cache.get("a")
    assert found is not None
    assert found.value == b"two"


async def test_cache_forgets_after_the_time_to_live(cache: AiCache) -> None:
    """What has expired is as if it had never been."""
    await cache.put("short", b"one", 0.05)
    await cache.put("long", b"two", 60)
    await asyncio.sleep(0.08)
    assert await cache.get("short") is None
    assert await cache.get("long") is not None


async def test_cache_refuses_what_is_too_large_or_holds_no_time(cache: AiCache) -> None:
    """Bounds are kept by not keeping; nobody fails over it."""
    await cache.put("large", b"x" * (MAX_VALUE_BYTES + 1), 60)
    await cache.put("dead", b"x", 0)
    await cache.put("eternal", b"x", 1e12)
    assert [await cache.get(key) for key in ("large", "dead", "eternal")] == [None] * 3


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_cache_wants_short_keys(cache: AiCache, key: str) -> None:
    """A key out of bounds is a mistake of the caller."""
    with pytest.raises(ValueError, match="a key has 1 to 200"):
        await cache.put(key, b"x", 60)


async def test_cache_keeps_the_largest_value(cache: AiCache) -> None:
    """The bound itself is within."""
    await cache.put("a", b"x" * MAX_VALUE_BYTES, 60)
    found = await cache.get("a")
    assert found is not None
    assert len(found.value) == MAX_VALUE_BYTES


async def test_cache_counts(cache: AiCache) -> None:
    """The counters of all kinds have the same names and mean the same."""
    await cache.put("a", b"one", 60)
    await cache.get("a")
    await cache.get("b")
    counts = cache.statistics()
    assert {name: counts[name] for name in ("hits", "misses", "stored", "errors")} == {
        "hits": 1,
        "misses": 1,
        "stored": 1,
        "errors": 0,
    }
    assert {"refused", "evicted"} <= counts.keys()


async def test_cache_serves_many_at_once(cache: AiCache) -> None:
    """Concurrent use mixes nothing up."""

    async def use(number: int) -> bool:
        await cache.put(f"k{number}", str(number).encode(), 60)
        found = await cache.get(f"k{number}")
        return found is not None and found.value == str(number).encode()

    assert all(await asyncio.gather(*(use(number) for number in range(50))))


async def test_cache_closes_more_than_once(cache: AiCache) -> None:
    """A second close does nothing."""
    await cache.put("a", b"one", 60)
    await cache.aclose()
    await cache.aclose()


@pytest.mark.service
async def test_redis_answers_are_shared_and_expire_by_themselves(redis_url: str) -> None:
    """Two machines see the same answers, and every key of ours has an expiry in the server."""
    one, other = RedisAiCache(redis_url, prefix="shared:"), RedisAiCache(redis_url, prefix="shared:")
    await one.put("a", b"one", 60)
    found = await other.get("a")
    assert found is not None
    assert found.value == b"one"
    await one.aclose()
    await other.aclose()


async def test_redis_that_is_not_there_fails_soon_and_says_where() -> None:
    """No library's own retries, and an error of ours with a hint."""
    cache = RedisAiCache("redis://127.0.0.1:1/0")
    begun_s = time.monotonic()
    with pytest.raises(StoreError, match=r"redis://127\.0\.0\.1 cannot be used") as caught:
        await cache.get("a")
    assert time.monotonic() - begun_s < 1
    assert "Is Redis running" in caught.value.hint
    assert cache.statistics()["errors"] == 1
    await cache.aclose()


async def test_redis_that_says_nothing_is_given_up() -> None:
    """A server that accepts and is silent costs a quarter of a second, no more."""
    ended = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    cache = RedisAiCache(f"redis://127.0.0.1:{port}/0")
    begun_s = time.monotonic()
    with pytest.raises(StoreError):
        await cache.get("a")
    assert time.monotonic() - begun_s < 0.8
    await cache.aclose()
    await asyncio.wait_for(ended.wait(), 2)
    server.close()
    await server.wait_closed()
