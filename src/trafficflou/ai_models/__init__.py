"""Level 2: AI models behind one contract; the only importer of vendors' libraries.

Names are imported when they are first asked for: the command line loads this package to know which providers there are.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trafficflou.ai_models.factory import AiModelFactory, Explainer, FactoryContext, PageJudge, Planner
    from trafficflou.ai_models.model import AiModel, Answer, Usage
    from trafficflou.ai_models.prompt_log import PromptLog
    from trafficflou.ai_models.registry import FactoryRegistry, known_providers, load_factory_type
    from trafficflou.ai_models.run_model import RunModel, open_run_model
    from trafficflou.ai_models.settings import AiSettings, KeySettings, ProviderSetup

__all__ = [
    "AiModel",
    "AiModelFactory",
    "AiSettings",
    "Answer",
    "Explainer",
    "FactoryContext",
    "FactoryRegistry",
    "KeySettings",
    "PageJudge",
    "Planner",
    "PromptLog",
    "ProviderSetup",
    "RunModel",
    "Usage",
    "known_providers",
    "load_factory_type",
    "open_run_model",
]

_LAZY = {
    "AiModel": "model",
    "AiModelFactory": "factory",
    "AiSettings": "settings",
    "Answer": "model",
    "Explainer": "factory",
    "FactoryContext": "factory",
    "FactoryRegistry": "registry",
    "KeySettings": "settings",
    "PageJudge": "factory",
    "Planner": "factory",
    "PromptLog": "prompt_log",
    "ProviderSetup": "settings",
    "RunModel": "run_model",
    "Usage": "model",
    "known_providers": "registry",
    "load_factory_type": "registry",
    "open_run_model": "run_model",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
