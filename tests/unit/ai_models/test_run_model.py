"""What a run asks: whoever is wanted, never waited for in vain, counted, recorded and played again."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.ai_questions import ask_about, failure, fault_of
from tests.support.ai_requests import REQUESTS
from tests.support.scripted_provider import scripted_setup
from trafficflou.ai_models._provider import Prices
from trafficflou.ai_models.athena import AthenaFactory
from trafficflou.ai_models.athena.factory import AthenaSettings
from trafficflou.ai_models.primal_genesis import PrimalGenesisFactory, PrimalGenesisSettings
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.run_model import RunModel, open_run_model
from trafficflou.ai_models.settings import ProviderSetup
from trafficflou.ai_models.tasks import BRIEF_TO_PLAN, IMAGINE_POPULATION, PREFER, Preferences, Task, TaskName
from trafficflou.core import Clock, ConfigError, ProviderFault, StoreError, SystemClock, UsageError
from trafficflou.metrics.ai_figures import AiFigures
from trafficflou.testing.ai_model import FakeAiModel
from trafficflou.testing.virtual_time import LoopClock, virtual_time

PRICES = Prices(input_usd_per_million=2, output_usd_per_million=10)
PLAN = REQUESTS[TaskName.BRIEF_TO_PLAN][1]
PEOPLE = REQUESTS[TaskName.IMAGINE_POPULATION][1]


def registry_of(*models: FakeAiModel, clock: Clock | None = None, **gateway: Any) -> FactoryRegistry:
    """Return a registry with scripted providers, Athena, and a gateway whose cache is in memory where nothing else is said."""
    settings = PrimalGenesisSettings(**({"cache": "memory", "batching": False} | gateway))
    setups = [
        *(scripted_setup(model) for model in models),
        ProviderSetup(
            name="athena",
            factory_type=AthenaFactory,
            settings=AthenaSettings(relevance="lexical"),
            is_configured=True,
        ),
        ProviderSetup(name="primal-genesis", factory_type=PrimalGenesisFactory, settings=settings),
    ]
    return FactoryRegistry({setup.name: setup for setup in setups}, clock=clock or LoopClock())


@asynccontextmanager
async def running(
    wanted: str, *models: FakeAiModel, gateway: dict[str, Any] | None = None, **how: Any
) -> AsyncIterator[RunModel]:
    """Open the model of a run over scripted providers, and close it and its registry."""
    async with (
        registry_of(*models, **(gateway or {})) as registry,
        open_run_model(registry, wanted, **how) as model,
    ):
        yield model


def priced(model: FakeAiModel) -> FakeAiModel:
    """Return the model with prices, as the models of real providers have them."""
    model.prices = PRICES  # type: ignore[attr-defined]
    return model


# -- who answers -------------------------------------------------------------------------------------------------------


@virtual_time
async def test_athena_alone_has_the_figures_of_everybody_else() -> None:
    """Nothing is degraded, and nobody else can be asked; a failure to ask nobody is no figure."""
    async with running("athena", FakeAiModel("openai")) as model:
        assert (model.provider, model.model, model.asks_providers) == ("athena", "athena", False)
        answer = await model.answer(IMAGINE_POPULATION, PEOPLE)
        assert (answer.provider, answer.is_degraded) == ("athena", False)
        assert await fault_of(model.ask_provider(PREFER, ask_about())) is ProviderFault.UNAVAILABLE
        told = model.statistics()
    figures = AiFigures.model_validate(told)
    assert (figures.requests, figures.degraded, figures.cost_usd) == (1, False, 0)
    assert (figures.provider, figures.relevance) == ("athena", "lexical")
    assert (told["provider"], told["cassette"], told["price_is_known"]) == ("athena", None, True)


@virtual_time
async def test_any_provider_stands_in_a_gateway_with_athena_behind_it() -> None:
    """Where it answers it is asked once and then remembered; where it fails Athena answers and says so."""
    provider = FakeAiModel("openai", "gpt", script=[failure(ProviderFault.BAD_REQUEST)])
    async with running("openai", provider) as model:
        assert (model.model, model.asks_providers) == ("openai,athena", True)
        population = await model.answer(IMAGINE_POPULATION, PEOPLE)
        assert (population.provider, population.is_degraded) == ("athena", True)
        for source in ("live", "cache"):
            plan = await model.answer(BRIEF_TO_PLAN, PLAN)
            assert (plan.provider, plan.source) == ("openai", source)
        told = model.statistics()
    assert (told["degraded_answers"], told["cache_hits"]) == (1, 1)
    assert told["by_fault"] == {"bad_request": 1}
    assert told["by_provider"]["athena"]["share"] == pytest.approx(1 / 3)


@virtual_time
async def test_primal_genesis_is_as_configured_and_the_run_s_own() -> None:
    """All configured providers are its routes; two runs share providers and neither figures nor budget."""
    providers = [FakeAiModel("openai"), FakeAiModel("anthropic")]
    async with registry_of(*providers, max_tokens=100_000) as registry:
        async with open_run_model(registry, "primal-genesis") as first:
            assert first.model == "openai,anthropic,athena"
            await first.answer(BRIEF_TO_PLAN, PLAN)
        async with open_run_model(registry, "primal-genesis") as second:
            told = second.statistics()
        assert (told["requests"], told["budget"]["spent_tokens"]) == (0, 0)
        assert told["budget"]["max_tokens"] == 100_000
        assert not any(provider.is_closed for provider in providers)
    assert all(provider.is_closed for provider in providers)


@virtual_time
async def test_provider_that_nobody_knows_is_told() -> None:
    """With what was probably meant."""
    async with registry_of() as registry:
        with pytest.raises(ConfigError, match="Did you mean openai"):
            open_run_model(registry, "open-ai")


@virtual_time
async def test_provider_that_never_answers_holds_nothing_up() -> None:
    """Athena has the last word within the deadline of the task."""
    stubborn = FakeAiModel("openai", delay_s=1e6, swallows_cancellation=10)
    async with running("openai", stubborn) as model:
        async with asyncio.timeout(BRIEF_TO_PLAN.deadline_s):
            assert (await model.answer(BRIEF_TO_PLAN, PLAN)).provider == "athena"


# -- asking providers alone --------------------------------------------------------------------------------------------


@virtual_time
async def test_provider_alone_is_asked_where_visitors_decide_meanwhile() -> None:
    """Also for tasks that are answered at once; from the cache the second time; nobody waited, so no latency is told."""
    provider = FakeAiModel("openai", delay_s=2)
    async with running("openai", provider) as model:
        first = await model.ask_provider(PREFER, ask_about())
        second = await model.ask_provider(PREFER, ask_about())
        told = model.statistics()
    assert (first.provider, first.source, second.source) == ("openai", "live", "cache")
    assert (told["requests"], told["cache_hits"], told["tokens"]) == (2, 1, 120)
    assert told["background"] | {"waiting": 0, "dropped": 0} == told["background"]
    assert (told["background"]["asked"], told["background"]["answered"]) == (1, 1)
    assert told["latency_ms"]["max"] is None
    assert told["by_provider"]["openai"]["latency_ms"]["max"] == pytest.approx(2000, rel=0.01)


@virtual_time
async def test_failure_of_providers_alone_is_told_and_is_a_degradation() -> None:
    """Athena's decision stands there, so the run got less than it wanted."""
    provider = FakeAiModel("openai", failing_share=1, fault=ProviderFault.NO_QUOTA)
    async with running("openai", provider) as model:
        assert await fault_of(model.ask_provider(PREFER, ask_about())) is ProviderFault.NO_QUOTA
        told = model.statistics()
    assert (told["requests"], told["failed"], told["degraded"]) == (1, 1, True)
    assert told["background"]["failed"] == 1
    assert told["by_fault"] == {"no_quota": 1}


