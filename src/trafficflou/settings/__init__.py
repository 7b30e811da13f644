"""Level 1: settings that a part declares for itself (a provider, a strategy): written, read and explained from the fields of a class."""

from trafficflou.settings.declared import DeclaredSetting, declared_settings

__all__ = ["DeclaredSetting", "declared_settings"]
