"""The state of one visit."""

from random import Random

from trafficflou.traffic.flair.goal import Goal
from trafficflou.traffic.flair.memory import Memory
from trafficflou.traffic.flair.mind import Mind
from trafficflou.traffic.flair.patience import Patience
from trafficflou.traffic.flair.purchase import BuyGoal
from trafficflou.traffic.flair.scene import Deed
from trafficflou.traffic.flair.subject import Subject

__all__ = ["FlairVisit"]


class FlairVisit:
    """A visitor on the site.

    Attributes:
        rng: Its own generator.
        mind: Whose persona it has.
        slowness: How slow it is among those of its persona, as a standard normal score.
        explores: It is drawn to what fails and what is unknown, instead of avoiding that.
        goal: What it came for; `None` where it does not have goals.
        errand: What came up on the way: to take a filled basket to the checkout.
        subject: What the visit is about.
        budget: Page views after which it has had enough.
        extra: How many of them were added because it got on.
        memory: What it remembers.
        patience: What it still puts up with.
        deed: What it did last.
        pages: Page views begun so far.
        searches: How often it searched.
        basket: Shapes of the forms by which it put things into the basket that it has not paid for yet.
        stay_s: How long it looks at its last page before it leaves.
        sent: Shapes of forms that it sent.
        beliefs: By template, the factor by which what it believes of it changes a link's weight.
    """

    __slots__ = (
        "basket",
        "beliefs",
        "budget",
        "deed",
        "errand",
        "explores",
        "extra",
        "goal",
        "memory",
        "mind",
        "pages",
        "patience",
        "rng",
        "searches",
        "sent",
        "slowness",
        "stay_s",
        "subject",
    )

    def __init__(
        self,
        rng: Random,
        mind: Mind,
        *,
        slowness: float = 0.0,
        explores: bool = False,
        goal: Goal | None = None,
        subject: Subject | None = None,
        budget: int = 1,
    ) -> None:
        self.rng = rng
        self.mind = mind
        self.slowness = slowness
        self.explores = explores
        self.goal = goal
        self.errand: BuyGoal | None = None
        self.subject = subject
        self.budget = budget
        self.extra = 0
        self.memory = Memory()
        self.patience = Patience(mind.persona.patience)
        self.deed = Deed(kind="open")
        self.pages = 0
        self.searches = 0
        self.basket: set[tuple[object, ...]] = set()
        self.sent: set[tuple[object, ...]] = set()
        self.stay_s = 0.0
        self.beliefs: dict[str, float] = {}

    @property
    def device(self) -> str:
        """`desktop`, `mobile` or `tablet`."""
        return self.mind.persona.device

    @property
    def aim(self) -> Goal | None:
        """What it is after now: the errand before the goal."""
        return self.errand or self.goal
