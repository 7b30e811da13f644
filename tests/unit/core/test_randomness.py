"""Streams of chance."""

from trafficflou.core import SystemClock, derive_rng
from trafficflou.core.media import subresource_kind


def test_streams_depend_on_their_names_only() -> None:
    """The same name gives the same stream, on any machine and in any version."""
    assert derive_rng(7, "visitor", 1).random() == derive_rng(7, "visitor", 1).random()
    assert derive_rng(7, "visitor", 1).getrandbits(32) == 379_592_637


def test_streams_of_other_names_and_seeds_differ() -> None:
    """Names are not run together, and neighbours have nothing in common."""
    streams = [
        derive_rng(7, "a", 11),
        derive_rng(7, "a", 1, 1),
        derive_rng(7, "a1", 1),
        derive_rng(8, "a", 11),
        derive_rng(7, "b", 11),
    ]
    assert len({stream.random() for stream in streams}) == len(streams)


def test_system_clock_does_not_go_back() -> None:
    """Durations come from a monotonic clock, stamps from the wall."""
    clock = SystemClock()
    assert clock.now_ns() <= clock.now_ns()
    assert clock.wall_s() > 1_700_000_000


def test_kinds_of_files_are_told_by_their_extension() -> None:
    """Queries and folders do not confuse; what says nothing is `other`."""
    kinds = {
        "/a/b.css?v=1": "style",
        "/x.MJS": "script",
        "/i.PNG": "image",
        "/f.woff2": "font",
        "/d.json": "data",
    }
    assert {path: subresource_kind(path) for path in kinds} == kinds
    assert {subresource_kind(path) for path in ("/a", "/a.b/c", "/.", "/v1.2", "/?x=.css")} == {"other"}
