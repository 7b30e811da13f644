"""One tiny call, and what is said about it."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, ClassVar, Self

import pytest
from pydantic import BaseModel

from trafficflou.ai_models import check as check_module
from trafficflou.ai_models.check import CheckResult, check_provider
from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.model import Answer, Usage
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.settings import AiSettings, ProviderSetup
from trafficflou.ai_models.tasks import GroupNames, RequestT, ResultT, Task
from trafficflou.control.ai import check_ai, overall_exit_code
from trafficflou.core import ConfigError, ExitCode, ProviderError, ProviderFault


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
        assert deadline_s == task.deadline_s
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
    async with FactoryRegistry({"scripted": setup}) as registry:
        return await check_provider(registry, setup, timeout_s)


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


async def test_check_gives_up_on_a_model_that_keeps_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The factory should keep the deadline; the check does not rely on it."""
    monkeypatch.setattr(check_module, "_GRACE_S", 0.01)
    result = await check(None, timeout_s=0.01)
    assert result.fault is ProviderFault.TIMEOUT
    assert result.exit_code is ExitCode.UNREACHABLE


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ConfigError("the thing is missing", hint="get it"), ExitCode.USAGE, "the thing is missing"),
        (ModuleNotFoundError("x", name="vendor.sub"), ExitCode.USAGE, "the library vendor is not installed"),
        (ModuleNotFoundError("x"), ExitCode.USAGE, "the library a library is not installed"),
        (ZeroDivisionError("odd"), ExitCode.UNREACHABLE, "scripted failed with ZeroDivisionError"),
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


@pytest.mark.parametrize(
    ("codes", "overall"),
    [([0, 0], 0), ([0, 5], 5), ([5, 2, 0], 2), ([], 0)],
)
def test_overall_exit_code_is_that_of_the_worst(codes: list[int], overall: int) -> None:
    """Wrong settings stay wrong; a provider may be back in a minute."""
    results = [CheckResult(provider=str(code), exit_code=ExitCode(code)) for code in codes]
    assert overall_exit_code(results) == overall


def test_check_ai_asks_all_and_keeps_their_order() -> None:
    """One that does not work changes nothing for the others."""
    settings = AiSettings(
        provider="b",
        setups={
            "b": scripted(ProviderError("no", fault=ProviderFault.NO_ROUTE), "b"),
            "a": scripted(answer(), "a"),
        },
    )
    assert [result.works for result in check_ai(settings, ["a", "b"])] == [True, False]


def test_check_ai_does_not_wait_for_a_name_server() -> None:
    """A thread that resolves a name for ever does not hold the end of the check."""
    release = threading.Event()
    ended = threading.Event()

    def resolve() -> None:
        release.wait(20)
        ended.set()

    def script() -> object:
        asyncio.get_running_loop().run_in_executor(None, resolve)
        return ProviderError("not resolved", fault=ProviderFault.NO_ROUTE)

    kind = type("Once", (Scripted,), {"script": staticmethod(script)})
    setup = ProviderSetup(name="scripted", factory_type=kind, settings=Settings())
    try:
        (result,) = check_ai(AiSettings(provider="a", setups={"a": setup}), ["a"])
        assert result.fault is ProviderFault.NO_ROUTE
        assert not ended.is_set()
    finally:
        release.set()


def test_check_ai_still_has_threads_for_its_loop() -> None:
    """Results and errors of the threads come back."""

    async def use() -> tuple[object, object]:
        loop = asyncio.get_running_loop()
        good = await loop.run_in_executor(None, lambda: 41 + 1)
        (bad,) = await asyncio.gather(loop.run_in_executor(None, lambda: 1 // 0), return_exceptions=True)
        return good, bad

    from trafficflou.control.ai import _DaemonThreads  # noqa: PLC0415

    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_DaemonThreads())
        good, bad = runner.run(use())
    assert good == 42
    assert isinstance(bad, ZeroDivisionError)
