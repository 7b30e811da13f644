"""What visitors notice, merged in any order and within bounds."""

import copy

from trafficflou.metrics import Journal, PageOutcome, TrailStep
from trafficflou.metrics.journal import (
    MAX_CHECKS,
    MAX_FORMS,
    MAX_PAGES,
    MAX_SCRIPT_ERRORS,
    MAX_STEPS_BEFORE,
    OTHER_ERRORS,
    CheckOutcome,
    FormOutcome,
)

HOME = TrailStep(action="open", path="/")
SHELF = TrailStep(action="click", path="/shelf", text="Shelf")
ADD = TrailStep(action="submit", path="/cart/add", values=(("product", "7"),))
PAY = TrailStep(action="submit", path="/pay")


def test_step_is_told_with_what_was_filled_in() -> None:
    """Two sendings of one form differ by their values."""
    assert [str(step) for step in (HOME, ADD)] == ["open /", "submit /cart/add with product=7"]


def test_journals_merge_in_any_order() -> None:
    """Counts add up, sets join, and the shorter way to trouble stays, whichever comes first."""
    first, second = Journal(decided_by={"athena": 3}, offered={"/a"}, foreign_links=1), Journal()
    page = first.page("/shelf", "/shelf")
    other = second.page("/shelf", "/shelf")
    assert page is not None
    assert other is not None
    page.views, page.failures, page.trail, page.is_trouble = 2, {"http_500": 1}, (HOME, HOME, SHELF), True
    other.views, other.failures, other.trail, other.is_trouble = 1, {"http_500": 1}, (HOME, SHELF), True
    other.linked_from = "/"
    second.decided_by = {"athena": 1, "openai": 2}
    second.offered = {"/b"}
    second.replaced = {"/old": "/new"}
    one, two = copy.deepcopy(first), copy.deepcopy(second)
    one.merge(second)
    two.merge(first)
    for merged in (one, two):
        assert merged.pages["/shelf"] == PageOutcome(
            template="/shelf",
            views=3,
            failures={"http_500": 2},
            linked_from="/",
            trail=(HOME, SHELF),
            is_trouble=True,
        )
        assert merged.decided_by == {"athena": 4, "openai": 2}
        assert merged.offered == {"/a", "/b"}
        assert merged.replaced == {"/old": "/new"}
        assert merged.foreign_links == 1


def test_a_site_without_end_does_not_fill_the_memory() -> None:
    """Beyond their bounds new pages and forms are counted and dropped; known ones go on."""
    journal = Journal()
    for number in range(MAX_PAGES + 5):
        journal.page(f"/{number}", "/{id}")
    for number in range(MAX_FORMS + 2):
        journal.form(f"/{number}", "/{id}", "other")
    assert (len(journal.pages), len(journal.forms), journal.left_out) == (MAX_PAGES, MAX_FORMS, 7)
    assert journal.page("/3", "/{id}") is not None


def test_form_remembers_what_came_before_errors() -> None:
    """Each earlier step counts once a sending, apart for errors and for successes; what the last merge adds too."""
    form = FormOutcome(template="/pay", purpose="checkout")
    form.note((HOME, ADD, ADD, PAY), failure="http_500")
    other = FormOutcome(template="/pay")
    other.note((HOME, PAY))
    other.note((HOME, PAY), is_refused=True)
    form.merge(other)
    assert form.before == {"open /": (1, 2), "submit /cart/add with product=7": (1, 0)}
    assert (form.sent, form.refused, form.failures) == (3, 1, {"http_500": 1})
    assert form.trail == (HOME, ADD, ADD, PAY)


def test_form_remembers_only_so_many_steps() -> None:
    """Steps of a site without end find no room."""
    form = FormOutcome(template="/pay")
    for number in range(MAX_STEPS_BEFORE + 9):
        form.note((TrailStep(action="open", path=f"/{number}"), PAY))
    assert len(form.before) == MAX_STEPS_BEFORE


def test_page_outcome_counts_a_view_and_keeps_the_way_to_trouble() -> None:
    """A failure's time does not count; its trail takes the place of one that led to a view."""
    page = PageOutcome(template="/shelf")
    page.note((HOME,), load_ns=5)
    page.note([HOME, SHELF], load_ns=900, failure="http_500", linked_from="/")
    page.note((HOME, HOME), load_ns=7)
    assert page == PageOutcome(
        template="/shelf",
        views=3,
        failures={"http_500": 1},
        load_ns=12,
        load_max_ns=7,
        linked_from="/",
        trail=(HOME, SHELF),
        is_trouble=True,
    )


def test_checks_and_errors_of_scripts_add_up() -> None:
    """Both merge by name."""
    first, second = Journal(), Journal()
    for journal, passed in ((first, True), (second, True), (second, False)):
        journal.check("has price", passed=passed)
        journal.script_error("ValueError: x at shop.py:3")
    first.merge(second)
    assert first.checks == {"has price": CheckOutcome(passed=2, failed=1)}
    assert first.script_errors == {"ValueError: x at shop.py:3": 3}
    assert second.checks == {"has price": CheckOutcome(passed=1, failed=1)}


def test_scripts_without_end_do_not_fill_the_memory() -> None:
    """Beyond their bounds new checks are left out, and errors are counted together; merging keeps to the bounds too."""
    journals = []
    for begin in (0, 1000):
        journal = Journal()
        for number in range(begin, begin + MAX_CHECKS + 3):
            journal.check(str(number), passed=True)
            journal.script_error(str(number))
        assert (len(journal.checks), journal.left_out) == (MAX_CHECKS, 3)
        assert len(journal.script_errors) == MAX_SCRIPT_ERRORS + 1
        journals.append(journal)
    journals[0].merge(journals[1])
    assert (len(journals[0].checks), journals[0].left_out) == (MAX_CHECKS, 6 + MAX_CHECKS)
    assert len(journals[0].script_errors) == MAX_SCRIPT_ERRORS + 1
    assert sum(journals[0].script_errors.values()) == 2 * (MAX_CHECKS + 3)
    assert journals[0].script_errors[OTHER_ERRORS] > MAX_CHECKS
