"""The gateway always answers, soon, and says who did and for how much."""

import asyncio
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, cast

import pytest

from tests.support.ai_questions import ask_about, failure, fault_of, paid
from tests.support.ai_requests import REQUESTS
from trafficflou.ai_models._provider import Prices
from trafficflou.ai_models._route import BorrowedModel, Route
from trafficflou.ai_models.budget import Budget
from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.gateway import Background, Hedging, PrimalGenesis
from trafficflou.ai_models.limited import Limits
from trafficflou.ai_models.model import AiModel, Usage
from trafficflou.ai_models.primal_genesis import PrimalGenesisFactory, PrimalGenesisSettings
from trafficflou.ai_models.tasks import (
    BRIEF_TO_PLAN,
    NAME_GROUPS,
    PREFER,
    TASKS,
    GroupNames,
    Preferences,
    TaskName,
)
from trafficflou.core import ConfigError, ProviderError, ProviderFault
from trafficflou.metrics.ai_figures import AiFigures
from trafficflou.resilience import RetryPolicy
from trafficflou.stores.ai_cache import MemoryAiCache
from trafficflou.testing.ai_model import FakeAiModel, sample_answer
from trafficflou.testing.virtual_time import LoopClock, virtual_time

CLOCK = LoopClock()
WAIT: dict[TaskName, Any] = {}
AT_ONCE: dict[TaskName, Any] = dict.fromkeys(TASKS, "at_once")
NO_HEDGING = Hedging(max_share=0)
ONCE = Limits(retry=RetryPolicy(attempts=1))


def now_s() -> float:
    """Return the virtual time."""
    return asyncio.get_running_loop().time()


def route(model: AiModel, **how: Any) -> Route:
    """Return a route with all layers, which tries once."""
    return Route.build(model, clock=CLOCK, rng=Random(1), **({"limits": ONCE} | how))


def gateway(*routes: Route, athena: FakeAiModel | None = None, **how: Any) -> PrimalGenesis:
    """Return a gateway over routes that waits for providers and does not hedge, where nothing else is said."""
    settings: dict[str, Any] = {"modes": WAIT, "hedging": NO_HEDGING} | how
    return PrimalGenesis(routes, athena or FakeAiModel("athena", usage=Usage()), clock=CLOCK, **settings)


# -- waiting for providers ---------------------------------------------------------------------------------------------


@virtual_time
async def test_provider_answers_where_it_can() -> None:
    """The answer says who gave it and what it cost."""
    model = gateway(route(FakeAiModel("openai", "gpt", delay_s=1)))
    answer = await model.answer(PREFER, ask_about())
    assert (answer.provider, answer.model, answer.is_degraded) == ("openai", "gpt", False)
    assert answer.usage.cost_usd == pytest.approx(0.001)
    assert answer.latency_s == pytest.approx(1)


@pytest.mark.parametrize("fault", ProviderFault)
def test_every_fault_ends_in_the_fallback(fault: ProviderFault) -> None:
    """Marked as degraded, within the deadline, and the failure is counted."""

    @virtual_time
    async def ask() -> None:
        model = gateway(route(FakeAiModel("openai", failing_share=1, fault=fault, retry_after_s=3600)))
        answer = await model.answer(PREFER, ask_about())
        assert (answer.provider, answer.is_degraded) == ("athena", True)
        assert now_s() < PREFER.deadline_s
        told = model.statistics()
        assert told["by_provider"]["openai"]["failures"] == {fault.value: 1}
        assert told["degraded"] is True

    ask()


@virtual_time
async def test_next_provider_is_asked_before_the_fallback() -> None:
    """Falling back in order: what the second gives is not degraded."""
    broken = FakeAiModel("openai", failing_share=1)
    model = gateway(route(broken), route(FakeAiModel("anthropic")))
    answer = await model.answer(BRIEF_TO_PLAN, REQUESTS[TaskName.BRIEF_TO_PLAN][1])
    assert (answer.provider, answer.is_degraded) == ("anthropic", False)


