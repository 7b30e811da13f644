"""A provider whose model is scripted, set up as if somebody had configured it."""

from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict

from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.settings import AiSettings, ProviderSetup
from trafficflou.config import AiSettingsBuilder
from trafficflou.testing.ai_model import FakeAiModel

__all__ = ["scripted_settings", "scripted_setup"]


class _Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Scripted(AiModelFactory):
    settings_type: ClassVar[type[BaseModel]] = _Nothing
    scripted: ClassVar[FakeAiModel]

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        return cls()

    def model(self) -> FakeAiModel:
        return self.scripted

    async def aclose(self) -> None:
        await self.scripted.aclose()


def scripted_setup(model: FakeAiModel) -> ProviderSetup:
    """Return a provider, as somebody configured it, whose model is scripted."""
    kind = type("Scripted", (_Scripted,), {"name": model.provider, "scripted": model})
    return ProviderSetup(name=model.provider, factory_type=kind, settings=_Nothing(), is_configured=True)


def scripted_settings(model: FakeAiModel) -> AiSettings:
    """Return settings in which `model` is the chosen provider; answers are kept in memory only."""
    settings = AiSettingsBuilder().with_environment({"TRAFFICFLOU_AI_PRIMAL_GENESIS_CACHE": "memory"}).build()
    return AiSettings(
        provider=model.provider, setups={**settings.setups, model.provider: scripted_setup(model)}
    )
