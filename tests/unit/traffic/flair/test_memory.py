"""What a visitor remembers."""

from trafficflou.metrics.journal import MAX_TRAIL_STEPS
from trafficflou.traffic.flair.memory import Memory


def walk(*paths: str) -> Memory:
    """Open the first path and click the others."""
    memory = Memory()
    memory.go("open", paths[0], "/t")
    for path in paths[1:]:
        memory.go("click", path, "/t", text=path.strip("/"))
    return memory


def test_trail_leads_from_the_entry_to_where_one_is() -> None:
    """Each step is there with what was done, in order."""
    memory = walk("/", "/a", "/b")
    assert [(step.action, step.path, step.text) for step in memory.steps] == [
        ("open", "/", ""),
        ("click", "/a", "a"),
        ("click", "/b", "b"),
    ]
    assert (memory.here, memory.before) == ("/b", "/a")
    assert memory.seen == {"/": 1, "/a": 1, "/b": 1}
    assert memory.templates == {"/t": 3}


def test_turning_back_shortens_the_trail() -> None:
    """Going back leads to a page that a shorter way leads to as well."""
    memory = walk("/", "/a", "/b")
    assert memory.turn_back() == "/a"
    assert [step.path for step in memory.steps] == ["/", "/a"]
    assert memory.seen["/a"] == 2
    assert memory.turn_back() == "/"
    assert memory.turn_back() is None
    assert [step.path for step in memory.steps] == ["/"]


def test_turning_back_behind_a_form_keeps_it_in_the_trail() -> None:
    """What a form changed on the site is part of the way, so the page before is opened again."""
    memory = walk("/", "/a")
    memory.go("submit", "/cart/add", "/cart/add", values=(("product", "7"),), can_return=False)
    assert memory.turn_back() == "/a"
    assert [(step.action, step.path) for step in memory.steps] == [
        ("open", "/"),
        ("click", "/a"),
        ("submit", "/cart/add"),
        ("open", "/a"),
    ]
    memory.go("click", "/b", "/t")
    assert memory.turn_back() == "/a"
    assert [step.path for step in memory.steps] == ["/", "/a", "/cart/add", "/a"]


def test_answer_to_a_form_cannot_be_returned_to() -> None:
    """Asking for it with GET would show something else, unless it was a redirect to a page."""
    memory = walk("/")
    memory.go("submit", "/login", "/login", can_return=False)
    memory.go("click", "/orders", "/orders")
    assert memory.turn_back() == "/"

    memory = walk("/")
    memory.go("submit", "/login", "/login", can_return=False)
    memory.arrive("/account")
    memory.go("click", "/orders", "/orders")
    assert memory.turn_back() == "/account"


def test_nowhere_to_turn_back_to_where_all_was_answers_to_forms() -> None:
    """A visit that began with a form has no page to return to."""
    memory = Memory()
    memory.go("submit", "/a", "/a", can_return=False)
    memory.go("click", "/b", "/b")
    assert not memory.can_turn_back
    assert memory.turn_back() is None


def test_search_is_told_without_what_was_searched_for() -> None:
    """The path that is told has no query; the one that is returned to has."""
    memory = walk("/")
    memory.go("submit", "/search?q=lamp", "/search", told="/search", values=(("q", "lamp"),))
    assert memory.here == "/search"
    assert memory.steps[-1].path == "/search"
    memory.go("click", "/a", "/a")
    assert memory.turn_back() == "/search?q=lamp"
    assert memory.here == "/search"


def test_long_trail_begins_with_a_page_that_can_be_opened() -> None:
    """Only the newest steps are kept, and the first of them opens its page instead of clicking."""
    memory = walk("/", *(f"/{number}" for number in range(MAX_TRAIL_STEPS + 20)))
    assert len(memory.steps) == MAX_TRAIL_STEPS
    assert memory.steps[0].action == "open"
    assert memory.turn_back() == f"/{MAX_TRAIL_STEPS + 18}"
    assert len(memory.steps) == MAX_TRAIL_STEPS - 1


def test_trail_that_would_begin_with_a_form_stays_as_it_is() -> None:
    """A form cannot be opened; the trail says that it is cut by beginning with it."""
    memory = Memory()
    for number in range(MAX_TRAIL_STEPS + 1):
        memory.go("submit", f"/{number}", "/t", can_return=False)
    assert memory.steps[0].action == "submit"


def test_memory_is_bounded() -> None:
    """A visitor who sees thousands of pages remembers some hundreds."""
    memory = walk(*(f"/{number}" for number in range(3000)))
    assert len(memory.seen) <= 200
    assert len(memory.templates) == 1
    for number in range(3000):
        memory.go("click", "/x", f"/t{number}")
    assert len(memory.templates) <= 200
