"""What a visitor does next, by how sophisticated visitors are.

1. *Weighted links*: along the beaten track, until it has had enough.
2. *Interests*: the same, by what the persona likes.
3. *Goals and memory*: towards its goal, not twice to the same page, back from where nothing smells of it, until the goal is reached, its
   attention or its patience used up.
4. *Forms, search and comparison*: it also fills in what the goal needs and the policy allows, and searches.
5. *Adaptation*: and heeds what visitors before it have met.
"""

from typing import Final

from trafficflou.traffic.flair.choice import OPENNESS, scale, weigh_aims, weigh_kinds, weigh_pages
from trafficflou.traffic.flair.counsel import Counsel
from trafficflou.traffic.flair.draw import draw
from trafficflou.traffic.flair.experience import Experience
from trafficflou.traffic.flair.form_filling import FormFilling
from trafficflou.traffic.flair.frontier import Frontier
from trafficflou.traffic.flair.move import Move
from trafficflou.traffic.flair.notes import Notes
from trafficflou.traffic.flair.opinion import Opinion, Taste
from trafficflou.traffic.flair.scene import Deed, Scene
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.form_policy import FormPurpose, deed_of
from trafficflou.traffic.strategy import Page

__all__ = ["ADAPTATION", "FORMS", "GOALS", "Decision"]

GOALS: Final = 3
FORMS: Final = 4
ADAPTATION: Final = 5
"""The levels from which on visitors can do that."""

_LEAVES_AT_ERROR: Final = 0.5
_RETURNS_FROM_ERROR: Final = 0.75
_RELOADS: Final = 0.2
_EXPLORER_RELOADS: Final = 0.8
_BACK_FROM_WEAK: Final = 0.6
_BACK_ANYWAY: Final = 0.1
_RESULTS: Final = 4.0
"""How much more those who searched look at the main part of the page, where results stand."""

_FAREWELL: Final = 0.4
"""How likely somebody who has what it came for looks at one more page, and then at another."""


