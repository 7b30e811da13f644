"""Anthropic, through its official SDK."""

from typing import ClassVar

from pydantic import BaseModel, Field

from trafficflou.ai_models._provider import BaseUrl, ModelName, ProviderSettings
from trafficflou.ai_models._provider_factory import VendorFactory

__all__ = ["AnthropicFactory", "AnthropicSettings"]


class AnthropicSettings(ProviderSettings):
    """Settings of Anthropic."""

    model: ModelName = "claude-haiku-5-5"
    base_url: BaseUrl = Field(
        default="https://api.anthropic.com", description="Address of the API, without its version."
    )


class AnthropicFactory(VendorFactory):
    """Makes the parts of Anthropic; speaks the messages API."""

    name: ClassVar = "anthropic"
    settings_type: ClassVar[type[BaseModel]] = AnthropicSettings
    vendor_variables: ClassVar = {"ANTHROPIC_API_KEY": "api_key", "ANTHROPIC_BASE_URL": "base_url"}
    wire: ClassVar[str] = "_wire_anthropic:anthropic_wire"
