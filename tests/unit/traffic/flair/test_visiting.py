"""Whole visits on pages made for the purpose: forms, failures, the way back, the report."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tests.support.flair import athena, field, form, links, ok_page, page, persona
from trafficflou.ai_models.tasks import Population, Preferences
from trafficflou.core import derive_rng
from trafficflou.http import Link, PageContent
from trafficflou.metrics import Journal
from trafficflou.traffic import Advice, FormPolicy, Page, SiteKnowledge, Step, StrategyContext
from trafficflou.traffic.advice import Answered
from trafficflou.traffic.strategies.phantom_flair import PhantomFlair, PhantomFlairSettings

Answer = Callable[[Step], Page]
SEARCH = form("/search", field("q", "search"), method="GET", text="Search")


def strategy(
    *, allow: str = "all", advice: Advice | None = None, settings: dict[str, Any] | None = None, **who: Any
) -> PhantomFlair:
    """Make the strategy with one persona."""
    context = StrategyContext(
        label="x",
        site=SiteKnowledge(),
        population=Population(personas=(persona(**who),)),
        make_athena=athena,
        forms=FormPolicy(allow_forms=frozenset({allow})),
        advice=advice or Advice(),
    )
    return PhantomFlair.create(PhantomFlairSettings(**({"explore": 0.0} | (settings or {}))), context)


def walk(made: PhantomFlair, answer: Answer, visitor: int = 0, most: int = 300) -> list[Step]:
    """Play one visit to its end."""
    visit = made.begin(derive_rng(5, "visitor", visitor))
    steps: list[Step] = []
    step = made.next_step(visit, None)
    while step is not None and len(steps) < most:
        steps.append(step)
        step = made.next_step(visit, answer(step))
    assert len(steps) < most
    return steps


def serve(pages: dict[str, PageContent], status: dict[str, int] | None = None, **given: Any) -> Answer:
    """Answer from a table of pages; what is not in it is a 404 without anything on it."""

    def answer(step: Step) -> Page:
        path = step.path.partition("?")[0]
        found = pages.get(path)
        code = (status or {}).get(path, 200 if found is not None else 404)
        return Page(step.path, step.template, code, 0.1, content=found, **given)

    return answer


def journal_of(made: PhantomFlair, answer: Answer, visitors: int = 30) -> Journal:
    """Let visitors come, and return what they noted."""
    for visitor in range(visitors):
        walk(made, answer, visitor)
    return made.take_journal()


HOME = page(*links("/lamp", "/chair", "/contact"), forms=(SEARCH,))


def test_error_is_turned_back_from() -> None:
    """Most go back to the page before, and choose another link."""
    answer = serve({"/": HOME, "/chair": page(*links("/"))})
    made = strategy(pages=8.0, patience=0.9)
    backs = 0
    for visitor in range(40):
        steps = [step.path for step in walk(made, answer, visitor)]
        backs += any(before == "/lamp" and after == "/" for before, after in pairwise(steps))
    assert backs > 15


def test_page_that_fails_for_a_moment_is_asked_for_again_by_some() -> None:
    """A reload of what answered 503 shows whether it fails always; of a 404 nobody asks again."""
    reloads = {}
    for code in (503, 404):
        answer = serve({"/": page(*links("/lamp")), "/lamp": page()}, {"/lamp": code})
        made = strategy(pages=8.0, patience=1.0)
        count = 0
        for visitor in range(60):
            steps = [step.path for step in walk(made, answer, visitor)]
            count += any(pair == ("/lamp", "/lamp") for pair in pairwise(steps))
        reloads[code] = count
    assert reloads[503] > 3
    assert reloads[404] == 0


def test_visitors_leave_where_nothing_works() -> None:
    """They lose patience, and the report says over what."""
    made = strategy(pages=50.0, patience=0.4, goals=("find a lamp",))
    journal = journal_of(made, serve({"/": page(*links("/lamp", "/lamp-2", "/lamp-3"))}))
    (outcome,) = journal.goals.values()
    assert outcome.pursued == 30
    assert outcome.reached == 0
    assert outcome.given_up["errors"] > 20


def test_slow_site_drives_the_impatient_away() -> None:
    """Who has no patience leaves at the first page of eight seconds."""

    def answer(step: Step) -> Page:
        return Page(step.path, step.template, 200, 8.0, content=HOME)

    lengths = [len(walk(strategy(pages=20.0, patience=patience), answer)) for patience in (0.0, 1.0)]
    assert lengths[0] == 1
    assert lengths[1] > 3


def test_goal_reached_is_told_with_its_way() -> None:
    """The report has the shortest way to the goal, and how many pages it took."""
    pages = {"/": HOME, "/lamp": page(*links("/"), headings=("Lamp",)), "/chair": page(*links("/"))}
    journal = journal_of(strategy(goals=("find a lamp",), pages=8.0), serve(pages))
    outcome = journal.goals["Reader", "find a lamp"]
    assert outcome.reached > 20
    assert outcome.pages >= 2 * outcome.reached
    assert [step.path for step in outcome.trail] == ["/", "/lamp"]


def test_search_is_used_and_its_words_are_the_subject() -> None:
    """The words go into the address; the report has them with the form, and the page without them."""
    results = page(*links("/lamp"), forms=(SEARCH,))
    pages = {
        "/": page(*links("/chair"), forms=(SEARCH,)),
        "/search": results,
        "/lamp": page(headings=("Lamp",)),
    }
    made = strategy(goals=("search for a lamp",), pages=6.0)
    steps = [step for visitor in range(20) for step in walk(made, serve(pages), visitor)]
    assert "/search?q=lamp" in {step.path for step in steps}
    journal = made.take_journal()
    assert journal.forms["/search"].sent > 10
    assert journal.forms["/search"].purpose == "search"
    assert "/search" in journal.pages
    assert "/search?q=lamp" not in journal.pages
    assert journal.goals["Reader", "search for a lamp"].reached > 10


CONTACT = form(
    "/contact",
    field("csrf", "hidden", value="t"),
    field("message", "textarea", is_required=True),
    text="Send message",
)
CONTACT_PAGE = page(*links("/"), forms=(CONTACT,))


def contact_site(code: int, *, shows: bool = False, final_path: str = "") -> Answer:
    """Answer the sending of the contact form with a status, and maybe with the form again."""

    def answer(step: Step) -> Page:
        if step.method == "POST":
            content = CONTACT_PAGE if shows else page(*links("/"))
            return Page(step.path, step.template, code, 0.1, content=content, final_path=final_path)
        return ok_page(step.path, CONTACT_PAGE if step.path == "/contact" else HOME)

    return answer


@pytest.mark.parametrize(
    ("answer", "refused", "failures"),
    [
        (contact_site(200), False, set()),
        (contact_site(422, shows=True), True, set()),
        (contact_site(400), True, set()),
        (contact_site(200, shows=True), True, set()),
        (contact_site(200, shows=True, final_path="/thanks"), False, set()),
        (contact_site(500), False, {"http_500"}),
        (contact_site(404), False, {"http_404"}),
    ],
)
def test_outcome_of_a_form_is_told(answer: Answer, refused: bool, failures: set[str]) -> None:
    """Taken, refused (by status, or by showing the form again), or failed."""
    made = strategy(goals=("write to somebody",), actions=("contact",), pages=8.0)
    outcome = journal_of(made, answer).forms["/contact"]
    assert outcome.sent > 10
    assert (outcome.refused > 0) == refused
    assert outcome.failures.keys() == failures
    assert outcome.trail[-1].action == "submit"
    assert dict(outcome.trail[-1].values)["message"].startswith("This is test data")
    assert "csrf" not in dict(outcome.trail[-1].values)


def test_refused_form_is_tried_once_more() -> None:
    """With other values, and then no more."""
    made = strategy(goals=("write to somebody",), actions=("contact",), pages=12.0, patience=1.0)
    for visitor in range(20):
        bodies = [step.body for step in walk(made, contact_site(422, shows=True), visitor) if step.body]
        assert len(bodies) <= 4
    outcome = made.take_journal().forms["/contact"]
    assert outcome.sent == outcome.refused


LOGIN = form("/login", field("email", "email"), field("password", "password"), text="Log in")


def test_refused_login_is_no_news_and_not_guessed_at() -> None:
    """Made-up credentials are refused rightly; nobody tries other passwords."""
    login_page = page(*links("/"), forms=(LOGIN,))

    def answer(step: Step) -> Page:
        if step.method == "POST":
            return Page(step.path, step.template, 401, 0.1, content=login_page)
        return ok_page(step.path, login_page if step.path == "/login" else page(*links("/login", "/lamp")))

    made = strategy(goals=("log in",), actions=("login",), pages=8.0)
    sent = [sum(step.method == "POST" for step in walk(made, answer, visitor)) for visitor in range(20)]
    assert max(sent) == 1
    journal = made.take_journal()
    assert journal.forms["/login"].refused == 0
    assert not journal.forms["/login"].failures
    assert journal.goals["Reader", "log in, up to what the login says"].reached > 15


def test_nothing_is_sent_that_is_not_allowed() -> None:
    """With searching alone allowed, goals end before the form, and say so."""
    made = strategy(allow="search", goals=("write to somebody",), actions=("contact",), pages=8.0)
    steps = [step for visitor in range(20) for step in walk(made, contact_site(200), visitor)]
    assert {step.method for step in steps} == {"GET"}
    journal = made.take_journal()
    assert journal.goals["Reader", "write to somebody, up to the contact form"].reached > 10


def test_links_that_do_something_are_left_alone_without_a_reason() -> None:
    """Nobody who only reads puts things into the basket by a link."""
    add = Link(path="/?add-to-cart=7", text="Lamp: add to cart", place="main")
    content = page(add, *links(*(f"/lamp-{number}" for number in range(20))))
    made = strategy(goals=("look around",), pages=10.0)
    paths = [
        step.path
        for visitor in range(40)
        for step in walk(made, lambda step: ok_page(step.path, content), visitor)
    ]
    assert paths.count("/?add-to-cart=7") <= 1


def test_buyer_uses_the_link_that_fills_the_basket() -> None:
    """Shops whose buttons are links are shops too."""
    add = Link(path="/?add-to-cart=7", text="Add to cart", place="main")
    shop = {"/": page(*links("/product/lamp")), "/product/lamp": page(add, *links("/about", "/product/rug"))}
    made = strategy(goals=("buy a lamp",), actions=("cart", "checkout"), pages=10.0, interests={"rug": 1.0})
    paths = [
        step.path
        for visitor in range(20)
        for step in walk(
            made,
            lambda step: ok_page(
                step.path,
                shop.get(step.path.partition("?")[0], page(add, *links("/product/x", "/product/y"))),
            ),
            visitor,
        )
    ]
    assert "/?add-to-cart=7" in paths


def test_dead_end_is_a_page_without_a_way_on() -> None:
    """A page that is there and leads nowhere is one; a picture is none, and an error is an error."""
    pages = {"/": page(*links("/end", "/picture", "/gone")), "/end": page(headings=("End",))}

    def answer(step: Step) -> Page:
        if step.path == "/picture":
            return ok_page(step.path)
        return serve(pages)(step)

    journal = journal_of(strategy(goals=("look around",), pages=10.0), answer)
    assert journal.pages["/end"].dead_ends == journal.pages["/end"].views > 0
    assert journal.pages["/end"].is_trouble
    assert journal.pages["/picture"].dead_ends == 0
    assert journal.pages["/gone"].dead_ends == 0
    assert journal.pages["/"].dead_ends == 0


def test_advice_is_counted_under_who_gave_it() -> None:
    """Decisions that rest on a provider's answer are its; the others are Athena's."""
    advice = Advice(is_wanted=True)
    made = strategy(advice=advice, pages=8.0, goals=("look around",))
    answer = serve({"/": HOME, "/lamp": HOME, "/chair": HOME, "/contact": HOME})
    journal_of(made, answer)
    for question in advice.take_questions():
        shares = tuple(1.0 for _ in question.request.offers)
        advice.give(Answered(question=question, preferences=Preferences(weights=shares), provider="openai"))
    decided_by = journal_of(made, answer).decided_by
    assert decided_by["openai"] > decided_by.get("athena", 0)


def test_weighted_links_are_decided_by_statistics() -> None:
    """At level 1 nobody asks Athena."""
    made = strategy(settings={"sophistication": 1}, pages=8.0)
    journal = journal_of(made, serve({"/": HOME, "/lamp": HOME, "/chair": HOME, "/contact": HOME}))
    assert journal.decided_by.keys() == {"statistics"}
    assert not journal.goals


def test_explorers_try_every_form_and_see_baskets_through() -> None:
    """What was put into the basket is taken to the checkout; a checkout that fails is noted with what was in it."""
    add = {
        number: form("/cart/add", field("product", "hidden", value=str(number)), text="Add to basket")
        for number in range(6)
    }
    address = form("/checkout", field("street"), field("city"), field("name"), text="Continue")
    shelf = links(*(f"/product/{number}" for number in range(6)))

    class Shop:
        """A shop whose checkout fails with product 3."""

        def __init__(self) -> None:
            self.basket: list[str] = []

        def answer(self, step: Step) -> Page:
            """Answer a step."""
            if step.path == "/cart/add":
                self.basket.append(step.body.decode())
                return ok_page(step.path, page(*links("/checkout")), final_path="/cart")
            if step.path == "/checkout" and step.method == "POST":
                code = 500 if "product=3" in self.basket else 200
                return Page(step.path, step.template, code, 0.1, content=page(*shelf))
            if step.path == "/checkout":
                return ok_page(step.path, page(*links("/cart"), forms=(address,)))
            number = step.path.rpartition("/")[2]
            forms = (add[int(number)],) if number.isdigit() else ()
            return ok_page(step.path, page(*shelf, *links("/checkout"), forms=forms))

    made = strategy(settings={"explore": 1.0}, goals=("look around",), pages=20.0, patience=0.9)
    for visitor in range(40):
        walk(made, Shop().answer, visitor)
    journal = made.take_journal()
    outcome = journal.forms["/checkout"]
    assert 0 < outcome.failures["http_500"] < outcome.sent
    assert {step for step, (bad, fine) in outcome.before.items() if bad and not fine} >= {
        "submit /cart/add with product=3"
    }


def test_visits_end_on_pages_without_end() -> None:
    """A calendar whose every page leads to the next, and nowhere else, is left in the end."""

    def answer(step: Step) -> Page:
        month = int(step.path.rpartition("/")[2] or 0)
        return ok_page(step.path, page(*links(*(f"/month/{month + ahead}" for ahead in (1, 2, 3)))))

    for explore in (0.0, 1.0):
        made = strategy(settings={"explore": explore}, pages=90.0, patience=1.0)
        assert max(len(walk(made, answer, visitor)) for visitor in range(10)) <= 60
