"""What the factories of all providers on the network share: keys, prices, one model, and the vendor's library imported late."""

from abc import abstractmethod
from importlib import import_module
from typing import ClassVar, Self

from pydantic import BaseModel

from trafficflou.ai_models._provider import KeySource, Prices, ProviderSettings, Wire, WireSpec
from trafficflou.ai_models._provider_model import ProviderModel
from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.prompt_log import PromptLog
from trafficflou.core import ConfigError, ProviderError, ProviderFault
from trafficflou.core.secret import Secret

__all__ = ["ProviderFactory", "VendorFactory"]


class ProviderFactory(AiModelFactory):
    """Base of the factories of providers on the network; a subclass says how its wire is made.

    Args:
        settings: The settings.
        keys: Where keys come from; `None` for none.
        prompt_log: Told of each prompt that is sent.
    """

    extra: ClassVar[str] = "ai"
    takes_keys: ClassVar[bool] = True
    needs_key: ClassVar[bool] = True
    settings_type: ClassVar[type[BaseModel]] = ProviderSettings

    def __init__(
        self,
        settings: ProviderSettings,
        keys: KeySource | None = None,
        *,
        prompt_log: PromptLog | None = None,
    ) -> None:
        self.settings = settings
        self._keys = keys
        self._prompt_log = prompt_log or PromptLog()
        self._made: ProviderModel | None = None
        self._is_closed = False

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        """Make the factory with the context's keys and log of prompts."""
        if not isinstance(settings, ProviderSettings):
            raise TypeError(f"{cls.name} takes {cls.settings_type.__name__}, not {type(settings).__name__}")
        return cls(settings, context.keys, prompt_log=context.prompt_log)

    def model(self) -> ProviderModel:
        """Return the one model; the first call imports the vendor's library, which takes about a second.

        Raises:
            ConfigError: The library is not installed.
            RuntimeError: The factory is closed.
        """
        if self._is_closed:
            raise RuntimeError(f"the factory of {self.name} is closed")
        if self._made is None:
            self._made = self._make()
        return self._made

    async def aclose(self) -> None:
        """Close the pooled HTTP client; idempotent."""
        self._is_closed = True
        if self._made is not None:
            await self._made.aclose()

    @abstractmethod
    def _make_wire(self, spec: WireSpec) -> tuple[Wire, Prices | None]:
        """Import the vendor's library, and make the wire and the prices of its list."""

    def _make(self) -> ProviderModel:
        try:
            spec = WireSpec(provider=self.name, settings=self.settings, prompt_log=self._prompt_log)
            wire, listed = self._make_wire(spec)
        except ModuleNotFoundError as error:
            library = (error.name or "a library").partition(".")[0]
            raise ConfigError(
                f"{self.name} needs the library {library}, which is not installed",
                hint=f"pip install 'trafficflou[{self.extra}]'",
            ) from error
        keys: KeySource | None = self._keys
        if self.needs_key:
            keys = _NoKeys(self.name) if keys is None else keys
        elif keys is not None and len(keys) == 0:
            keys = None
        return ProviderModel(
            self.name, self.settings.model, wire, keys=keys, prices=_prices(self.settings, listed)
        )


class VendorFactory(ProviderFactory):
    """Base of the factories of vendors: through their official SDK, at the prices of the list."""

    wire: ClassVar[str]
    """Where the wire is made: a module beside this one and its function, imported with the vendor's library."""

    def _make_wire(self, spec: WireSpec) -> tuple[Wire, Prices | None]:
        from trafficflou.ai_models._wire import listed_prices  # noqa: PLC0415 - imports pydantic-ai

        module, _, function = self.wire.partition(":")
        make = getattr(import_module(f"{__package__}.{module}"), function)
        return make(spec), listed_prices(self.name, spec.settings.model)


class _NoKeys:
    """The keys of a provider that needs one and was given none."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def __len__(self) -> int:
        return 0

    def current(self) -> Secret:
        raise ProviderError(f"{self._provider} has no key", fault=ProviderFault.NO_KEY)

    def report(
        self, fault: ProviderFault, retry_after_s: float | None = None, *, key: Secret | None = None
    ) -> None:
        """Do nothing: no key was used."""


def _prices(settings: ProviderSettings, listed: Prices | None) -> Prices | None:
    """Return the prices of the settings over those of the list; `None` where neither knows both."""
    sent, received = settings.input_usd_per_million, settings.output_usd_per_million
    if listed is not None:
        sent = listed.input_usd_per_million if sent is None else sent
        received = listed.output_usd_per_million if received is None else received
    if sent is None or received is None:
        return None
    return Prices(input_usd_per_million=sent, output_usd_per_million=received)
