"""The use case behind `trafficflou ai check`: ask each provider something tiny, all at once, within 20 s.

Theory of operation: there is one limit, from the start of the program to its end. The time that is left when the check begins is
divided once: a little for printing and ending, before that some for closing, all the rest for opening and answering. The
work is done in a thread of its own that nobody has to wait for: whatever a provider, its library or the system blocks on
(a name server, an import, a clean-up that swallows its cancellation), the caller goes on at the limit with the results that there
are, and says of the others that they did not answer.
"""

import asyncio
import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from trafficflou.ai_models.check import CheckResult, check_provider, result_of_silence
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.settings import AiSettings, ProviderSetup
from trafficflou.control.daemon_threads import DaemonThreads
from trafficflou.core import ExitCode, SystemClock
from trafficflou.resilience import Deadline, TaskKeeper

__all__ = ["CHECK_LIMIT_S", "check_ai", "overall_exit_code"]

CHECK_LIMIT_S: Final = 20.0
"""For the whole program."""

_ENDING_S: Final = 2.0
"""For printing, and for the interpreter to take the vendors' libraries down, on a busy machine."""

_CLOSING_S: Final = 3.0
_MOST_SHARE: Final = 0.15
"""Ending and closing get no more than this of a shorter limit, each."""


def check_ai(
    settings: AiSettings, names: Sequence[str], *, limit_s: float | None = None
) -> list[CheckResult]:
    """Check providers at once; blocks.

    Args:
        settings: All AI settings: a gateway needs the others.
        names: Whom to check.
        limit_s: Longest time for everything; `None` for what is left of 20 s since the program began.

    Returns:
        A result for each name, in their order.

    Raises:
        ConfigError: A name is not set up.
    """
    registry = FactoryRegistry(settings.setups)
    setups = [registry.setup(name) for name in names]
    limit_s = CHECK_LIMIT_S - _program_age_s(Path("/proc")) if limit_s is None else limit_s
    check = _Check(registry, setups, limit_s)
    check.start()
    check.wait()
    return [check.results.get(setup.name) or result_of_silence(setup, limit_s) for setup in setups]


def overall_exit_code(results: Sequence[CheckResult]) -> ExitCode:
    """Return one exit code for all: wrong settings weigh more than a provider that cannot be had, since they stay."""
    codes = {result.exit_code for result in results}
    return next((code for code in (ExitCode.USAGE, ExitCode.UNREACHABLE) if code in codes), ExitCode.PASS)


class _Check:
    """The thread that checks, and what it has found so far.

    Args:
        registry: Opens the providers; closed here.
        setups: Whom to check.
        limit_s: From now to the end of the program.
    """

    def __init__(self, registry: FactoryRegistry, setups: Sequence[ProviderSetup], limit_s: float) -> None:
        self.results: dict[str, CheckResult] = {}
        self._registry = registry
        self._setups = setups
        clock = SystemClock()
        self._ends = Deadline.after(limit_s - min(_ENDING_S, limit_s * _MOST_SHARE), clock)
        closing_s = min(_CLOSING_S, limit_s * _MOST_SHARE)
        self._answer_by = Deadline(self._ends.at_ns - round(closing_s * 1e9), clock)
        self._is_finished = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trafficflou-check", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self) -> None:
        """Wait for the end, or for the limit."""
        if self._is_finished.wait(self._ends.remaining_s):
            self._thread.join(self._ends.remaining_s)  # the loop is closed too, where nothing keeps it

    def _run(self) -> None:
        with (
            suppress(RuntimeError),
            asyncio.Runner() as runner,
        ):  # a loop that cannot be closed is left as it is
            runner.get_loop().set_default_executor(DaemonThreads())
            runner.run(self._check_all())

    async def _check_all(self) -> None:
        keeper = TaskKeeper("ai-check")
        try:
            async with asyncio.TaskGroup() as group:
                for setup in self._setups:
                    group.create_task(self._check_one(setup, keeper))
        finally:
            await keeper.aclose(timeout_s=0)
            await self._registry.aclose(self._ends.remaining_s)
            self._is_finished.set()

    async def _check_one(self, setup: ProviderSetup, keeper: TaskKeeper) -> None:
        self.results[setup.name] = await check_provider(self._registry, setup, self._answer_by, keeper)


def _program_age_s(proc: Path) -> float:
    """Return how long ago this program began; 0 where the system does not tell, or it did other things before.

    Args:
        proc: Where processes tell about themselves: field 22 of `self/stat` is the start in clock ticks after the boot (proc(5)).
    """
    try:
        fields = (proc / "self" / "stat").read_text().rpartition(")")[2].split()
        began_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - began_s
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0
    return age_s if 0 <= age_s < CHECK_LIMIT_S / 2 else 0.0
