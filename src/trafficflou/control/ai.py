"""The use case behind `trafficflou ai check`: ask each provider something tiny, all at once, within 20 s."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from trafficflou.ai_models.check import CHECK_TIMEOUT_S, CheckResult, check_provider
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.settings import AiSettings
from trafficflou.core import ExitCode

__all__ = ["check_ai", "overall_exit_code"]


def check_ai(
    settings: AiSettings, names: Sequence[str], *, timeout_s: float = CHECK_TIMEOUT_S
) -> list[CheckResult]:
    """Check providers at once; blocks.

    Args:
        settings: All AI settings: a gateway needs the others.
        names: Whom to check.
        timeout_s: Longest time for an answer.

    Returns:
        A result for each name, in their order.

    Raises:
        ConfigError: A name is not set up.
    """
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_DaemonThreads())
        return runner.run(_check_all(settings, names, timeout_s))


def overall_exit_code(results: Sequence[CheckResult]) -> ExitCode:
    """Return one exit code for all: wrong settings weigh more than a provider that cannot be had, since they stay."""
    codes = {result.exit_code for result in results}
    return next((code for code in (ExitCode.USAGE, ExitCode.UNREACHABLE) if code in codes), ExitCode.PASS)


async def _check_all(settings: AiSettings, names: Sequence[str], timeout_s: float) -> list[CheckResult]:
    async with FactoryRegistry(settings.setups) as registry, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(check_provider(registry, settings.setups[name], timeout_s)) for name in names
        ]
    return [task.result() for task in tasks]


class _DaemonThreads(ThreadPoolExecutor):
    """Threads that nobody waits for.

    asyncio resolves names in its executor and waits for it at the end; a name server that does not answer would hold the
    program for a minute after the check has long given up.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Run a function in a thread of its own."""
        future: Future[Any] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the future
                future.set_exception(error)
            else:
                future.set_result(result)

        threading.Thread(target=work, name="trafficflou-check", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the threads end when they will."""
