"""Level 4: the run's settings, layered (defaults < file < environment < flags), and the builder.

The table of settings is imported at once, what needs pydantic when it is first asked for: `trafficflou --help` shows
the table and must not wait for the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from trafficflou.config.settings import ENV_PREFIX, SECTIONS, SETTINGS, Setting, setting_named

if TYPE_CHECKING:
    from trafficflou.config.ai import AiSettingsBuilder
    from trafficflou.config.builder import RunConfigBuilder, ShownSetting
    from trafficflou.config.layers import CONFIG_VARIABLE, Given
    from trafficflou.config.run_config import RunConfig

__all__ = [
    "CONFIG_VARIABLE",
    "ENV_PREFIX",
    "SECTIONS",
    "SETTINGS",
    "AiSettingsBuilder",
    "Given",
    "RunConfig",
    "RunConfigBuilder",
    "Setting",
    "ShownSetting",
    "setting_named",
]

_LAZY = {
    "AiSettingsBuilder": "ai",
    "CONFIG_VARIABLE": "layers",
    "Given": "layers",
    "RunConfig": "run_config",
    "RunConfigBuilder": "builder",
    "ShownSetting": "builder",
}


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
