"""Goals watch pages."""

from random import Random

import pytest

from tests.support.flair import field, form, links, page, persona, scene, seen
from trafficflou.ai_models.athena.archetypes import read_archetypes
from trafficflou.traffic import FormPolicy, FormPurpose
from trafficflou.traffic.flair.goal import (
    FindGoal,
    GlanceGoal,
    Goal,
    ReadGoal,
    SearchGoal,
    SendGoal,
    WanderGoal,
)
from trafficflou.traffic.flair.goal_choice import GoalChoice, kind_of
from trafficflou.traffic.flair.purchase import BuyGoal, CompareGoal
from trafficflou.traffic.flair.scene import Deed

ADD = form("/cart/add", field("product", "hidden", value="7"), text="Add to basket")
ADDRESS = form("/checkout", field("street"), field("city"), field("name"), text="Continue to payment")
SEARCH = form("/search", field("q", "search"), method="GET", text="Search")
LOGIN = form("/login", field("email", "email"), field("password", "password"), text="Log in")
PRODUCT = page(*links("/product/b"), forms=(ADD,))
SUBMIT_CART = Deed(kind="submit", purpose=FormPurpose.CART, form=seen(ADD))
SUBMIT_CHECKOUT = Deed(kind="submit", purpose=FormPurpose.CHECKOUT, form=seen(ADDRESS))


def test_glance_is_content_with_any_page() -> None:
    """One page that is there is enough; an error is not."""
    goal = GlanceGoal("glance")
    assert not goal.see(scene(is_ok=False))
    assert not goal.is_reached
    assert goal.see(scene())
    assert goal.is_reached


def test_wanderer_counts_new_pages_of_content() -> None:
    """Neither the front page, nor the basket, nor what was seen before, nor an error counts."""
    goal = WanderGoal("look around", 2)
    for other in (scene(path="/"), scene(path="/cart"), scene(is_new=False), scene(is_ok=False)):
        assert not goal.see(other)
    assert goal.see(scene(path="/one"))
    assert not goal.is_reached
    assert goal.see(scene(path="/two"))
    assert goal.is_reached


def test_reader_counts_what_is_there_to_be_read() -> None:
    """A product is no article, and the page where one came in was not chosen."""
    goal = ReadGoal("read one article", 1)
    assert not goal.see(scene(PRODUCT, "/product/a"))
    assert not goal.see(scene(path="/blog/a", deed=Deed(kind="open")))
    assert goal.pulls()["read"] > 0
    assert goal.see(scene(path="/blog/a"))
    assert goal.is_reached


def test_finder_finds_what_is_near_enough() -> None:
    """It has to be found: the entry does not count."""
    goal = FindGoal("find a lamp")
    assert not goal.see(scene(is_near=True, deed=Deed(kind="open")))
    assert not goal.see(scene(is_near=False))
    assert goal.wants_search() > 0
    assert goal.see(scene(is_near=True))
    assert goal.is_reached


def test_searcher_opens_a_result() -> None:
    """Searching is half of it; a link of the navigation is no result unless it is what was looked for."""
    goal = SearchGoal("search for a lamp")
    assert goal.wants_search() > 0.5
    assert goal.pulls()["search"] > 0
    assert not goal.see(scene(is_ok=False))
    assert goal.see(scene(deed=Deed(kind="submit", purpose=FormPurpose.SEARCH, form=seen(SEARCH))))
    assert 0 < goal.wants_search() < 0.5
    assert not goal.pulls()
    assert not goal.see(scene(deed=Deed(kind="click", from_search=True, is_main=False)))
    assert goal.see(scene(deed=Deed(kind="click", from_search=True, is_main=True)))
    assert goal.is_reached
    near = SearchGoal("search for a lamp")
    assert near.see(scene(deed=Deed(kind="click", from_search=True), is_near=True))


def test_searcher_gives_up_searching() -> None:
    """After three searches without a result it looks elsewhere."""
    goal = SearchGoal("search for a lamp")
    for _ in range(3):
        goal.see(scene(deed=Deed(kind="submit", purpose=FormPurpose.SEARCH, form=seen(SEARCH))))
    assert goal.wants_search() == 0.0


def test_comparer_counts_things_within_the_budget() -> None:
    """What is too dear is seen and does not count."""
    goal = CompareGoal("compare two lamps under 100", 2, 100.0)
    dear = Deed(kind="click", is_main=True, price=300.0)
    cheap = Deed(kind="click", is_main=True, price=30.0)
    assert not goal.see(scene(PRODUCT, "/product/a", dear))
    assert not goal.see(scene(path="/category/lamps", deed=cheap))
    assert goal.see(scene(PRODUCT, "/product/a", cheap))
    assert not goal.see(scene(PRODUCT, "/product/a", cheap, is_new=False))
    assert goal.see(scene(path="/anything", deed=cheap))
    assert goal.is_reached
    assert goal.pulls()
    assert goal.wants_search() > 0


