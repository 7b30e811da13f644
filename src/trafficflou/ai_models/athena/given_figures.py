"""The figures of a run as an explainer was given them, found by place and cited as they stand."""

import math
import re
from typing import Final

from trafficflou.ai_models.tasks import Citation, RunFigures

__all__ = ["GivenFigures"]

Value = float | int | str | None

MAX_CITES: Final = 8


class GivenFigures:
    """Figures by place, and a note of those that a finding rests on."""

    def __init__(self, request: RunFigures) -> None:
        self.verdict = request.verdict
        self._values: dict[str, Value] = {figure.place: figure.value for figure in request.figures}

    def number(self, place: str) -> float | None:
        """Return a figure if it is a finite number."""
        value = self._values.get(place)
        if isinstance(value, int | float) and math.isfinite(value):
            return float(value)
        return None

    def text(self, place: str) -> str:
        """Return a figure as text, short and without control characters; it may come from the site."""
        return re.sub(r"[^\x20-\x7e]", "?", str(self._values.get(place) or ""))[:80]

    def below(self, prefix: str) -> list[str]:
        """Return the places that begin so, in the order given."""
        return [place for place in self._values if place.startswith(prefix)]

    def indexes(self, table: str) -> list[int]:
        """Return which entries of a table are told."""
        found = (re.match(rf"{table}\[(\d{{1,6}})\]\.", place) for place in self._values)
        return sorted({int(match[1]) for match in found if match})

    def cite(self, *places: str) -> tuple[Citation, ...]:
        """Cite figures as they were given; those that were not are left out."""
        known = [place for place in dict.fromkeys(places) if place in self._values]
        return tuple(Citation(place=place, value=self._values[place]) for place in known[:MAX_CITES])
