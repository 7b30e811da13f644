"""From what a persona wants to what a visit is for.

A persona's goals are sentences, written by Athena's library or by a language model. What kind of goal one is, its words say; what the words leave open, the
persona's actions do. How much of it a visit takes on (how many to compare, how many to read) is drawn for each visit.
"""

import re
from collections.abc import Callable
from random import Random
from typing import Final

from trafficflou.ai_models.athena.preference import budget_of
from trafficflou.ai_models.tasks import Persona
from trafficflou.traffic.flair.goal import (
    FindGoal,
    GlanceGoal,
    Goal,
    ReadGoal,
    SearchGoal,
    SendGoal,
    WanderGoal,
)
from trafficflou.traffic.flair.purchase import BuyGoal, CompareGoal
from trafficflou.traffic.form_policy import ALL_FORMS, FormPolicy, FormPurpose

__all__ = ["GoalChoice"]

_GLANCING_PAGES: Final = 1.5
_LOGIN: Final = {"login": 4.0}
_CONTACT: Final = {"contact": 4.0, "help": 3.0}
_NEWSLETTER: Final = {"contact": 3.0, "read": 1.0}
_REGISTER: Final = {"login": 3.0}
_NUMBERS: Final = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "several": 3, "a few": 3, "some": 3}
_COUNT: Final = re.compile(
    r"\b(\d{1,2}|" + "|".join(_NUMBERS) + r")\b(?!\s*(?:days?|weeks?|euros?|dollars?|%))"
)
_MAX_COUNT: Final = 8

_KINDS: Final = (
    ("glance", r"\bglance\b|one page|whether (?:this|it) is (?:the right|what)"),
    ("compare", r"\bcompar|\bchoose (?:a|the|between)|\bweigh\b|\bversus\b|\bwhich (?:one|of)"),
    ("newsletter", r"\b(?:newsletter|letters|subscribe)\b"),
    ("register", r"\b(?:register|sign up|create an account|join)\b"),
    ("login", r"\b(?:log ?in|sign in|account|my orders|look after an order|whether anything changed)\b"),
    (
        "buy",
        r"\b(?:buy|purchase|shop for|get it delivered|total price|on sale|book an?|present|gift|order (?:an?|some|it|one|two|\d))\b",
    ),
    (
        "contact",
        r"\b(?:contact|write to|message to|reach somebody|get help|get an errand|[ei]nquir|complain|feedback|(?:ask|answer) a question)",
    ),
    ("search", r"\bsearch(?:es|ing)?\b|\blook up\b|single fact|\bgather all\b|solve an error"),
    ("read", r"\b(?:read|learn|study|follow|what is new|discussions?|articles?|stor(?:y|ies)|news)\b"),
    ("wander", r"\b(?:inspir|pass the time|browse|stroll|look around|wander|explore)"),
)
_SHOPPING: Final = frozenset({"cart", "checkout"})
_PATTERNS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KINDS)


class GoalChoice:
    """Makes the goals of visits."""

    __slots__ = ("_makers", "_policy", "_sends_forms")

    def __init__(self, policy: FormPolicy, *, sends_forms: bool) -> None:
        """Make goals.

        Args:
            policy: What may be sent.
            sends_forms: Whether visitors can send forms at all.
        """
        self._policy = policy
        self._sends_forms = sends_forms
        self._makers: dict[str, Callable[[str, Persona, Random], Goal]] = {
            "buy": self._buy,
            "compare": self._compare,
            "contact": self._contact,
            "find": lambda name, _persona, _rng: FindGoal(name),
            "glance": lambda name, _persona, _rng: GlanceGoal(name),
            "login": self._login,
            "newsletter": self._newsletter,
            "read": self._read,
            "register": self._register,
            "search": self._search,
            "wander": lambda name, persona, rng: WanderGoal(name, _some(persona, rng)),
        }

    def choose(self, persona: Persona, rng: Random) -> Goal:
        """Choose one of a persona's goals for a visit; two numbers are taken from the generator."""
        goals = persona.goals
        name = goals[int(rng.random() * len(goals))]
        kind = "glance" if persona.pages <= _GLANCING_PAGES else kind_of(name, persona)
        return self._makers[kind](name, persona, rng)

    def may_send(self, purpose: FormPurpose) -> bool:
        """Whether visitors may send forms of a purpose."""
        allowed = self._policy.allow_forms
        return self._sends_forms and (purpose in allowed or ALL_FORMS in allowed)

    def _buy(self, name: str, _persona: Persona, rng: Random) -> Goal:
        return BuyGoal(
            name,
            1 + int(rng.random() * 3),
            may_fill=self.may_send(FormPurpose.CART),
            may_pay=self.may_send(FormPurpose.CHECKOUT),
        )

    def _compare(self, name: str, persona: Persona, rng: Random) -> Goal:
        count = _count_in(name) or 2 + int(rng.random() * 3)
        return CompareGoal(name, count, budget_of((name,)) or budget_of(persona.goals))

    def _read(self, name: str, persona: Persona, rng: Random) -> Goal:
        count = _count_in(name) or (1 if re.search(r"\bone\b", name) else _some(persona, rng))
        return ReadGoal(name, count)

    def _search(self, name: str, _persona: Persona, _rng: Random) -> Goal:
        return SearchGoal(name) if self._sends_forms else FindGoal(name)

    def _login(self, name: str, _persona: Persona, _rng: Random) -> Goal:
        return SendGoal(name, FormPurpose.LOGIN, _LOGIN, may_send=self.may_send(FormPurpose.LOGIN))

    def _register(self, name: str, _persona: Persona, _rng: Random) -> Goal:
        return SendGoal(name, FormPurpose.REGISTER, _REGISTER, may_send=self.may_send(FormPurpose.REGISTER))

    def _newsletter(self, name: str, _persona: Persona, _rng: Random) -> Goal:
        return SendGoal(
            name, FormPurpose.NEWSLETTER, _NEWSLETTER, may_send=self.may_send(FormPurpose.NEWSLETTER)
        )

    def _contact(self, name: str, _persona: Persona, _rng: Random) -> Goal:
        may_send = self.may_send(FormPurpose.CONTACT)
        return SendGoal(name, FormPurpose.CONTACT, _CONTACT, may_send=may_send, answered_by="contact")


def kind_of(name: str, persona: Persona) -> str:
    """Return what kind of goal a sentence is; by the persona's actions where it does not say."""
    actions = set(persona.actions)
    for kind, pattern in _PATTERNS:
        # Who can neither fill a basket nor pay does not buy: "find a present" is then just that.
        if pattern.search(name) and (kind != "buy" or actions & _SHOPPING):
            return kind
    if "read" in actions and not actions & _SHOPPING:
        return "read"
    return "compare" if "compare" in actions else "find"


def _count_in(name: str) -> int | None:
    """Return the number that a sentence names; of a price it says nothing ("under 900")."""
    for match in _COUNT.finditer(name.lower()):
        before = name.lower()[: match.start()].rstrip()
        if not before.endswith(("under", "below", "than", "most", "to", "within", "€", "$", "£")):
            word = match[1]
            count = int(word) if word.isdigit() else _NUMBERS[word]
            return min(count, _MAX_COUNT) or None
    return None


def _some(persona: Persona, rng: Random) -> int:
    """Return how many pages are enough: about half of the persona's usual session."""
    return max(1, min(_MAX_COUNT, round(persona.pages * (0.3 + 0.4 * rng.random()))))
