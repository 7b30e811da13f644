"""What visitors note of pages for the report."""

from trafficflou.metrics import Journal
from trafficflou.metrics.journal import MAX_OFFERED, PageOutcome
from trafficflou.traffic.flair.memory import Memory
from trafficflou.traffic.flair.sight import Sight
from trafficflou.traffic.strategy import Page

__all__ = ["Notes", "failure_of"]


def failure_of(page: Page) -> str:
    """Return why a page is not there, `http_404` or the engine's word; empty where it is."""
    if page.is_ok:
        return ""
    return page.failure or f"http_{page.status}"


class Notes:
    """The journal of a worker's visitors, while it is written."""

    __slots__ = ("_journal",)

    def __init__(self) -> None:
        self._journal = Journal()

    def take(self) -> Journal:
        """Return what was noted since the last call, and begin anew."""
        taken, self._journal = self._journal, Journal()
        return taken

    def note_page(self, page: Page, sight: Sight, memory: Memory) -> None:
        """Note a page view."""
        outcome = self._journal.page(memory.here, page.template)
        failure = failure_of(page)
        is_dead_end = not failure and sight.is_html and not sight.way_on
        if outcome is not None:
            outcome.views += 1
            if failure:
                outcome.failures[failure] = outcome.failures.get(failure, 0) + 1
            else:
                load_ns = round(page.load_s * 1e9)
                outcome.load_ns += load_ns
                outcome.load_max_ns = max(outcome.load_max_ns, load_ns)
            outcome.dead_ends += is_dead_end
            _keep_trail(outcome, memory, is_trouble=bool(failure) or is_dead_end)
        self._note_offered(sight)

    def _note_offered(self, sight: Sight) -> None:
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


def _keep_trail(outcome: PageOutcome, memory: Memory, *, is_trouble: bool) -> None:
    if outcome.trail and (outcome.is_trouble or not is_trouble):
        return
    outcome.trail, outcome.is_trouble, outcome.linked_from = memory.steps, is_trouble, memory.before
