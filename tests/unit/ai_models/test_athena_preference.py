"""What personas prefer: relevance, place, budget, actions; never what was not offered and never what destroys."""

import math
from typing import Any

import pytest

from trafficflou.ai_models.athena import AthenaFactory, AthenaModel, AthenaSettings
from trafficflou.ai_models.athena.preference import budget_of
from trafficflou.ai_models.tasks import PREFER, Offer, Persona, Preferences, PreferRequest


@pytest.fixture(scope="module", params=["embeddings", "lexical"])
def athena(request: pytest.FixtureRequest) -> AthenaModel:
    """Athena with both kinds of relevance."""
    return AthenaFactory(AthenaSettings(relevance=request.param)).model()


def persona(**more: Any) -> Persona:
    """Return a persona who loves gardens."""
    fields: dict[str, Any] = {
        "name": "Gardener", "description": "Loves gardens.", "goals": ("find a garden bench",),
        "interests": {"garden": 1.0}, "patience": 0.5, "pace": 1.0, "device": "mobile", "pages": 5, "weight": 1.0,
    }  # fmt: skip
    return Persona.model_validate(fields | more)


def prefer(athena: AthenaModel, *offers: Offer, **more: Any) -> Preferences:
    """Ask what the persona prefers."""
    return athena.prefer_now(PreferRequest(persona=persona(**more), offers=offers))


def test_relevant_link_is_preferred(athena: AthenaModel) -> None:
    """What the persona looks for gets far more weight than what it does not; weights add up to 1."""
    answer = prefer(athena, Offer(text="Garden bench"), Offer(text="Server rack"))
    assert answer.weights[0] > 3 * answer.weights[1] > 0
    assert math.isclose(sum(answer.weights), 1)


def test_place_decides_between_equals(athena: AthenaModel) -> None:
    """Main before navigation before footer."""
    main, navigation, footer = prefer(
        athena, *(Offer(text="Benches", place=place) for place in ("main", "navigation", "footer"))
    ).weights
    assert main > navigation > footer


def test_price_above_the_budget_is_avoided(athena: AthenaModel) -> None:
    """A goal's budget counts; the further above it, the worse; without a budget the price does not count."""
    offers = [Offer(text="Garden bench", price=price) for price in (80.0, 110.0, 400.0)]
    within, above, far = prefer(athena, *offers, goals=("garden bench under 100",)).weights
    assert within > above > far > 0
    assert len({round(weight, 9) for weight in prefer(athena, *offers).weights}) == 1


@pytest.mark.parametrize(
    ("goal", "budget"),
    [
        ("laptop under 900", 900), ("below €1,500 please", 1500), ("up to 2k", 2000), ("max 49.90", 49.9),
        ("chairs, at most £80", 80), ("found within 5 minutes", None), ("under 30 seconds", None),
        ("nice things", None), ("under 90 or up to 70", 70),
    ],
)  # fmt: skip
def test_budget_is_read_from_goals(goal: str, budget: float | None) -> None:
    """Limits of money count, limits of time do not; the lowest of several holds."""
    assert budget_of([goal]) == budget


def test_budget_of_nothing_allows_only_what_is_free(athena: AthenaModel) -> None:
    """A budget of 0 is a budget."""
    free, dear = prefer(
        athena, Offer(text="a", price=0), Offer(text="a", price=1), goals=("under 0",)
    ).weights
    assert free > dear


@pytest.mark.parametrize(
    ("form", "action"),
    [(Offer(kind="form", template="/search"), "search"), (Offer(kind="form", text="Add to basket"), "cart"),
     (Offer(kind="form", template="/account/login", text="Sign in"), "login"), (Offer(kind="form", text="Pay now", template="/checkout"), "checkout")],
)  # fmt: skip
def test_form_is_for_those_with_its_action(athena: AthenaModel, form: Offer, action: str) -> None:
    """A persona that may not do it never does it; one that may, can."""
    link = Offer(text="garden")
    assert prefer(athena, link, form).weights[1] == 0
    assert prefer(athena, link, form, actions=("browse", action)).weights[1] > 0


def test_form_that_is_not_understood_is_for_nobody(athena: AthenaModel) -> None:
    """Sending an unknown form has unknown effects."""
    form = Offer(kind="form", text="Zxcv", template="/zxcv")
    assert prefer(athena, form, actions=("search", "cart", "checkout", "login", "contact")).weights == (0,)


def test_link_to_an_action_is_preferred_by_those_who_came_for_it(athena: AthenaModel) -> None:
    """Who may fill a basket is drawn to the basket."""
    offers = (Offer(text="Basket", template="/cart"), Offer(text="Garden bench"))
    assert prefer(athena, *offers, actions=("browse", "cart")).weights[0] > prefer(athena, *offers).weights[0]


@pytest.mark.parametrize(
    "text", ["Log out", "Sign-out", "Delete account", "Cancel order", "Unsubscribe", "/logout"]
)
def test_what_ends_or_deletes_is_for_nobody(athena: AthenaModel, text: str) -> None:
    """Synthetic visitors leave no damage; where nothing else is offered they leave."""
    answer = prefer(athena, Offer(text=text))
    assert answer.weights == (0,)
    assert answer.leave == 1


def test_page_without_offers_is_left(athena: AthenaModel) -> None:
    """Nothing to do, so the visitor goes."""
    assert prefer(athena) == Preferences(weights=(), leave=1.0)


def test_impatient_visitors_leave_sooner(athena: AthenaModel) -> None:
    """Less patience, shorter sessions and pages without anything of interest make visitors leave; never for certain."""
    here = (Offer(text="Garden bench"),)
    patient = prefer(athena, *here, patience=1.0).leave
    assert 0 < patient < prefer(athena, *here, patience=0.0).leave < 1
    assert patient < prefer(athena, *here, patience=1.0, pages=2).leave
    nothing = (Offer(text="zxqv"),)
    assert prefer(athena, *nothing, patience=0.2).leave > prefer(athena, *here, patience=0.2).leave
    assert prefer(athena, *here, patience=0.0, pages=1).leave <= 0.98


async def test_answer_equals_the_synchronous_door(athena: AthenaModel) -> None:
    """Both doors lead to the same preferences; the answer says who gave it and that it was free."""
    request = PreferRequest(persona=persona(), offers=(Offer(text="Garden"), Offer(text="Shoes")))
    answer = await athena.answer(PREFER, request, deadline_s=0.001)
    assert answer.value == athena.prefer_now(request)
    assert (answer.provider, answer.model) == ("athena", f"athena-{athena.relevance.kind}")
    assert answer.usage.cost_usd == 0
    assert answer.source == "live"


def test_caches_of_pages_and_personas_are_bounded(athena: AthenaModel) -> None:
    """A run over endless pages does not grow without end."""
    for number in range(300):
        prefer(athena, Offer(text=f"page {number}"), pages=1 + number % 99, goals=(f"goal {number}",))
    assert len(athena._pages) <= 256
    assert len(athena._personas) <= 256
