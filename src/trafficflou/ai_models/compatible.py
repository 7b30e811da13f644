"""Any server that speaks OpenAI's chat completions: vLLM, Ollama, llama.cpp, LM Studio, and hosted ones."""

from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from trafficflou.ai_models._provider import Prices, ProviderSettings, Wire, WireSpec
from trafficflou.ai_models._provider_factory import ProviderFactory

__all__ = ["CompatibleFactory", "CompatibleSettings"]


class CompatibleSettings(ProviderSettings):
    """Settings of a server of one's own; it must be said where it is and which model it has."""

    answer_by: Literal["auto", "function", "text"] = Field(
        default="auto",
        description="How answers come: by a function call, as JSON in the text, or the first and then the second.",
    )


class CompatibleFactory(ProviderFactory):
    """Makes the parts of an OpenAI-compatible server, with or without a key."""

    name: ClassVar = "compatible"
    needs_key: ClassVar[bool] = False
    settings_type: ClassVar[type[BaseModel]] = CompatibleSettings

    def _make_wire(self, spec: WireSpec) -> tuple[Wire, Prices | None]:
        from trafficflou.ai_models import _wire_openai  # noqa: PLC0415 - imports the vendor's library

        answer_by = self.settings.answer_by if isinstance(self.settings, CompatibleSettings) else "auto"
        return _wire_openai.compatible_wire(spec, answer_by=answer_by), None
