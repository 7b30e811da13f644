"""What a visitor came for: small state machines over what pages show, which know nothing of any particular site.

A goal watches each page view (`see`), says which kinds of links lead on (`pulls`) and which forms it needs (`wants`), and is reached or not. What the
policy forbids cannot be part of a goal: it then ends at the last step that is allowed, and its name says so.
"""

from collections.abc import Mapping
from typing import ClassVar, Final, Self

from trafficflou.traffic.flair.scene import Scene
from trafficflou.traffic.form_policy import FormPurpose

__all__ = [
    "BuyGoal",
    "CompareGoal",
    "FindGoal",
    "GlanceGoal",
    "Goal",
    "ReadGoal",
    "SearchGoal",
    "SendGoal",
    "WanderGoal",
]

NOTHING: Final[Mapping[str, float]] = {}
THINGS: Final = frozenset({"product", "category", "service"})
_ITEMS: Final = {"product": 0.8, "category": 0.5}
_TO_BASKET: Final = {"checkout": 5.0, "cart": 4.0}
_READING: Final = {"read": 1.5, "docs": 1.5, "community": 1.2}
_MAX_SEARCHES: Final = 3


class Goal:
    """A goal.

    Attributes:
        name: What for, as a phrase that begins with a verb; at most 120 characters.
        is_reached: It is done.
        has_failed: It cannot be done any more.
        least_pages: Page views that it takes somebody who goes straight for it.
        sought: Topics of the pages that it is about; empty for any.
    """

    sought: ClassVar[frozenset[str]] = frozenset()

    __slots__ = ("has_failed", "is_reached", "least_pages", "name")

    def __init__(self, name: str, least_pages: int = 1) -> None:
        self.name = name[:120]
        self.least_pages = least_pages
        self.is_reached = False
        self.has_failed = False

    def see(self, scene: Scene) -> bool:
        """Take note of a page view; returns whether it was a step forward."""
        raise NotImplementedError

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
        super().__init__(name, count + 1)
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
        super().__init__(name, 4)
        self._searches = 0

    def see(self, scene: Scene) -> bool:
        """Count searches, and look whether a result was opened."""
        if not scene.is_ok:
            return False
        if scene.deed.kind == "submit" and scene.deed.purpose is FormPurpose.SEARCH:
            self._searches += 1
            return True
        is_result = scene.deed.from_search and (scene.deed.is_main or scene.is_near)
        self.is_reached = self.is_reached or is_result
        return self.is_reached

    def wants_search(self) -> float:
        """Search at once, and again where nothing came of it."""
        return 0.9 if self._searches == 0 else 0.4 if self._searches < _MAX_SEARCHES else 0.0


class CompareGoal(Goal):
    """See some things of a kind, within a budget where there is one."""

    sought: ClassVar[frozenset[str]] = THINGS

    __slots__ = ("_budget", "_left")

    def __init__(self, name: str, count: int, budget: float | None = None) -> None:
        super().__init__(name, count + 2)
        self._left = count
        self._budget = budget

    def see(self, scene: Scene) -> bool:
        """Count things that were not seen before and are not too dear."""
        if not (scene.is_ok and scene.is_new and is_item(scene)):
            return False
        price = scene.deed.price
        if self._budget is not None and price is not None and price > self._budget:
            return False
        self._left -= 1
        self.is_reached = self._left <= 0
        return True

    def pulls(self) -> Mapping[str, float]:
        """Go where the things are."""
        return _ITEMS

    def wants_search(self) -> float:
        """Search now and then."""
        return 0.3


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
        # A form that cannot be sent, though its kind may be, ends the way here too.
        self.is_reached = self.is_reached or not (self._may_send and found.is_allowed)
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


class BuyGoal(Goal):
    """Choose something, put it into the basket, go to the checkout and through it."""

    sought: ClassVar[frozenset[str]] = THINGS

    __slots__ = ("_failures", "_has_basket", "_looks_left", "_may_fill", "_may_pay")

    def __init__(self, name: str, looks: int, *, may_fill: bool, may_pay: bool) -> None:
        """Make the goal.

        Args:
            name: What for.
            looks: How many things are looked at before one is chosen.
            may_fill: Things may be put into the basket.
            may_pay: The checkout may be gone through.
        """
        suffix = "" if may_fill and may_pay else ", up to the checkout" if may_fill else ", up to the basket"
        super().__init__(name[:90] + suffix, looks + (6 if may_fill else 2))
        self._looks_left = looks
        self._may_fill = may_fill
        self._may_pay = may_pay
        self._has_basket = False
        self._failures = 0

    @classmethod
    def with_basket(cls, *, may_pay: bool) -> Self:
        """Make the goal of somebody whose basket is filled already."""
        goal = cls("buy what is in the basket", 0, may_fill=True, may_pay=may_pay)
        goal._has_basket = True
        return goal

    def see(self, scene: Scene) -> bool:
        """Follow the purchase."""
        if scene.deed.fills_basket:
            self._has_basket = self._has_basket or scene.is_ok
            return self._count(scene)
        if scene.deed.purpose is FormPurpose.CHECKOUT and scene.deed.kind == "submit":
            done = scene.is_ok and scene.sight.form(FormPurpose.CHECKOUT) is None
            self.is_reached = self.is_reached or done
            return self._count(scene)
        if not scene.is_ok:
            return False
        if self._has_basket:
            return self._at_checkout(scene)
        if not (scene.is_new and is_item(scene)):
            return False
        self._looks_left -= 1
        self.is_reached = self.is_reached or (self._looks_left <= 0 and not self._may_fill)
        return True

    def _count(self, scene: Scene) -> bool:
        self._failures += not scene.is_ok
        self.has_failed = self._failures > 2 and not self.is_reached
        return scene.is_ok

    def _at_checkout(self, scene: Scene) -> bool:
        form = scene.sight.form(FormPurpose.CHECKOUT)
        if form is None:
            return "cart" in scene.sight.topics
        self.is_reached = self.is_reached or not (self._may_pay and form.is_allowed)
        return True

    def pulls(self) -> Mapping[str, float]:
        """Go where things are, then to the basket and the checkout."""
        return _TO_BASKET if self._has_basket else _ITEMS

    def follows_subject(self) -> bool:
        """Until something is in the basket."""
        return not self._has_basket

    def wants(self, purpose: FormPurpose) -> bool:
        """Put the chosen thing into the basket; then pay."""
        if purpose is FormPurpose.CART:
            return self._may_fill and not self._has_basket and self._looks_left <= 0
        return purpose is FormPurpose.CHECKOUT and self._may_pay and self._has_basket and not self.is_reached

    def wants_search(self) -> float:
        """Search now and then, until something is in the basket."""
        return 0.0 if self._has_basket else 0.3


def is_item(scene: Scene) -> bool:
    """Whether a page is one thing among others: it can be put into a basket, has its price in the list, or is a product by its address."""
    sight = scene.sight
    if not sight.is_content or "category" in sight.topics:
        return False
    if sight.form(FormPurpose.CART) is not None or FormPurpose.CART in sight.sheet.by_deed:
        return True
    return "product" in sight.topics or (scene.deed.price is not None and scene.deed.is_main)