def test_buyer_goes_all_the_way() -> None:
    """Look at some, put one into the basket, give the address, pay: each when its time has come."""
    goal = BuyGoal("buy a lamp", 2, may_fill=True, may_pay=True)
    assert goal.see(scene(PRODUCT, "/product/a"))
    assert not goal.wants(FormPurpose.CART)
    assert goal.see(scene(PRODUCT, "/product/b"))
    assert goal.wants(FormPurpose.CART)
    assert goal.follows_subject()
    assert goal.see(scene(page(*links("/checkout")), "/cart", SUBMIT_CART))
    assert not goal.wants(FormPurpose.CART)
    assert not goal.follows_subject()
    assert goal.pulls()["checkout"] > 3
    assert goal.see(scene(page(), "/cart"))
    assert goal.see(scene(page(forms=(ADDRESS,)), "/checkout"))
    assert goal.wants(FormPurpose.CHECKOUT)
    assert goal.see(scene(page(forms=(ADDRESS,)), "/checkout/payment", SUBMIT_CHECKOUT))
    assert not goal.is_reached
    assert goal.see(scene(page(headings=("Thank you",)), "/checkout/thanks", SUBMIT_CHECKOUT))
    assert goal.is_reached
    assert not goal.short_of
    assert goal.name == "buy a lamp"


def test_buyer_gives_up_where_the_checkout_fails_again_and_again() -> None:
    """Two failures are borne, the third is not."""
    goal = BuyGoal.with_basket(may_pay=True)
    for _ in range(2):
        assert not goal.see(scene(deed=SUBMIT_CHECKOUT, is_ok=False))
        assert not goal.has_failed
    assert not goal.see(scene(deed=SUBMIT_CHECKOUT, is_ok=False))
    assert goal.has_failed


def test_buyer_takes_nothing_out() -> None:
    """Removing something from the basket is no step."""
    remove = form("/cart/remove", field("product", "hidden", value="7"), text="Remove")
    goal = BuyGoal("buy a lamp", 1, may_fill=True, may_pay=True)
    assert not goal.see(
        scene(page(), "/cart", Deed(kind="submit", purpose=FormPurpose.CART, form=seen(remove)))
    )


def test_buyer_who_may_fill_no_basket_comes_up_to_it() -> None:
    """The last allowed step is the goal, and its name says so."""
    goal = BuyGoal("buy a lamp", 1, may_fill=False, may_pay=False)
    assert goal.name == "buy a lamp, up to the basket"
    assert goal.see(scene(PRODUCT, "/product/a"))
    assert goal.is_reached


def test_buyer_who_may_not_pay_comes_up_to_the_checkout() -> None:
    """The address is not given."""
    goal = BuyGoal("buy a lamp", 1, may_fill=True, may_pay=False)
    assert goal.name == "buy a lamp, up to the checkout"
    goal.see(scene(PRODUCT, "/product/a"))
    goal.see(scene(page(*links("/checkout")), "/cart", SUBMIT_CART))
    assert not goal.wants(FormPurpose.CHECKOUT)
    assert goal.see(scene(page(forms=(ADDRESS,)), "/checkout"))
    assert goal.is_reached


def test_button_that_costs_real_money_ends_the_way() -> None:
    """Checkouts may be gone through, but not this one: the goal says what it is short of."""
    goal = BuyGoal.with_basket(may_pay=True)
    paying = page(forms=(form("/checkout/pay", field("street"), field("card_number"), text="Pay now"),))
    looked = scene(paying, "/checkout/pay")
    assert looked.sight.form(FormPurpose.CHECKOUT)
    assert goal.see(looked)
    assert goal.is_reached
    assert goal.short_of == "order button"


def test_sender_sends_or_comes_up_to_the_form() -> None:
    """A login is sent where that is allowed; what the site says to made-up credentials is as far as one comes."""
    pulls = {"login": 1.0}
    goal = SendGoal("log in", FormPurpose.LOGIN, pulls, may_send=True)
    assert goal.name == "log in, up to what the login says"
    assert not goal.follows_subject()
    assert goal.pulls() == pulls
    assert not goal.see(scene(is_ok=False))
    assert not goal.see(scene())
    assert goal.see(scene(page(forms=(LOGIN,)), "/login"))
    assert not goal.is_reached
    assert goal.wants(FormPurpose.LOGIN)
    refused = Deed(kind="submit", purpose=FormPurpose.LOGIN, form=seen(LOGIN))
    goal.see(scene(page(forms=(LOGIN,)), "/login", refused, is_ok=False, is_refused=True))
    assert goal.is_reached
    assert not goal.wants(FormPurpose.LOGIN)

    only_looking = SendGoal("log in", FormPurpose.LOGIN, pulls, may_send=False)
    assert only_looking.name == "log in, up to the login form"
    assert only_looking.see(scene(page(forms=(LOGIN,)), "/login"))
    assert only_looking.is_reached


