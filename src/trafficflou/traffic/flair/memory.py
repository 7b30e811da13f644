"""What a visitor remembers of its visit: where it was, how it came there, and the way back."""

from typing import Final, Literal

from trafficflou.metrics import Trail, TrailStep
from trafficflou.metrics.journal import MAX_TRAIL_STEPS

__all__ = ["Memory"]

_MAX_SEEN: Final = 200
"""Paths, and templates, that are remembered; people forget too."""


class _Stop:
    """A page on the way back."""

    __slots__ = ("length", "path", "told")

    def __init__(self, path: str | None, told: str, length: int) -> None:
        self.path = path  # None where opening it again would not show it: the answer to a form
        self.told = told
        self.length = length  # of the trail that leads to it


class Memory:
    """A visitor's memory.

    Attributes:
        here: The page that is open, or was asked for last, by the path under which it is told of.
        before: That of the page from which it was asked for; empty at the entry.
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
        self._way_back: list[_Stop] = []

    def go(
        self,
        action: Literal["open", "click", "submit"],
        path: str,
        template: str,
        *,
        told: str = "",
        text: str = "",
        values: tuple[tuple[str, str], ...] = (),
        can_return: bool = True,
    ) -> None:
        """Note a step that is about to be taken.

        Args:
            action: What is done.
            path: What is asked for.
            template: Its template.
            told: The path under which it is told of, where that is another: a search without what was searched for.
            text: The words of the link or button.
            values: What was filled in.
            can_return: Asking for `path` again shows the same page.
        """
        told = told or path
        self.before, self.here = self.here, told
        self._count(path, template)
        self.trail.append(TrailStep(action=action, path=told, text=text, values=values))
        self._way_back.append(_Stop(path if can_return else None, told, len(self.trail)))
        self._forget()

    def arrive(self, path: str) -> None:
        """Note where a form that was sent led, when that is a page that can be opened again."""
        self._way_back[-1].path = path

    @property
    def can_turn_back(self) -> bool:
        """Whether there is a page before this one that can be opened again."""
        return any(stop.path is not None for stop in self._way_back[:-1])

    def turn_back(self) -> str | None:
        """Go back to the page before; `None` where there is none.

        The trail goes back too, unless a form was sent since: what that changed on the site is part of the way.
        """
        if not self.can_turn_back:
            return None
        self._way_back.pop()
        while (path := self._way_back[-1].path) is None:
            self._way_back.pop()
        stop = self._way_back[-1]
        self.seen[path] = self.seen.get(path, 0) + 1
        self.before, self.here = self.here, stop.told
        if any(step.action == "submit" for step in self.trail[stop.length :]):
            self.trail.append(TrailStep(action="open", path=path))
            stop.length = len(self.trail)
            self._forget()
        else:
            del self.trail[stop.length :]
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
        for stop in self._way_back:
            stop.length -= drop
        self._way_back = [stop for stop in self._way_back if stop.length > 0]
