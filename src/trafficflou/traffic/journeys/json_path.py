"""Finds a value in a JSON document: `items[0].id`, `$.cart.total`, `items[-1]["unit price"]`, `items[*].id`."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from trafficflou.traffic.journeys.mistake import JourneyError, list_names, near_names

__all__ = ["find_in_json", "read_json_path"]

_MAX_CHARS: Final = 500
_STEP: Final = re.compile(
    r"""\.?([^\W\d][\w-]*+)|\.(\d++)|\[(-?\d++)\]|\[\*\]|\.\*|\[(?:"([^"]*+)"|'([^']*+)')\]"""
)


def find_in_json(document: Any, path: str) -> Any:
    """Return the value at a path; with `[*]` in it, the list of all values there.

    Args:
        document: What `json.loads` gave.
        path: Keys and places; a leading `$` may stand before.

    Raises:
        JourneyError: The path cannot be read, or leads nowhere; the message names what there is instead.
    """
    steps = read_json_path(path)
    found = list(_walk(document, steps, 0, path))
    if None in steps:
        return found
    return found[0]


def _walk(value: Any, steps: tuple[str | int | None, ...], at: int, path: str) -> Iterator[Any]:
    while at < len(steps) and steps[at] is not None:
        value = _step(value, steps[at], path)
        at += 1
    if at == len(steps):
        yield value
        return
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for member in members:
        yield from _walk(member, steps, at + 1, path)


def _step(value: Any, step: str | int | None, path: str) -> Any:
    if isinstance(value, dict):
        if str(step) in value:
            return value[str(step)]
        there_is = f"{near_names(str(step), value) or ';'} there are: {list_names(value)}"
    elif isinstance(value, list):
        if isinstance(step, int) and -len(value) <= step < len(value):
            return value[step]
        there_is = f"; there is a list of {len(value)}"
    else:
        there_is = f"; there is {type(value).__name__}"
    raise JourneyError(f"the JSON has no {step} of {path}{there_is}")


@lru_cache(maxsize=512)
def read_json_path(path: str) -> tuple[str | int | None, ...]:
    """Take a path apart: keys, places, and `None` for all of a list.

    Raises:
        JourneyError: It cannot be read.
    """
    if len(path) > _MAX_CHARS:
        raise JourneyError(f"a JSON path has at most {_MAX_CHARS} characters")
    rest = path.removeprefix("$")
    steps: list[str | int | None] = []
    at = 0
    while at < len(rest):
        found = _STEP.match(rest, at)
        if found is None:
            raise JourneyError(f"the JSON path {path[:80]!r} cannot be read at {rest[at : at + 20]!r}")
        key, number, place, double, single = found.groups()
        names = [name for name in (key, double, single) if name is not None]
        digits = number or place
        steps.append(names[0] if names else int(digits) if digits else None)
        at = found.end()
    return tuple(steps)
