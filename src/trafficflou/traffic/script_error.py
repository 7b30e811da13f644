"""What the report says of an error in a script of the user's: the error, and where in the script it happened."""

from pathlib import Path
from types import TracebackType
from typing import Final

from trafficflou.security import clean_text

__all__ = ["ScriptErrors", "place_in_script"]

_MOST_TEXT_CHARS: Final = 240
_MOST_TEXTS_OF_A_PLACE: Final = 5
"""Different messages that are told apart: one that names what was on a page is another on every page."""

_MOST_PLACES: Final = 100


class ScriptErrors:
    """Describes the errors of one script, so that equal ones can be counted."""

    __slots__ = ("_folder", "_texts")

    def __init__(self, folder: Path) -> None:
        """Describe errors.

        Args:
            folder: Where the script and what it imports lie; a place outside of it is somebody else's.
        """
        self._folder = folder
        self._texts: dict[str, set[str]] = {}

    def describe(self, error: BaseException) -> str:
        """Return one line such as `ValueError: no number at shop.py:12`.

        What an error says may come from a page, so it is cleaned and cut.
        """
        place = getattr(error, "place", "") or place_in_script(error.__traceback__, self._folder)
        # An error of ours says it in a sentence; the name of its class would tell an author nothing.
        kind = "" if type(error).__module__.startswith("trafficflou.") else f"{type(error).__name__}: "
        text = clean_text(f"{kind}{error}".removesuffix(": "), _MOST_TEXT_CHARS)
        texts = self._texts.setdefault(place, set()) if len(self._texts) < _MOST_PLACES else set()
        if text not in texts and len(texts) >= _MOST_TEXTS_OF_A_PLACE:
            text = "other errors"
        texts.add(text)
        return f"{text} at {place}" if place else text


def place_in_script(traceback: TracebackType | None, folder: Path) -> str:
    """Return the innermost place in files of a folder, such as `shop.py:12`; the innermost of all where none lies there."""
    inside = anywhere = ""
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(folder) and "site-packages" not in path.parts:
            inside = f"{path.relative_to(folder)}:{traceback.tb_lineno}"
        anywhere = f"{path.name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return inside or anywhere
