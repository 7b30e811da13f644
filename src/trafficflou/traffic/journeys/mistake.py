"""How a journey ends early: because something is not as its author expected, or because the visitor leaves."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

__all__ = ["JourneyError", "VisitorLeft", "list_names", "near_names"]

_MAX_LISTED: Final = 8
_MAX_NAME: Final = 60


class JourneyError(Exception):
    """Something is not on the page, or not as it was expected; ends the session and is counted in the report.

    Args:
        message: One sentence: what was expected, and what there is instead.
        place: Where the author wrote it, such as `buy.yaml:12`; empty where the traceback tells.
    """

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(message)
        self.place = place


class VisitorLeft(BaseException):
    """The visitor leaves, from wherever it is; no `except Exception` of an author's stops it."""


def list_names(names: Iterable[str]) -> str:
    """List what there is, for an error: each once and cut short, at most eight."""
    known = list(dict.fromkeys(_short(name) for name in names if name))
    more = f" and {len(known) - _MAX_LISTED} more" if len(known) > _MAX_LISTED else ""
    return ", ".join(known[:_MAX_LISTED]) + more


def near_names(wanted: str, names: Iterable[str]) -> str:
    """Return `; did you mean "Garden"?` where a name is near, else nothing."""
    by_folded = {name.casefold(): name for name in names if name}
    near = get_close_matches(wanted.casefold()[:_MAX_NAME], by_folded, n=1, cutoff=0.6)
    return f'; did you mean "{_short(by_folded[near[0]])}"?' if near else ""


def _short(name: str) -> str:
    return name if len(name) <= _MAX_NAME else name[: _MAX_NAME - 1] + "…"
