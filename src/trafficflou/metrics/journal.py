"""What visitors who read pages noticed: mergeable, bounded counts by page, form and goal, each with a trail that leads there again.

A strategy writes one `Journal` a second; they are merged in any order. Every table has a bound (`MAX_PAGES` and so on): beyond it new keys are
counted in `left_out` and dropped, so a site without end cannot fill the memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from trafficflou.metrics.counts import add_counts

__all__ = [
    "MAX_CHECKS",
    "MAX_FORMS",
    "MAX_GOALS",
    "MAX_OFFERED",
    "MAX_PAGES",
    "MAX_SCRIPT_ERRORS",
    "OTHER_ERRORS",
    "CheckOutcome",
    "FormOutcome",
    "GoalOutcome",
    "Journal",
    "PageOutcome",
    "Trail",
    "TrailStep",
]

MAX_PAGES: Final = 5000
MAX_FORMS: Final = 500
MAX_GOALS: Final = 500
MAX_OFFERED: Final = 20_000
MAX_TRAIL_STEPS: Final = 40
MAX_CHECKS: Final = 300
MAX_SCRIPT_ERRORS: Final = 100
OTHER_ERRORS: Final = "(other errors)"
MAX_STEPS_BEFORE: Final = 400
"""Different steps that are told apart among those that preceded the sending of one form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailStep:
    """One step of a visitor, so that it can be taken again.

    Attributes:
        action: `open` (an address), `click` (a link of the page before) or `submit` (a form of the page before).
        path: Where it led.
        text: The words of the link or button.
        values: What was filled in, by field name.
    """

    action: Literal["open", "click", "submit"]
    path: str
    text: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        filled = ", ".join(f"{name}={value}" for name, value in self.values)
        return f"{self.action} {self.path}" + (f" with {filled}" if filled else "")


Trail = tuple[TrailStep, ...]
"""The steps from the entry to what was noticed, that one last; at most `MAX_TRAIL_STEPS`, the newest."""


def _leads_better(other: "PageOutcome | FormOutcome", own: "PageOutcome | FormOutcome") -> bool:
    """Whether another trail says more than one's own: the first at all, the first to trouble, or a shorter one to it."""
    if not own.trail:
        return True
    return other.is_trouble and (not own.is_trouble or len(other.trail) < len(own.trail))


@dataclass(slots=True, kw_only=True)
class PageOutcome:
    """What became of the views of one page, by its path.

    Attributes:
        template: The page's template.
        views: How often it was opened.
        failures: How often it was not there, by kind: `http_404`, `http_500`, `timeout`, `redirect_loop`...
        dead_ends: Views of a page that was there and offered nothing to go on with.
        load_ns: Sum of the load times of views that succeeded.
        load_max_ns: The longest of them.
        linked_from: A page that led here; empty for an entry.
        trail: Leads to the first trouble, or to the first view where there was none.
        is_trouble: The trail leads to trouble.
    """

    template: str
    views: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    dead_ends: int = 0
    load_ns: int = 0
    load_max_ns: int = 0
    linked_from: str = ""
    trail: Trail = ()
    is_trouble: bool = False

    def note(
        self,
        trail: Sequence[TrailStep],
        *,
        load_ns: int,
        failure: str = "",
        linked_from: str = "",
    ) -> None:
        """Count a view.

        Args:
            trail: The steps that led here.
            load_ns: How long the page took; of a failure it does not count.
            failure: Why the page was not there; empty where it was.
            linked_from: The page that led here; empty for an entry.
        """
        self.views += 1
        if failure:
            self.failures[failure] = self.failures.get(failure, 0) + 1
        else:
            self.load_ns += load_ns
            self.load_max_ns = max(self.load_max_ns, load_ns)
        if not self.trail or (failure and not self.is_trouble):
            self.trail, self.is_trouble, self.linked_from = tuple(trail), bool(failure), linked_from

    def merge(self, other: "PageOutcome") -> None:
        """Add another outcome of the same page; of two trails to trouble the shorter stays."""
        self.views += other.views
        add_counts(self.failures, other.failures)
        self.dead_ends += other.dead_ends
        self.load_ns += other.load_ns
        self.load_max_ns = max(self.load_max_ns, other.load_max_ns)
        if _leads_better(other, self):
            self.trail, self.is_trouble = other.trail, other.is_trouble
            self.linked_from = other.linked_from