def test_sender_gives_up_after_two_failures() -> None:
    """A contact form that does not work is tried twice."""
    contact = form("/contact", field("message", "textarea"), field("email", "email"), text="Send message")
    goal = SendGoal("write", FormPurpose.CONTACT, {}, may_send=True)
    deed = Deed(kind="submit", purpose=FormPurpose.CONTACT, form=seen(contact))
    goal.see(scene(deed=deed, is_ok=False))
    assert not goal.has_failed
    goal.see(scene(deed=deed, is_ok=False))
    assert goal.has_failed


def test_sender_is_content_with_a_page_that_answers() -> None:
    """A contact page without a form gives an address."""
    goal = SendGoal("write", FormPurpose.CONTACT, {}, may_send=True, answered_by="contact")
    assert not goal.see(scene(path="/help/returns"))
    assert goal.see(scene(path="/help/contact"))
    assert goal.is_reached


def test_form_that_is_not_allowed_ends_the_way() -> None:
    """Comments may be sent, but not this one."""
    deleting = form("/login", field("user"), field("password", "password"), text="Delete my account")
    content = page(forms=(deleting,))
    purpose = scene(content).sight.forms[0].purpose
    goal = SendGoal("write", purpose, {}, may_send=True)
    only_forms = FormPolicy(allow_forms=frozenset({"all"}))
    assert not only_forms.allows_form(deleting)
    assert goal.see(scene(content))
    assert goal.is_reached
    assert goal.short_of == f"{purpose} form"


@pytest.mark.parametrize(
    ("sentence", "actions", "kind"),
    [
        ("compare three laptops under 900", ("browse",), "compare"),
        ("buy a desk", ("cart",), "buy"),
        ("buy a desk", ("browse",), "find"),
        ("look after an order", ("login", "cart"), "login"),
        ("order a pizza", ("checkout",), "buy"),
        ("keep the discussions in order", ("read",), "read"),
        ("subscribe to the newsletter", ("browse",), "newsletter"),
        ("create an account", ("login",), "register"),
        ("reach somebody who can help", ("contact",), "contact"),
        ("look up a parameter", ("search",), "search"),
        ("read one long article well", ("read",), "read"),
        ("be inspired by new and beautiful things", ("browse",), "wander"),
        ("see at a glance whether this is the right page", ("browse",), "glance"),
        ("something nobody thought of", ("read",), "read"),
        ("something nobody thought of", ("compare",), "compare"),
        ("something nobody thought of", ("browse",), "find"),
    ],
)
def test_kind_of_goal_is_told_by_its_words(sentence: str, actions: tuple[str, ...], kind: str) -> None:
    """What the words leave open, the persona's actions say."""
    assert kind_of(sentence, persona(actions=actions)) == kind


def chosen(sentence: str, policy: FormPolicy | None = None, *, sends: bool = True, **changes: object) -> Goal:
    """Choose the goal of a visit."""
    choice = GoalChoice(policy or FormPolicy(allow_forms=frozenset({"all"})), sends_forms=sends)
    return choice.choose(persona(goals=(sentence,), **changes), Random(3))


def test_every_archetype_has_a_goal() -> None:
    """Whoever Athena imagines wants something, with a name that begins with its own words."""
    choice = GoalChoice(FormPolicy(allow_forms=frozenset({"all"})), sends_forms=True)
    for archetype in read_archetypes():
        goal = choice.choose(archetype.persona(weight=1.0), Random(1))
        assert goal.name.startswith(archetype.goals[0])
        assert 1 <= goal.least_pages <= 12


@pytest.mark.parametrize(
    ("sentence", "made"),
    [
        ("read 3 articles", ReadGoal),
        ("compare four desks below 300", CompareGoal),
        ("buy a desk", BuyGoal),
        ("search for a fact", SearchGoal),
        ("log in", SendGoal),
        ("subscribe to the newsletter", SendGoal),
        ("create an account", SendGoal),
        ("write to somebody", SendGoal),
        ("look around", WanderGoal),
        ("find a desk", FindGoal),
    ],
)
def test_goal_of_each_kind_is_made(sentence: str, made: type[Goal]) -> None:
    """A sentence becomes a goal that can be watched."""
    goal = chosen(sentence, actions=("browse", "cart", "search"))
    assert type(goal) is made


def test_number_of_a_sentence_counts_and_its_price_does_not() -> None:
    """Three are compared, not nine hundred; without a number the visit draws one."""
    three = chosen("find a laptop under 900 and compare three")
    assert three.least_pages == 3 + 2
    assert 2 + 2 <= chosen("compare laptops under 900").least_pages <= 4 + 2
    assert chosen("read one long article well").least_pages == 1 + 2


def test_glancing_persona_glances() -> None:
    """Who sees one page a visit wants nothing else."""
    assert isinstance(chosen("buy a desk", pages=1.0, actions=("cart",)), GlanceGoal)


def test_without_forms_goals_end_before_them() -> None:
    """Below sophistication 4 nobody searches or fills a basket."""
    assert isinstance(chosen("search for a fact", sends=False), FindGoal)
    assert chosen("buy a desk", sends=False, actions=("cart",)).name.endswith("up to the basket")
    assert chosen("buy a desk", FormPolicy(), actions=("cart",)).name.endswith("up to the basket")
