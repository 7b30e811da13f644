"""Threads that nobody waits for."""

import asyncio

from trafficflou.control.daemon_threads import DaemonThreads


def test_daemon_threads_serve_a_loop() -> None:
    """Results and errors of the threads come back."""

    async def use() -> tuple[object, object]:
        loop = asyncio.get_running_loop()
        good = await loop.run_in_executor(None, lambda: 41 + 1)
        (bad,) = await asyncio.gather(loop.run_in_executor(None, lambda: 1 // 0), return_exceptions=True)
        return good, bad

    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(DaemonThreads())
        good, bad = runner.run(use())
    assert good == 42
    assert isinstance(bad, ZeroDivisionError)
