"""Starts the worker processes of a run, hands their measurements on, and makes sure that none is left behind."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from trafficflou.core import FleetError, TrafficFlouError
from trafficflou.fleet.channel import Channel
from trafficflou.fleet.frames import LENGTH_BYTES, Begin, Ended, Measured, Ready, pack, unpack, unpack_length
from trafficflou.fleet.plan import FleetPlan
from trafficflou.logs import get_logger
from trafficflou.metrics import Snapshot

__all__ = ["run_fleet"]

log = get_logger(__name__)

READY_TIMEOUT_S: Final = 60.0
START_DELAY_S: Final = 0.05
END_GRACE_S: Final = 15.0
"""How long a worker may stay silent beyond its own drain before it is given up."""

SILENCE_S: Final = 30.0
"""How long a worker that plays may say nothing: it has something to say every second."""

STDERR_TAIL_BYTES: Final = 4096
READ_BYTES: Final = 64 * 1024


class _WorkerProcess:
    """The coordinator's end of one worker."""

    def __init__(self, number: int, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None  # noqa: S101 - for the type checker: started with pipes
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        self.number = number
        self.process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self.stderr_tail = b""

    @classmethod
    async def start(cls, number: int) -> "_WorkerProcess":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the working folder holds the user's files, not modules
            "-m",
            "trafficflou.fleet.worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches the coordinator alone, which then drains the workers
        )
        return cls(number, process)

    async def send(self, message: object) -> None:
        with contextlib.suppress(ConnectionError):  # what became of a worker that is gone, `receive` tells
            self._stdin.write(pack(message))
            await self._stdin.drain()

    def post(self, frame: bytes) -> None:
        """Send a frame without waiting until it is read; nobody hears it where the worker is told to stop."""
        if not self._stdin.is_closing():
            self._stdin.write(frame)

    async def receive(self) -> Any:
        """Return the next message.

        Raises:
            FleetError: The process ended without saying so.
        """
        try:
            header = await self._stdout.readexactly(LENGTH_BYTES)
            return unpack(await self._stdout.readexactly(unpack_length(header)))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            code = await self.process.wait()
            tail = self.stderr_tail.decode(errors="replace").strip()
            raise FleetError(
                f"worker {self.number} died with status {code}" + (f": {tail}" if tail else ""),
                hint="If the system killed it, it may have run out of memory: play fewer visitors.",
            ) from error

    async def collect_stderr(self) -> None:
        while chunk := await self._stderr.read(STDERR_TAIL_BYTES):
            self.stderr_tail = (self.stderr_tail + chunk)[-STDERR_TAIL_BYTES:]

    def tell_to_stop(self) -> None:
        """End its standard input: it drains and ends."""
        if not self._stdin.is_closing():
            self._stdin.close()

    async def aclose(self) -> None:
        """Leave no process behind, whatever happened."""
        self.tell_to_stop()
        if self.process.returncode is None:
            try:
                await asyncio.wait_for(self.process.wait(), timeout=2.0)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        # asyncio lets go of a process only when its pipes are read to their end.
        for stream in (self._stdout, self._stderr):
            while await stream.read(READ_BYTES):
                pass


async def run_fleet(
    plan: FleetPlan,
    on_snapshot: Callable[[Snapshot], None],
    stop: asyncio.Event,
    channel: Channel | None = None,
) -> None:
    """Play a run in `plan.workers` processes.

    Args:
        plan: The run.
        on_snapshot: Called in this event loop with each second's measurements of each worker, in the order of seconds for
            one worker.
        stop: When set, the workers let page views under way end, then stop.
        channel: Carries what is said besides, both ways; open while the workers play.

    Raises:
        TrafficFlouError: A worker could not be built from the plan (its own error).
        FleetError: A worker died or stopped answering; what it measured before has been handed on.
    """
    channel = channel or Channel()
    workers: list[_WorkerProcess] = []
    try:
        for number in range(plan.workers):
            worker = await _WorkerProcess.start(number)
            workers.append(worker)  # one by one: those that started are closed if the next cannot
        await _play(plan, workers, on_snapshot, stop, channel)
    except* TrafficFlouError as errors:
        raise _first(errors) from None
    finally:
        channel.close()
        await asyncio.gather(*(worker.aclose() for worker in workers))