@pytest.mark.parametrize("stubborn_s", [0.0, 3600.0])
def test_hanging_providers_do_not_hold_the_fallback_up(stubborn_s: float) -> None:
    """The deadline holds also where calls swallow their cancellation, and the fallback still answers within it."""

    @virtual_time
    async def ask() -> None:
        hanging = [
            FakeAiModel(name, delay_s=1e6, swallows_cancellation=stubborn_s)
            for name in ("openai", "anthropic")
        ]
        model = gateway(*(route(each) for each in hanging))
        answer = await model.answer(PREFER, ask_about(), deadline_s=10)
        assert answer.provider == "athena"
        assert now_s() <= 10
        assert [each.calls for each in hanging] == [1, 1]

    ask()


@virtual_time
async def test_answer_that_does_not_fit_counts_as_a_failure() -> None:
    """A foreign provider may not have checked what it gives."""
    wrong_length = FakeAiModel("openai", answers={TaskName.PREFER: Preferences(weights=(1,))})
    wrong_type = FakeAiModel("anthropic", answers={TaskName.PREFER: GroupNames(names={})})
    model = gateway(route(wrong_length), route(wrong_type))
    answer = await model.answer(PREFER, ask_about())
    assert answer.provider == "athena"
    failures = {name: told["failures"] for name, told in model.statistics()["by_provider"].items()}
    assert failures["openai"] == failures["anthropic"] == {"bad_answer": 1}


@virtual_time
async def test_crash_of_a_provider_is_no_crash_of_ours() -> None:
    """Whatever a library raises, the fallback answers."""
    model = gateway(Route(FakeAiModel("openai", script=[ZeroDivisionError("oops")]), clock=CLOCK))
    assert (await model.answer(PREFER, ask_about())).provider == "athena"


@virtual_time
async def test_without_providers_the_fallback_is_what_was_wanted() -> None:
    """Then nothing is degraded."""
    answer = await gateway().answer(PREFER, ask_about())
    assert (answer.provider, answer.is_degraded) == ("athena", False)


@virtual_time
async def test_failing_fallback_is_told() -> None:
    """There is nobody after it."""
    model = gateway(athena=FakeAiModel("athena", failing_share=1))
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.SERVER_ERROR
    assert model.statistics()["failed"] == 1


# -- routing -----------------------------------------------------------------------------------------------------------


async def ask_many(model: PrimalGenesis, count: int, name: str = "q") -> list[str]:
    """Ask different questions one after the other; return who answered."""
    return [(await model.answer(PREFER, ask_about(f"{name}{number}"))).provider for number in range(count)]


@virtual_time
async def test_cheaper_provider_goes_first() -> None:
    """Where all else is equal."""
    dear = route(FakeAiModel("dear"), prices=Prices(input_usd_per_million=50, output_usd_per_million=200))
    cheap = route(FakeAiModel("cheap"), prices=Prices(input_usd_per_million=1, output_usd_per_million=2))
    assert await ask_many(gateway(dear, cheap), 3) == ["cheap"] * 3


@virtual_time
async def test_quicker_provider_goes_first() -> None:
    """Once it is known which one that is."""
    slow, quick = FakeAiModel("slow", delay_s=5), FakeAiModel("quick", delay_s=0.2)
    model = gateway(route(slow), route(quick))
    assert await ask_many(model, 6) == ["slow", "quick", "quick", "quick", "quick", "quick"]


@virtual_time
async def test_slow_provider_gets_another_chance() -> None:
    """What was measured more than ten minutes ago says nothing about now."""
    first, second = FakeAiModel("first", delay_s=5), FakeAiModel("second", delay_s=0.5)
    model = gateway(route(first), route(second))
    await ask_many(model, 4)
    first.delay_s = 0.1
    await asyncio.sleep(601)
    assert (await ask_many(model, 4, "later"))[1:] == ["first"] * 3


@virtual_time
async def test_failing_provider_is_passed_over_and_tried_again_later() -> None:
    """Health is recent: failures lose their weight with time."""
    first, second = FakeAiModel("first", failing_share=1), FakeAiModel("second")
    model = gateway(route(first), route(second))
    await ask_many(model, 20)
    asked_while_broken = first.calls
    assert asked_while_broken <= 5
    first.failing_share = 0
    await asyncio.sleep(600)
    assert "first" in await ask_many(model, 5, "later")


