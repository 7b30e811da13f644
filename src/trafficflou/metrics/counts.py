"""Counts by key, added up within a bound."""

from collections.abc import Mapping
from typing import TypeVar

__all__ = ["add_counts"]

Key = TypeVar("Key")


def add_counts(
    into: dict[Key, int], counts: Mapping[Key, int], *, limit: int = 0, overflow: Key | None = None
) -> None:
    """Add counts key by key.

    Args:
        into: Takes the counts.
        counts: What is added.
        limit: Most distinct keys that `into` may grow to, 0 for any number.
        overflow: Where the counts of further keys go; `None` drops them.
    """
    for key, count in counts.items():
        target: Key | None = key
        if limit and key not in into and len(into) >= limit:
            target = overflow
        if target is not None:
            into[target] = into.get(target, 0) + count