@virtual_time
async def test_deadline_of_providers_alone_holds_in_the_queue_too() -> None:
    """More questions than the gateway asks at once: those whose turn does not come in time fail in time."""
    provider = FakeAiModel("openai", delay_s=1e6)
    loop = asyncio.get_running_loop()
    async with running("openai", provider) as model:
        begun_s = loop.time()
        results = await asyncio.gather(
            *(model.ask_provider(PREFER, ask_about(str(number)), deadline_s=3) for number in range(100)),
            return_exceptions=True,
        )
        assert loop.time() - begun_s <= 3.001
    faults = {getattr(result, "fault", None) for result in results}
    # The breaker has opened meanwhile: those whose turn came are not sent to a provider that does not answer.
    assert faults <= {ProviderFault.TIMEOUT, ProviderFault.UNAVAILABLE}


@virtual_time
async def test_closed_model_asks_nobody() -> None:
    """Both ways of asking say so; closing twice is allowed."""
    provider = FakeAiModel("openai")
    async with registry_of(provider) as registry:
        model = open_run_model(registry, "openai")
        await model.aclose()
        await model.aclose()
        assert await fault_of(model.ask_provider(PREFER, ask_about())) is ProviderFault.UNAVAILABLE
        assert await fault_of(model.answer(PREFER, ask_about())) is ProviderFault.UNAVAILABLE
    assert provider.calls == 0


# -- later answers -----------------------------------------------------------------------------------------------------