@virtual_time
async def test_provider_with_an_open_breaker_is_not_asked() -> None:
    """With nobody available the fallback answers at once."""
    broken = FakeAiModel("openai", failing_share=1, fault=ProviderFault.WRONG_KEY)
    model = gateway(route(broken))
    await ask_many(model, 5)
    assert broken.calls == 1
    assert model.statistics()["routes"][0]["is_available"] is False


# -- hedging -----------------------------------------------------------------------------------------------------------


def hedged(*models: FakeAiModel, max_share: float = 0.5) -> PrimalGenesis:
    """Return a gateway that asks a second provider after the 95th percentile of five answers."""
    return gateway(
        *(route(each) for each in models),
        hedging=Hedging(tasks=frozenset({TaskName.PREFER}), max_share=max_share, min_samples=5),
    )


@virtual_time
async def test_second_provider_is_asked_beside_a_slow_one() -> None:
    """After the 95th percentile of its recent answers; the first answer wins, the other call is cancelled."""
    first, second = FakeAiModel("first", delay_s=0.5), FakeAiModel("second", delay_s=0.7)
    model = hedged(first, second)
    await ask_many(model, 10)
    first.delay_s = 12
    begun_s = now_s()
    answer = await model.answer(PREFER, ask_about("slow"))
    assert answer.provider == "second"
    assert now_s() - begun_s == pytest.approx(0.55 + 0.7)
    await asyncio.sleep(0.1)
    assert first.cancelled == 1
    assert model.statistics()["hedges"] == {"asked": 11, "started": 1, "won": 1}


@virtual_time
async def test_first_provider_may_still_win() -> None:
    """The hedge is then the one that is cancelled."""
    first, second = FakeAiModel("first", delay_s=0.5), FakeAiModel("second", delay_s=5)
    model = hedged(first, second)
    await ask_many(model, 10)
    first.delay_s = 0.8
    assert (await model.answer(PREFER, ask_about("slow"))).provider == "first"
    await asyncio.sleep(0.1)
    assert second.cancelled == 1
    assert model.statistics()["hedges"]["won"] == 0


@virtual_time
async def test_hedges_are_bounded_to_a_share_of_the_questions() -> None:
    """Both calls may be paid for, so the extra cost has a bound."""
    first, second = FakeAiModel("first", delay_s=0.5), FakeAiModel("second", delay_s=1)
    model = hedged(first, second, max_share=0.1)
    await ask_many(model, 10)
    rng = Random(5)
    first.delay_s = lambda: rng.choice((0.1, 3.0))
    await ask_many(model, 90, "more")
    assert 0 < model.statistics()["hedges"]["started"] <= 10


@virtual_time
async def test_hedge_that_fails_leaves_the_first_one_running() -> None:
    """One answer is enough."""
    first, second = FakeAiModel("first", delay_s=0.5), FakeAiModel("second", failing_share=1)
    model = hedged(first, second)
    await ask_many(model, 10)
    first.delay_s = 2
    assert (await model.answer(PREFER, ask_about("slow"))).provider == "first"


@virtual_time
async def test_other_tasks_are_not_hedged() -> None:
    """What is dear is asked once."""
    first, second = FakeAiModel("first", delay_s=0.5), FakeAiModel("second")
    model = hedged(first, second)
    task, request = REQUESTS[TaskName.NAME_GROUPS]
    for _ in range(10):
        await model.answer(task, request)
    first.delay_s = 5
    await model.answer(NAME_GROUPS, request)
    assert model.statistics()["hedges"]["started"] == 0


# -- at once -----------------------------------------------------------------------------------------------------------


def at_once(provider: FakeAiModel, **how: Any) -> PrimalGenesis:
    """Return a gateway that answers at once, with a cache."""
    cached = route(provider, cache=MemoryAiCache(clock=CLOCK))
    return gateway(cached, modes=AT_ONCE, **how)


