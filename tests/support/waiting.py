"""Waiting for what happens in another process, however long a busy machine takes."""

import asyncio
from collections.abc import Callable

__all__ = ["until"]


async def until(condition: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait until something is so.

    Args:
        condition: Looked at fifty times a second.
        within_s: Longest wait.

    Raises:
        TimeoutError: It never was.
    """
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - nobody in this process could set an event
            await asyncio.sleep(0.02)
