"""What single kinds of caches do beyond the contract."""

import asyncio
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import fakeredis
import pytest

from tests.support.hand_clock import HandClock
from trafficflou.core import StoreError
from trafficflou.core.secret import Secret
from trafficflou.stores.ai_cache import CachedBytes, DiskAiCache, MemoryAiCache, RedisAiCache, TieredAiCache


async def has(cache: MemoryAiCache | DiskAiCache | TieredAiCache, key: str) -> bool:
    """Whether a key is found."""
    return await cache.get(key) is not None


# -- memory ------------------------------------------------------------------------------------------------------------


async def test_memory_drops_the_least_recently_used() -> None:
    """What was read lately stays."""
    cache = MemoryAiCache(max_entries=2)
    await cache.put("a", b"1", 60)
    await cache.put("b", b"2", 60)
    await cache.get("a")
    await cache.put("c", b"3", 60)
    assert [await has(cache, key) for key in "abc"] == [True, False, True]
    assert cache.statistics()["evicted"] == 1


async def test_memory_is_bounded_in_bytes() -> None:
    """Large values push out several small ones, and one that fits nowhere is not taken."""
    cache = MemoryAiCache(max_bytes=2000)
    for key in "abcd":
        await cache.put(key, b"x" * 100, 60)
    await cache.put("large", b"x" * 1200, 60)
    assert [await has(cache, key) for key in ("a", "b", "c", "d", "large")] == [False] * 3 + [True, True]
    await cache.put("huge", b"x" * 2000, 60)
    assert not await has(cache, "huge")
    assert cache.statistics()["bytes"] <= 2000
    assert cache.statistics()["refused"] == 1


async def test_memory_frees_what_expired() -> None:
    """An expired entry takes no room once it was seen."""
    clock = HandClock()
    cache = MemoryAiCache(clock=clock)
    await cache.put("a", b"1", 10)
    clock.move(10)
    assert not await has(cache, "a")
    assert cache.statistics()["bytes"] == 0


# -- disk --------------------------------------------------------------------------------------------------------------


async def test_disk_outlives_the_process(tmp_path: Path) -> None:
    """Another cache on the same file finds it."""
    path = tmp_path / "c.sqlite3"
    first = DiskAiCache(path)
    await first.put("a", b"1", 60)
    await first.aclose()
    second = DiskAiCache(path)
    assert await has(second, "a")
    await second.aclose()


async def test_disk_serves_two_at_once(tmp_path: Path) -> None:
    """Worker processes share the file."""
    one, other = DiskAiCache(tmp_path / "c.sqlite3"), DiskAiCache(tmp_path / "c.sqlite3")
    await asyncio.gather(
        *(cache.put(f"{number}", b"x", 60) for number in range(40) for cache in (one, other))
    )
    assert await has(one, "39")
    assert await has(other, "0")
    await one.aclose()
    await other.aclose()


async def test_disk_file_is_for_its_owner_only(tmp_path: Path) -> None:
    """Answers say something about the site; others on the machine need not read them."""
    cache = DiskAiCache(tmp_path / "c.sqlite3")
    await cache.put("a", b"1", 60)
    assert stat.S_IMODE((tmp_path / "c.sqlite3").stat().st_mode) == 0o600
    await cache.aclose()


async def test_disk_is_bounded(tmp_path: Path) -> None:
    """Sooner or later the least recently used go, some at a time."""
    clock = HandClock()
    cache = DiskAiCache(tmp_path / "c.sqlite3", max_entries=100, clock=clock)
    for number in range(257):
        await cache.put(f"{number:03}", b"x", 3600)
        clock.move(1)
    found = [number for number in range(257) if await has(cache, f"{number:03}")]
    assert found == list(range(257))[-len(found) :]
    assert len(found) == 90
    assert cache.statistics()["evicted"] == 257 - 90
    await cache.aclose()


async def test_disk_remembers_what_is_in_use(tmp_path: Path) -> None:
    """An old entry that is still read stays; the time of use is a minute exact."""
    clock = HandClock()
    cache = DiskAiCache(tmp_path / "c.sqlite3", max_entries=10, clock=clock)
    await cache.put("old", b"x", 1e6)
    for number in range(64):
        clock.move(61)
        await cache.put(f"{number:03}", b"x", 1e6)
        assert await has(cache, "old")
    assert not await has(cache, "000")
    await cache.aclose()


async def test_disk_deletes_what_expired(tmp_path: Path) -> None:
    """Expired entries take no room for ever."""
    clock = HandClock()
    path = tmp_path / "c.sqlite3"
    cache = DiskAiCache(path, clock=clock)
    await cache.put("a", b"1", 10)
    clock.move(11)
    for number in range(64):
        await cache.put(f"b{number}", b"1", 10)
    await cache.aclose()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM answer WHERE key = 'a'").fetchone() == (0,)


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 2000])
async def test_damaged_file_is_put_aside(tmp_path: Path, content: bytes) -> None:
    """A cache can be asked for again, so a damaged one is no reason to stop; nothing is deleted."""
    path = tmp_path / "c.sqlite3"
    path.write_bytes(content)
    cache = DiskAiCache(path)
    await cache.put("a", b"1", 60)
    assert await has(cache, "a")
    assert cache.put_aside is not None
    assert cache.put_aside.read_bytes() == content
    await cache.aclose()


