"""The transport below the SDKs: what leaves, where to, and how much comes back."""

import gzip

import pytest

pytest.importorskip("pydantic_ai")

import httpx2

from tests.support.ai_requests import REQUESTS, network_factory
from trafficflou.ai_models._provider import WireSpec
from trafficflou.ai_models._wire_http import KEY, GuardedTransport, guarded_client
from trafficflou.ai_models.openai import OpenAiSettings
from trafficflou.ai_models.tasks import TaskName
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.core.secret import Secret
from trafficflou.testing.ai_server import AiServer
from trafficflou.testing.fault import Close

SPEC = WireSpec(provider="openai", settings=OpenAiSettings(base_url="http://127.0.0.1:8080/v1"))
URL = "http://127.0.0.1:8080/v1/chat/completions"


def client_to(answer: httpx2.Response, seen: list[httpx2.Request] | None = None) -> httpx2.AsyncClient:
    """Make a client whose server always answers the same."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        if seen is not None:
            seen.append(request)
        return answer

    transport = GuardedTransport(
        httpx2.MockTransport(handle), SPEC, lambda key: ("authorization", f"Bearer {key.reveal()}")
    )
    return httpx2.AsyncClient(transport=transport)


GOOD = httpx2.Response(200, json={"choices": []})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/v1/x",
        "https://127.0.0.1:8080/v1/x",
        "http://localhost:8080/v1/x",
        "http://127.0.0.1:8080@evil.example/v1",
    ],
)
async def test_transport_speaks_to_its_origin_only(url: str) -> None:
    """Another host, port or scheme is refused before anything leaves."""
    seen: list[httpx2.Request] = []
    async with client_to(GOOD, seen) as client:
        with pytest.raises(ProviderError) as caught:
            await client.post(url, json={})
    assert caught.value.fault is ProviderFault.REDIRECTED
    assert seen == []


async def test_transport_puts_the_key_in_and_takes_the_rest_out() -> None:
    """The key of the call replaces what the caller wrote; unknown headers and cookies stay here."""
    seen: list[httpx2.Request] = []
    token = KEY.set(Secret("the-real-key"))
    try:
        async with client_to(GOOD, seen) as client:
            headers = {"authorization": "Bearer placeholder", "x-stainless-os": "Linux", "cookie": "a=b"}
            await client.post(URL, json={}, headers=headers)
    finally:
        KEY.reset(token)
    assert seen[0].headers["authorization"] == "Bearer the-real-key"
    assert {"x-stainless-os", "cookie"} & set(seen[0].headers) == set()


async def test_transport_sends_no_endless_question() -> None:
    """A prompt of a megabyte is a mistake of ours, not a bill."""
    async with client_to(GOOD) as client:
        with pytest.raises(ProviderError) as caught:
            await client.post(URL, content=b"x" * 1_000_001)
    assert caught.value.fault is ProviderFault.BAD_REQUEST


async def test_transport_opens_no_compressed_answer() -> None:
    """None was asked for; a small one could be a large one."""
    bomb = gzip.compress(b'{"choices": []}')
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    answer = httpx2.Response(200, headers=headers, stream=httpx2.ByteStream(bomb))
    async with client_to(answer) as client:
        with pytest.raises(ProviderError) as caught:
            await client.post(URL, json={})
    assert caught.value.fault is ProviderFault.BAD_ANSWER


async def test_transport_reads_errors_as_far_as_they_tell() -> None:
    """A long page of an error is cut; its status counts."""
    async with client_to(httpx2.Response(502, content=b"x" * 500_000)) as client:
        response = await client.post(URL, json={})
    assert response.status_code == 502
    assert len(response.content) == 64 * 1024


async def test_transport_keeps_the_status_of_an_error_that_breaks_off() -> None:
    """The connection that fails after a 503 does not hide the 503."""
    async with AiServer(
        [lambda _: (b"HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\nhalf", Close(after_requests=0))]
    ) as server:
        factory = network_factory("openai", server)
        with pytest.raises(ProviderError) as caught:
            await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    assert caught.value.fault is ProviderFault.SERVER_ERROR


async def test_transport_takes_keys_out_of_errors() -> None:
    """A refusal that repeats the key is read without it."""
    key = Secret("sk-canary-abcdefgh")
    answer = httpx2.Response(401, content=f"wrong: {key.reveal()}".encode())
    async with client_to(answer) as client:
        response = await client.post(URL, json={})
    assert "canary" not in response.text


async def test_transport_refuses_what_is_no_stream() -> None:
    """A transport of the wrong kind is a mistake of ours and shows as one."""

    class BlockingBody(httpx2.SyncByteStream):
        """Cannot be read asynchronously."""

    async with client_to(httpx2.Response(200, stream=BlockingBody())) as client:
        with pytest.raises((TypeError, RuntimeError)):
            await client.post(URL, json={})


async def test_client_goes_through_the_proxy_of_its_settings() -> None:
    """A proxy is used where it is set, and only there."""
    async with AiServer() as proxy:
        factory = network_factory("openai", "http://provider.invalid", proxy=proxy.url)
        await factory.model().answer(*REQUESTS[TaskName.PREFER])
        await factory.aclose()
    assert proxy.asked[0].path == "http://provider.invalid/v1/chat/completions"


async def test_client_follows_nothing_and_reads_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the SDKs get is bound to its settings."""
    monkeypatch.setenv("ALL_PROXY", "socks5://not even an address")
    async with guarded_client(SPEC, lambda key: ("x", key.reveal())) as client:
        assert client.follow_redirects is False
        assert client.trust_env is False