@virtual_time
async def test_later_answers_are_told_to_who_subscribed() -> None:
    """Athena answers at once, the provider in the background; a listener that breaks is told no more, the others are."""
    heard: list[tuple[str, str]] = []
    broken: list[str] = []

    def breaks(task: Any, _request: Any, _answer: Any) -> None:
        broken.append(task.name)
        raise ZeroDivisionError

    provider = FakeAiModel("openai", delay_s=2)
    async with running("openai", provider, gateway={"cache": "off"}) as model:
        model.subscribe(breaks)
        model.subscribe(lambda task, _request, answer: heard.append((task.name, answer.provider)))
        for title in ("a", "b"):
            assert (await model.answer(PREFER, ask_about(title))).provider == "athena"
            assert await model.wait_background(timeout_s=0.5) is False
            assert await model.wait_background() is True
    assert heard == [("prefer", "openai")] * 2
    assert broken == ["prefer"]


# -- money -------------------------------------------------------------------------------------------------------------


@virtual_time
async def test_limits_of_the_run_hold_over_those_of_the_gateway() -> None:
    """For a single provider as well; then Athena answers."""
    provider = priced(FakeAiModel("openai"))
    async with running("openai", provider, gateway={"max_tokens": 10**9}, max_usd=0.0, max_tokens=7) as model:
        assert (await model.answer(BRIEF_TO_PLAN, PLAN)).is_degraded
        budget = model.statistics()["budget"]
    assert (budget["max_usd"], budget["max_tokens"], budget["refused"]) == (0.0, 7, 1)
    assert provider.calls == 0


@virtual_time
async def test_limits_that_cannot_be_kept_are_mistakes_of_the_settings() -> None:
    """A negative one, and one in USD where no price is known: told before anything is asked."""
    async with registry_of(FakeAiModel("openai")) as registry:
        with pytest.raises(ConfigError, match="max_tokens"):
            open_run_model(registry, "openai", max_tokens=-1)
        with pytest.raises(ConfigError, match="prices of openai's model"):
            open_run_model(registry, "openai", max_usd=1.0)


@virtual_time
async def test_forecast_is_that_of_the_dearest_provider() -> None:
    """Nothing is asked; Athena and cassettes cost nothing; prices that nobody knows are said not to be known."""
    dear = priced(FakeAiModel("openai"))
    cheap = FakeAiModel("anthropic")
    cheap.prices = Prices(input_usd_per_million=0.1, output_usd_per_million=0.1)  # type: ignore[attr-defined]
    questions: list[tuple[Task[Any, Any], Any]] = [(PREFER, ask_about()), (BRIEF_TO_PLAN, PLAN)]
    async with registry_of(dear, cheap, FakeAiModel("mystery")) as registry:
        async with open_run_model(registry, "openai", max_usd=0.01) as model:
            alone = model.forecast(questions)
        async with open_run_model(registry, "primal-genesis") as model:
            among = model.forecast(iter(questions))
        async with open_run_model(registry, "athena") as model:
            free = model.forecast(questions)
    assert alone.most.cost_usd == among.most.cost_usd > 0.01
    assert (alone.fits_most, alone.price_is_known) == (False, True)
    assert (among.fits_most, among.price_is_known) == (True, False)
    assert (free.most.input_tokens, free.price_is_known) == (0, True)
    assert dear.calls == cheap.calls == 0


# -- cassettes ---------------------------------------------------------------------------------------------------------


async def _asked(model: RunModel, title: str) -> Any:
    return await model.answer(PREFER, ask_about(title))


@virtual_time
async def test_played_run_gives_the_provider_s_answer_and_not_the_degraded_one(tmp_path: Path) -> None:
    """What a provider said in the background, when Athena had answered already, is what the cassette plays."""
    path = tmp_path / "ai.jsonl"
    mine = Preferences(weights=(0.0, 0.0, 1.0), leave=0.25)
    provider = FakeAiModel("openai", delay_s=2, answers={TaskName.PREFER: mine})
    async with running("openai", provider, record=path) as model:
        assert (await _asked(model, "a")).provider == "athena"
        assert await model.wait_background()
        assert model.statistics()["cassette"] == {"recorded": 2, "not_recorded": 0}
    async with running("openai", replay=path) as model:
        played = await _asked(model, "a")
        assert (played.provider, played.source, played.is_degraded) == ("openai", "cassette", False)
        assert played.value == mine
        assert (await model.ask_provider(PREFER, ask_about("a"))).value == mine
        told = model.statistics()
    assert (told["cassette_hits"], told["degraded"], told["cost_usd"]) == (2, False, 0)
    assert (told["provider"], told["price_is_known"]) == ("openai", True)


