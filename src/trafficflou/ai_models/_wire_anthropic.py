"""The wire to Anthropic."""

from anthropic import AsyncAnthropic
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.settings import ModelSettings

from trafficflou.ai_models._provider import WireSpec
from trafficflou.ai_models._wire import IN_PLACE_OF_A_KEY, PydanticAiWire
from trafficflou.ai_models._wire_http import guarded_client, timeouts

__all__ = ["anthropic_wire"]


def anthropic_wire(spec: WireSpec) -> PydanticAiWire:
    """Make the wire to Anthropic."""
    client = guarded_client(spec, lambda key: ("x-api-key", key.reveal()))
    sdk = AsyncAnthropic(
        api_key=IN_PLACE_OF_A_KEY,
        base_url=spec.settings.base_url,
        http_client=client,
        max_retries=0,
        timeout=timeouts(spec),
    )
    model = AnthropicModel(spec.settings.model, provider=AnthropicProvider(anthropic_client=sdk))
    return PydanticAiWire(spec, model, client, extra_settings=ModelSettings(thinking=False))