@virtual_time
async def test_first_question_is_answered_by_the_fallback_and_the_next_by_the_cache() -> None:
    """Nobody waits; the provider works in the background."""
    provider = FakeAiModel("openai", delay_s=5)
    model = at_once(provider)
    first = await model.answer(PREFER, ask_about())
    assert (first.provider, first.is_degraded, now_s()) == ("athena", True, 0)
    await model.wait_background()
    second = await model.answer(PREFER, ask_about())
    assert (second.provider, second.source, second.is_degraded) == ("openai", "cache", False)
    told = model.statistics()
    assert told["background"] == {"asked": 1, "answered": 1, "failed": 0, "dropped": 0, "waiting": 0}
    assert told["by_provider"]["openai"]["cost_usd"] == pytest.approx(0.001)


@virtual_time
async def test_equal_questions_are_asked_once_in_the_background() -> None:
    """Also while the first is under way."""
    provider = FakeAiModel("openai", delay_s=5)
    model = at_once(provider)
    for _ in range(10):
        await model.answer(PREFER, ask_about())
    await model.wait_background()
    assert provider.calls == 1


@virtual_time
async def test_background_is_bounded() -> None:
    """More than fit are dropped and counted; at most so many are under way."""
    provider = FakeAiModel("openai", delay_s=5)
    model = at_once(provider, background=Background(max_waiting=10, max_concurrency=2))
    await ask_many(model, 30)
    assert model.statistics()["background"]["dropped"] == 20
    await model.wait_background()
    assert (provider.calls, provider.most_running) == (10, 2)


@virtual_time
async def test_failures_in_the_background_disturb_nobody() -> None:
    """They are counted."""
    model = at_once(FakeAiModel("openai", failing_share=1))
    assert await ask_many(model, 3) == ["athena"] * 3
    await model.wait_background()
    assert model.statistics()["background"]["failed"] == 3


@virtual_time
async def test_without_a_cache_nothing_is_asked_in_the_background() -> None:
    """Nobody would ever find the answer."""
    provider = FakeAiModel("openai")
    model = gateway(route(provider), modes=AT_ONCE)
    await model.answer(PREFER, ask_about())
    await model.wait_background()
    assert provider.calls == 0


@virtual_time
async def test_failing_half_of_the_time_is_never_felt() -> None:
    """Slow and failing, and still each answer comes at once."""
    model = at_once(FakeAiModel("openai", failing_share=0.5, delay_s=3, rng=Random(1)))
    for number in range(200):
        answer = await model.answer(PREFER, ask_about(str(number % 20)))
        assert answer.latency_s == 0
        await asyncio.sleep(0.3)
    told = model.statistics()
    shares = {name: figures["share"] for name, figures in told["by_provider"].items()}
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["openai"] > 0.3
    assert told["cache_hits"] == told["by_provider"]["openai"]["answers"]


@virtual_time
async def test_question_whose_turn_does_not_come_fails_in_time() -> None:
    """More is asked of providers alone than may be under way."""
    provider = FakeAiModel("openai", delay_s=10)
    model = gateway(route(provider), background=Background(max_concurrency=1))
    first = asyncio.ensure_future(model.ask_provider(PREFER, ask_about("a")))
    await asyncio.sleep(1)
    assert await fault_of(model.ask_provider(PREFER, ask_about("b"), deadline_s=2)) is ProviderFault.TIMEOUT
    assert now_s() == pytest.approx(3)
    assert (await first).provider == "openai"
    assert provider.calls == 1


# -- money -------------------------------------------------------------------------------------------------------------


@virtual_time
async def test_budget_degrades_to_the_fallback_and_to_no_error() -> None:
    """The provider is not blamed."""
    budget = Budget(max_usd=0.2)
    prices = Prices(input_usd_per_million=2, output_usd_per_million=10)
    provider = FakeAiModel("openai")
    model = gateway(route(provider, budget=budget, prices=prices), budget=budget)
    provider.usage = Usage(cost_usd=0.03)
    answered = await ask_many(model, 20)
    assert answered[0] == "openai"
    assert answered[-1] == "athena"
    assert budget.spent.cost_usd <= 0.2
    told = model.statistics()
    assert told["budget"]["refused"] > 0
    assert told["routes"][0]["is_available"] is True
    assert told["cost_usd"] == pytest.approx(budget.spent.cost_usd)


