"""Providers behind a real registry: shared, closed, and silent about their keys."""

import asyncio
import gc
import logging
import random
import subprocess
import sys
import traceback

import pytest

pytest.importorskip("pydantic_ai")

from tests.support.ai_requests import KEY, NETWORK_PROVIDERS, REQUESTS, network_factory
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.settings import ProviderSetup
from trafficflou.ai_models.tasks import TaskName
from trafficflou.core import ProviderError
from trafficflou.core.secret import Secret
from trafficflou.security.key_ring import KeyRing
from trafficflou.testing import ai_server as play
from trafficflou.testing.ai_server import AiServer
from trafficflou.testing.fault import Script


@pytest.mark.parametrize("provider", NETWORK_PROVIDERS)
async def test_registry_opens_and_closes_network_providers(provider: str) -> None:
    """A factory from the registry answers, is shared, and leaves no connection behind."""
    async with AiServer() as server:
        made = network_factory(provider, server)
        setup = ProviderSetup(
            name=provider,
            factory_type=type(made),
            settings=made.settings,
            keys=KeyRing(provider, [Secret(KEY)]),
            is_configured=True,
        )
        async with FactoryRegistry({provider: setup}) as registry:
            assert registry.open(provider) is registry.open(provider)
            answer = await registry.open(provider).model().answer(*REQUESTS[TaskName.PREFER])
            assert answer.provider == provider
        gc.collect()  # an open connection would warn here, and warnings are errors


@pytest.mark.parametrize("provider", NETWORK_PROVIDERS)
async def test_failing_server_never_hangs_or_leaks(provider: str) -> None:
    """Of two hundred questions to a server that fails in every way, each ends in an answer or in one of our errors."""
    chance = random.Random(7)
    kinds = [
        play.good_answer(),
        play.http_error(500),
        play.http_error(429, retry_after="3600"),
        play.raw_body(b"{"),
        play.reset(),
        play.cut_body(),
        play.html_page(),
        play.empty_message(),
        play.hang(),
    ]

    def moody(request: play.AiRequest) -> Script:
        return chance.choice(kinds)(request)

    async with AiServer([moody]) as server:
        factory = network_factory(provider, server, *(f"key-number-{number:04d}" for number in range(60)))
        model = factory.model()
        results = await asyncio.gather(
            *(model.answer(*REQUESTS[TaskName.PREFER], deadline_s=2.5) for _ in range(200)),
            return_exceptions=True,
        )
        statistics = model.statistics()
        await factory.aclose()
    errors = [result for result in results if isinstance(result, BaseException)]
    assert {type(error) for error in errors} == {ProviderError}
    assert 0 < len(errors) < 200
    assert statistics["answers"] + statistics["failures"] == 200
    assert sum(statistics["by_fault"].values()) == statistics["failures"]


@pytest.mark.parametrize("provider", NETWORK_PROVIDERS)
async def test_keys_are_in_no_log_and_no_traceback(provider: str, caplog: pytest.LogCaptureFixture) -> None:
    """The libraries never hold the key, so neither their debug logs nor their exceptions can show it."""
    caplog.set_level(logging.DEBUG)
    failures = [
        play.http_error(401, message=f"Incorrect API key provided: {KEY}"),
        play.raw_body(b"{"),
        play.reset(),
    ]
    shown = []
    async with AiServer([play.good_answer(), *failures]) as server:
        factory = network_factory(provider, server)
        await factory.model().answer(*REQUESTS[TaskName.PREFER])
        for _ in failures:
            with pytest.raises(ProviderError) as caught:
                await factory.model().answer(*REQUESTS[TaskName.PREFER])
            shown += [str(caught.value), repr(caught.value), caught.value.hint]
            shown += traceback.format_exception(caught.value)
        shown += [repr(factory.model().__dict__), str(factory.settings), caplog.text]
        await factory.aclose()
    assert server.asked
    assert KEY not in "".join(shown)


def test_factories_are_imported_without_the_libraries() -> None:
    """Knowing the providers must not cost the second that their libraries take to import."""
    program = (
        "import sys; import trafficflou.ai_models.openai, trafficflou.ai_models.anthropic, trafficflou.ai_models.compatible; "
        "trafficflou.ai_models.openai.OpenAiFactory(trafficflou.ai_models.openai.OpenAiSettings()); "
        "print([name for name in ('pydantic_ai', 'openai', 'anthropic', 'httpx2', 'genai_prices') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
