"""A visitor's private HTTP cache (RFC 9111): not what was fetched, only that it was, and how long it stays fresh.

The expensive part, reading the fields of a head, is done once for each distinct head and shared by all visitors
(`CachePolicy`). A visitor's own entry is two numbers and two references, about 100 bytes.

What is left out: range responses, several variants of one URL, and `stale-while-revalidate` (the page waits for the
revalidation that a browser would do behind it; the site gets the same request either way). `must-revalidate` and `immutable`
need no code: nothing stale is ever used, and no visitor presses reload.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Generic, TypeVar

from trafficflou.http.date import parse_date_s

__all__ = ["CachePolicy", "Fresh", "HttpCache", "Revalidate"]

PayloadT = TypeVar("PayloadT")

_MOST_ENTRIES: Final = 500
# RFC 9111 section 4.2.2 suggests a tenth of the age of the file; Firefox allows a week at most, and so do we.
_HEURISTIC_SHARE: Final = 0.1
_LONGEST_HEURISTIC_S: Final = 7 * 86_400.0
# RFC 9111 section 1.2.2: a number too large to hold is taken as 2**31.
_LONGEST_S: Final = float(2**31)
_DIRECTIVE: Final = re.compile(rb'([^\s,;="]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;"]*)))?')
_NUMBER: Final = re.compile(rb"[0-9]+")
_LONGEST_ETAG_BYTES: Final = 4096
# Bytes that would end a request line or field if a hostile validator were sent back.
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
# Statuses that may be kept without an explicit lifetime (RFC 9110 section 15.1), without 206 and the server errors.
_HEURISTIC_STATUSES: Final = frozenset({200, 203, 204, 300, 301, 308, 404, 405, 410, 414})
_EXPLICIT_STATUSES: Final = _HEURISTIC_STATUSES | {302, 303, 307}
# Request fields that one visitor always sends alike for one URL: a `Vary` on them changes nothing.
_CONSTANT_FIELDS: Final = frozenset(
    {b"accept", b"accept-encoding", b"accept-language", b"host", b"user-agent", b"x-trafficflou-visitor"}
)

# cache-control, expires, last-modified, etag, vary, age
_Fields = tuple[bytes | None, bytes | None, bytes | None, bytes | None, bytes | None, bytes | None]


class CachePolicy:
    """What a response's head says about caching, without the time at which it came. Immutable, shared, compared by identity.

    Attributes:
        is_storable: A private cache may keep the response (where its status allows it too).
        must_always_revalidate: It may never be used without asking (`no-cache`, or a `Vary` on fields that change).
        max_age_s: Explicit lifetime in seconds; `None` where there is no `max-age`.
        has_explicit_lifetime: `max-age` or `Expires` stands in the head.
        expires_s: `Expires`, seconds since the epoch; 0 (long ago) where it is there but is no date.
        last_modified_s: `Last-Modified`, seconds since the epoch.
        age_s: `Age`: how old the response was already when it came.
        validators: Request field lines that revalidate, each ended by CR LF; `b""` where there is nothing to ask with.
    """

    __slots__ = (
        "_fields",
        "age_s",
        "expires_s",
        "has_explicit_lifetime",
        "is_storable",
        "last_modified_s",
        "max_age_s",
        "must_always_revalidate",
        "validators",
    )

    def __init__(self, fields: _Fields) -> None:
        """Read the fields; use `from_headers`, which shares equal policies."""
        cache_control, expires, last_modified, etag, vary, age = fields
        self._fields = fields
        directives = _directives(cache_control)
        varies = _varying_fields(vary)
        has_foreign_variants = not varies <= _CONSTANT_FIELDS
        self.max_age_s = _seconds(directives[b"max-age"]) if b"max-age" in directives else None
        # RFC 9111 section 5.3: what is not a date ("0", "-1") has already expired.
        self.expires_s = None if expires is None else (parse_date_s(expires) or 0.0)
        self.has_explicit_lifetime = self.max_age_s is not None or self.expires_s is not None
        self.last_modified_s = None if last_modified is None else parse_date_s(last_modified)
        self.age_s = _seconds(age) if age is not None else 0.0
        self.validators = _validators(etag, None if has_foreign_variants else last_modified)
        self.must_always_revalidate = b"no-cache" in directives or has_foreign_variants
        # Without a validator, what may never be used without asking is not worth a place.
        self.is_storable = (
            b"no-store" not in directives
            and b"*" not in varies
            and (bool(self.validators) or not self.must_always_revalidate)
        )

    @classmethod
    def from_headers(cls, headers: Mapping[bytes, bytes]) -> "CachePolicy":
        """Read the caching fields of a response's head.

        Args:
            headers: Lower-case names; a repeated field joined with `, `. `Date` is not used: it is an argument of
                `HttpCache.store`, because it changes every second while the rest of the head does not.
        """
        get = headers.get
        return _policy_of(
            (
                get(b"cache-control"),
                get(b"expires"),
                get(b"last-modified"),
                get(b"etag"),
                get(b"vary"),
                get(b"age"),
            )
        )

    def updated_by(self, newer: "CachePolicy") -> "CachePolicy":
        """Return this policy with the fields that a 304 brought (RFC 9111 section 3.2); itself where it brought none."""
        if newer is self:
            return self
        return _merged_policy(self, newer)

    def may_keep(self, status: int) -> bool:
        """Say whether a private cache keeps a response of this status."""
        if not self.is_storable:
            return False
        if status in _HEURISTIC_STATUSES:
            # Heuristics need a Last-Modified; without any lifetime a validator is still good for a 304.
            return True
        return status in _EXPLICIT_STATUSES and self.has_explicit_lifetime

    def fresh_until_s(self, now_s: float, date_s: float | None) -> float:
        """Work out until when a response that came just now is fresh (RFC 9111 section 4.2).

        Args:
            now_s: Wall clock, seconds since the epoch.
            date_s: The response's `Date`, or `None`.

        Returns:
            Seconds since the epoch; a time that has passed where it was never fresh.
        """
        if self.must_always_revalidate:
            return 0.0
        made_at_s = now_s if date_s is None else date_s
        if self.max_age_s is not None:
            lifetime_s = self.max_age_s
        elif self.expires_s is not None:
            lifetime_s = self.expires_s - made_at_s
        elif self.last_modified_s is not None:
            lifetime_s = min((made_at_s - self.last_modified_s) * _HEURISTIC_SHARE, _LONGEST_HEURISTIC_S)
        else:
            return 0.0
        return now_s + lifetime_s - max(self.age_s, now_s - made_at_s, 0.0)


class _Entry(Generic[PayloadT]):
    __slots__ = ("fresh_until_s", "payload", "policy", "status")

    def __init__(
        self, policy: CachePolicy, status: int, payload: PayloadT | None, fresh_until_s: float
    ) -> None:
        self.policy = policy
        self.status = status
        self.payload = payload
        self.fresh_until_s = fresh_until_s


class Fresh(Generic[PayloadT]):
    """The cached response may be used as it is: no request is made.

    Attributes:
        status: Its status.
        payload: What was kept with it.
    """

    __slots__ = ("payload", "status")

    def __init__(self, status: int, payload: PayloadT | None) -> None:
        """Hold what was kept."""
        self.status = status
        self.payload = payload


class Revalidate(Generic[PayloadT]):
    """The cached response is stale: ask with its validators; on a 304 call `HttpCache.refresh`.

    Attributes:
        validators: Request field lines (`If-None-Match`, `If-Modified-Since`), each ended by CR LF.
        status: Status of the cached response.
        payload: What was kept with it.
    """

    __slots__ = ("payload", "status", "validators")

    def __init__(self, validators: bytes, status: int, payload: PayloadT | None) -> None:
        """Hold what was kept and what to ask with."""
        self.validators = validators
        self.status = status
        self.payload = payload


class HttpCache(Generic[PayloadT]):
    """What one visitor has fetched with GET, by path and query. Holds at most 500 entries; the least recently used goes.

    All times are the wall clock in seconds since the epoch. An empty cache holds no dict.
    """

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        """Make an empty cache."""
        self._entries: dict[str, _Entry[PayloadT]] | None = None

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._entries) if self._entries else 0

    def lookup(self, path: str, now_s: float) -> Fresh[PayloadT] | Revalidate[PayloadT] | None:
        """Say what to do before a GET: nothing, ask whether it changed, or (`None`) fetch it."""
        entries = self._entries
        if entries is None:
            return None
        entry = entries.pop(path, None)
        if entry is None:
            return None
        if now_s < entry.fresh_until_s:
            entries[path] = entry
            return Fresh(entry.status, entry.payload)
        if not entry.policy.validators:
            return None
        entries[path] = entry
        return Revalidate(entry.policy.validators, entry.status, entry.payload)

    def store(
        self,
        path: str,
        status: int,
        policy: CachePolicy,
        now_s: float,
        date_s: float | None = None,
        payload: PayloadT | None = None,
    ) -> None:
        """Keep a response to a GET, if its head and status allow it; an older one of the path is forgotten anyway.

        Args:
            path: Path and query of the request.
            status: Status of the response; for a 304 call `refresh`.
            policy: What its head says.
            now_s: Wall clock.
            date_s: Its `Date` field.
            payload: What the caller wants back with it, such as the links of the page; shared, not copied.
        """
        entries = self._entries
        if entries is not None:
            entries.pop(path, None)
        if not policy.may_keep(status):
            return
        fresh_until_s = policy.fresh_until_s(now_s, date_s)
        if fresh_until_s <= now_s and not policy.validators:
            return
        if entries is None:
            entries = self._entries = {}
        elif len(entries) >= _MOST_ENTRIES:
            del entries[next(iter(entries))]
        entries[path] = _Entry(policy, status, payload, fresh_until_s)

    def refresh(self, path: str, policy: CachePolicy, now_s: float, date_s: float | None = None) -> None:
        """Renew an entry after a 304 (RFC 9111 section 4.3.4); nothing happens where it is gone.

        Args:
            path: Path and query of the request.
            policy: What the head of the 304 says; its fields replace those of the entry.
            now_s: Wall clock.
            date_s: The 304's `Date` field.
        """
        entry = self._entries.get(path) if self._entries else None
        if entry is None:
            return
        entry.policy = entry.policy.updated_by(policy)
        entry.fresh_until_s = entry.policy.fresh_until_s(now_s, date_s)

    def invalidate(self, path: str) -> None:
        """Forget a path, as after a POST to it that did not fail (RFC 9111 section 4.4)."""
        if self._entries is not None:
            self._entries.pop(path, None)


@lru_cache(maxsize=4096)
def _policy_of(fields: _Fields) -> CachePolicy:
    return CachePolicy(fields)


@lru_cache(maxsize=4096)
def _merged_policy(held: CachePolicy, newer: CachePolicy) -> CachePolicy:
    # Slot by slot; Age is of the newer answer alone.
    pairs = zip(held._fields[:5], newer._fields[:5], strict=True)
    kept = [mine if theirs is None else theirs for mine, theirs in pairs]
    merged = (kept[0], kept[1], kept[2], kept[3], kept[4], newer._fields[5])
    return held if merged == held._fields else _policy_of(merged)


def _directives(cache_control: bytes | None) -> dict[bytes, bytes]:
    """Split `Cache-Control`; the first of a name wins, as the stricter readers do."""
    found: dict[bytes, bytes] = {}
    if cache_control is not None:
        for name, quoted, token in _DIRECTIVE.findall(cache_control):
            found.setdefault(name.lower(), quoted or token)
    return found


def _varying_fields(vary: bytes | None) -> frozenset[bytes]:
    if not vary:
        return frozenset()
    names = (name.strip().lower() for name in vary.split(b","))
    return frozenset(name for name in names if name)


def _seconds(value: bytes) -> float:
    """Read delta-seconds; what is no number is 0, so a broken lifetime means stale (RFC 9111 section 4.2.1)."""
    stripped = value.strip()
    if not _NUMBER.fullmatch(stripped):
        return 0.0
    return min(float(stripped[:12]), _LONGEST_S)


def _validators(etag: bytes | None, last_modified: bytes | None) -> bytes:
    lines = b""
    if etag and len(etag) <= _LONGEST_ETAG_BYTES and not _CONTROLS.search(etag):
        lines = b"If-None-Match: %b\r\n" % etag
    if last_modified and parse_date_s(last_modified) is not None and not _CONTROLS.search(last_modified):
        lines += b"If-Modified-Since: %b\r\n" % last_modified
    return lines
