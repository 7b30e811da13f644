"""What a run may cost."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.ai_questions import ask_about, failing, failure, fault_of, paid
from tests.support.ai_requests import REQUESTS
from trafficflou.ai_models.budget import Budget, BudgetedModel, Prices, most_of, usual_of
from trafficflou.ai_models.model import Usage
from trafficflou.ai_models.prompts import render
from trafficflou.ai_models.tasks import PREFER
from trafficflou.core import ConfigError, ProviderError, ProviderFault
from trafficflou.testing.ai_model import FakeAiModel
from trafficflou.testing.virtual_time import virtual_time

PRICES = Prices(input_usd_per_million=2.0, output_usd_per_million=10.0)
MOST = most_of(PREFER, ask_about(), PRICES)


@virtual_time
async def test_budget_counts_what_answers_cost() -> None:
    """The reservation is replaced by the truth."""
    budget = Budget(max_usd=1.0, max_tokens=1_000_000)
    model = BudgetedModel(FakeAiModel(), budget, PRICES)
    await model.answer(PREFER, ask_about())
    told = budget.statistics()
    assert told["spent_usd"] == pytest.approx(0.001)
    assert (told["spent_tokens"], told["held_usd"]) == (120, pytest.approx(0))


@virtual_time
async def test_cost_is_ours_where_the_provider_says_none() -> None:
    """Tokens times prices."""
    budget = Budget(max_usd=1.0)
    inner = FakeAiModel(usage=Usage(input_tokens=1000, output_tokens=100))
    await BudgetedModel(inner, budget, PRICES).answer(PREFER, ask_about())
    assert budget.spent.cost_usd == pytest.approx(0.003)


@virtual_time
async def test_budget_stops_hard() -> None:
    """Where another answer might not fit, nobody is asked; the error says what to do."""
    budget = Budget(max_usd=MOST.cost_usd + 0.0015)
    inner = FakeAiModel()
    model = BudgetedModel(inner, budget, PRICES)
    await model.answer(PREFER, ask_about())
    await model.answer(PREFER, ask_about())
    with pytest.raises(ProviderError, match="no room for another answer") as caught:
        await model.answer(PREFER, ask_about())
    assert caught.value.fault is ProviderFault.OVER_BUDGET
    assert "Athena" in caught.value.hint
    assert inner.calls == 2
    assert budget.statistics()["refused"] == 1


@virtual_time
async def test_tokens_stop_too() -> None:
    """A limit in tokens needs no prices."""
    inner = FakeAiModel()
    model = BudgetedModel(inner, Budget(max_tokens=10), None)
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.OVER_BUDGET
    assert inner.calls == 0


@virtual_time
async def test_calls_at_once_cannot_overshoot() -> None:
    """Each sets aside the most that it can cost before it begins."""
    budget = Budget(max_usd=MOST.cost_usd * 3.5)
    inner = FakeAiModel(usage=MOST, delay_s=1)
    model = BudgetedModel(inner, budget, PRICES)
    results = await asyncio.gather(
        *(model.answer(PREFER, ask_about()) for _ in range(50)), return_exceptions=True
    )
    assert sum(not isinstance(result, ProviderError) for result in results) == 3
    assert budget.spent.cost_usd <= budget.max_usd  # type: ignore[operator]  # it was given above


@pytest.mark.parametrize(
    ("fault", "is_charged"),
    [
        (ProviderFault.RATE_LIMITED, False),
        (ProviderFault.WRONG_KEY, False),
        (ProviderFault.NO_ROUTE, False),
        (ProviderFault.TIMEOUT, True),
        (ProviderFault.BAD_ANSWER, True),
        (ProviderFault.SERVER_ERROR, True),
    ],
)
def test_failures_are_charged_where_the_provider_may_have_worked(
    fault: ProviderFault, *, is_charged: bool
) -> None:
    """Nobody tells what a call that failed did cost, so it counts as the most it can."""

    @virtual_time
    async def ask() -> Budget:
        budget = Budget(max_usd=10)
        model = BudgetedModel(FakeAiModel(script=[failure(fault)]), budget, PRICES)
        assert await fault_of(model.answer(PREFER, ask_about())) is fault
        return budget

    told = ask().statistics()
    assert told["spent_usd"] == pytest.approx(MOST.cost_usd if is_charged else 0)
    assert told["unconfirmed_usd"] == told["spent_usd"]
    assert told["held_usd"] == pytest.approx(0)


@pytest.mark.parametrize(
    ("error", "untold_share"),
    [
        (paid(), 0.0),
        (failure(ProviderFault.TIMEOUT, untold_calls=0), 0.0),
        (failure(ProviderFault.NO_ROUTE, untold_calls=1), 0.5),
        (failure(ProviderFault.SERVER_ERROR, input_tokens=60, output_tokens=10, untold_calls=1), 0.5),
        (failure(ProviderFault.TIMEOUT, untold_calls=2), 1.0),
        (failure(ProviderFault.TIMEOUT, untold_calls=9), 1.0),
    ],
)
def test_failures_are_charged_as_far_as_they_are_known(error: ProviderError, untold_share: float) -> None:
    """What the provider told, and half of the reservation for each call of which it told nothing."""

    @virtual_time
    async def ask() -> Budget:
        budget = Budget(max_usd=10)
        await failing(BudgetedModel(FakeAiModel(script=[error]), budget, PRICES).answer(PREFER, ask_about()))
        return budget

    told_usd = error.cost_usd or PRICES.cost_usd(error.input_tokens, error.output_tokens)
    told = ask().statistics()
    assert told["spent_usd"] == pytest.approx(told_usd + MOST.cost_usd * untold_share)
    assert told["unconfirmed_usd"] == pytest.approx(MOST.cost_usd * untold_share)
    assert told["held_usd"] == pytest.approx(0)
    tokens = error.input_tokens + error.output_tokens
    assert told["spent_tokens"] == tokens + (MOST.input_tokens + MOST.output_tokens) * untold_share


@virtual_time
async def test_cancelled_calls_are_charged() -> None:
    """The provider may have worked before we left."""
    budget = Budget(max_usd=10)
    asking = asyncio.ensure_future(
        BudgetedModel(FakeAiModel(delay_s=10), budget, PRICES).answer(PREFER, ask_about())
    )
    await asyncio.sleep(1)
    asking.cancel()
    await asyncio.wait({asking})
    assert budget.spent == MOST


def test_limit_in_usd_needs_prices() -> None:
    """A limit that cannot be kept is refused before anything is asked."""
    with pytest.raises(ConfigError, match="prices of fake's model fake-1 are not known") as caught:
        BudgetedModel(FakeAiModel(), Budget(max_usd=1), None)
    assert "limit the tokens" in caught.value.hint


@pytest.mark.parametrize("limits", [{"max_usd": -1.0}, {"max_usd": float("nan")}, {"max_tokens": -1}])
def test_budget_refuses_nonsense(limits: dict[str, float]) -> None:
    """A limit below nothing is a mistake."""
    with pytest.raises(ValueError, match="not negative"):
        Budget(**limits)  # type: ignore[arg-type]  # max_tokens is an int above


def test_budget_without_limits_only_counts() -> None:
    """Everything fits."""
    budget = Budget()
    budget.reserve(Usage(cost_usd=1e9)).charge()
    assert budget.forecast([(PREFER, ask_about())], PRICES).fits_most


def test_forecast_says_what_questions_would_take() -> None:
    """The usual, the most, and whether either fits."""
    budget = Budget(max_usd=MOST.cost_usd * 1.5)
    one = budget.forecast([(PREFER, ask_about())], PRICES)
    two = budget.forecast([(PREFER, ask_about())] * 2, PRICES)
    assert one.most == MOST
    assert one.usual == usual_of(PREFER, ask_about(), PRICES)
    assert one.usual.cost_usd < one.most.cost_usd
    assert (one.fits_most, two.fits_most, two.fits_usual) == (True, False, True)


@pytest.mark.parametrize("name", REQUESTS)
def test_the_most_is_more_than_our_prompts_can_take(name: object) -> None:
    """The bound on the input holds for the real prompts, repair included, with two bytes a token."""
    task, request = REQUESTS[name]  # type: ignore[index]  # the parameters are its keys
    prompt = render(task, request)
    sent = len((prompt.system_with_schema() + prompt.user).encode())
    complaint_bytes = 1000
    assert 2 * sent + complaint_bytes <= 2 * most_of(task, request).input_tokens


@given(
    limit_usd=st.floats(0, 10),
    steps=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1), st.booleans())),
)
def test_spent_and_held_never_exceed_the_limit(
    limit_usd: float, steps: list[tuple[float, float, bool]]
) -> None:
    """Whatever the order of reservations and their ends, as long as calls take no more than they set aside."""
    budget = Budget(max_usd=limit_usd)
    open_reservations = []
    for most_usd, share, is_told in steps:
        with contextlib.suppress(ProviderError):
            open_reservations.append((budget.reserve(Usage(cost_usd=most_usd)), most_usd * share, is_told))
        if len(open_reservations) > 2:
            reservation, taken_usd, was_told = open_reservations.pop(0)
            if was_told:
                reservation.settle(Usage(cost_usd=taken_usd))
            reservation.charge()  # counts only where the line above did not
        told = budget.statistics()
        assert told["spent_usd"] + told["held_usd"] <= limit_usd + 1e-6


@virtual_time
async def test_budgeted_model_passes_the_rest_through() -> None:
    """Names, statistics and the end are the inner model's."""
    inner = FakeAiModel("openai", "gpt")
    model = BudgetedModel(inner, Budget(), None)
    assert (model.provider, model.model, model.statistics()) == ("openai", "gpt", {"calls": 0})
    await model.aclose()
    assert inner.is_closed
