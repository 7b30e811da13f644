"""What a visitor remembers of its visit: where it was, how it came there, and the way back."""

from typing import Final, Literal

from trafficflou.metrics import Trail, TrailStep
from trafficflou.metrics.journal import MAX_TRAIL_STEPS

__all__ = ["Memory"]

_MAX_SEEN: Final = 200
"""Paths, and templates, that are remembered; people forget too."""


class Memory:
    """A visitor's memory.

    Attributes:
        here: Path of the page that is open, or was asked for last.
        before: Path of the page from which that was asked for; empty at the entry.
        seen: Views by path.
        templates: Views by template.
        trail: The steps that lead to `here`.
    """

    __slots__ = ("_way_back", "before", "here", "seen", "templates", "trail")

    def __init__(self) -> None:
        self.here = ""
        self.before = ""
        self.seen: dict[str, int] = {}
        self.templates: dict[str, int] = {}
        self.trail: list[TrailStep] = []
        self._way_back: list[tuple[str, int]] = []

    def go(
        self,
        action: Literal["open", "click", "submit"],
        path: str,
        template: str,
        *,
        text: str = "",
        values: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """Note a step that is about to be taken."""
        self.before, self.here = self.here, path
        self._count(path, template)
        self.trail.append(TrailStep(action=action, path=path, text=text, values=values))
        self._way_back.append((path, len(self.trail)))
        self._forget()

    def turn_back(self) -> str | None:
        """Go back to the page before; `None` where there is none.

        The trail goes back too, unless a form was sent since: what that changed on the site is part of the way.
        """
        if len(self._way_back) < 2:
            return None
        self._way_back.pop()
        path, length = self._way_back[-1]
        self.before, self.here = self.here, path
        if any(step.action == "submit" for step in self.trail[length:]):
            self.trail.append(TrailStep(action="open", path=path))
            self._way_back[-1] = (path, len(self.trail))
            self._forget()
        else:
            del self.trail[length:]
        return path

    @property
    def steps(self) -> Trail:
        """The trail, as a value."""
        return tuple(self.trail)

    def _count(self, path: str, template: str) -> None:
        for counts, name in ((self.seen, path), (self.templates, template)):
            if name in counts or len(counts) < _MAX_SEEN:
                counts[name] = counts.get(name, 0) + 1

    def _forget(self) -> None:
        """Drop the oldest steps; a trail that begins with a click could not be followed, so it then begins by opening that page."""
        drop = len(self.trail) - MAX_TRAIL_STEPS
        if drop <= 0:
            return
        del self.trail[:drop]
        if self.trail[0].action == "click":
            self.trail[0] = TrailStep(action="open", path=self.trail[0].path)
        self._way_back = [(path, length - drop) for path, length in self._way_back if length > drop]
