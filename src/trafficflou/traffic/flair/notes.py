"""What visitors note of pages, forms and goals for the report."""

from collections.abc import Callable

from trafficflou.metrics import Journal
from trafficflou.metrics.journal import MAX_OFFERED, PageOutcome
from trafficflou.traffic.flair.memory import Memory
from trafficflou.traffic.flair.sight import Sight
from trafficflou.traffic.flair.visit import FlairVisit
from trafficflou.traffic.form_policy import FormPurpose
from trafficflou.traffic.strategy import Page

__all__ = ["Notes", "failure_of"]


def failure_of(page: Page) -> str:
    """Return why a page is not there, `http_404` or the engine's word; empty where it is."""
    if page.is_ok:
        return ""
    return page.failure or f"http_{page.status}"


class Notes:
    """The journal of a worker's visitors, while it is written."""

    __slots__ = ("_journal", "_template_of")

    def __init__(self, template_of: Callable[[str], str]) -> None:
        """Begin with nothing.

        Args:
            template_of: Names the template of a path.
        """
        self._template_of = template_of
        self._journal = Journal()

    def take(self) -> Journal:
        """Return what was noted since the last call, and begin anew."""
        taken, self._journal = self._journal, Journal()
        return taken

    def note_page(self, page: Page, memory: Memory, *, is_dead_end: bool) -> None:
        """Note a page view."""
        outcome = self._journal.page(memory.here, page.template)
        if outcome is None:
            return
        failure = failure_of(page)
        outcome.views += 1
        if failure:
            outcome.failures[failure] = outcome.failures.get(failure, 0) + 1
        else:
            load_ns = round(page.load_s * 1e9)
            outcome.load_ns += load_ns
            outcome.load_max_ns = max(outcome.load_max_ns, load_ns)
        outcome.dead_ends += is_dead_end
        _keep_trail(outcome, memory, is_trouble=bool(failure) or is_dead_end)

    def note_form(self, page: Page, visit: FlairVisit, *, is_refused: bool) -> None:
        """Note what became of sending a form."""
        deed = visit.deed
        if deed.form is None:
            return
        path = visit.memory.here
        outcome = self._journal.form(path, self._template_of(path), deed.form.purpose)
        if outcome is not None:
            # That made-up credentials are refused is right, and no news.
            is_news = is_refused and deed.purpose is not FormPurpose.LOGIN
            failure = "" if is_refused else failure_of(page)
            outcome.note(visit.memory.steps, failure=failure, is_refused=is_news)

    def note_offered(self, sight: Sight) -> None:
        """Note where a page leads; pages that lead to the same places once."""
        journal = self._journal
        journal.foreign_links += sight.content.foreign_links
        sheet = sight.sheet
        if not sheet.is_told and len(journal.offered) + len(sheet.paths) <= MAX_OFFERED:
            journal.offered.update(sheet.paths)
            sheet.is_told = True

    def note_decision(self, who: str) -> None:
        """Note who gave a decision."""
        decided_by = self._journal.decided_by
        decided_by[who] = decided_by.get(who, 0) + 1

    def note_goal_pursued(self, visit: FlairVisit) -> None:
        """Note that a visit began with its goal."""
        if visit.goal is not None:
            outcome = self._journal.goal(visit.mind.persona.name, visit.goal.name)
            if outcome is not None:
                outcome.pursued += 1

    def note_goal_reached(self, visit: FlairVisit) -> None:
        """Note that a visit reached its goal; under a name of its own where something on the way turned out not to be allowed."""
        goal = visit.goal
        if goal is None:
            return
        name = goal.name
        if goal.short_of:
            self._give_up(visit, "what_is_not_allowed")
            name = f"{goal.name[:90]}, up to the {goal.short_of}"
        outcome = self._journal.goal(visit.mind.persona.name, name)
        if outcome is None:
            return
        outcome.pursued += bool(goal.short_of)
        outcome.reached += 1
        outcome.pages += visit.pages
        if not outcome.trail or len(visit.memory.trail) < len(outcome.trail):
            outcome.trail = visit.memory.steps

    def note_goal_given_up(self, visit: FlairVisit, why: str) -> None:
        """Note that a visit ends without its goal."""
        if visit.goal is not None and not visit.goal.is_reached:
            self._give_up(visit, why)

    def _give_up(self, visit: FlairVisit, why: str) -> None:
        goal = visit.goal
        outcome = None if goal is None else self._journal.goal(visit.mind.persona.name, goal.name)
        if outcome is not None:
            outcome.given_up[why] = outcome.given_up.get(why, 0) + 1


def _keep_trail(outcome: PageOutcome, memory: Memory, *, is_trouble: bool) -> None:
    """Keep the way to the first view; to trouble where there was any, the shortest of those."""
    is_first = not outcome.trail
    is_worse = is_trouble and (not outcome.is_trouble or len(memory.trail) < len(outcome.trail))
    if is_first or is_worse:
        outcome.trail, outcome.is_trouble, outcome.linked_from = memory.steps, is_trouble, memory.before
