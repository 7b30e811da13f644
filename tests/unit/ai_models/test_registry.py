"""Factories are found, shared and closed."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import EntryPoint
from typing import Any, ClassVar, Self

import pytest
from pydantic import BaseModel

from trafficflou.ai_models import registry as registry_module
from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.model import AiModel
from trafficflou.ai_models.registry import (
    BUILT_IN,
    FactoryRegistry,
    known_providers,
    load_factory_type,
)
from trafficflou.ai_models.settings import ProviderSetup
from trafficflou.core import ConfigError


class Settings(BaseModel):
    """Settings of a factory in these tests."""

    flavour: str = "plain"


class Recorded(AiModelFactory):
    """A factory that notes what is done to it."""

    name: ClassVar = "recorded"
    settings_type: ClassVar[type[BaseModel]] = Settings
    extra: ClassVar[str] = "special"

    def __init__(self, settings: BaseModel, context: FactoryContext) -> None:
        self.settings = settings
        self.context = context
        self.closings = 0
        self.begun = asyncio.Event()

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        """Keep the context."""
        return cls(settings, context)

    def model(self) -> AiModel:
        """Have none."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Count."""
        self.closings += 1


class Failing(Recorded):
    """Cannot be closed."""

    async def aclose(self) -> None:
        """Fail after counting."""
        self.closings += 1
        raise RuntimeError("no polite goodbye")


class Hanging(Recorded):
    """Never ends closing."""

    async def aclose(self) -> None:
        """Hang after counting."""
        self.closings += 1
        self.begun.set()
        await asyncio.Event().wait()


class Stubborn(Recorded):
    """Goes on closing until it is let go, cancelled or not."""

    def __init__(self, settings: BaseModel, context: FactoryContext) -> None:
        super().__init__(settings, context)
        self.may_end = asyncio.Event()
        self.has_ended = asyncio.Event()

    async def aclose(self) -> None:
        """Swallow cancellations after counting."""
        self.closings += 1
        while not self.may_end.is_set():
            with suppress(asyncio.CancelledError):
                await self.may_end.wait()
        self.has_ended.set()


class Gateway(Recorded):
    """Opens the others at once."""

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        """Open everybody."""
        made = cls(settings, context)
        assert context.open_factory is not None
        made.others = [context.open_factory(name) for name in context.configured]
        return made

    others: list[AiModelFactory]


class NeedsLibrary(Recorded):
    """Imports something that is not there."""

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        """Fail as an import does."""
        raise ModuleNotFoundError("No module named 'vendor'", name="vendor.sub")


def setup(
    name: str, kind: type[AiModelFactory] = Recorded, *, configured: bool = True, flavour: str = "plain"
) -> ProviderSetup:
    """Return a setup for a name."""
    return ProviderSetup(
        name=name, factory_type=kind, settings=Settings(flavour=flavour), is_configured=configured
    )


def registry_of(**kinds: type[AiModelFactory]) -> FactoryRegistry:
    """Return a registry with these factories."""
    return FactoryRegistry({name: setup(name, kind) for name, kind in kinds.items()})


def announce(monkeypatch: pytest.MonkeyPatch, **points: str) -> None:
    """Let packages of others announce providers."""
    found = [EntryPoint(name, value, "trafficflou.ai_models") for name, value in points.items()]
    monkeypatch.setattr(
        registry_module, "entry_points", lambda *, group: found if group == "trafficflou.ai_models" else []
    )


def test_names_are_known_without_importing_anything() -> None:
    """Who lists the providers, or loads ours, pays for no vendor's library."""
    script = (
        "import sys; from trafficflou.ai_models import known_providers; names = known_providers();"
        "assert {'athena', 'openai', 'anthropic', 'compatible', 'primal-genesis'} <= set(names), names;"
        "assert 'trafficflou.ai_models.openai' not in sys.modules;"
        "from trafficflou.ai_models import load_factory_type;"
        "[load_factory_type(name) for name in ('athena', 'openai', 'anthropic', 'compatible')];"
        "print([n for n in ('openai', 'anthropic', 'pydantic_ai', 'httpx2', 'wordllama', 'numpy', 'redis', 'keyring') if n in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["athena", "openai", "anthropic", "compatible"])
def test_built_in_factory_has_the_name_it_is_found_by(name: str) -> None:
    """What the table says is there, and its settings can be described."""
    found = load_factory_type(name)
    assert found.name == name
    assert "properties" in found.settings_type.model_json_schema()


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("opnai", "openai"), ("Anthropic", "anthropic"), ("primal_genesis", "primal-genesis")],
)
def test_wrong_name_is_answered_with_what_was_meant(wrong: str, meant: str) -> None:
    """The names that exist are listed."""
    with pytest.raises(ConfigError, match=f"Did you mean {meant}") as caught:
        load_factory_type(wrong)
    assert "athena" in caught.value.hint


def test_name_that_resembles_nothing_gets_no_suggestion() -> None:
    """A long name is cut."""
    with pytest.raises(ConfigError) as caught:
        load_factory_type("z" * 5000)
    assert "Did you mean" not in caught.value.message
    assert len(caught.value.message) < 120


