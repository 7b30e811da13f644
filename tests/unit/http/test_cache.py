"""The visitor's private cache follows RFC 9111, within its bounds."""

import tracemalloc

import pytest

from trafficflou.http.cache import CachePolicy, Fresh, HttpCache, Revalidate

NOW_S = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT
DATED = b"Tue, 14 Nov 2023 22:14:20 GMT"  # a minute later
ETAG = b'"v1"'


def _policy(**fields: bytes) -> CachePolicy:
    return CachePolicy.from_headers(
        {name.replace("_", "-").encode(): value for name, value in fields.items()}
    )


def _cached(policy: CachePolicy, *, status: int = 200, date_s: float | None = None) -> HttpCache[str]:
    cache: HttpCache[str] = HttpCache()
    cache.store("/x", status, policy, NOW_S, date_s, "kept")
    return cache


def _fresh_for_s(cache: HttpCache[str]) -> float:
    """Return for how many whole seconds the entry is used without asking; -1 where it is not."""
    low, high = -1, 3_000_000_000
    while high - low > 1:
        middle = (low + high) // 2
        if isinstance(cache.lookup("/x", NOW_S + middle), Fresh):
            low = middle
        else:
            high = middle
    return low


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"cache_control": b"max-age=60"}, 59),
        ({"cache_control": b"Public, MAX-AGE = 60 , immutable"}, 59),
        ({"cache_control": b'max-age="60"'}, 59),
        ({"cache_control": b"max-age=60, max-age=5"}, 59),
        ({"cache_control": b"max-age=60, s-maxage=5, private"}, 59),
        ({"cache_control": b"max-age=60, must-revalidate, stale-while-revalidate=600"}, 59),
        ({"cache_control": b"max-age=99999999999999999999999"}, 2**31 - 1),
        ({"cache_control": b"max-age=60", "expires": b"0"}, 59),
        ({"cache_control": b"max-age=60", "age": b"20"}, 39),
        ({"cache_control": b"max-age=60", "age": b"oops"}, 59),
        ({"cache_control": b"max-age=60", "age": b"70"}, -1),
        ({"expires": DATED}, 59),
        ({"expires": b"0"}, -1),
        ({"expires": b"Tue, 14 Nov 2023 22:13:20 GMT"}, -1),
        ({"cache_control": b"max-age=0"}, -1),
        ({"cache_control": b"max-age=-5"}, -1),
        ({"cache_control": b"max-age=oops"}, -1),
        ({"cache_control": b"no-cache, max-age=60"}, -1),
        ({"last_modified": b"Tue, 14 Nov 2023 22:03:20 GMT"}, 59),
        ({"last_modified": b"Tue, 14 Nov 2000 22:03:20 GMT"}, 7 * 86_400 - 1),
        ({"last_modified": b"Tue, 14 Nov 2033 22:03:20 GMT"}, -1),
        ({"cache_control": b"max-age=60", "vary": b"Accept-Encoding"}, 59),
        ({"cache_control": b"max-age=60", "vary": b"accept-encoding , User-Agent,"}, 59),
        ({"cache_control": b"max-age=60", "vary": b"Cookie"}, -1),
        ({}, -1),
    ],
)
def test_http_cache_keeps_responses_fresh_as_long_as_their_head_says(
    fields: dict[str, bytes], seconds: int
) -> None:
    """`max-age` before `Expires` before a tenth of the file's age, less the age on arrival."""
    assert _fresh_for_s(_cached(_policy(etag=ETAG, **fields))) == seconds


def test_http_cache_counts_the_age_from_the_date() -> None:
    """A response that was made a while ago has used up that part of its life; a clock ahead of ours adds nothing."""
    policy = _policy(cache_control=b"max-age=60", etag=ETAG)
    assert _fresh_for_s(_cached(policy, date_s=NOW_S - 20)) == 39
    assert _fresh_for_s(_cached(policy, date_s=NOW_S + 20)) == 59
    assert _fresh_for_s(_cached(_policy(expires=DATED, etag=ETAG), date_s=NOW_S + 20)) == 39


