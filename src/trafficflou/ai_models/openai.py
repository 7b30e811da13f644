"""OpenAI, through its official SDK."""

from typing import ClassVar

from pydantic import BaseModel, Field

from trafficflou.ai_models._provider import BaseUrl, ModelName, ProviderSettings
from trafficflou.ai_models._provider_factory import VendorFactory

__all__ = ["OpenAiFactory", "OpenAiSettings"]


class OpenAiSettings(ProviderSettings):
    """Settings of OpenAI."""

    model: ModelName = "gpt-6-luna"
    base_url: BaseUrl = Field(
        default="https://api.openai.com/v1", description="Address of the API, with its version."
    )


class OpenAiFactory(VendorFactory):
    """Makes the parts of OpenAI; speaks the chat completions API."""

    name: ClassVar = "openai"
    settings_type: ClassVar[type[BaseModel]] = OpenAiSettings
    vendor_variables: ClassVar = {"OPENAI_API_KEY": "api_key", "OPENAI_BASE_URL": "base_url"}
    wire: ClassVar[str] = "_wire_openai:openai_wire"