@pytest.mark.parametrize("how", ["waited for", "background", "provider alone"])
def test_failures_that_were_paid_for_are_in_the_figures(how: str) -> None:
    """Their tokens and their cost count, marked as wasted, and agree with the budget's."""

    @virtual_time
    async def ask() -> dict[str, Any]:
        budget = Budget(max_usd=10)
        prices = Prices(input_usd_per_million=2, output_usd_per_million=10)
        provider = FakeAiModel("openai", script=[paid(), sample_answer])
        cached = route(provider, budget=budget, prices=prices, cache=MemoryAiCache(clock=CLOCK))
        model = gateway(cached, modes=AT_ONCE if how == "background" else WAIT, budget=budget)
        for title in ("a", "b"):
            if how == "provider alone":
                with suppress(ProviderError):
                    await model.ask_provider(PREFER, ask_about(title))
            else:
                await model.answer(PREFER, ask_about(title))
                await model.wait_background()
        return model.statistics()

    told = ask()
    assert (told["tokens"], told["wasted_tokens"]) == (70 + 120, 70)
    assert told["cost_usd"] == pytest.approx(0.021)
    assert told["wasted_usd"] == pytest.approx(0.02)
    assert told["by_provider"]["openai"]["wasted_tokens"] == 70
    assert (told["budget"]["spent_tokens"], told["budget"]["unconfirmed_usd"]) == (190, 0)
    assert told["budget"]["spent_usd"] == pytest.approx(told["cost_usd"])


@virtual_time
async def test_answer_that_does_not_fit_is_paid_for() -> None:
    """A foreign provider was paid for it all the same."""
    model = gateway(route(FakeAiModel("openai", answers={TaskName.PREFER: Preferences(weights=(1,))})))
    await model.answer(PREFER, ask_about())
    told = model.statistics()
    assert (told["tokens"], told["wasted_tokens"], told["degraded"]) == (120, 120, True)


@virtual_time
async def test_two_answers_of_the_same_moment_are_both_paid_for() -> None:
    """A hedge that comes in together with the first call: one is used, both cost."""
    first, second = FakeAiModel("openai", delay_s=1), FakeAiModel("anthropic", delay_s=1)
    model = gateway(route(first), route(second), hedging=Hedging(max_share=1, min_samples=1), modes=WAIT)
    await ask_many(model, 2)  # each is asked once, so the latency of both is known
    second.delay_s = 2.1  # asked first now: its success is the later one
    await model.answer(PREFER, ask_about("another"))
    told = model.statistics()
    assert (first.calls, second.calls) == (2, 2)
    assert (told["hedges"]["started"], told["tokens"]) == (1, 4 * 120)


# -- the end -----------------------------------------------------------------------------------------------------------


@virtual_time
async def test_closing_ends_background_and_waiting_and_closes_all() -> None:
    """Nothing runs on; who waits is told, and so is who comes later."""
    first, athena = FakeAiModel("openai", delay_s=100), FakeAiModel("athena")
    cached = route(first, cache=MemoryAiCache(clock=CLOCK))
    model = gateway(cached, athena=athena, modes={TaskName.PREFER: "at_once"})
    await model.answer(PREFER, ask_about())
    waiting = asyncio.ensure_future(
        model.answer(NAME_GROUPS, REQUESTS[TaskName.NAME_GROUPS][1], deadline_s=300)
    )
    await asyncio.sleep(1)
    await model.aclose()
    assert await fault_of(waiting) is ProviderFault.UNAVAILABLE
    assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.UNAVAILABLE
    assert (first.is_closed, athena.is_closed, first.running) == (True, True, 0)
    await model.aclose()