class Decision:
    """Decides."""

    __slots__ = (
        "_counsel",
        "_experience",
        "_filling",
        "_frontier",
        "_level",
        "_notes",
        "_taste",
    )

    def __init__(
        self,
        level: int,
        *,
        taste: Taste,
        filling: FormFilling,
        counsel: Counsel,
        experience: Experience | None,
        frontier: Frontier | None,
        notes: Notes,
    ) -> None:
        """Make decisions.

        Args:
            level: How sophisticated visitors are, 1..5.
            taste: What they like.
            filling: How they send forms.
            counsel: What AI models say.
            experience: What they have learned; `None` where they do not.
            frontier: What of the site they know; `None` where they do not remember together.
            notes: Where decisions are counted.
        """
        self._level = level
        self._taste = taste
        self._filling = filling
        self._counsel = counsel
        self._experience = experience
        self._frontier = frontier
        self._notes = notes

    def decide(self, visit: FlairVisit, page: Page, scene: Scene, template: str) -> Move | str:
        """Decide what follows a page.

        Args:
            visit: Whose.
            page: The page.
            scene: The same, as it was taken in.
            template: Its template, after redirects.

        Returns:
            What to do, or why the visitor leaves.
        """
        if self._level < GOALS:
            return self._stroll(visit, page, scene, template)
        if visit.basket and visit.pages == visit.budget:
            self._filling.take_errand(visit)
        why = _enough(visit)
        if why:
            return why
        if not page.is_ok:
            recovered = self._recover(visit, page, scene)
            if recovered is not None:
                return recovered
        if self._level >= FORMS:
            filled = self._filling.choose(visit, scene)
            if filled is not None:
                self._notes.note_decision("athena")
                return filled
        return self._move_on(visit, page, scene, template)

    def _stroll(self, visit: FlairVisit, page: Page, scene: Scene, template: str) -> Move | str:
        """Follow a link, or leave as often as the persona's usual session says."""
        opinion = self._taste.opinion(visit.mind, None, scene.sight.sheet)
        leaves = opinion.leave if page.is_ok else max(opinion.leave, _LEAVES_AT_ERROR)
        if visit.rng.random() < leaves:
            return "lack_of_time"
        return self._click(visit, page, scene, opinion, template) or "dead_ends"

    def _recover(self, visit: FlairVisit, page: Page, scene: Scene) -> Move | None:
        """Deal with a page that is not there: ask again, or go back; `None` to go by what the error page offers."""
        is_passing = page.status >= 500 or page.failure == "timeout"
        reloads = _EXPLORER_RELOADS if visit.explores else _RELOADS
        if is_passing and visit.deed.kind in {"click", "back"} and visit.rng.random() < reloads:
            deed = Deed(kind="reload", price=visit.deed.price, is_main=visit.deed.is_main)
            return Move(deed=deed, path=page.path, template=page.template)
        if not scene.sight.way_on or visit.rng.random() < _RETURNS_FROM_ERROR:
            return self._back(visit)
        return None

    def _move_on(self, visit: FlairVisit, page: Page, scene: Scene, template: str) -> Move | str:
        """Follow a link, or go back where none is promising."""
        aim = visit.aim
        subject = visit.subject if aim is None or aim.follows_subject() else None
        opinion = self._taste.opinion(visit.mind, subject, scene.sight.sheet)
        if visit.rng.random() < self._backs(visit, scene, opinion):
            back = self._back(visit)
            if back is not None:
                return back
        return self._click(visit, page, scene, opinion, template) or self._back(visit) or "dead_ends"

    @staticmethod
    def _backs(visit: FlairVisit, scene: Scene, opinion: Opinion) -> float:
        """Return how likely the visitor turns back: the weaker the scent of what it wants is here (Pirolli and Card, 1999)."""
        subject, habits = visit.subject, visit.mind.habits
        if scene.deed.kind in {"open", "back"} or visit.errand is not None:
            return 0.0
        aspiration = subject.aspiration if subject is not None else 0.3
        weak = max(0.0, 1.0 - opinion.scent / aspiration)
        return habits.backtracking * (_BACK_ANYWAY + _BACK_FROM_WEAK * weak)

    def _back(self, visit: FlairVisit) -> Move | None:
        if not visit.memory.can_turn_back:
            return None
        self._notes.note_decision(self._decider)
        return Move(deed=Deed(kind="back"), path="", template="")

    @property
    def _decider(self) -> str:
        return "statistics" if self._level == 1 else "athena"

    def _click(
        self, visit: FlairVisit, page: Page, scene: Scene, opinion: Opinion, template: str
    ) -> Move | None:
        sheet = scene.sight.sheet
        weights = opinion.weights.tolist()
        scale(weights, sheet.by_path.get(page.final_path, ()), 0.0)
        decider = self._decider
        if self._level > 1:
            decider = self._counsel.weigh(weights, visit.mind, scene.sight, template) or decider
        if visit.explores:
            weights = [weight**OPENNESS for weight in weights]
        aim = visit.aim
        pulls = aim.pulls() if aim is not None else {}
        wanted = FormPurpose.CART if aim is not None and aim.wants(FormPurpose.CART) else None
        weigh_aims(weights, sheet, pulls, wanted)
        came_from_search = visit.deed.kind == "submit" and visit.deed.purpose is FormPurpose.SEARCH
        if came_from_search:
            scale(weights, sheet.main, _RESULTS)
        if self._level >= GOALS:
            weights = weigh_kinds(weights, sheet, visit, self._experience)
            weights = weigh_pages(weights, sheet, visit, self._frontier)
        chosen = draw(weights, visit.rng)
        if chosen is None:
            return None
        self._notes.note_decision(decider)
        link = sheet.links[chosen]
        deed = Deed(
            kind="click",
            purpose=deed_of(link),
            price=link.price,
            is_main=link.place in {"main", "unknown"},
            from_search=came_from_search,
        )
        return Move(deed=deed, path=link.path, template=sheet.templates[chosen], text=link.text)


def _enough(visit: FlairVisit) -> str:
    """Return why a visitor has had enough; empty where it has not."""
    goal = visit.goal
    if visit.patience.is_gone:
        return visit.patience.worst or "lack_of_time"
    is_done = goal is not None and (goal.is_reached or goal.has_failed)
    # Drawn anew after each page, which makes the number of further pages geometric. Explorers go on as long as they have time.
    if is_done and not visit.explores and visit.errand is None and visit.rng.random() >= _FAREWELL:
        return visit.patience.worst or "lack_of_time"
    return "lack_of_time" if visit.pages >= visit.budget else ""
