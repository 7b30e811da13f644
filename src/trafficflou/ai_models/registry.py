"""Factories by name, and the one place that opens, shares and closes them.

A provider of another package announces itself by an entry point of the group `trafficflou.ai_models`, whose name is the provider's and
whose object is a subclass of `AiModelFactory`. Names are known without importing anything; a module, and the vendor's library below
it, is imported when its factory is asked for.
"""

import asyncio
import difflib
from collections.abc import Collection, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from types import TracebackType
from typing import Final, Self

from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.prompt_log import PromptLog
from trafficflou.ai_models.settings import ProviderSetup
from trafficflou.core import Clock, ConfigError, SystemClock
from trafficflou.core.secret import redact
from trafficflou.logs import get_logger
from trafficflou.resilience import TaskKeeper

__all__ = ["BUILT_IN", "ENTRY_POINT_GROUP", "FactoryRegistry", "known_providers", "load_factory_type"]

ENTRY_POINT_GROUP: Final = "trafficflou.ai_models"

BUILT_IN: Final[Mapping[str, str]] = {
    "openai": "trafficflou.ai_models.openai:OpenAiFactory",
    "anthropic": "trafficflou.ai_models.anthropic:AnthropicFactory",
    "compatible": "trafficflou.ai_models.compatible:CompatibleFactory",
    "athena": "trafficflou.ai_models.athena:AthenaFactory",
    "primal-genesis": "trafficflou.ai_models.primal_genesis:PrimalGenesisFactory",
}
"""Athena and the gateway stand last: the one needs nothing, the other the rest."""

CLOSE_TIMEOUT_S: Final = 3.0
"""For all of them together, so that the end of a program does not depend on how many there are."""

_LEAST_CLOSE_S: Final = 0.1

_log = get_logger(__name__)


def known_providers() -> tuple[str, ...]:
    """Return the names of all providers, ours first; nothing is imported."""
    return tuple(dict.fromkeys((*BUILT_IN, *sorted(_foreign()))))


def load_factory_type(name: str) -> type[AiModelFactory]:
    """Find a factory by its name and import it.

    Raises:
        ConfigError: There is no such provider, or its module cannot be imported.
    """
    point = _foreign().get(name)
    try:
        if name in BUILT_IN:
            module, _, attribute = BUILT_IN[name].partition(":")
            found = getattr(import_module(module), attribute)
        elif point is not None:
            found = point.load()
        else:
            raise _no_such_provider(name)
    except (ImportError, AttributeError) as error:
        raise _not_loadable(name, error) from error
    if not (isinstance(found, type) and issubclass(found, AiModelFactory)):
        raise ConfigError(
            f"the provider {name} is not a factory of AI models",
            hint=f"its entry point in {ENTRY_POINT_GROUP} must name a subclass of trafficflou.ai_models.AiModelFactory",
        )
    return found


def _foreign() -> dict[str, EntryPoint]:
    return {
        point.name: point for point in entry_points(group=ENTRY_POINT_GROUP) if point.name not in BUILT_IN
    }


def _no_such_provider(name: str) -> ConfigError:
    known = known_providers()
    meant = difflib.get_close_matches(name.lower().replace("_", "-")[:100], known, n=1, cutoff=0.5)
    suggestion = f" Did you mean {meant[0]}?" if meant else ""
    return ConfigError(
        f"there is no AI provider {name[:60]!r}.{suggestion}", hint=f"Known: {', '.join(known)}."
    )


def _not_loadable(name: str, error: Exception, extra: str = "") -> ConfigError:
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    if missing and not missing.startswith("trafficflou"):
        bringing = f"trafficflou[{extra or 'ai'}]"
        return ConfigError(
            f"{name} needs the library {missing.partition('.')[0]}, which is not installed",
            hint=f"pip install '{bringing}'",
        )
    return ConfigError(f"the AI provider {name} cannot be loaded: {error}", hint="Is its package up to date?")


