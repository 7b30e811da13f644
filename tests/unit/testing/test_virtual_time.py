"""The loop whose clock jumps."""

import asyncio
import time

import pytest

from trafficflou.testing.virtual_time import LoopClock, virtual_time


def test_an_hour_takes_no_time() -> None:
    """Waiting keeps its order and its exact durations, without real time."""
    seen = []

    @virtual_time
    async def wait() -> float:
        async def note(seconds: float) -> None:
            await asyncio.sleep(seconds)
            seen.append(seconds)

        async with asyncio.TaskGroup() as group:
            for seconds in (3600, 1, 60):
                group.create_task(note(seconds))
        return asyncio.get_running_loop().time()

    begun_s = time.monotonic()
    assert wait() == pytest.approx(3600)
    assert time.monotonic() - begun_s < 0.5
    assert seen == [1, 60, 3600]


@virtual_time
async def test_clock_follows_the_loop() -> None:
    """Both scales of the port move together."""
    clock = LoopClock()
    before_ns, before_s = clock.now_ns(), clock.wall_s()
    await asyncio.sleep(2.5)
    assert clock.now_ns() - before_ns == pytest.approx(2.5e9)
    assert clock.wall_s() - before_s == pytest.approx(2.5)


@virtual_time
async def test_timeouts_fire() -> None:
    """Time limits are measured in the loop's time."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(30):
            await asyncio.sleep(31)


@virtual_time
async def test_threads_still_work() -> None:
    """What a thread returns wakes the loop although no timer does."""
    assert await asyncio.to_thread(lambda: 7) == 7


def test_waiting_for_nothing_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would hang fails instead."""
    monkeypatch.setattr("trafficflou.testing.virtual_time.STALLED_AFTER_S", 0.01)

    @virtual_time
    async def stall() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="never happens"):
        stall()
