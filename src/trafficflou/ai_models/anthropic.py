"""Anthropic, through its official SDK."""

from typing import ClassVar

from pydantic import BaseModel, Field

from trafficflou.ai_models._provider import (
    BaseUrl,
    ModelName,
    Prices,
    ProviderFactory,
    ProviderSettings,
    Wire,
    WireSpec,
)

__all__ = ["AnthropicFactory", "AnthropicSettings"]


class AnthropicSettings(ProviderSettings):
    """Settings of Anthropic."""

    model: ModelName = Field(default="claude-haiku-5-5", description="Name of the model.")
    base_url: BaseUrl = Field(
        default="https://api.anthropic.com", description="Address of the API, without its version."
    )


class AnthropicFactory(ProviderFactory):
    """Makes the parts of Anthropic; speaks the messages API."""

    name: ClassVar = "anthropic"
    settings_type: ClassVar[type[BaseModel]] = AnthropicSettings
    vendor_variables: ClassVar = {"ANTHROPIC_API_KEY": "api_key", "ANTHROPIC_BASE_URL": "base_url"}

    def _make_wire(self, spec: WireSpec) -> tuple[Wire, Prices | None]:
        from trafficflou.ai_models import _wire, _wire_anthropic  # noqa: PLC0415 - imports the vendor's library

        return _wire_anthropic.anthropic_wire(spec), _wire.listed_prices(self.name, spec.settings.model)