def _first(errors: BaseExceptionGroup[TrafficFlouError]) -> TrafficFlouError:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first


async def _play(
    plan: FleetPlan,
    workers: list[_WorkerProcess],
    on_snapshot: Callable[[Snapshot], None],
    stop: asyncio.Event,
    channel: Channel,
) -> None:
    async with asyncio.TaskGroup() as group:
        background = [group.create_task(worker.collect_stderr()) for worker in workers]
        if await _are_ready(plan, workers, stop):
            # Begun before a stop is passed on: it is told by closing the pipe that the beginning goes through.
            start_at_ns = time.monotonic_ns() + round(START_DELAY_S * 1e9)
            await asyncio.gather(*(worker.send(Begin(start_at_ns)) for worker in workers))
            channel.open(partial(_post_all, workers), start_at_ns, len(workers))
            background.append(group.create_task(_pass_on_stop(workers, stop)))
            listeners = [group.create_task(_listen(plan, worker, on_snapshot, channel)) for worker in workers]
            await asyncio.wait(listeners)
        for task in background:
            task.cancel()


async def _are_ready(plan: FleetPlan, workers: list[_WorkerProcess], stop: asyncio.Event) -> bool:
    """Prepare all workers; answers false as soon as `stop` is set."""
    async with asyncio.TaskGroup() as group:
        stopped = group.create_task(stop.wait())
        preparing = [group.create_task(_prepare(plan, worker)) for worker in workers]
        prepared = group.create_task(asyncio.wait(preparing))
        await asyncio.wait((stopped, prepared), return_when=asyncio.FIRST_COMPLETED)
        for task in (stopped, prepared, *preparing):
            task.cancel()
    return not stop.is_set()


def _post_all(workers: list[_WorkerProcess], message: object) -> None:
    frame = pack(message)
    for worker in workers:
        worker.post(frame)


async def _pass_on_stop(workers: list[_WorkerProcess], stop: asyncio.Event) -> None:
    await stop.wait()
    for worker in workers:
        worker.tell_to_stop()


async def _prepare(plan: FleetPlan, worker: _WorkerProcess) -> None:
    try:
        async with asyncio.timeout(READY_TIMEOUT_S):
            await worker.send((plan, worker.number))
            _expect(await worker.receive(), Ready)
    except TimeoutError as error:
        raise FleetError(f"worker {worker.number} was not ready within {READY_TIMEOUT_S:.0f} s") from error


def _expect(message: Any, kind: type) -> None:
    if isinstance(message, Ended) and message.error is not None:
        raise message.error
    if not isinstance(message, kind):
        raise FleetError(f"a worker said {type(message).__name__} where {kind.__name__} was expected")


async def _listen(
    plan: FleetPlan, worker: _WorkerProcess, on_snapshot: Callable[[Snapshot], None], channel: Channel
) -> None:
    longest_s = plan.duration_s + END_GRACE_S + plan.timeout_s
    try:
        async with asyncio.timeout(longest_s):
            while not isinstance(message := await _heard(worker), Ended):
                if isinstance(message, Measured):
                    on_snapshot(message.snapshot)
                elif not channel.take(worker.number, message):
                    log.debug("nobody waits for this", worker=worker.number, message=type(message).__name__)
    except TimeoutError as error:
        raise FleetError(f"worker {worker.number} does not end") from error
    channel.close()
    if message.error is not None:
        raise message.error


async def _heard(worker: _WorkerProcess) -> Any:
    """Return the next message of a worker that plays."""
    try:
        async with asyncio.timeout(SILENCE_S):
            return await worker.receive()
    except TimeoutError as error:
        raise FleetError(
            f"worker {worker.number} has said nothing for {SILENCE_S:.0f} s",
            hint="A strategy of your own that computes without end stops all visitors of its worker.",
        ) from error
