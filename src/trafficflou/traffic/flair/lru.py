"""A cache that forgets what was used longest ago."""

from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["LruCache"]

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class LruCache(Generic[KeyT, ValueT]):
    """A bounded mapping."""

    __slots__ = ("_held", "_limit")

    def __init__(self, limit: int) -> None:
        """Hold at most `limit` values, at least one."""
        self._limit = max(1, limit)
        self._held: OrderedDict[KeyT, ValueT] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def find(self, key: KeyT) -> ValueT | None:
        """Return a value, which is then the one used last; `None` where it is not held."""
        found = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
        return found

    def peek(self, key: KeyT) -> ValueT | None:
        """Return a value without counting that as a use."""
        return self._held.get(key)

    def keep(self, key: KeyT, value: ValueT) -> ValueT:
        """Hold a value, and forget the one used longest ago where there is no room."""
        held = self._held
        held[key] = value
        if len(held) > self._limit:
            held.popitem(last=False)
        return value
