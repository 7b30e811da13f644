"""All providers at once, within one limit, whatever blocks."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from pydantic import BaseModel

from trafficflou.ai_models.check import CheckResult
from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.settings import AiSettings, ProviderSetup
from trafficflou.control import ai
from trafficflou.control.ai import CHECK_LIMIT_S, check_ai, overall_exit_code
from trafficflou.core import ConfigError, ExitCode, ProviderError, ProviderFault
from trafficflou.testing.ai_model import FakeAiModel

LIMIT_S = 1.0


class _Nothing(BaseModel):
    """No settings."""


class _Blocking:
    """What the doubles below block on, so that a test can end them."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    async def swallow_cancellations(self) -> None:
        while not self.may_end.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)


def setup_of(
    name: str,
    *,
    opening: Callable[[], object] = lambda: None,
    script: tuple[Any, ...] = (),
    answering: Callable[[], Any] | None = None,
    closing: Callable[[], Any] | None = None,
) -> ProviderSetup:
    """Return a provider that opens, answers and closes as it is told."""

    class Model(FakeAiModel):
        async def answer(self, task: Any, request: Any, *, deadline_s: float | None = None) -> Any:
            if answering is not None:
                await answering()
            return await super().answer(task, request)

    class Scripted(AiModelFactory):
        settings_type: ClassVar[type[BaseModel]] = _Nothing

        @classmethod
        def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
            opening()
            return cls()

        def model(self) -> FakeAiModel:
            return Model(name, script=script)

        async def aclose(self) -> None:
            if closing is not None:
                await closing()

    Scripted.name = name
    return ProviderSetup(name=name, factory_type=Scripted, settings=_Nothing(), is_configured=True)


def settings_of(*setups: ProviderSetup) -> AiSettings:
    """Return settings with these providers."""
    return AiSettings(provider=setups[0].name, setups={setup.name: setup for setup in setups})


@contextmanager
def blocking() -> Iterator[_Blocking]:
    """Lend something to block on, and end it; the check's thread ends too."""
    block = _Blocking()
    try:
        yield block
    finally:
        block.may_end.set()
        for thread in threading.enumerate():
            if thread.name.startswith("trafficflou-check"):
                thread.join(5)


@pytest.mark.parametrize(("codes", "overall"), [([0, 0], 0), ([0, 5], 5), ([5, 2, 0], 2), ([], 0)])
def test_overall_exit_code_is_that_of_the_worst(codes: list[int], overall: int) -> None:
    """Wrong settings stay wrong; a provider may be back in a minute."""
    results = [CheckResult(provider=str(code), exit_code=ExitCode(code)) for code in codes]
    assert overall_exit_code(results) == overall


def test_check_asks_all_and_keeps_their_order() -> None:
    """One that does not work changes nothing for the others."""
    failing = setup_of("b", script=(ProviderError("no", fault=ProviderFault.NO_ROUTE),))
    results = check_ai(settings_of(failing, setup_of("a")), ["a", "b"])
    assert [(result.provider, result.works) for result in results] == [("a", True), ("b", False)]


def test_check_of_a_provider_that_is_not_set_up() -> None:
    """It is a mistake of the settings, told before anything is asked."""
    with pytest.raises(ConfigError, match="openai is not set up"):
        check_ai(settings_of(setup_of("a")), ["a", "openai"])


PHASES: dict[str, Callable[[_Blocking], dict[str, Any]]] = {
    "opening blocks": lambda block: {"opening": lambda: block.may_end.wait(20)},
    "answer never comes": lambda _block: {"answering": asyncio.Event().wait},
    "answer swallows its cancellation": lambda block: {"answering": block.swallow_cancellations},
    "closing never ends": lambda _block: {"closing": asyncio.Event().wait},
    "closing swallows its cancellation": lambda block: {"closing": block.swallow_cancellations},
}


@pytest.mark.parametrize("phase", PHASES)
def test_check_ends_within_its_limit_whatever_blocks(phase: str) -> None:
    """Opening, answer or closing; what was found until then is told, of the rest that it did not answer.

    Opening happens on the loop, as it does in a run, so one that blocks there takes the others with it.
    """
    with blocking() as block:
        hanging = setup_of("hanging", **PHASES[phase](block))
        begun_s = time.monotonic()
        works, hangs = check_ai(
            settings_of(setup_of("works"), hanging), ["works", "hanging"], limit_s=LIMIT_S
        )
        assert time.monotonic() - begun_s < LIMIT_S
    assert works.works or phase == "opening blocks"
    if phase.startswith("closing"):
        assert hangs.works
    else:
        assert (hangs.fault, hangs.exit_code) == (ProviderFault.TIMEOUT, ExitCode.UNREACHABLE)
        assert hangs.hint


def test_check_of_all_phases_at_once_ends_within_one_limit() -> None:
    """It is no sum of limits."""
    with blocking() as block:
        setups = [
            setup_of(f"hanging {number}", **make(block))
            for number, make in enumerate(list(PHASES.values())[1:] * 3)
        ]
        begun_s = time.monotonic()
        check_ai(settings_of(*setups), [setup.name for setup in setups], limit_s=LIMIT_S)
        assert time.monotonic() - begun_s < LIMIT_S


def test_check_does_not_wait_for_a_name_server() -> None:
    """A thread that resolves a name for ever does not hold the end of the check."""
    with blocking() as block:
        ended = threading.Event()

        def resolve() -> None:
            block.may_end.wait(20)
            ended.set()

        async def answering() -> None:
            asyncio.get_running_loop().run_in_executor(None, resolve)

        (result,) = check_ai(settings_of(setup_of("a", answering=answering)), ["a"])
        assert result.works
        assert not ended.is_set()


def _proc(folder: Path, age_s: float) -> Path:
    """Return a folder in which this process began so long ago."""
    began = (time.clock_gettime(time.CLOCK_BOOTTIME) - age_s) * os.sysconf("SC_CLK_TCK")
    (folder / "self").mkdir()
    fields = ["S", *["0"] * 18, str(round(began)), *["0"] * 30]
    (folder / "self" / "stat").write_text(f"42 (python) 3.1) {' '.join(fields)}\n")
    return folder


@pytest.mark.parametrize(("age_s", "counts"), [(2.5, True), (CHECK_LIMIT_S, False), (-5.0, False)])
def test_start_of_the_program_counts(tmp_path: Path, age_s: float, *, counts: bool) -> None:
    """Where it is plausibly that of the check; a program that has done other things begins anew."""
    assert ai._program_age_s(_proc(tmp_path, age_s)) == (pytest.approx(age_s, abs=0.5) if counts else 0)


@pytest.mark.parametrize("text", [None, "", "42 (python) S 1", "42 (x) " + "a " * 50])
def test_start_of_the_program_may_be_unknown(tmp_path: Path, text: str | None) -> None:
    """Other systems have no such file."""
    if text is not None:
        (tmp_path / "self").mkdir()
        (tmp_path / "self" / "stat").write_text(text)
    assert ai._program_age_s(tmp_path) == 0


def test_start_of_this_program_is_read() -> None:
    """On this system."""
    assert 0 <= ai._program_age_s(Path("/proc")) < CHECK_LIMIT_S