@pytest.mark.parametrize(
    ("fields", "validators"),
    [
        ({"etag": ETAG}, b'If-None-Match: "v1"\r\n'),
        ({"etag": b'W/"v1"'}, b'If-None-Match: W/"v1"\r\n'),
        ({"last_modified": DATED}, b"If-Modified-Since: " + DATED + b"\r\n"),
        (
            {"etag": ETAG, "last_modified": DATED},
            b'If-None-Match: "v1"\r\nIf-Modified-Since: ' + DATED + b"\r\n",
        ),
        ({"etag": ETAG, "last_modified": b"yesterday"}, b'If-None-Match: "v1"\r\n'),
        ({"etag": ETAG, "last_modified": DATED, "vary": b"Cookie"}, b'If-None-Match: "v1"\r\n'),
        ({"etag": ETAG, "cache_control": b"no-cache"}, b'If-None-Match: "v1"\r\n'),
    ],
)
def test_http_cache_revalidates_with_what_the_head_gave(fields: dict[str, bytes], validators: bytes) -> None:
    """A stale entry is asked for with its ETag and date; where variants differ, with the ETag alone."""
    found = _cached(_policy(**fields)).lookup("/x", NOW_S + 10 * 365 * 86_400)
    assert isinstance(found, Revalidate)
    assert (found.validators, found.status, found.payload) == (validators, 200, "kept")


@pytest.mark.parametrize(
    "fields",
    [
        {"cache_control": b"no-store", "etag": ETAG},
        {"cache_control": b"max-age=60, No-Store"},
        {"cache_control": b"max-age=60", "vary": b"*", "etag": ETAG},
        {"cache_control": b"max-age=60", "vary": b"Accept-Encoding, *"},
        {"cache_control": b"max-age=60", "vary": b"Cookie"},
        {"cache_control": b"no-cache, max-age=60"},
        {"cache_control": b"max-age=60", "age": b"60"},
        {"etag": b'"a\r\nX-Split: 1"'},
        {"etag": b'"' + b"x" * 5000 + b'"'},
        {"last_modified": b"Tue, 14 Nov 2033 22:03:20 GMT\r\nX-Split: 1"},
        {},
    ],
)
def test_http_cache_keeps_nothing_that_it_could_not_use(fields: dict[str, bytes]) -> None:
    """What may not be stored, or has neither a life nor a safe validator, takes no place."""
    cache = _cached(_policy(**fields))
    assert len(cache) == 0
    assert cache.lookup("/x", NOW_S) is None


@pytest.mark.parametrize(
    ("status", "is_kept_with_life", "is_kept_without"),
    [
        (200, True, True),
        (301, True, True),
        (404, True, True),
        (302, True, False),
        (307, True, False),
        (206, False, False),
        (304, False, False),
        (401, False, False),
        (500, False, False),
        (503, False, False),
    ],
)
def test_http_cache_keeps_statuses_that_browsers_keep(
    status: int, is_kept_with_life: bool, is_kept_without: bool
) -> None:
    """Some statuses are kept by themselves, redirects only with an explicit life, errors and parts never."""
    assert bool(_cached(_policy(cache_control=b"max-age=60"), status=status)) == is_kept_with_life
    assert bool(_cached(_policy(etag=ETAG), status=status)) == is_kept_without


def test_http_cache_hands_back_what_was_kept() -> None:
    """A fresh entry gives status and payload without a request."""
    found = _cached(_policy(cache_control=b"max-age=60"), status=404).lookup("/x", NOW_S)
    assert isinstance(found, Fresh)
    assert (found.status, found.payload) == (404, "kept")
    assert _cached(_policy(cache_control=b"max-age=60")).lookup("/other", NOW_S) is None


