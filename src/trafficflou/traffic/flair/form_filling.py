"""Whether a visitor sends a form of the page, and which: what its goal needs, a search, and now and then one that nobody asked for."""

from collections.abc import Callable
from typing import Final

from trafficflou.http import encode_form
from trafficflou.traffic.flair.form_values import FormValues, fields_to_fill, told_values
from trafficflou.traffic.flair.frontier import Frontier
from trafficflou.traffic.flair.goal_choice import GoalChoice
from trafficflou.traffic.flair.move import Move
from trafficflou.traffic.flair.purchase import BuyGoal
from trafficflou.traffic.flair.scene import Deed, Scene
from trafficflou.traffic.flair.seen_form import SeenForm
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.form_policy import FormPurpose

__all__ = ["FormFilling"]

_SENDS_WANTED: Final = 0.95
_MOST_ATTEMPTS: Final = 2
_MOST_SEARCHES: Final = 3
_AGAIN_AT_RESULTS: Final = 0.25
_IDLY: Final[dict[FormPurpose, float]] = {
    FormPurpose.CART: 0.3,
    FormPurpose.NEWSLETTER: 0.3,
    FormPurpose.COMMENT: 0.3,
    FormPurpose.CONTACT: 0.3,
    FormPurpose.LOGIN: 0.1,
    FormPurpose.REGISTER: 0.2,
    FormPurpose.OTHER: 0.3,
    FormPurpose.SETTINGS: 0.1,
}
"""How likely somebody fond of forms sends one that is not needed; nobody pays without a reason."""

_IDLE_SEARCH: Final = 0.2
_EXPLORER_SENDS: Final = 0.9
_BASKET: Final = 4
_GOES_AT_ONCE: Final = 0.1
_ERRAND_PAGES: Final = 6


class FormFilling:
    """Chooses forms and fills them in."""

    __slots__ = ("_frontier", "_goals", "_template_of", "_values")

    def __init__(
        self,
        values: FormValues,
        goals: GoalChoice,
        frontier: Frontier | None,
        template_of: Callable[[str], str],
    ) -> None:
        """Make it.

        Args:
            values: What is filled in.
            goals: Knows what may be sent.
            frontier: Which forms were sent before; `None` where nobody remembers.
            template_of: Names the template of a path.
        """
        self._values = values
        self._goals = goals
        self._frontier = frontier
        self._template_of = template_of

    def choose(self, visit: FlairVisit, scene: Scene) -> Move | None:
        """Return the sending of a form; `None` to do something else."""
        if scene.is_refused:
            again = self._try_again(visit, scene)
            if again is not None:
                return again
        self._fill_basket(visit, scene)
        for seen in scene.sight.forms:
            if not seen.is_allowed:
                continue
            chance = self._chance(visit, scene, seen)
            if chance > 0 and visit.rng.random() < chance:
                return self._send(visit, seen)
        return None

    def _try_again(self, visit: FlairVisit, scene: Scene) -> Move | None:
        """Send a form that was refused once more, with other values; that is all."""
        refused = visit.deed.form
        if refused is None or visit.deed.attempt >= _MOST_ATTEMPTS or refused.purpose is FormPurpose.LOGIN:
            return None  # guessing passwords is not what visitors do
        for seen in scene.sight.forms:
            if seen.is_allowed and seen.form.path == refused.form.path and seen.purpose is refused.purpose:
                return self._send(visit, seen, attempt=visit.deed.attempt + 1)
        return None

    def _fill_basket(self, visit: FlairVisit, scene: Scene) -> None:
        """Let an explorer who has put several things into the basket, although that was not the plan, take them to the checkout.

        Several together: one purchase then tries them all.
        """
        if not (visit.explores and scene.is_ok and scene.deed.fills_basket) or visit.errand is not None:
            return
        if isinstance(visit.goal, BuyGoal) and not visit.goal.is_reached:
            return
        if len(visit.basket) >= _BASKET or visit.rng.random() < _GOES_AT_ONCE:
            self.take_errand(visit)

    def take_errand(self, visit: FlairVisit) -> None:
        """Let an explorer go to the checkout with what is in its basket."""
        if visit.explores and visit.errand is None:
            visit.errand = BuyGoal.with_basket(may_pay=self._goals.may_send(FormPurpose.CHECKOUT))
            visit.budget = max(visit.budget, visit.pages + _ERRAND_PAGES)

    def _chance(self, visit: FlairVisit, scene: Scene, seen: SeenForm) -> float:
        if seen.purpose is FormPurpose.SEARCH:
            return self._search_chance(visit, scene)
        is_wanted = not seen.takes_out and any(
            aim is not None and aim.wants(seen.purpose) for aim in (visit.errand, visit.goal)
        )
        if is_wanted:
            return _SENDS_WANTED
        if seen.shape in visit.sent or visit.errand is not None:
            return 0.0
        idly = _IDLY.get(seen.purpose, 0.0)
        if not idly:
            return 0.0
        chance = idly * visit.mind.habits.forms**2
        if visit.explores and not seen.takes_out and self._frontier is not None:
            known = self._frontier.uses(seen.shape)
            chance = max(chance, _EXPLORER_SENDS / (1.0 + known))
        return chance

    @staticmethod
    def _search_chance(visit: FlairVisit, scene: Scene) -> float:
        if visit.searches >= _MOST_SEARCHES or visit.errand is not None:
            return 0.0
        goal, habits = visit.goal, visit.mind.habits
        wanted = 0.0
        if goal is not None and not goal.is_reached:
            wanted = goal.wants_search()
            if wanted < 0.5:
                # Who sees what it came for does not search.
                wanted *= (0.5 + habits.forms) * (0.3 if scene.is_near else 1.0)
        chance = max(wanted, _IDLE_SEARCH * habits.forms**2)
        came_from_search = visit.deed.kind == "submit" and visit.deed.purpose is FormPurpose.SEARCH
        has_results = bool(scene.sight.sheet.main)
        return chance * _AGAIN_AT_RESULTS if came_from_search and has_results else chance

    def _send(self, visit: FlairVisit, seen: SeenForm, attempt: int = 1) -> Move:
        query = _query(visit) if seen.purpose is FormPurpose.SEARCH else ""
        values = self._values.fill(visit.mind.persona, seen, query=query, attempt=attempt)
        filled = encode_form(seen.form, values)
        told = told_values(seen, values)
        visit.sent.add(seen.shape)
        visit.searches += seen.purpose is FormPurpose.SEARCH
        if seen.purpose is FormPurpose.CART and not seen.takes_out:
            visit.basket.add(seen.shape)
        elif self._frontier is not None:
            self._frontier.note_form(seen.shape)
        address = seen.form.path if seen.form.method == "POST" else seen.form.path.partition("?")[0]
        return Move(
            deed=Deed(
                kind="submit",
                purpose=seen.purpose,
                form=seen,
                values=told,
                attempt=attempt,
                is_main=seen.form.place == "main",
            ),
            path=filled.path,
            template=self._template_of(filled.path),
            told=address,
            text=seen.form.text,
            method=seen.form.method,
            body=filled.body,
            content_type=filled.content_type,
            fields=fields_to_fill(seen),
        )


def _query(visit: FlairVisit) -> str:
    """Return what is searched for: the subject of the visit at first, then other things that interest the persona."""
    subjects = visit.mind.subjects
    if visit.subject is not None and visit.searches == 0:
        return visit.subject.query
    return subjects[int(visit.rng.random() * len(subjects))].query
