"""Goals of shoppers: to compare things, and to buy one."""

from collections.abc import Mapping
from typing import ClassVar, Final, Self

from trafficflou.traffic.flair.goal import Goal
from trafficflou.traffic.flair.scene import Scene
from trafficflou.traffic.form_policy import FormPurpose

__all__ = ["BuyGoal", "CompareGoal", "is_item"]

_THINGS: Final = frozenset({"product", "category", "service"})
_ITEMS: Final = {"product": 0.8, "category": 0.5}
_TO_CHECKOUT: Final = {"checkout": 5.0, "cart": 4.0}
_MOST_FAILURES: Final = 2


class CompareGoal(Goal):
    """See some things of a kind, within a budget where there is one."""

    sought: ClassVar[frozenset[str]] = _THINGS

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


class BuyGoal(Goal):
    """Choose something, put it into the basket, go to the checkout and through it."""

    sought: ClassVar[frozenset[str]] = _THINGS

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
        self.has_failed = self._failures > _MOST_FAILURES and not self.is_reached
        return scene.is_ok

    def _at_checkout(self, scene: Scene) -> bool:
        form = scene.sight.form(FormPurpose.CHECKOUT)
        if form is None:
            return "cart" in scene.sight.topics
        if not self._may_pay:
            self.is_reached = True
        elif not form.is_allowed:
            # Checkouts may be gone through, but this button costs real money.
            self.is_reached, self.short_of = True, "order button"
        return True

    def pulls(self) -> Mapping[str, float]:
        """Go where things are, then to the basket and the checkout."""
        return _TO_CHECKOUT if self._has_basket else _ITEMS

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
