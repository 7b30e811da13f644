"""The factory of Anthropic."""

import pytest

pytest.importorskip("pydantic_ai")

from tests.support.ai_requests import KEY, REQUESTS, network_factory
from trafficflou.ai_models.anthropic import AnthropicFactory, AnthropicSettings
from trafficflou.ai_models.tasks import TaskName
from trafficflou.testing.ai_server import AiServer


def test_anthropic_has_sensible_defaults() -> None:
    """Without settings it is Anthropic itself, with a small model whose price is known."""
    assert AnthropicSettings().base_url == "https://api.anthropic.com"
    assert AnthropicFactory(AnthropicSettings()).model().prices is not None
    assert AnthropicFactory.vendor_variables["ANTHROPIC_API_KEY"] == "api_key"


async def test_anthropic_carries_its_key_in_its_own_header() -> None:
    """The messages API takes `x-api-key`; no bearer token is sent besides."""
    async with AiServer() as server:
        factory = network_factory("anthropic", server)
        await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    (request,) = server.asked
    assert request.path == "/v1/messages"
    assert request.headers["x-api-key"] == KEY
    assert "authorization" not in request.headers


async def test_anthropic_neither_thinks_nor_streams() -> None:
    """Answers are short and whole: thinking would eat their limit."""
    async with AiServer() as server:
        factory = network_factory("anthropic", server)
        await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    body = server.asked[0].body
    assert body["max_tokens"] == REQUESTS[TaskName.PREFER][0].max_output_tokens
    assert body["tool_choice"]["type"] in {"any", "tool"}
    assert body.get("thinking", {"type": "disabled"}) == {"type": "disabled"}
    assert body.get("stream") is not True


@pytest.mark.parametrize(
    "model", ["claude-haiku-4-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-of-tomorrow"]
)
async def test_anthropic_asks_models_of_every_generation(model: str) -> None:
    """Another model needs nothing but its name."""
    async with AiServer() as server:
        factory = network_factory("anthropic", server, model=model)
        answer = await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    assert server.asked[0].body["model"] == answer.model == model