@pytest.mark.parametrize("source", ["live", "cache"])
async def test_every_way_of_answering_is_recorded(tmp_path: Path, source: str) -> None:
    """Asked alone or with Athena behind it, live or from the cache of an earlier run."""
    path = tmp_path / "ai.jsonl"
    disk = {"cache": "disk", "cache_file": tmp_path / "cache"}
    async with registry_of(FakeAiModel("openai"), clock=SystemClock(), **disk) as registry:
        if source == "cache":
            async with open_run_model(registry, "openai") as earlier:
                await earlier.ask_provider(PREFER, ask_about())
                await earlier.answer(BRIEF_TO_PLAN, PLAN)
        async with open_run_model(registry, "openai", record=path) as model:
            assert (await model.ask_provider(PREFER, ask_about())).source == source
            assert (await model.answer(BRIEF_TO_PLAN, PLAN)).source == source
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    assert [(line["task"], line["provider"]) for line in lines] == [
        ("prefer", "openai"),
        ("brief_to_plan", "openai"),
    ]


@virtual_time
async def test_question_that_the_cassette_does_not_know_is_answered_by_athena(tmp_path: Path) -> None:
    """The run goes on, degraded, and says so; asked for the provider's answer alone, there is none."""
    path = tmp_path / "ai.jsonl"
    async with running("openai", FakeAiModel("openai"), record=path) as model:
        await model.answer(BRIEF_TO_PLAN, PLAN)
    async with running("openai", replay=path) as model:
        assert model.asks_providers
        assert model.model == "cassette,athena"
        answer = await model.answer(IMAGINE_POPULATION, PEOPLE)
        assert (answer.provider, answer.is_degraded) == ("athena", True)
        assert await fault_of(model.ask_provider(PREFER, ask_about())) is ProviderFault.UNAVAILABLE
        for _ in range(30):  # what is missing is no reason to leave the cassette alone
            await fault_of(model.ask_provider(PREFER, ask_about()))
        assert (await model.answer(BRIEF_TO_PLAN, PLAN)).source == "cassette"
        assert model.forecast([(BRIEF_TO_PLAN, PLAN)]).most.input_tokens == 0
        told = model.statistics()
    assert (told["degraded"], told["cassette"]["unknown"], told["cassette"]["answered"]) == (True, 32, 1)


@virtual_time
async def test_degraded_answer_of_a_cassette_is_no_provider_s(tmp_path: Path) -> None:
    """It plays as what it was; as the provider's own answer it does not count."""
    path = tmp_path / "ai.jsonl"
    broken = FakeAiModel("openai", failing_share=1, fault=ProviderFault.WRONG_KEY)
    async with running("openai", broken, record=path) as model:
        await model.answer(BRIEF_TO_PLAN, PLAN)
    async with running("openai", replay=path) as model:
        assert not model.asks_providers
        played = await model.answer(BRIEF_TO_PLAN, PLAN)
        assert (played.provider, played.is_degraded, played.source) == ("athena", True, "cassette")
        assert await fault_of(model.ask_provider(BRIEF_TO_PLAN, PLAN)) is ProviderFault.UNAVAILABLE


@virtual_time
async def test_athena_s_run_is_recorded_and_played_without_degradation(tmp_path: Path) -> None:
    """A cassette of Athena alone needs nobody else when it is played."""
    path = tmp_path / "ai.jsonl"
    async with registry_of() as registry:
        async with open_run_model(registry, "athena", record=path) as model:
            recorded = await model.answer(IMAGINE_POPULATION, PEOPLE)
        async with open_run_model(registry, "athena", replay=path) as model:
            played = await model.answer(IMAGINE_POPULATION, PEOPLE)
            assert (played.value, played.is_degraded) == (recorded.value, False)
            assert not model.asks_providers


@pytest.mark.parametrize(
    ("arrange", "kind"),
    [
        (lambda folder: {"record": folder / "none" / "c.jsonl"}, StoreError),
        (lambda folder: {"replay": folder / "none.jsonl"}, UsageError),
        (lambda folder: {"record": folder / "a", "replay": folder / "b"}, UsageError),
    ],
)
async def test_cassette_that_cannot_be_used_is_told_before_the_run(
    tmp_path: Path, arrange: Callable[[Path], dict[str, Any]], kind: type[Exception]
) -> None:
    """Missing, in a folder that is not there, or both at once."""
    async with registry_of(FakeAiModel("openai")) as registry:
        with pytest.raises(kind):
            open_run_model(registry, "openai", **arrange(tmp_path))


async def test_cassette_is_closed_where_the_provider_cannot_be_opened(tmp_path: Path) -> None:
    """Nothing stays open behind an error; warnings about open files are errors in tests."""
    async with registry_of() as registry:
        with pytest.raises(ConfigError):
            open_run_model(registry, "nobody", record=tmp_path / "c.jsonl")
