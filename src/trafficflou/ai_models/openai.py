"""OpenAI, through its official SDK."""

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

__all__ = ["OpenAiFactory", "OpenAiSettings"]


class OpenAiSettings(ProviderSettings):
    """Settings of OpenAI."""

    model: ModelName = Field(default="gpt-6-luna", description="Name of the model.")
    base_url: BaseUrl = Field(
        default="https://api.openai.com/v1", description="Address of the API, with its version."
    )


class OpenAiFactory(ProviderFactory):
    """Makes the parts of OpenAI; speaks the chat completions API."""

    name: ClassVar = "openai"
    settings_type: ClassVar[type[BaseModel]] = OpenAiSettings
    vendor_variables: ClassVar = {"OPENAI_API_KEY": "api_key", "OPENAI_BASE_URL": "base_url"}

    def _make_wire(self, spec: WireSpec) -> tuple[Wire, Prices | None]:
        from trafficflou.ai_models import _wire, _wire_openai  # noqa: PLC0415 - imports the vendor's library

        return _wire_openai.openai_wire(spec), _wire.listed_prices(self.name, spec.settings.model)
