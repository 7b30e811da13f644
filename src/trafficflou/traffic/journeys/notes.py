"""What is noted of journeys for the report: pages, forms, checks, errors of the script, and how many came to their end."""

from typing import Final

from trafficflou.http import EMPTY_PAGE
from trafficflou.metrics import Journal
from trafficflou.traffic.flair.memory import Memory
from trafficflou.traffic.flair.notes import failure_of
from trafficflou.traffic.form_purpose import FormPurpose
from trafficflou.traffic.strategy import Page

__all__ = ["JourneyNotes"]

_MAX_NAME_CHARS: Final = 200
_REFUSING: Final = frozenset(range(400, 423))
_SENT_ONCE: Final = frozenset(FormPurpose) - {FormPurpose.SEARCH, FormPurpose.CART, FormPurpose.OTHER}
"""Purposes of forms that are shown again only where the site did not like what was filled in."""


class JourneyNotes:
    """The journal of a worker's journeys, while it is written."""

    __slots__ = ("_journal", "_label")

    def __init__(self, label: str) -> None:
        """Begin with nothing.

        Args:
            label: The strategy's name; journeys stand under it.
        """
        self._label = label
        self._journal = Journal()

    def take(self) -> Journal:
        """Return what was noted since the last call, and begin anew."""
        taken, self._journal = self._journal, Journal()
        return taken

    def note_begin(self, journey: str) -> None:
        """Note that somebody begins a journey."""
        goal = self._journal.goal(self._label, journey)
        if goal is not None:
            goal.pursued += 1

    def note_end(self, journey: str, memory: Memory, reason: str = "") -> None:
        """Note that a journey ended.

        Args:
            journey: Its name.
            memory: How the visitor came there.
            reason: Why it ended early; empty where it came to its end.
        """
        goal = self._journal.goal(self._label, journey)
        if goal is None:
            return
        if reason:
            goal.given_up[reason] = goal.given_up.get(reason, 0) + 1
            return
        goal.reached += 1
        goal.pages += len(memory.trail)
        if not goal.trail or len(memory.trail) < len(goal.trail):
            goal.trail = memory.steps

    def note_check(self, name: str, *, passed: bool) -> None:
        """Count a check."""
        self._journal.check(name[:_MAX_NAME_CHARS], passed=passed)

    def note_error(self, text: str) -> None:
        """Count an error of the script."""
        self._journal.script_error(text)

    def note_page(self, page: Page, memory: Memory, *, purpose: str, is_fine: bool) -> None:
        """Note a page view, and the form that was sent for it.

        Args:
            page: What came.
            memory: How the visitor came there.
            purpose: What the form was for; empty where none was sent.
            is_fine: It is as the author expected; an expected 404 is no trouble.
        """
        failure = "" if is_fine else failure_of(page) or "unexpected"
        outcome = self._journal.page(memory.here, page.template)
        if outcome is not None:
            outcome.note(
                memory.trail, load_ns=round(page.load_s * 1e9), failure=failure, linked_from=memory.before
            )
        if purpose:
            form = self._journal.form(memory.here, page.template, purpose)
            if form is not None:
                form.note(memory.steps, failure=failure, is_refused=_is_refused(page, memory.here, purpose))


def _is_refused(page: Page, sent_to: str, purpose: str) -> bool:
    if page.status in _REFUSING:
        return True
    forms = (page.content or EMPTY_PAGE).forms
    return purpose in _SENT_ONCE and any(form.path.partition("?")[0] == sent_to for form in forms)