def test_http_cache_drops_a_stale_entry_that_cannot_be_revalidated() -> None:
    """Without a validator a stale entry is as good as none."""
    cache = _cached(_policy(cache_control=b"max-age=60"))
    assert cache.lookup("/x", NOW_S + 60) is None
    assert len(cache) == 0


def test_http_cache_forgets_an_older_response_that_was_replaced() -> None:
    """A newer response that may not be kept drives out the older one."""
    cache = _cached(_policy(cache_control=b"max-age=60"))
    cache.store("/x", 200, _policy(cache_control=b"no-store"), NOW_S)
    assert len(cache) == 0


def test_http_cache_refresh_renews_the_entry() -> None:
    """A 304 renews the life, and its fields replace those that were kept."""
    cache = _cached(_policy(cache_control=b"max-age=60", etag=ETAG))
    cache.refresh("/x", _policy(), NOW_S + 100)
    assert isinstance(cache.lookup("/x", NOW_S + 159), Fresh)
    cache.refresh("/x", _policy(cache_control=b"max-age=5", etag=b'"v2"', age=b"1"), NOW_S + 200)
    assert isinstance(cache.lookup("/x", NOW_S + 203), Fresh)
    found = cache.lookup("/x", NOW_S + 204)
    assert isinstance(found, Revalidate)
    assert found.validators == b'If-None-Match: "v2"\r\n'


def test_http_cache_refresh_of_what_is_gone_does_nothing() -> None:
    """A 304 for an entry that was pushed out meanwhile brings nothing back."""
    cache: HttpCache[str] = HttpCache()
    cache.refresh("/x", _policy(cache_control=b"max-age=60"), NOW_S)
    assert len(cache) == 0


def test_http_cache_invalidate_forgets_one_path() -> None:
    """After a POST the path is fetched anew; an empty cache has nothing to forget."""
    cache = _cached(_policy(cache_control=b"max-age=60"))
    cache.store("/y", 200, _policy(cache_control=b"max-age=60"), NOW_S)
    cache.invalidate("/x")
    assert cache.lookup("/x", NOW_S) is None
    assert isinstance(cache.lookup("/y", NOW_S), Fresh)
    empty: HttpCache[str] = HttpCache()
    empty.invalidate("/x")
    assert len(empty) == 0


def test_http_cache_pushes_out_the_least_recently_used() -> None:
    """The cache holds 500 entries; the one that was not asked for the longest goes."""
    cache: HttpCache[str] = HttpCache()
    policy = _policy(cache_control=b"max-age=60")
    for number in range(500):
        cache.store(f"/{number}", 200, policy, NOW_S)
    cache.lookup("/0", NOW_S)
    cache.store("/new", 200, policy, NOW_S)
    assert len(cache) == 500
    assert cache.lookup("/1", NOW_S) is None
    assert isinstance(cache.lookup("/0", NOW_S), Fresh)


def test_cache_policy_is_shared_by_equal_heads() -> None:
    """Heads that say the same about caching share one policy, and merging a 304 that says nothing new keeps it."""
    policy = _policy(cache_control=b"max-age=60", etag=ETAG, server=b"one")
    assert _policy(cache_control=b"max-age=60", etag=ETAG, server=b"two") is policy
    assert policy.updated_by(policy) is policy
    assert policy.updated_by(_policy(etag=ETAG)) is policy


def test_http_cache_is_small() -> None:
    """5,000 visitors with 30 entries each fit in 25 MB, empty caches in half a megabyte."""
    paths = [f"/asset/{number}.png" for number in range(30)]
    policy = _policy(cache_control=b"max-age=60", etag=ETAG)
    tracemalloc.start()
    try:
        caches: list[HttpCache[str]] = [HttpCache() for _ in range(500)]
        empty_bytes = 10 * tracemalloc.get_traced_memory()[0]
        for cache in caches:
            for path in paths:
                cache.store(path, 200, policy, NOW_S)
        full_bytes = 10 * tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert empty_bytes < 500_000
    assert full_bytes < 25_000_000
