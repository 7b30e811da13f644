"""The wires to OpenAI and to servers that speak its chat completions."""

import httpx2
from openai import AsyncOpenAI
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings

from trafficflou.ai_models._provider import WireSpec
from trafficflou.ai_models._wire import IN_PLACE_OF_A_KEY, AnswerBy, PydanticAiWire
from trafficflou.ai_models._wire_http import guarded_client, timeouts
from trafficflou.core.secret import Secret

__all__ = ["compatible_wire", "openai_wire"]


def openai_wire(spec: WireSpec) -> PydanticAiWire:
    """Make the wire to OpenAI."""
    client = guarded_client(spec, _bearer)
    model = OpenAIChatModel(
        spec.settings.model, provider=OpenAIProvider(openai_client=_openai_sdk(spec, client))
    )
    return PydanticAiWire(spec, model, client, extra_settings=ModelSettings(thinking=False))


def compatible_wire(spec: WireSpec, *, answer_by: AnswerBy = "auto") -> PydanticAiWire:
    """Make the wire to any server that speaks OpenAI's chat completions."""
    client = guarded_client(spec, _bearer)
    provider = OpenAICompatibleProvider(
        spec.provider,
        openai_client=_openai_sdk(spec, client),
        # The newer name of the limit is unknown to many; all know the older one.
        profile=OpenAIModelProfile(
            openai_supports_strict_tool_definition=False, openai_chat_supports_max_completion_tokens=False
        ),
    )
    return PydanticAiWire(
        spec, OpenAIChatModel(spec.settings.model, provider=provider), client, answer_by=answer_by
    )


def _bearer(key: Secret) -> tuple[str, str]:
    return "authorization", f"Bearer {key.reveal()}"


def _openai_sdk(spec: WireSpec, client: httpx2.AsyncClient) -> AsyncOpenAI:
    return AsyncOpenAI(
        api_key=IN_PLACE_OF_A_KEY,
        base_url=spec.settings.base_url,
        http_client=client,
        max_retries=0,
        timeout=timeouts(spec),
    )
