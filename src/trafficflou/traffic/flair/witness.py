"""Takes in what became of a visitor's last move: for the visit, for the report, and for those who come after."""

from typing import Any, Final

from trafficflou.ai_models.athena.relevance import Relevance
from trafficflou.traffic.flair.experience import Experience, outcome_of
from trafficflou.traffic.flair.frontier import Frontier
from trafficflou.traffic.flair.notes import Notes, failure_of
from trafficflou.traffic.flair.scene import Deed, Scene
from trafficflou.traffic.flair.sight import Sight
from trafficflou.traffic.flair.subject import Nearness
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.form_policy import FormPurpose
from trafficflou.traffic.strategy import Page

__all__ = ["Witness"]

_MOST_EXTRA: Final = 8
_MISSING: Final = frozenset({404, 405, 410})
_MAY_STAND_THERE_AGAIN: Final = frozenset({FormPurpose.SEARCH, FormPurpose.CART, FormPurpose.COMMENT})
"""Forms that a page shows again after it took them."""


class Witness:
    """Sees what happens to visitors."""

    __slots__ = ("_experience", "_frontier", "_nearness", "_notes", "_pays")

    def __init__(
        self,
        notes: Notes,
        relevance: Relevance[Any],
        experience: Experience | None,
        frontier: Frontier | None,
        *,
        pays: bool,
    ) -> None:
        """Make a witness.

        Args:
            notes: For the report.
            relevance: Compares texts.
            experience: For those who come after; `None` where nobody learns.
            frontier: The same.
            pays: Whether visitors may go through a checkout.
        """
        self._notes = notes
        self._nearness = Nearness(relevance)
        self._experience = experience
        self._frontier = frontier
        self._pays = pays

    def take_in(self, visit: FlairVisit, page: Page, sight: Sight) -> Scene:
        """Take in a page view; returns it as the visit's goal sees it."""
        deed, memory = visit.deed, visit.memory
        is_refused = _is_refused(page, sight, deed)
        is_ok = page.is_ok and not is_refused
        is_dead_end = page.is_ok and sight.is_html and not sight.way_on
        if deed.kind == "submit" and page.final_path != page.path:
            memory.arrive(page.final_path)
        self._note(visit, page, sight, is_refused=is_refused, is_dead_end=is_dead_end)
        self._take_patience(visit, page, is_refused=is_refused, is_dead_end=is_dead_end)
        scene = self._scene(visit, page, sight, is_ok=is_ok, is_refused=is_refused)
        is_step = _pursue(visit, scene, self._notes)
        if self._experience is not None:
            outcome = outcome_of(is_ok=is_ok, is_dead_end=is_dead_end, is_step=is_step, load_s=page.load_s)
            self._experience.learn(visit.mind.number, page.template, outcome)
        if self._frontier is not None:
            shapes = [form.shape for form in sight.forms if form.is_allowed and not form.takes_out]
            self._frontier.note_page(memory.here, page.template, shapes, is_ok=is_ok)
            self._settle(visit, scene)
        return scene

    def _settle(self, visit: FlairVisit, scene: Scene) -> None:
        """Hold what was put into the basket for tried once it was paid for, or where that cannot be; not before.

        What fails at the checkout may be any of the things in the basket, so all of them are worth another try.
        """
        deed = scene.deed
        if not visit.basket or self._frontier is None:
            return
        if self._pays:
            if deed.purpose is not FormPurpose.CHECKOUT or scene.is_refused:
                return
            if scene.is_ok and scene.sight.form(FormPurpose.CHECKOUT) is not None:
                return
        for shape in visit.basket:
            self._frontier.note_form(shape, is_ok=scene.is_ok)
        visit.basket.clear()

    def _note(
        self, visit: FlairVisit, page: Page, sight: Sight, *, is_refused: bool, is_dead_end: bool
    ) -> None:
        notes, deed = self._notes, visit.deed
        if deed.kind == "submit":
            notes.note_form(page, visit, is_refused=is_refused)
        if deed.kind != "submit" or page.is_ok:
            notes.note_page(page, visit.memory, is_dead_end=is_dead_end)
        notes.note_offered(sight)

    @staticmethod
    def _take_patience(visit: FlairVisit, page: Page, *, is_refused: bool, is_dead_end: bool) -> None:
        patience = visit.patience
        patience.wait(page.load_s)
        if is_refused:
            patience.meet("refused_forms")
        elif failure_of(page):
            patience.meet("failed_forms" if visit.deed.kind == "submit" else "errors")
        elif is_dead_end:
            patience.meet("dead_ends")

    def _scene(self, visit: FlairVisit, page: Page, sight: Sight, *, is_ok: bool, is_refused: bool) -> Scene:
        subject = visit.subject
        nearness = 0.0
        if subject is not None and is_ok:
            nearness = self._nearness.of(subject, sight.content)
        return Scene(
            sight=sight,
            deed=visit.deed,
            is_ok=is_ok,
            is_refused=is_refused,
            is_new=visit.memory.seen.get(page.path, 0) <= 1,
            nearness=nearness,
            is_near=subject is not None and subject.is_met(nearness, visit.pages),
            pages=visit.pages,
        )


def _pursue(visit: FlairVisit, scene: Scene, notes: Notes) -> bool:
    """Let goal and errand see the page; returns whether it was a step towards either."""
    is_step = False
    goal, errand = visit.goal, visit.errand
    if goal is not None and not goal.is_reached:
        is_step = goal.see(scene)
        # Who gets on finds the time.
        if is_step and visit.extra < _MOST_EXTRA:
            visit.budget, visit.extra = visit.budget + 1, visit.extra + 1
        if goal.is_reached:
            notes.note_goal_reached(visit)
    if errand is not None:
        is_step = errand.see(scene) or is_step
        if errand.is_reached or errand.has_failed:
            visit.errand = None
    return is_step


def _is_refused(page: Page, sight: Sight, deed: Deed) -> bool:
    """Whether the site did not like what was filled in: it says so by its status, or shows the same form again without having moved on."""
    if deed.kind != "submit" or deed.form is None or page.failure:
        return False
    if 400 <= page.status <= 422:
        return page.status not in _MISSING
    if not page.is_ok or deed.purpose in _MAY_STAND_THERE_AGAIN:
        return False
    form = deed.form.form
    return page.final_path in {page.path, form.path} and any(
        again.form.path == form.path and again.purpose is deed.form.purpose for again in sight.forms
    )