@dataclass(slots=True, kw_only=True)
class FormOutcome:
    """What became of sending one form, by where it is sent.

    Attributes:
        template: The template of where it is sent.
        purpose: `search`, `cart`, `checkout`, `login`...
        sent: How often it was sent.
        failures: How often there was an error, by kind.
        refused: How often the site answered with the same form again, or with a status of 400 to 422: it did not like the values.
        before: How often each earlier step of a session was followed by an error here, and how often by none.
        trail: Leads to the first trouble, or to the first time where there was none.
        is_trouble: The trail leads to trouble.
    """

    template: str
    purpose: str = ""
    sent: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    before: dict[str, tuple[int, int]] = field(default_factory=dict)
    trail: Trail = ()
    is_trouble: bool = False

    def note(self, trail: Trail, *, failure: str = "", is_refused: bool = False) -> None:
        """Count that the form was sent.

        Args:
            trail: The steps that led here, the sending last.
            failure: The kind of error; empty where there was none.
            is_refused: The site did not like the values.
        """
        self.sent += 1
        self.refused += is_refused
        if failure:
            self.failures[failure] = self.failures.get(failure, 0) + 1
        if not self.trail or (failure and not self.is_trouble):
            self.trail, self.is_trouble = trail, bool(failure)
        for step in {str(step) for step in trail[:-1]}:
            self._note_before(step, int(bool(failure)), int(not failure))

    def _note_before(self, step: str, failed: int, fine: int) -> None:
        if step in self.before or len(self.before) < MAX_STEPS_BEFORE:
            known_failed, known_fine = self.before.get(step, (0, 0))
            self.before[step] = (known_failed + failed, known_fine + fine)

    def merge(self, other: "FormOutcome") -> None:
        """Add another outcome of the same form; of two trails to trouble the shorter stays."""
        self.sent += other.sent
        add_counts(self.failures, other.failures)
        self.refused += other.refused
        for step, (failed, fine) in other.before.items():
            self._note_before(step, failed, fine)
        if _leads_better(other, self):
            self.trail, self.is_trouble = other.trail, other.is_trouble


@dataclass(slots=True, kw_only=True)
class GoalOutcome:
    """What became of one goal of one persona.

    Attributes:
        pursued: Sessions that began with it.
        reached: Sessions that reached it.
        given_up: Sessions that ended without, by why: `patience`, `dead_end`, `errors`, `slow`...; the rest was still under way.
        pages: Sum of the page views of sessions that reached it.
        trail: The shortest way that reached it.
    """

    pursued: int = 0
    reached: int = 0
    given_up: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    trail: Trail = ()

    def merge(self, other: "GoalOutcome") -> None:
        """Add another outcome of the same goal."""
        self.pursued += other.pursued
        self.reached += other.reached
        add_counts(self.given_up, other.given_up)
        self.pages += other.pages
        if other.trail and (not self.trail or len(other.trail) < len(self.trail)):
            self.trail = other.trail


@dataclass(slots=True, kw_only=True)
class CheckOutcome:
    """How often something that a script checks held.

    Attributes:
        passed: How often it did.
        failed: How often it did not.
    """

    passed: int = 0
    failed: int = 0

    def merge(self, other: "CheckOutcome") -> None:
        """Add another outcome of the same check."""
        self.passed += other.passed
        self.failed += other.failed