def test_packages_of_others_add_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point is a provider; it cannot take the place of one of ours."""
    announce(monkeypatch, zebra=f"{__name__}:Recorded", openai=f"{__name__}:Recorded")
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or sys.modules[Recorded.__module__])
    assert known_providers() == (*BUILT_IN, "zebra")
    assert load_factory_type("zebra") is Recorded
    assert load_factory_type("openai") is not Recorded


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_module_4711:X", "needs the library no_such_module_4711"),
        ("json:no_such_name", "cannot be loaded"),
        ("json:dumps", "is not a factory of AI models"),
        ("json:JSONDecoder", "is not a factory of AI models"),
    ],
)
def test_entry_point_that_is_broken_is_explained(
    monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    """Another package's mistake is a sentence, no traceback."""
    announce(monkeypatch, zebra=value)
    with pytest.raises(ConfigError, match=words):
        load_factory_type("zebra")


async def test_registry_shares_a_factory_per_name_and_settings() -> None:
    """The same name and settings give the same factory; other settings another."""
    async with registry_of(a=Recorded, b=Recorded) as registry:
        assert registry.open("a") is registry.open("a")
        assert registry.open("a") is not registry.open("b")
        assert registry.open_setup(setup("a", flavour="other")) is not registry.open("a")


async def test_registry_closes_all_and_opens_none_after() -> None:
    """Closing is idempotent; a factory that is opened too late would never be closed."""
    registry = registry_of(a=Recorded, b=Recorded)
    opened = [registry.open("a"), registry.open("b")]
    await registry.aclose()
    await registry.aclose()
    assert [factory.closings for factory in opened if isinstance(factory, Recorded)] == [1, 1]
    with pytest.raises(RuntimeError, match="closed"):
        registry.open("a")


async def test_registry_closes_after_an_error() -> None:
    """The body's error comes out, not one of the closing."""
    registry = registry_of(a=Failing, b=Recorded)
    opened = [registry.open("b"), registry.open("a")]

    async def use() -> None:
        async with registry:
            raise ValueError("of the body")

    with pytest.raises(ValueError, match="of the body"):
        await use()
    assert all(isinstance(factory, Recorded) and factory.closings == 1 for factory in opened)


async def test_registry_closes_the_others_when_one_hangs() -> None:
    """All of them together have a limit; what is left at its end is closed at once, and gets a moment."""
    registry = registry_of(a=Recorded, b=Hanging, c=Hanging, d=Stubborn)
    opened = [registry.open(name) for name in "abcd"]
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    await registry.aclose(timeout_s=0.05)
    assert loop.time() - begun_s < 1
    assert all(isinstance(factory, Recorded) and factory.closings == 1 for factory in opened)
    for factory in opened:
        if isinstance(factory, Stubborn):
            factory.may_end.set()
            await factory.has_ended.wait()


async def test_registry_closes_all_when_it_is_cancelled() -> None:
    """A cancellation that comes while one is closing is passed on after the others are closed."""
    registry = registry_of(a=Recorded, b=Hanging)
    first, second = registry.open("a"), registry.open("b")
    assert isinstance(first, Recorded)
    assert isinstance(second, Hanging)
    async with asyncio.TaskGroup() as group:
        closing = group.create_task(registry.aclose())
        await second.begun.wait()
        closing.cancel()
        await asyncio.wait([closing])
        assert closing.cancelled()
    assert first.closings == 1


async def test_registry_gives_a_gateway_the_others() -> None:
    """Those that somebody configured, Athena last, each shared with everybody else."""
    setups = {
        "athena": setup("athena"),
        "a": setup("a"),
        "unused": setup("unused", configured=False),
        "gate": setup("gate", Gateway),
    }
    async with FactoryRegistry(setups) as registry:
        gate = registry.open("gate")
        assert isinstance(gate, Gateway)
        assert gate.context.configured == ("a", "athena")
        assert gate.others == [registry.open("a"), registry.open("athena")]


async def test_registry_finds_gateways_that_go_in_circles() -> None:
    """Two gateways that open one another are a mistake in the settings, no endless recursion."""
    async with registry_of(one=Gateway, two=Gateway) as registry:
        with pytest.raises(ConfigError, match="one -> two -> one"):
            registry.open("one")


async def test_registry_explains_what_is_missing() -> None:
    """A library, a setup, a provider."""
    async with registry_of(a=NeedsLibrary) as registry:
        with pytest.raises(ConfigError, match="a needs the library vendor") as caught:
            registry.open("a")
        assert caught.value.hint == "pip install 'trafficflou[special]'"
        with pytest.raises(ConfigError, match="openai is not set up"):
            registry.open("openai")
        with pytest.raises(ConfigError, match="there is no AI provider"):
            registry.open("zzzzz")


def test_package_offers_its_names_lazily() -> None:
    """What `__all__` promises can be had; anything else is an ordinary mistake."""
    import trafficflou.ai_models as package  # noqa: PLC0415

    offered: dict[str, Any] = {name: getattr(package, name) for name in package.__all__}
    assert offered["FactoryRegistry"] is FactoryRegistry
    with pytest.raises(AttributeError):
        _ = package.nothing