async def test_database_of_another_program_is_put_aside(tmp_path: Path) -> None:
    """Somebody's own database is neither used nor overwritten."""
    path = tmp_path / "c.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (x)")
        connection.commit()
    cache = DiskAiCache(path)
    assert not await has(cache, "a")
    assert cache.put_aside is not None
    with closing(sqlite3.connect(cache.put_aside)) as connection:
        assert connection.execute("SELECT count(*) FROM mine").fetchone() == (0,)
    await cache.aclose()


async def test_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    """The error is ours, says where, and is counted."""
    (tmp_path / "file").write_text("x")
    cache = DiskAiCache(tmp_path / "file" / "c.sqlite3")
    with pytest.raises(StoreError, match="cannot open the cache of AI answers"):
        await cache.get("a")
    assert cache.statistics()["errors"] == 1
    await cache.aclose()


async def test_busy_file_is_a_store_error(tmp_path: Path) -> None:
    """Who finds the file locked goes without it soon."""
    path = tmp_path / "c.sqlite3"
    cache = DiskAiCache(path)
    await cache.put("a", b"1", 60)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="locked"):
            await cache.put("b", b"1", 60)
    assert await has(cache, "a")
    await cache.aclose()


async def test_closed_disk_cache_says_so(tmp_path: Path) -> None:
    """After the close nothing is opened again."""
    cache = DiskAiCache(tmp_path / "c.sqlite3")
    await cache.aclose()
    with pytest.raises(StoreError, match="is closed"):
        await cache.get("a")
    assert not (tmp_path / "c.sqlite3").exists()


async def test_file_that_cannot_be_mended_is_a_store_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the new file does not work either, that is said."""

    def fail(_: object) -> None:
        raise sqlite3.DatabaseError("malformed")

    monkeypatch.setattr("trafficflou.stores._ai_cache_disk._prepare", fail)
    cache = DiskAiCache(tmp_path / "c.sqlite3")
    with pytest.raises(StoreError, match="malformed"):
        await cache.get("a")
    await cache.aclose()


# -- Redis -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "redis://:secret@127.0.0.1/", "unix:///s?password=secret"]
)
def test_redis_refuses_addresses(url: str) -> None:
    """An address is shown in errors and settings, so it holds no password; the error does not show it either."""
    with pytest.raises(ValueError, match=r"begins with|must not be part") as caught:
        RedisAiCache(url)
    assert "secret" not in str(caught.value)


async def test_redis_closes_also_where_the_goodbye_fails() -> None:
    """The server may be gone by then."""

    class Gone(fakeredis.FakeAsyncRedis):
        async def aclose(self, close_connection_pool: bool | None = None) -> None:
            raise ConnectionError("gone")

    cache = RedisAiCache("redis://127.0.0.1/0", client=Gone())
    await cache.aclose()
    assert cache.statistics()["errors"] == 1
    with pytest.raises(StoreError, match="is closed"):
        await cache.get("a")


async def test_redis_ignores_what_is_not_ours() -> None:
    """A value without expiry was put by somebody else."""
    client = fakeredis.FakeAsyncRedis()
    await client.set("trafficflou:ai:a", b"theirs")
    cache = RedisAiCache("redis://127.0.0.1/0", client=client)
    assert await cache.get("a") is None
    await cache.aclose()


async def test_redis_uses_the_password() -> None:
    """The password reaches the connection and no text of ours."""
    cache = RedisAiCache("redis://127.0.0.1:1/0", password=Secret("canary-password-1"))
    with pytest.raises(StoreError) as caught:
        await cache.get("a")
    assert "canary" not in f"{caught.value} {caught.value.hint} {cache!r}"
    await cache.aclose()


def test_stores_import_without_redis() -> None:
    """The library is optional: importing the caches does not need it."""
    code = "import sys; sys.modules['redis'] = None; import trafficflou.stores.ai_cache"
    subprocess.run([sys.executable, "-c", code], check=True)


# -- both --------------------------------------------------------------------------------------------------------------


class Failing:
    """A lasting cache that cannot be used."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_closed = False

    async def get(self, key: str) -> CachedBytes | None:
        """Fail."""
        self.asked += 1
        raise StoreError("gone")

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Fail."""
        self.asked += 1
        raise StoreError("gone")

    def statistics(self) -> dict[str, int]:
        """Return nothing."""
        return {}

    async def aclose(self) -> None:
        """Remember it."""
        self.is_closed = True


async def test_tiers_copy_to_the_front() -> None:
    """What only the lasting cache has is found in the fast one next time, with the rest of its time."""
    clock = HandClock()
    front, back = MemoryAiCache(clock=clock), MemoryAiCache(clock=clock)
    cache = TieredAiCache(front, back, clock=clock)
    await back.put("a", b"1", 60)
    clock.move(20)
    await cache.get("a")
    found = await front.get("a")
    assert found is not None
    assert found.expires_in_s == pytest.approx(40)


async def test_failing_back_is_left_alone_and_noticed_by_nobody() -> None:
    """The fast cache goes on; the lasting one is tried again after its rest."""
    clock = HandClock()
    back = Failing()
    cache = TieredAiCache(MemoryAiCache(clock=clock), back, rest_s=5, clock=clock)
    await cache.put("a", b"1", 600)
    assert await has(cache, "a")
    assert not await has(cache, "b")
    assert back.asked == 1
    clock.move(5)
    assert not await has(cache, "b")
    assert back.asked == 2
    assert cache.statistics()["errors"] == 2
    assert str(cache.last_error) == "gone"
    await cache.aclose()
    assert back.is_closed
