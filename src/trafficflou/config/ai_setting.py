"""One setting of an AI provider: what its factory declares, and the environment variable that it gets from us."""

from dataclasses import dataclass, fields

from pydantic import BaseModel

from trafficflou.ai_models.factory import AiModelFactory
from trafficflou.ai_models.settings import API_KEY, KeySettings
from trafficflou.config.layers import AI_PREFIX
from trafficflou.settings import DeclaredSetting, declared_settings

__all__ = ["AiSetting", "ai_settings_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AiSetting(DeclaredSetting):
    """One setting; stands in `[ai.<provider>]`.

    Attributes:
        provider: Whose it is.
    """

    provider: str

    @property
    def variable(self) -> str:
        """The environment variable."""
        return f"{AI_PREFIX}{self.provider.upper().replace('-', '_')}_{self.key.upper()}"


def ai_settings_of(provider: str, factory_type: type[AiModelFactory]) -> dict[str, AiSetting]:
    """Return the settings of a provider by key, in the order of its fields, those of its keys last."""
    models: list[type[BaseModel]] = [factory_type.settings_type]
    if factory_type.takes_keys:
        models.append(KeySettings)
    found: dict[str, AiSetting] = {}
    for model in models:
        for key, declared in declared_settings(model).items():
            values = {field.name: getattr(declared, field.name) for field in fields(declared)}
            found.setdefault(key, AiSetting(provider=provider, **values))
    found.pop(API_KEY, None)
    return found
