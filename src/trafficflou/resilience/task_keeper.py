"""The one place that starts tasks which outlive the function that wanted them.

A task group cannot own them: it waits for its tasks, and here somebody may stop waiting (a cancelled asker, a deadline) while the work
goes on or refuses to end. The keeper holds each task, reads its exception so that none is lost in silence, and ends all of them when
it is closed.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["TaskKeeper"]

T = TypeVar("T")


class TaskKeeper:
    """Owns tasks of one event loop.

    Args:
        name: Put before the tasks' names.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: set[asyncio.Task[Any]] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def is_closed(self) -> bool:
        """Whether no more tasks are taken."""
        return self._is_closed

    def start(self, work: Coroutine[Any, Any, T], name: str = "") -> asyncio.Task[T]:
        """Start a task. Who waits for it sees its exception; where nobody does, it is dropped with the task.

        Raises:
            RuntimeError: The keeper is closed; the coroutine is closed too.
        """
        if self._is_closed:
            work.close()
            raise RuntimeError(f"{self._name} is closed")
        task = asyncio.create_task(work, name=f"{self._name}:{name}")  # noqa: TID251 - kept below
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # read: asyncio complains about exceptions that nobody looked at

    async def aclose(self, timeout_s: float = 1.0) -> bool:
        """Cancel all tasks and wait for their end; idempotent.

        Args:
            timeout_s: Longest wait for tasks that swallow their cancellation.

        Returns:
            Whether all have ended.
        """
        self._is_closed = True
        current = asyncio.current_task()
        tasks = {task for task in self._tasks if task is not current}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=timeout_s)
        return not any(not task.done() for task in tasks)
