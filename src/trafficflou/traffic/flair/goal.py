"""What a visitor came for: small state machines over what pages show, which know nothing of any particular site.

A goal watches each page view (`see`), says which kinds of links lead on (`pulls`) and which forms it needs (`wants`), and is reached or not. What the
policy forbids cannot be part of a goal: it then ends at the last step that is allowed, and its name says so.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Final

from trafficflou.traffic.flair.scene import Scene
from trafficflou.traffic.form_policy import FormPurpose

__all__ = [
    "FindGoal",
    "GlanceGoal",
    "Goal",
    "ReadGoal",
    "SearchGoal",
    "SendGoal",
    "WanderGoal",
]

NOTHING: Final[Mapping[str, float]] = {}
_READING: Final = {"read": 1.5, "docs": 1.5, "community": 1.2}
_SEARCHING: Final = {"search": 3.0}
_MAX_SEARCHES: Final = 3


class Goal(ABC):
    """A goal.

    Attributes:
        name: What for, as a phrase that begins with a verb; at most 120 characters.
        is_reached: It is done.
        has_failed: It cannot be done any more.
        short_of: What of it was not allowed after all, so that it counts as reached just before; empty where it was done in full.
        least_pages: Page views that it takes somebody who goes straight for it.
        sought: Topics of the pages that it is about; empty for any.
    """

    sought: ClassVar[frozenset[str]] = frozenset()

    __slots__ = ("has_failed", "is_reached", "least_pages", "name", "short_of")

    def __init__(self, name: str, least_pages: int = 1) -> None:
        self.name = name[:120]
        self.least_pages = least_pages
        self.is_reached = False
        self.has_failed = False
        self.short_of = ""

    @abstractmethod
    def see(self, scene: Scene) -> bool:
        """Take note of a page view; returns whether it was a step forward."""

    def pulls(self) -> Mapping[str, float]:
        """Return what links should be about now, each with how much it draws (added to the logarithm of a link's weight)."""
        return NOTHING

    def follows_subject(self) -> bool:
        """Whether the subject of the visit says where to go now."""
        return True

    def wants(self, purpose: FormPurpose) -> bool:
        """Whether a form of this purpose should be sent now."""
        return False

    def wants_search(self) -> float:
        """How much a search would help now, 0..1."""
        return 0.0


class GlanceGoal(Goal):
    """See one page."""

    __slots__ = ()

    def see(self, scene: Scene) -> bool:
        """Be content with any page that is there."""
        self.is_reached = self.is_reached or scene.is_ok
        return scene.is_ok


class WanderGoal(Goal):
    """See some pages, whatever they are about."""

    __slots__ = ("_left",)

    def __init__(self, name: str, count: int) -> None:
        super().__init__(name, count + 2)
        self._left = count

    def see(self, scene: Scene) -> bool:
        """Count pages that are there for their own sake."""
        if not (scene.is_ok and scene.is_new and scene.sight.is_content):
            return False
        self._left -= 1
        self.is_reached = self._left <= 0
        return True


class ReadGoal(WanderGoal):
    """Read some pages that are there to be read."""

    __slots__ = ()

    def see(self, scene: Scene) -> bool:
        """Count articles, documents, discussions."""
        return scene.sight.is_reading and scene.deed.kind != "open" and super().see(scene)

    def pulls(self) -> Mapping[str, float]:
        """Go where there is something to read."""
        return _READING


class FindGoal(Goal):
    """Reach a page that comes near enough to the subject."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name, 3)

    def see(self, scene: Scene) -> bool:
        """Look whether this is it; the page where the visit began does not count, because nothing was found yet."""
        if not scene.is_ok or scene.deed.kind == "open":
            return False
        self.is_reached = self.is_reached or (scene.is_near and scene.sight.is_html)
        return scene.is_near

    def wants_search(self) -> float:
        """Search now and then."""
        return 0.35


class SearchGoal(Goal):
    """Search, and open one of the results."""

    __slots__ = ("_searches",)

    def __init__(self, name: str) -> None:
        super().__init__(name, 5)
        self._searches = 0

    def see(self, scene: Scene) -> bool:
        """Count searches, and look whether a result was opened."""
        if not scene.is_ok:
            return False
        if scene.deed.kind == "submit" and scene.deed.purpose is FormPurpose.SEARCH:
            self._searches += 1
            return True
        # Who comes upon it without searching needs to search no more.
        is_result = scene.deed.kind == "click" and (
            scene.is_near or (scene.deed.from_search and scene.deed.is_main)
        )
        self.is_reached = self.is_reached or is_result
        return self.is_reached

    def pulls(self) -> Mapping[str, float]:
        """Go where one can search; then to what was found."""
        return _SEARCHING if self._searches == 0 else NOTHING

    def wants_search(self) -> float:
        """Search at once, and again where nothing came of it."""
        return 0.9 if self._searches == 0 else 0.4 if self._searches < _MAX_SEARCHES else 0.0


class SendGoal(Goal):
    """Send a form of one purpose, such as a login; where that is not allowed, come to it."""

    sought: ClassVar[frozenset[str]] = frozenset({"login", "contact", "help"})

    __slots__ = ("_answered_by", "_any_answer", "_failures", "_may_send", "_pulls", "_purpose")

    def __init__(
        self,
        name: str,
        purpose: FormPurpose,
        pulls: Mapping[str, float],
        *,
        may_send: bool,
        answered_by: str = "",
    ) -> None:
        """Make the goal.

        Args:
            name: What for.
            purpose: Of the form.
            pulls: What links there are about.
            may_send: Such forms may be sent.
            answered_by: A word in the name of pages that do as well where they have no such form: they may give an address to write to.
        """
        suffix = "" if may_send else f", up to the {purpose} form"
        # Nobody has told the visitors a password: what a site says to a made-up one is as far as they come.
        self._any_answer = may_send and purpose is FormPurpose.LOGIN
        super().__init__(f"{name[:90]}{', up to what the login says' if self._any_answer else suffix}", 4)
        self._answered_by = answered_by
        self._purpose = purpose
        self._pulls = pulls
        self._may_send = may_send
        self._failures = 0

    def see(self, scene: Scene) -> bool:
        """Look whether it was taken, or is there."""
        deed = scene.deed
        if deed.kind == "submit" and deed.purpose is self._purpose:
            is_taken = scene.is_ok or (self._any_answer and scene.is_refused)
            self.is_reached = self.is_reached or is_taken
            self._failures += not is_taken
            self.has_failed = not self.is_reached and self._failures > 1
            return scene.is_ok
        if not scene.is_ok:
            return False
        found = scene.sight.form(self._purpose)
        if found is None:
            self.is_reached = self.is_reached or scene.sight.is_named(self._answered_by)
            return self.is_reached
        if not self._may_send:
            self.is_reached = True
        elif not found.is_allowed:
            # Its kind may be sent, but not this one: its button destroys or costs something.
            self.is_reached, self.short_of = True, f"{self._purpose} form"
        return True

    def pulls(self) -> Mapping[str, float]:
        """Go where such forms are."""
        return self._pulls

    def follows_subject(self) -> bool:
        """The form is the way, whatever else the visitor likes."""
        return False

    def wants(self, purpose: FormPurpose) -> bool:
        """Send it."""
        return self._may_send and purpose is self._purpose and not self.is_reached
