"""Who owns tasks that outlive the function that wanted them."""

import asyncio
import gc

import pytest

from trafficflou.resilience import TaskKeeper
from trafficflou.testing.virtual_time import virtual_time


@virtual_time
async def test_keeper_keeps_a_task_until_its_end() -> None:
    """A task that nobody holds would be collected under way."""
    keeper = TaskKeeper("test")
    task = keeper.start(asyncio.sleep(1, "done"), "sleep")
    gc.collect()
    assert len(keeper) == 1
    assert await task == "done"
    assert task.get_name() == "test:sleep"
    await asyncio.sleep(0)
    assert len(keeper) == 0


@virtual_time
async def test_exception_that_nobody_waits_for_makes_no_noise() -> None:
    """The keeper reads it, so asyncio does not complain when the task is collected."""
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    async def fail() -> None:
        raise ValueError("on purpose")

    keeper = TaskKeeper("test")
    keeper.start(fail())
    await asyncio.sleep(1)
    gc.collect()
    assert not complaints


@virtual_time
async def test_closing_cancels_and_takes_no_more() -> None:
    """Nothing runs on after the close, and it may be called twice."""
    keeper = TaskKeeper("test")
    task = keeper.start(asyncio.sleep(100))
    assert await keeper.aclose()
    assert task.cancelled()
    assert keeper.is_closed
    with pytest.raises(RuntimeError, match="test is closed"):
        keeper.start(asyncio.sleep(1))
    assert await keeper.aclose()


@virtual_time
async def test_closing_does_not_wait_for_ever() -> None:
    """A task that swallows its cancellation holds nobody up."""

    async def stubborn() -> None:
        for _ in range(3):
            try:
                await asyncio.sleep(3)
            except asyncio.CancelledError:
                continue
            break

    keeper = TaskKeeper("test")
    keeper.start(stubborn())
    await asyncio.sleep(0)
    assert not await keeper.aclose(timeout_s=1)
    assert len(keeper) == 1
    await asyncio.sleep(3)
    assert await keeper.aclose()


@virtual_time
async def test_task_may_close_its_own_keeper() -> None:
    """A task that closes the keeper is not cancelled by it."""
    keeper = TaskKeeper("test")
    assert await keeper.start(keeper.aclose())
