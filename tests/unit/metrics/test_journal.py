"""What visitors notice, merged in any order and within bounds."""

import copy

from trafficflou.metrics import Journal, PageOutcome, TrailStep
from trafficflou.metrics.journal import MAX_FORMS, MAX_PAGES, MAX_STEPS_BEFORE, FormOutcome

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