class FactoryRegistry:
    """Opens factories, shares them, and closes all of them at the end, whatever the end is.

    async with FactoryRegistry(settings.setups) as registry:
        planner = registry.open("athena").planner()

    Args:
        setups: Providers by name, as configured.
        prompt_log: Told of every prompt that is sent; who made it closes it, after the registry.
        clock: Tells the time.

    Attributes:
        clock: As given, or the system's.
        prompt_log: As given, or one that only counts.
    """

    def __init__(
        self,
        setups: Mapping[str, ProviderSetup],
        *,
        prompt_log: PromptLog | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._setups = dict(setups)
        self.clock = clock or SystemClock()
        self.prompt_log = prompt_log or PromptLog()
        self._open: dict[tuple[str, str], AiModelFactory] = {}
        self._opening: list[str] = []
        self._closer = TaskKeeper("ai-closing")
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def open(self, name: str) -> AiModelFactory:
        """Return the factory of a provider; the same for the same name and settings.

        Raises:
            ConfigError: There is no such provider, its settings are wrong, or a library is missing.
            RuntimeError: The registry is closed.
        """
        return self.open_setup(self.setup(name))

    def setup(self, name: str) -> ProviderSetup:
        """Return how a provider is set up.

        Raises:
            ConfigError: There is no such provider, or it is not set up.
        """
        setup = self._setups.get(name)
        if setup is None:
            load_factory_type(name)  # says what is wrong where the name or the module is
            raise ConfigError(
                f"the AI provider {name} is not set up", hint=f"See [ai.{name}] of trafficflou.toml."
            )
        return setup

    def open_setup(self, setup: ProviderSetup) -> AiModelFactory:
        """Return the factory of a setup, as `open` does by name."""
        self._check_open()
        key = (setup.name, setup.settings.model_dump_json())
        if key not in self._open:
            self._open[key] = self.create(setup)
        return self._open[key]

    def create(self, setup: ProviderSetup) -> AiModelFactory:
        """Make a factory that nobody shares, such as a run's own gateway; who asked closes it, before the registry is closed.

        Raises:
            ConfigError: Its settings are wrong, or a library is missing.
            RuntimeError: The registry is closed.
        """
        self._check_open()
        if setup.name in self._opening:
            chain = " -> ".join((*self._opening, setup.name))
            raise ConfigError(
                f"an AI gateway leads back to itself: {chain}", hint="Take it off its own providers."
            )
        self._opening.append(setup.name)
        try:
            return setup.factory_type.create(setup.settings, self._context(setup))
        except ModuleNotFoundError as error:
            raise _not_loadable(setup.name, error, setup.factory_type.extra) from error
        finally:
            self._opening.pop()

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError("the registry of AI models is closed")

    def _context(self, setup: ProviderSetup) -> FactoryContext:
        others = [name for name, other in self._setups.items() if other.is_configured and name != setup.name]
        others.sort(key=lambda name: name == "athena")
        return FactoryContext(
            keys=setup.keys,
            configured=tuple(others),
            open_factory=self.open,
            clock=self.clock,
            prompt_log=self.prompt_log,
        )

    async def aclose(self, timeout_s: float = CLOSE_TIMEOUT_S) -> None:
        """Close all factories, last opened first; idempotent.

        One that fails or hangs, even one that swallows its cancellation, keeps none of the others from closing: that is logged. A
        cancellation interrupts the closing that is under way, and is passed on after all the others are closed.

        Args:
            timeout_s: For all of them together. When it is over, those that are left are closed at once and hardly waited for.
        """
        self._is_closed = True
        cancelled: asyncio.CancelledError | None = None
        loop = asyncio.get_running_loop()
        due_s = loop.time() + timeout_s
        while self._open:
            count = 1 if loop.time() < due_s else len(self._open)
            opened = [self._open.popitem() for _ in range(count)]
            closing = {self._closer.start(factory.aclose(), name): name for (name, _), factory in opened}
            until_s = max(due_s, loop.time() + _LEAST_CLOSE_S)
            cancelled = await _wait_until(until_s, closing) or cancelled
            for ended, name in closing.items():
                _tell_of(ended, name)
        if cancelled is not None:
            raise cancelled


async def _wait_until(until_s: float, tasks: Collection[asyncio.Task[None]]) -> asyncio.CancelledError | None:
    """Wait for tasks; a cancellation is handed on to them, and returned when they have ended."""
    cancelled: asyncio.CancelledError | None = None
    loop = asyncio.get_running_loop()
    while any(not task.done() for task in tasks) and loop.time() < until_s:
        try:
            await asyncio.wait(tasks, timeout=until_s - loop.time())
        except asyncio.CancelledError as error:
            cancelled = error
            for task in tasks:
                task.cancel()
            until_s = min(until_s, loop.time() + _LEAST_CLOSE_S)
    return cancelled


def _tell_of(closing: asyncio.Task[None], name: str) -> None:
    """Log a factory that was not closed as it should, and end what goes on."""
    if closing.done():
        error = asyncio.CancelledError() if closing.cancelled() else closing.exception()
    else:
        error = TimeoutError()
        closing.cancel()
    if error is not None:
        _log.warning("an AI provider was not closed properly", provider=name, error=redact(repr(error)))
