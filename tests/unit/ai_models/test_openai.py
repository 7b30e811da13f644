"""The factory of OpenAI, and what the factories of all network providers share."""

import asyncio
import json
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.ai_questions import failing
from tests.support.ai_requests import KEY, REQUESTS
from trafficflou.ai_models._provider import Prices, Reply
from trafficflou.ai_models._provider_model import ProviderModel
from trafficflou.ai_models.anthropic import AnthropicFactory, AnthropicSettings
from trafficflou.ai_models.compatible import CompatibleFactory, CompatibleSettings
from trafficflou.ai_models.factory import FactoryContext
from trafficflou.ai_models.openai import OpenAiFactory, OpenAiSettings
from trafficflou.ai_models.prompts import Prompt
from trafficflou.ai_models.tasks import TaskName
from trafficflou.core import ConfigError, ProviderError, ProviderFault
from trafficflou.core.secret import Secret
from trafficflou.security.key_ring import KeyRing

NETWORK_FACTORIES = [
    (OpenAiFactory, OpenAiSettings()),
    (AnthropicFactory, AnthropicSettings()),
    (CompatibleFactory, CompatibleSettings(model="tiny", base_url="http://127.0.0.1:9/v1")),
]


class ScriptedWire:
    """Answers from a list; an exception in it is raised."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies = list(replies)
        self.keys: list[str | None] = []
        self.closed = 0

    async def ask(self, prompt: Prompt[Any, Any], user: str, key: Secret | None) -> Reply:
        """Take the next of the list."""
        assert prompt.name in {"prefer", "brief_to_plan"}
        assert user
        self.keys.append(key.reveal() if key else None)
        await asyncio.sleep(0)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def aclose(self) -> None:
        """Count."""
        self.closed += 1


def test_openai_has_sensible_defaults() -> None:
    """Without settings it is OpenAI itself, with a small model whose price is known."""
    settings = OpenAiSettings()
    assert settings.base_url == "https://api.openai.com/v1"
    assert OpenAiFactory(settings).model().prices is not None
    assert OpenAiFactory.vendor_variables["OPENAI_API_KEY"] == "api_key"


@pytest.mark.parametrize(
    "base_url",
    [
        "ftp://x/v1",
        "api.openai.com",
        "https://",
        "https://user:pw@host/v1",
        "https://h/v1?key=1",
        "https://h/#x",
        "https://h:99999/",
    ],
)
def test_settings_take_only_plain_addresses(base_url: str) -> None:
    """An address carries no secrets and is one of a web server."""
    with pytest.raises(ValidationError):
        OpenAiSettings(base_url=base_url)


def test_settings_drop_the_last_slash() -> None:
    """Both spellings of an address are one."""
    assert OpenAiSettings(base_url=" https://proxy.example/v1/ ").base_url == "https://proxy.example/v1"


@pytest.mark.parametrize(
    "change",
    [
        {"model": ""},
        {"model": "a b"},
        {"max_connections": 0},
        {"api_key": "sk-x"},
        {"input_usd_per_million": -1},
    ],
)
def test_settings_refuse_what_cannot_be(change: dict[str, Any]) -> None:
    """Settings are bounded, and a key is none of them."""
    with pytest.raises(ValidationError):
        OpenAiSettings(**change)


def test_prices_of_the_settings_win_over_the_list() -> None:
    """Each price can be set on its own; one that nobody knows makes the cost unknown."""
    listed = OpenAiFactory(OpenAiSettings()).model().prices
    mixed = OpenAiFactory(OpenAiSettings(input_usd_per_million=9.0)).model().prices
    assert listed is not None
    assert mixed == Prices(input_usd_per_million=9.0, output_usd_per_million=listed.output_usd_per_million)
    unknown = OpenAiFactory(OpenAiSettings(model="gpt-of-tomorrow", input_usd_per_million=9.0)).model()
    assert unknown.prices is None
    assert unknown.statistics()["price_is_known"] is False


@pytest.mark.parametrize(("factory_type", "settings"), NETWORK_FACTORIES)
async def test_factory_takes_the_keys_of_its_context(factory_type: Any, settings: Any) -> None:
    """The registry makes factories with `create`; settings of another provider are a mistake of ours."""
    ring = KeyRing(factory_type.name, [Secret(KEY)])
    factory = factory_type.create(settings, FactoryContext(keys=ring))
    assert factory.model().provider == factory_type.name
    assert factory.model().model == settings.model
    await factory.aclose()
    with pytest.raises(TypeError):
        factory_type.create(REQUESTS[TaskName.PREFER][1], FactoryContext())


@pytest.mark.parametrize("ring", [None, KeyRing("openai")])
@pytest.mark.parametrize("factory_type", [OpenAiFactory, AnthropicFactory])
async def test_provider_without_a_key_says_so_when_asked(factory_type: Any, ring: KeyRing | None) -> None:
    """Nothing is sent without a key, and what is missing is said."""
    factory = factory_type.create(factory_type.settings_type(), FactoryContext(keys=ring))
    with pytest.raises(ProviderError) as caught:
        await factory.model().answer(*REQUESTS[TaskName.PREFER])
    assert caught.value.fault is ProviderFault.NO_KEY
    assert factory.model().statistics()["calls"] == 0
    await factory.aclose()


@pytest.mark.parametrize(("factory_type", "settings"), NETWORK_FACTORIES)
def test_missing_library_is_told_when_a_model_is_asked_for(
    factory_type: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Importing and making a factory needs no library; its model does, and says how to get it."""
    for module in ("_wire", "_wire_openai", "_wire_anthropic"):
        monkeypatch.delitem(sys.modules, f"trafficflou.ai_models.{module}", raising=False)
        monkeypatch.delattr(f"trafficflou.ai_models.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "pydantic_ai", None)
    factory = factory_type(settings)
    with pytest.raises(ConfigError) as caught:
        factory.model()
    assert "pydantic_ai" in caught.value.message
    assert caught.value.hint == "pip install 'trafficflou[ai]'"


GOOD = Reply(content='{"choices": [{"offer": 1, "weight": 1}], "leave": 0}', input_tokens=10, output_tokens=5)
PREFER_REQUEST = REQUESTS[TaskName.PREFER]


async def test_model_estimates_tokens_where_the_server_says_none() -> None:
    """A budget of tokens holds for servers that do not count, too."""
    model = ProviderModel("mine", "m", ScriptedWire(Reply(content=GOOD.content)))
    answer = await model.answer(*PREFER_REQUEST)
    assert answer.usage.input_tokens > 100
    assert answer.usage.output_tokens == len(GOOD.content) // 4


async def test_model_does_not_believe_any_count() -> None:
    """A server cannot blow up the books, nor earn money back."""
    odd = [Reply(content=GOOD.content, input_tokens=10**30, output_tokens=-5)]
    prices = Prices(input_usd_per_million=1, output_usd_per_million=1)
    answer = await ProviderModel("mine", "m", ScriptedWire(*odd), prices=prices).answer(*PREFER_REQUEST)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (10_000_000, 0)
    assert answer.usage.cost_usd == 10


async def test_model_counts_what_failed_answers_cost() -> None:
    """Tokens of answers that could not be used are in the statistics."""
    bad = Reply(content="{}", input_tokens=100, output_tokens=10)
    model = ProviderModel("mine", "m", ScriptedWire(bad, bad))
    with pytest.raises(ProviderError):
        await model.answer(*PREFER_REQUEST)
    statistics = model.statistics()
    assert (statistics["input_tokens"], statistics["failures"], statistics["by_fault"]) == (
        200,
        1,
        {"bad_answer": 1},
    )
    assert json.dumps(statistics)


async def test_model_does_not_ask_again_at_the_limit() -> None:
    """An answer that was cut at its limit would be cut again."""
    wire = ScriptedWire(Reply(content='{"choices": [', was_cut=True))
    with pytest.raises(ProviderError, match="limit of 2000 tokens"):
        await ProviderModel("mine", "m", wire).answer(*PREFER_REQUEST)
    assert wire.replies == []


async def test_model_takes_a_whole_answer_at_the_limit() -> None:
    """What fits is taken, also where the limit was reached right after it."""
    wire = ScriptedWire(Reply(content=GOOD.content, was_cut=True))
    assert (await ProviderModel("mine", "m", wire).answer(*PREFER_REQUEST)).value.weights == (1.0, 0.0, 0.0)


async def test_model_keeps_its_key_for_faults_that_are_not_the_keys() -> None:
    """Another key does not help a server that is down."""
    wire = ScriptedWire(ProviderError("down", fault=ProviderFault.SERVER_ERROR))
    ring = KeyRing("mine", [Secret("key-number-one"), Secret("key-number-two")])
    with pytest.raises(ProviderError, match="down"):
        await ProviderModel("mine", "m", wire, keys=ring).answer(*PREFER_REQUEST)
    assert wire.keys == ["key-number-one"]


async def test_model_tells_the_providers_words_where_no_key_is_left() -> None:
    """With one key, its refusal is what the operator reads, with the wait that the provider asks for."""
    limited = ProviderError("slow down", fault=ProviderFault.RATE_LIMITED, retry_after_s=12.0)
    wire = ScriptedWire(limited)
    ring = KeyRing("mine", [Secret("key-number-one")])
    model = ProviderModel("mine", "m", wire, keys=ring)
    with pytest.raises(ProviderError, match="slow down"):
        await model.answer(*PREFER_REQUEST)
    with pytest.raises(ProviderError) as later:
        await model.answer(*PREFER_REQUEST)
    assert later.value.fault is ProviderFault.RATE_LIMITED
    assert later.value.retry_after_s == pytest.approx(12, abs=1)


async def test_model_takes_a_shorter_deadline() -> None:
    """The caller's deadline holds over the task's."""

    class SleepingWire(ScriptedWire):
        """Never answers."""

        async def ask(self, prompt: Prompt[Any, Any], user: str, key: Secret | None) -> Reply:
            """Wait for ever."""
            await asyncio.Event().wait()
            raise AssertionError(prompt, user, key)

    model = ProviderModel("mine", "m", SleepingWire())
    with pytest.raises(ProviderError, match=r"within 0\.01 s") as caught:
        await model.answer(*PREFER_REQUEST, deadline_s=0.01)
    assert caught.value.fault is ProviderFault.TIMEOUT


async def test_model_closes_its_wire() -> None:
    """Closing reaches the connections; afterwards nothing is asked."""
    wire = ScriptedWire(GOOD)
    model = ProviderModel("mine", "m", wire)
    await model.aclose()
    with pytest.raises(ProviderError, match="closed"):
        await model.answer(*PREFER_REQUEST)
    assert (wire.closed, wire.keys) == (1, [])


TOOK: dict[str, Any] = {"input_tokens": 100, "output_tokens": 10}
UNFIT = Reply(content="{}", **TOOK)


@pytest.mark.parametrize(
    ("replies", "tokens", "untold_calls"),
    [
        ((UNFIT, UNFIT), (200, 20), 0),
        ((Reply(content="", was_refused=True, **TOOK),), (100, 10), 0),
        ((Reply(content='{"ch', was_cut=True, **TOOK),), (100, 10), 0),
        ((UNFIT, ProviderError("slow down", fault=ProviderFault.RATE_LIMITED)), (100, 10), 0),
        ((UNFIT, ProviderError("no", fault=ProviderFault.SERVER_ERROR)), (100, 10), 1),
        ((UNFIT, ProviderError("torn", fault=ProviderFault.NO_ROUTE, untold_calls=1)), (100, 10), 1),
        ((ProviderError("no", fault=ProviderFault.TIMEOUT, untold_calls=0),), (0, 0), 0),
        ((ProviderError("no", fault=ProviderFault.TIMEOUT),), (0, 0), 1),
        ((ProviderError("no", fault=ProviderFault.WRONG_KEY),), (0, 0), 0),
    ],
)
async def test_failure_says_what_it_took(
    replies: tuple[Reply | Exception, ...], tokens: tuple[int, int], untold_calls: int
) -> None:
    """Tokens of the calls that were paid for, and how many calls the provider may have worked on without telling."""
    prices = Prices(input_usd_per_million=10_000, output_usd_per_million=0)
    error = await failing(
        ProviderModel("mine", "m", ScriptedWire(*replies), prices=prices).answer(*PREFER_REQUEST)
    )
    assert (error.input_tokens, error.output_tokens) == tokens
    assert error.cost_usd == pytest.approx(tokens[0] / 100)
    assert error.untold_calls == untold_calls


async def test_failure_by_the_deadline_says_what_the_calls_before_it_took() -> None:
    """The first answer did not fit and is paid for; what the repair under way will cost nobody tells."""

    class SlowRepair(ScriptedWire):
        """Answers once."""

        async def ask(self, prompt: Prompt[Any, Any], user: str, key: Secret | None) -> Reply:
            """Answer, then never again."""
            if not self.replies:
                await asyncio.Event().wait()
            return await super().ask(prompt, user, key)

    error = await failing(
        ProviderModel("mine", "m", SlowRepair(UNFIT)).answer(*PREFER_REQUEST, deadline_s=0.05)
    )
    assert error.fault is ProviderFault.TIMEOUT
    assert (error.input_tokens, error.output_tokens, error.untold_calls) == (100, 10, 1)


async def test_refused_keys_cost_nothing() -> None:
    """The ring went round; nobody worked."""
    wire = ScriptedWire(*[ProviderError("no", fault=ProviderFault.WRONG_KEY) for _ in range(2)])
    ring = KeyRing("mine", [Secret("key-number-one"), Secret("key-number-two")])
    error = await failing(ProviderModel("mine", "m", wire, keys=ring).answer(*PREFER_REQUEST))
    assert (error.input_tokens, error.untold_calls) == (0, 0)
