"""What the settings of all providers have in common: where keys come from, and how a provider is set up.

A factory declares its own settings (`settings_type`); keys are no part of them. So settings can be printed, compared, kept with a run
and sent to other processes, and a key is only ever in a `KeyRing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from trafficflou.ai_models.factory import AiModelFactory
from trafficflou.core import ConfigError
from trafficflou.core.secret import Secret
from trafficflou.security.key_ring import KeyRing, KeyringReader, read_os_keyring

__all__ = ["API_KEY", "AiSettings", "KeySettings", "ProviderSetup", "open_key_ring", "split_keys"]

API_KEY = "api_key"
"""Stands for keys among a provider's variables; never a field of its settings."""


class KeySettings(BaseModel):
    """Where the keys of a provider come from, besides the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_file: Path | None = Field(
        default=None, description="A file with a key on each line; read again when it changes."
    )
    keyring: Annotated[str, Field(pattern=r"^[^/\s]+/[^/\s]+$", max_length=200)] | None = Field(
        default=None,
        description="An entry of the operating system's keyring, which holds one key or several, separated by commas.",
        json_schema_extra={"valid": "service/user, such as trafficflou/openai"},
    )
    rotate_every_s: Annotated[float, Field(ge=0, le=30 * 86400, allow_inf_nan=False)] = Field(
        default=0.0, description="Go on to the next key after this time; 0s stays with one while it works."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSetup:
    """A provider, ready to be opened.

    Attributes:
        name: Its name in the registry.
        factory_type: Its factory.
        settings: Its settings, validated.
        keys: Its key ring; `None` where it takes no keys.
        is_configured: Somebody set one of its settings or gave it a key; Athena always is.
    """

    name: str
    factory_type: type[AiModelFactory]
    settings: BaseModel
    keys: KeyRing | None = None
    is_configured: bool = False

    @property
    def key_variable(self) -> str:
        """The environment variable that a key of this provider is first looked for in."""
        vendors = (name for name, key in self.factory_type.vendor_variables.items() if key == API_KEY)
        return next(vendors, f"TRAFFICFLOU_AI_{self.name.upper().replace('-', '_')}_API_KEY")


@dataclass(frozen=True, slots=True, kw_only=True)
class AiSettings:
    """All of the AI settings.

    Attributes:
        provider: The provider that is used where none is named.
        setups: Providers by name; those that cannot be loaded are left out unless somebody configured them.
        warnings: What should be told before work begins, such as a key file that others may read.
    """

    provider: str
    setups: Mapping[str, ProviderSetup] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def configured(self) -> tuple[str, ...]:
        """The names of the providers that can be expected to work, in the order of the registry."""
        return tuple(name for name, setup in self.setups.items() if setup.is_configured)


def split_keys(text: str, label: str) -> tuple[Secret, ...]:
    """Read keys that are separated by commas.

    Raises:
        ValueError: One of them is no key; the message says which, and does not show it.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    keys = []
    for number, part in enumerate(parts, start=1):
        try:
            keys.append(Secret(part, label if len(parts) == 1 else f"key {number} of {label}"))
        except ValueError as error:
            raise ValueError(f"key {number} is no key: {error}") from None
    return tuple(keys)


def open_key_ring(
    provider: str,
    keys: tuple[Secret, ...],
    settings: KeySettings,
    *,
    keyring_reader: KeyringReader | None = None,
) -> KeyRing:
    """Bring the keys of a provider together: given ones first, then the file's, then the keyring's. May block.

    Raises:
        ConfigError: A file or the keyring that the settings name cannot be read.
    """
    if settings.keyring:
        keys = (*keys, *_keys_of_keyring(provider, settings.keyring, keyring_reader))
    try:
        return KeyRing(provider, keys, file=settings.key_file, rotate_every_s=settings.rotate_every_s)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(
            f"the key file {settings.key_file} of {provider} cannot be used: {reason}",
            hint="It holds one key on each line.",
        ) from None  # a decoding error carries the file's content


def _keys_of_keyring(provider: str, entry: str, reader: KeyringReader | None) -> tuple[Secret, ...]:
    service, _, user = entry.partition("/")
    try:
        return read_os_keyring(service, user, reader)
    except ImportError as error:
        raise ConfigError(
            f"{provider} wants its key from the keyring, but the library for it is not installed",
            hint="pip install 'trafficflou[keyring]', or give the key in another way.",
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"the keyring's entry {entry} of {provider} cannot be used: {error}",
            hint="On a machine without a desktop, a key file (key_file) is the usual way.",
        ) from None