@virtual_time
async def test_closing_goes_on_where_one_fails() -> None:
    """The others are closed first, then the failure is told."""

    class Unclosable(FakeAiModel):
        async def aclose(self) -> None:
            raise OSError("no")

    athena = FakeAiModel("athena")
    model = gateway(Route(Unclosable(), clock=CLOCK), athena=athena)
    with pytest.raises(OSError, match="no"):
        await model.aclose()
    assert athena.is_closed


@virtual_time
async def test_cancelled_question_cancels_its_call() -> None:
    """Nothing is asked for a visitor that is gone."""
    provider = FakeAiModel("openai", delay_s=100)
    asking = asyncio.ensure_future(gateway(route(provider)).answer(PREFER, ask_about()))
    await asyncio.sleep(1)
    asking.cancel()
    await asyncio.sleep(0.1)
    assert (provider.cancelled, provider.running) == (1, 0)


@virtual_time
async def test_statistics_have_the_shape_of_the_summary() -> None:
    """What the summary asks for stands under the same names."""
    model = gateway(route(FakeAiModel("openai", delay_s=1)))
    await ask_many(model, 4)
    told = model.statistics()
    figures = AiFigures.model_validate({name: told[name] for name in AiFigures.model_fields if name in told})
    assert (figures.requests, figures.tokens, figures.degraded) == (4, 480, False)
    assert figures.latency_ms.p95 == pytest.approx(1000, rel=0.01)
    assert (model.provider, model.model) == ("primal-genesis", "openai,athena")


# -- the factory -------------------------------------------------------------------------------------------------------


class FakeFactory(AiModelFactory):
    """A factory around a scripted model."""

    name = "fake"
    settings_type = PrimalGenesisSettings

    def __init__(self, model: FakeAiModel) -> None:
        self._model = model

    def model(self) -> FakeAiModel:
        """Return the scripted model."""
        return self._model

    async def aclose(self) -> None:
        """Close it."""
        await self._model.aclose()


def make(*providers: FakeAiModel, configured: tuple[str, ...] = (), **settings: Any) -> PrimalGenesisFactory:
    """Make the gateway's factory as the registry does, by default with a cache in memory."""
    factories = {each.provider: FakeFactory(each) for each in (*providers, FakeAiModel("athena"))}
    context = FactoryContext(configured=configured or tuple(factories), open_factory=factories.__getitem__)
    return PrimalGenesisFactory.create(PrimalGenesisSettings(**{"cache": "memory", **settings}), context)


async def test_factory_routes_over_what_is_configured() -> None:
    """In the order of the settings, Athena last."""
    factory = make(FakeAiModel("openai"), FakeAiModel("anthropic"))
    assert factory.model().model == "openai,anthropic,athena"
    assert factory.model() is factory.model()
    await factory.aclose()
    chosen = make(FakeAiModel("openai"), FakeAiModel("anthropic"), providers=("anthropic", "athena"))
    assert chosen.model().model == "anthropic,athena"
    await chosen.aclose()
    with pytest.raises(RuntimeError, match="is closed"):
        chosen.model()


async def test_factory_leaves_the_providers_open() -> None:
    """They belong to the registry, which shares them."""
    provider = FakeAiModel("openai")
    factory = make(provider, mode="wait")
    answer = await factory.judge().prefer(ask_about())
    assert answer.provider == "openai"
    await factory.aclose()
    await factory.aclose()
    assert not provider.is_closed


async def test_factory_passes_the_settings_on(tmp_path: Path) -> None:
    """Mode, cache on disk, limits and budget arrive."""
    provider = FakeAiModel("openai")
    path = tmp_path / "answers.sqlite3"
    factory = make(
        provider,
        mode="wait",
        cache="disk",
        cache_file=path,
        max_tokens=100_000,
        requests_per_min={"openai": 4},
    )
    await factory.judge().prefer(ask_about())
    assert (await factory.judge().prefer(ask_about())).source == "cache"
    assert factory.budget.spent.input_tokens == 100
    assert (await factory.judge().prefer(ask_about("another"))).provider == "athena"
    await factory.aclose()
    again = make(FakeAiModel("openai"), mode="wait", cache="disk", cache_file=path)
    assert (await again.judge().prefer(ask_about())).source == "cache"
    await again.aclose()


