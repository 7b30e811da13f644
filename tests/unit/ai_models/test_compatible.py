"""Servers of one's own: with and without a key, with and without function calls."""

import pytest
from pydantic import ValidationError

pytest.importorskip("pydantic_ai")

from tests.support.ai_requests import KEY, REQUESTS, network_factory
from trafficflou.ai_models.compatible import CompatibleFactory, CompatibleSettings
from trafficflou.ai_models.factory import FactoryContext
from trafficflou.ai_models.tasks import TaskName
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.security.key_ring import KeyRing
from trafficflou.testing import ai_server as play
from trafficflou.testing.ai_server import AiServer


def test_compatible_must_be_told_where_and_which() -> None:
    """There is no default for somebody's own server."""
    with pytest.raises(ValidationError) as caught:
        CompatibleSettings()  # type: ignore[call-arg]
    assert {error["loc"] for error in caught.value.errors()} == {("model",), ("base_url",)}


@pytest.mark.parametrize("ring", [None, KeyRing("compatible")])
async def test_compatible_needs_no_key(ring: KeyRing | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Local servers have none; OpenAI's is never sent to them."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-environment-0000000000")
    async with AiServer() as server:
        settings = CompatibleSettings(model="tiny", base_url=server.openai_url)
        factory = CompatibleFactory.create(settings, FactoryContext(keys=ring))
        answer = await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    assert server.asked[0].key is None
    assert answer.usage.cost_usd == 0


async def test_compatible_sends_its_key_if_it_has_one() -> None:
    """Hosted servers want one."""
    async with AiServer() as server:
        factory = network_factory("compatible", server)
        await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    assert server.asked[0].key == KEY
    assert "max_tokens" in server.asked[0].body


@pytest.mark.parametrize("name", list(TaskName))
async def test_compatible_falls_back_to_text(name: TaskName) -> None:
    """A server that cannot call functions is asked for JSON in its text, and remembered as such."""
    async with AiServer([play.without_functions()]) as server:
        factory = network_factory("compatible", server)
        task, request = REQUESTS[name]
        for _ in range(2):
            answer = await factory.model().answer(task, request)
            assert type(answer.value) is task.result_type
        await factory.aclose()
    assert [asked.function for asked in server.asked] == [name.value, None, None]
    assert "JSON schema" in server.asked[1].text


@pytest.mark.parametrize(
    "complaint",
    [
        play.http_error(
            400, message='"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser'
        ),
        play.http_error(500, message="tools param requires --jinja flag"),
    ],
)
async def test_compatible_understands_complaints_of_other_servers(complaint: play.Reaction) -> None:
    """VLLM and llama.cpp say it in their own words."""
    async with AiServer([complaint, play.good_answer()]) as server:
        factory = network_factory("compatible", server)
        await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    assert server.asked[1].function is None


async def test_compatible_takes_other_complaints_for_what_they_are() -> None:
    """A failure that has nothing to do with functions is not tried in another way."""
    async with AiServer([play.http_error(400, message="context too long")]) as server:
        factory = network_factory("compatible", server)
        with pytest.raises(ProviderError) as caught:
            await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    assert caught.value.fault is ProviderFault.BAD_REQUEST
    assert len(server.asked) == 1


async def test_compatible_keeps_to_functions_where_told() -> None:
    """`answer_by = "function"` takes no way around."""
    async with AiServer([play.without_functions()]) as server:
        factory = network_factory("compatible", server, answer_by="function")
        with pytest.raises(ProviderError, match="does not support tools"):
            await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()


async def test_compatible_keeps_to_text_where_told() -> None:
    """`answer_by = "text"` sends no functions at all."""
    async with AiServer() as server:
        factory = network_factory("compatible", server, answer_by="text")
        await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    assert "tools" not in server.asked[0].body
