"""A cache in one SQLite file, shared by all processes of a machine and by all runs.

Theory of operation: the one connection belongs to a thread of its own, so the event loop never waits for the disk. The write-ahead log
lets several processes read while one writes; who finds the file busy for longer than `_BUSY_S` goes without it. The
disk is not waited for (`synchronous = OFF` would risk the file, `NORMAL` only the last answers). An entry's time of use is written
when it is a minute old, not at each hit. A file that is damaged or of another program is put aside under another name
and a new one is begun: what it held can be asked for again.
"""

import asyncio
import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from trafficflou.core import Clock, StoreError, SystemClock
from trafficflou.stores._ai_cache_entry import CachedBytes, CacheStatistics, is_storable
from trafficflou.stores._files import store_errors

__all__ = ["DiskAiCache"]

T = TypeVar("T")

_APPLICATION_ID: Final = 0x54464143  # "TFAC"
_SCHEMA_VERSION: Final = 1
_BUSY_S: Final = 0.25
_USE_WRITTEN_AFTER_S: Final = 60.0
_TRIM_EVERY_PUTS: Final = 64
_TRIM_TO_SHARE: Final = 0.9
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS answer (
    key TEXT PRIMARY KEY, value BLOB NOT NULL, expires_at REAL NOT NULL, used_at REAL NOT NULL, bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_by_use ON answer (used_at);
CREATE INDEX IF NOT EXISTS answer_by_expiry ON answer (expires_at);
"""


class DiskAiCache:
    """Bounded by entries and by bytes. For one event loop; several processes may have the same file open.

    Args:
        path: The file; made, with its folder, when it is first needed. Only its owner may read it.
        max_entries: Most entries.
        max_bytes: Most bytes of keys and values.
        clock: Tells the time; entries expire by the wall clock, because they outlive the process.
    """

    def __init__(
        self,
        path: Path,
        *,
        max_entries: int = 100_000,
        max_bytes: int = 256_000_000,
        clock: Clock | None = None,
    ) -> None:
        self._path = path
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock or SystemClock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ai-cache")
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False
        self._puts = 0
        self._statistics = CacheStatistics()
        self.put_aside: Path | None = None

    async def get(self, key: str) -> CachedBytes | None:
        """Return what is under a key, or `None`.

        Raises:
            StoreError: The file cannot be used.
        """
        found = await self._in_thread(lambda: self._get(key))
        if found is None:
            self._statistics.misses += 1
        else:
            self._statistics.hits += 1
        return found

    async def put(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value; it replaces what was there.

        Raises:
            StoreError: The file cannot be used, or the disk is full.
        """
        if not is_storable(key, value, ttl_s) or len(value) > self._max_bytes:
            self._statistics.refused += 1
            return
        self._statistics.evicted += await self._in_thread(lambda: self._put(key, value, ttl_s))
        self._statistics.stored += 1

    def statistics(self) -> dict[str, int]:
        """Return the counters."""
        return self._statistics.as_dict()

    async def aclose(self) -> None:
        """Close the file; idempotent. Waits for writes that were begun."""
        if self._is_closed:
            return
        self._is_closed = True
        with contextlib.suppress(sqlite3.Error):  # nothing is lost that could not be asked for again
            await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._is_closed:
            raise StoreError(f"the cache {self._path} is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._guarded, work)
        except StoreError:
            self._statistics.errors += 1
            raise

    # Everything below runs in the cache's own thread.

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            self._open()
            return work()
        except sqlite3.OperationalError as error:
            raise self._unusable(error) from error
        except sqlite3.DatabaseError as error:
            self._close()
            self._put_aside()
            try:
                self._open()
                return work()
            except sqlite3.Error as again:
                raise self._unusable(again) from error

    def _unusable(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"the cache of AI answers at {self._path} cannot be used: {error}",
            hint="Is the disk full, or the folder not writable? The cache can be deleted at any time.",
        )

    def _open(self) -> None:
        if self._connection is not None:
            return
        with store_errors("open the cache of AI answers", self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(
            self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
        except sqlite3.Error:
            connection.close()
            raise
        self._connection = connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _put_aside(self) -> None:
        aside = self._path.with_name(f"{self._path.name}.damaged-{time.time_ns()}")
        with store_errors("put a damaged cache aside", self._path):
            self._path.replace(aside)
            for suffix in ("-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self.put_aside = aside

    def _get(self, key: str) -> CachedBytes | None:
        assert self._connection is not None  # noqa: S101 - `_guarded` opened it
        row = self._connection.execute(
            "SELECT value, expires_at, used_at FROM answer WHERE key = ?", (key,)
        ).fetchone()
        now_s = self._clock.wall_s()
        if row is None or row[1] <= now_s:
            return None
        if now_s - row[2] > _USE_WRITTEN_AFTER_S:
            self._connection.execute("UPDATE answer SET used_at = ? WHERE key = ?", (now_s, key))
        return CachedBytes(value=row[0], expires_in_s=row[1] - now_s)

    def _put(self, key: str, value: bytes, ttl_s: float) -> int:
        assert self._connection is not None  # noqa: S101 - `_guarded` opened it
        now_s = self._clock.wall_s()
        self._connection.execute(
            "INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?)",
            (key, value, now_s + ttl_s, now_s, len(key) + len(value)),
        )
        self._puts += 1
        return self._trim(now_s) if self._puts % _TRIM_EVERY_PUTS == 1 else 0

    def _trim(self, now_s: float) -> int:
        """Delete what has expired, and the least recently used until a tenth of the room is free; return how many had to go early."""
        connection = self._connection
        assert connection is not None  # noqa: S101 - the only caller has it
        connection.execute("DELETE FROM answer WHERE expires_at <= ?", (now_s,))
        count, size = connection.execute("SELECT count(*), coalesce(sum(bytes), 0) FROM answer").fetchone()
        if count <= self._max_entries and size <= self._max_bytes:
            return 0
        doomed: list[tuple[str]] = []
        for key, row_bytes in connection.execute("SELECT key, bytes FROM answer ORDER BY used_at, key"):
            if count <= self._max_entries * _TRIM_TO_SHARE and size <= self._max_bytes * _TRIM_TO_SHARE:
                break
            doomed.append((key,))
            count -= 1
            size -= row_bytes
        connection.executemany("DELETE FROM answer WHERE key = ?", doomed)
        return len(doomed)


def _prepare(connection: sqlite3.Connection) -> None:
    """Set up a new file, or check an old one.

    Raises:
        sqlite3.DatabaseError: It is damaged, of another program, or of another version of ours.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and (application_id, version) != (_APPLICATION_ID, _SCHEMA_VERSION):
        raise sqlite3.DatabaseError("the file belongs to another program or version")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    connection.executescript(_SCHEMA)
