"""One tiny call, and what is said about it."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar, Self

import pytest
from pydantic import BaseModel

from trafficflou.ai_models.check import CheckResult, check_provider
from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.model import Answer, Usage
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.settings import ProviderSetup
from trafficflou.ai_models.tasks import GroupNames, RequestT, ResultT, Task
from trafficflou.core import ConfigError, ExitCode, ProviderError, ProviderFault, SystemClock
from trafficflou.resilience import Deadline, TaskKeeper


class Settings(BaseModel):
    """None."""


class Scripted(AiModelFactory):
    """Answers as its class says; its own model."""

    name: ClassVar = "scripted"
    settings_type: ClassVar[type[BaseModel]] = Settings
    vendor_variables: ClassVar = {"SCRIPTED_KEY": "api_key"}
    extra: ClassVar[str] = "special"
    provider = "scripted"
    script: ClassVar[Callable[[], Any]]

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        """Take nothing."""
        return cls()

    def model(self) -> Any:
        """Be the model."""
        return _Model(type(self).script)

    async def aclose(self) -> None:
        """Hold nothing."""


class _Model:
    provider = "scripted"
    model = "m\x1b[31m-1"

    def __init__(self, script: Callable[[], Any]) -> None:
        self._script = script

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        assert isinstance(request, task.request_type)
        assert deadline_s is not None
        assert 0 < deadline_s <= task.deadline_s
        outcome = self._script()
        if isinstance(outcome, BaseException):
            raise outcome
        if outcome is None:
            await asyncio.Event().wait()
        return outcome  # type: ignore[no-any-return]


def answer(provider: str = "scripted") -> Answer[GroupNames]:
    """Return what a provider would."""
    return Answer(
        value=GroupNames(names={"a": "Buyers"}),
        provider=provider,
        model="m",
        usage=Usage(input_tokens=40, output_tokens=5, cost_usd=0.001),
    )


def scripted(outcome: object, name: str = "scripted") -> ProviderSetup:
    """Return a provider with one outcome: an answer, an error, or `None` for silence."""
    kind = type("Once", (Scripted,), {"script": staticmethod(lambda: outcome)})
    return ProviderSetup(name=name, factory_type=kind, settings=Settings(), is_configured=True)


async def check(outcome: object, timeout_s: float = 5.0) -> CheckResult:
    """Check a provider with this outcome."""
    setup = scripted(outcome)
    keeper = TaskKeeper("checks")
    async with FactoryRegistry({"scripted": setup}) as registry:
        result = await check_provider(registry, setup, Deadline.after(timeout_s, SystemClock()), keeper)
    await keeper.aclose()
    return result


async def test_check_of_a_provider_that_works() -> None:
    """It says who answered and what it took; the model's name is shown without its control characters."""
    result = await check(answer())
    assert result.works
    assert (result.exit_code, result.fault, result.answered_by) == (ExitCode.PASS, None, "")
    assert result.model == "m[31m-1"
    assert result.usage.input_tokens == 40
    assert (await check(answer("athena"))).answered_by == "athena"


_SETTINGS = (
    ProviderFault.NO_KEY,
    ProviderFault.WRONG_KEY,
    ProviderFault.NO_MODEL,
    ProviderFault.BAD_REQUEST,
    ProviderFault.OVER_BUDGET,
)


@pytest.mark.parametrize("fault", ProviderFault)
async def test_check_sorts_every_fault(fault: ProviderFault) -> None:
    """The settings are wrong (2) or the provider cannot be had (5); each has a hint."""
    result = await check(ProviderError("it is so", fault=fault, retry_after_s=3))
    assert result.exit_code is (ExitCode.USAGE if fault in _SETTINGS else ExitCode.UNREACHABLE)
    assert result.fault is fault
    assert result.message == "it is so"
    assert result.hint
    assert not result.works


async def test_check_names_the_variable_of_a_missing_key() -> None:
    """Whoever has no key must learn where to put one, whatever the provider's own hint says."""
    error = ProviderError("no key", fault=ProviderFault.NO_KEY, hint="think")
    assert "Set SCRIPTED_KEY" in (await check(error)).hint
    error = ProviderError("it does not answer", fault=ProviderFault.NO_ROUTE, hint="look at the cable")
    assert (await check(error)).hint == "look at the cable"


async def test_check_keeps_keys_out_of_what_it_says() -> None:
    """A provider that repeats the key in its error."""
    error = ProviderError(
        "wrong: sk-0123456789abcdef0123", fault=ProviderFault.SERVER_ERROR, hint="sk-0123456789abcdef0123"
    )
    result = await check(error)
    assert "0123456789" not in result.message + result.hint


async def test_check_gives_up_on_a_model_that_keeps_no_deadline() -> None:
    """The model should keep the deadline; the check does not rely on it."""
    result = await check(None, timeout_s=0.01)
    assert result.fault is ProviderFault.TIMEOUT
    assert result.exit_code is ExitCode.UNREACHABLE


async def test_check_explains_a_factory_that_cannot_be_opened() -> None:
    """A foreign factory's bug is a finding about that provider."""

    class Broken(Scripted):
        """Cannot be made."""

        @classmethod
        def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
            """Fail."""
            raise ZeroDivisionError

    setup = ProviderSetup(name="broken", factory_type=Broken, settings=Settings(), is_configured=True)
    async with FactoryRegistry({"broken": setup}) as registry:
        deadline = Deadline.after(5, SystemClock())
        result = await check_provider(registry, setup, deadline, TaskKeeper("checks"))
    assert result.exit_code is ExitCode.UNREACHABLE
    assert "broken failed with ZeroDivisionError" in result.message


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ConfigError("the thing is missing", hint="get it"), ExitCode.USAGE, "the thing is missing"),
        (ModuleNotFoundError("x", name="vendor.sub"), ExitCode.USAGE, "the library vendor is not installed"),
        (ModuleNotFoundError("x"), ExitCode.USAGE, "the library a library is not installed"),
        (ZeroDivisionError("odd"), ExitCode.UNREACHABLE, "scripted broke: ZeroDivisionError"),
    ],
)
async def test_check_explains_what_is_no_fault_of_the_provider(
    error: Exception, code: ExitCode, words: str
) -> None:
    """A wrong setting, a missing library, and a bug in a factory: the others are still checked."""
    result = await check(error)
    assert result.exit_code is code
    assert words in result.message
    assert result.hint