@dataclass(slots=True, kw_only=True)
class Journal:
    """What the visitors of one strategy noticed over some time.

    Attributes:
        decided_by: Decisions by who gave them: `statistics`, `athena`, `openai`...
        pages: By path.
        forms: By path that they are sent to.
        goals: By persona and goal.
        offered: Paths that pages linked to.
        replaced: Learned paths that the site lacks, and what was played instead.
        foreign_links: How often pages linked elsewhere.
        script_errors: How often each error of a script ended a session: what it says, and where in the script.
        checks: What scripts checked, by name.
        left_out: Keys that found no room.
    """

    decided_by: dict[str, int] = field(default_factory=dict)
    pages: dict[str, PageOutcome] = field(default_factory=dict)
    forms: dict[str, FormOutcome] = field(default_factory=dict)
    goals: dict[tuple[str, str], GoalOutcome] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)
    replaced: dict[str, str] = field(default_factory=dict)
    foreign_links: int = 0
    script_errors: dict[str, int] = field(default_factory=dict)
    checks: dict[str, CheckOutcome] = field(default_factory=dict)
    left_out: int = 0

    def page(self, path: str, template: str) -> PageOutcome | None:
        """Return the outcome of a page, made where it is new; `None` where there is no room."""
        found = self.pages.get(path)
        if found is None and len(self.pages) < MAX_PAGES:
            found = self.pages[path] = PageOutcome(template=template)
        self.left_out += found is None
        return found

    def form(self, path: str, template: str, purpose: str) -> FormOutcome | None:
        """Return the outcome of a form, made where it is new; `None` where there is no room."""
        found = self.forms.get(path)
        if found is None and len(self.forms) < MAX_FORMS:
            found = self.forms[path] = FormOutcome(template=template, purpose=purpose)
        self.left_out += found is None
        return found

    def goal(self, persona: str, goal: str) -> GoalOutcome | None:
        """Return the outcome of a goal, made where it is new; `None` where there is no room."""
        key = (persona, goal)
        found = self.goals.get(key)
        if found is None and len(self.goals) < MAX_GOALS:
            found = self.goals[key] = GoalOutcome()
        self.left_out += found is None
        return found

    def check(self, name: str, *, passed: bool) -> None:
        """Count a check of a script; one for which there is no room is left out."""
        found = self.checks.get(name)
        if found is None and len(self.checks) < MAX_CHECKS:
            found = self.checks[name] = CheckOutcome()
        if found is None:
            self.left_out += 1
        elif passed:
            found.passed += 1
        else:
            found.failed += 1

    def script_error(self, text: str, count: int = 1) -> None:
        """Count errors of a script; those for which there is no room are counted together."""
        if text not in self.script_errors and len(self.script_errors) >= MAX_SCRIPT_ERRORS:
            text = OTHER_ERRORS
        self.script_errors[text] = self.script_errors.get(text, 0) + count

    def merge(self, other: "Journal") -> None:
        """Add another journal; it is read, never written to."""
        add_counts(self.decided_by, other.decided_by, limit=MAX_GOALS)
        for path, page in other.pages.items():
            if (own_page := self.page(path, page.template)) is not None:
                own_page.merge(page)
        for path, form in other.forms.items():
            if (own_form := self.form(path, form.template, form.purpose)) is not None:
                own_form.merge(form)
        for (persona, goal), outcome in other.goals.items():
            if (own_goal := self.goal(persona, goal)) is not None:
                own_goal.merge(outcome)
        room = MAX_OFFERED - len(self.offered)
        if room > 0:
            self.offered.update(sorted(other.offered - self.offered)[:room])
        self._merge_replaced(other.replaced)
        self._merge_script(other)
        self.foreign_links += other.foreign_links
        self.left_out += other.left_out

    def _merge_script(self, other: "Journal") -> None:
        for text, count in other.script_errors.items():
            self.script_error(text, count)
        for name, check in other.checks.items():
            own = self.checks.get(name)
            if own is None and len(self.checks) < MAX_CHECKS:
                own = self.checks[name] = CheckOutcome()
            if own is None:
                self.left_out += check.passed + check.failed
            else:
                own.merge(check)

    def _merge_replaced(self, replaced: Mapping[str, str]) -> None:
        for path, instead in replaced.items():
            if path in self.replaced or len(self.replaced) < MAX_PAGES:
                self.replaced.setdefault(path, instead)