async def test_factory_without_cache_and_with_at_once() -> None:
    """Off means off."""
    provider = FakeAiModel("openai")
    factory = make(provider, cache="off", mode="at_once")
    assert (await factory.judge().prefer(ask_about())).provider == "athena"
    assert provider.calls == 0
    await factory.aclose()


async def test_factory_joins_questions_of_the_same_moment() -> None:
    """Batches save tokens where several visitors come at once."""
    provider = FakeAiModel("openai")
    factory = make(provider, mode="wait", hedge_share=0)
    await asyncio.gather(*(factory.judge().prefer(ask_about(str(number))) for number in range(4)))
    assert [name for name, _ in provider.asked] == [TaskName.PREFER_BATCH]
    await factory.aclose()


def test_limit_in_usd_without_prices_is_a_mistake_in_the_settings() -> None:
    """It is said before anything is asked."""
    with pytest.raises(ConfigError, match="are not known"):
        make(FakeAiModel("openai"), max_usd=1.0).model()


async def test_factory_takes_the_provider_s_own_prices() -> None:
    """They are what the budget counts with."""
    provider = FakeAiModel("openai")
    provider.prices = Prices(input_usd_per_million=1, output_usd_per_million=1)  # type: ignore[attr-defined]
    factory = make(provider, max_usd=1.0, mode="wait")
    await factory.judge().prefer(ask_about())
    assert factory.budget.spent.cost_usd == pytest.approx(0.001)
    await factory.aclose()


async def test_redis_that_is_not_there_is_no_reason_to_stop(tmp_path: Path) -> None:
    """The gateway goes on with memory alone."""
    (tmp_path / "password").write_text("canary-password-2\n")
    factory = make(
        FakeAiModel("openai"),
        cache="redis",
        mode="wait",
        redis_url="redis://127.0.0.1:1/0",
        redis_password_file=tmp_path / "password",
    )
    await factory.judge().prefer(ask_about())
    assert (await factory.judge().prefer(ask_about())).source == "cache"
    await factory.aclose()


async def test_redis_needs_no_password() -> None:
    """Many servers on loopback have none; a factory that made no model closes as well."""
    factory = make(cache="redis", redis_url="redis://127.0.0.1:1/0")
    await factory.aclose()


@pytest.mark.parametrize("content", [None, "", "two words"])
def test_password_that_cannot_be_read_is_a_mistake_in_the_settings(
    tmp_path: Path, content: str | None
) -> None:
    """The error names the file and shows nothing of it."""
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match="redis_password_file") as caught:
        make(cache="redis", redis_password_file=path)
    assert "two words" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    "wrong", [{"redis_url": "redis://:secret@h/"}, {"hedge_share": 2}, {"max_usd": -1}, {"unknown": 1}]
)
def test_settings_are_validated(wrong: dict[str, Any]) -> None:
    """Before anything is opened."""
    with pytest.raises(ValueError, match="validation error"):
        PrimalGenesisSettings(**wrong)


def test_factory_wants_its_own_settings_and_a_registry() -> None:
    """Anything else is a bug of the caller."""
    with pytest.raises(TypeError, match="primal-genesis takes"):
        PrimalGenesisFactory.create(PrimalGenesisSettings(), FactoryContext())


async def test_borrowed_model_stays_open() -> None:
    """Everything else passes through."""
    inner = FakeAiModel("openai", "gpt")
    model = BorrowedModel(inner)
    await model.answer(PREFER, ask_about())
    assert (model.provider, model.model, model.statistics()) == ("openai", "gpt", {"calls": 1})
    await model.aclose()
    assert not inner.is_closed


async def test_double_refuses_what_no_task_takes() -> None:
    """A test that asks nonsense fails."""
    with pytest.raises(TypeError, match="no task takes"):
        await FakeAiModel().answer(cast("Any", PREFER), Preferences(weights=()))
    with pytest.raises(ProviderError):
        await FakeAiModel(script=[failure()]).answer(PREFER, ask_about())
