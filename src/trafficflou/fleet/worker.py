"""A worker process: `python -P -m trafficflou.fleet.worker`, started by the coordinator and spoken to over its pipes.

It reads the plan and the start from standard input, writes frames to standard output, and stops when standard input says so or
ends: a worker never outlives its coordinator.
"""

import asyncio
import contextlib
import gc
import os
import queue
import resource
import sys
import threading
from pathlib import Path
from typing import Final

from trafficflou.behavior import parse_model
from trafficflou.core import InternalError, TrafficFlouError
from trafficflou.engine import EngineSettings, SubresourceSource, Worker
from trafficflou.fleet.casting import make_cast
from trafficflou.fleet.frames import Begin, Ended, Measured, Ready, pack, read_frame
from trafficflou.fleet.plan import FleetPlan
from trafficflou.http import Origin
from trafficflou.logs import get_logger, log_to_file
from trafficflou.security import PermittedTarget
from trafficflou.traffic import Advice, make_workload

__all__ = ["main"]

log = get_logger("trafficflou.fleet.worker")  # not __name__: this module is the main one of its process

RESERVED_FILES: Final = 64
"""File descriptors that are not the visitors': pipes, the loop's own, modules being imported."""


class _Outbox:
    """Writes frames from a thread of its own, so that a slow reader never delays a visitor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, message: object) -> None:
        self._queue.put(pack(message))

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (frame := self._queue.get()) is not None:
            view = memoryview(frame)
            try:
                while view:
                    view = view[os.write(self._fd, view) :]
            except BrokenPipeError:
                return  # the coordinator is gone; standard input ends too and stops the run


def main() -> None:
    """Run one worker; the exit status says nothing, the last frame does."""
    # Standard output carries frames only: whatever prints by accident goes to standard error.
    outbox = _Outbox(os.dup(1))
    os.dup2(2, 1)
    try:
        _play(outbox)
        ended = Ended(None)
    except TrafficFlouError as error:
        ended = Ended(error)
    except Exception as error:  # noqa: BLE001 - the border of the process: everything is reported to the coordinator
        ended = Ended(InternalError(f"a worker failed: {error!r}"))
    outbox.put(ended)
    outbox.close()


def _play(outbox: _Outbox) -> None:
    plan, number = read_frame(sys.stdin.buffer)
    with contextlib.ExitStack() as stack:
        if plan.log_file is not None:
            stack.enter_context(log_to_file(Path(plan.log_file)))
        try:
            _play_plan(plan, number, outbox)
        except Exception:
            log.exception("worker failed", worker=number)
            raise


def _play_plan(plan: FleetPlan, number: int, outbox: _Outbox) -> None:
    open_files = raise_file_limit()
    worker = build_worker(plan, number, max_open_connections=open_files - RESERVED_FILES, outbox=outbox)
    log.info("worker ready", worker=number, process=os.getpid(), open_files=open_files)
    outbox.put(Ready())
    try:
        begin: Begin = read_frame(sys.stdin.buffer)
    except EOFError:
        log.info("stopped before the run began", worker=number)
        return
    # What is loaded by now lives as long as the process; the collector need not walk it again, and what visitors
    # leave behind is freed by reference counts.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run_until_told(worker, begin.start_at_ns))
    log.info("worker ended", worker=number)


def build_worker(plan: FleetPlan, number: int, *, max_open_connections: int, outbox: _Outbox) -> Worker:
    """Make the engine's worker from the plan.

    Raises:
        TrafficFlouError: The model, the strategy or the CA file cannot be used.
    """
    model = None if plan.model_json is None else parse_model(plan.model_json, source="the plan's model")
    return Worker(
        EngineSettings(
            origin=_origin(plan.target),
            addresses=plan.target.addresses,
            run_id=plan.run_id,
            seed=plan.seed,
            duration_s=plan.duration_s,
            ca_file=plan.ca_file,
            connect_timeout_s=plan.connect_timeout_s,
            timeout_s=plan.timeout_s,
            max_body_bytes=plan.max_body_bytes,
            subresources=SubresourceSource(plan.subresources),
        ),
        cast=make_cast(plan, Advice(is_wanted=plan.asks_providers)),
        workload=make_workload(
            visitors=plan.visitors,
            arrivals=plan.arrivals,
            ramp_s=plan.ramp_s,
            model=model,
            wall_start_s=plan.wall_start_s,
        ),
        worker=number,
        workers=plan.workers,
        max_open_connections=max_open_connections,
        on_snapshot=lambda snapshot: outbox.put(Measured(snapshot)),
    )


def _origin(target: PermittedTarget) -> Origin:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return Origin.parse(f"{target.scheme}://{host}:{target.port}")


async def _run_until_told(worker: Worker, start_at_ns: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told() -> None:
        loop.remove_reader(0)
        stop.set()

    # Whatever comes, a word or the end of the pipe, means stop.
    loop.add_reader(0, told)
    try:
        await worker.run(start_at_ns, stop)
    finally:
        loop.remove_reader(0)


def raise_file_limit() -> int:
    """Raise the limit of open files as far as the system lets a process do it by itself.

    Returns:
        The limit now in force.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 1_000_000
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def _loop_factory() -> "type[asyncio.AbstractEventLoop] | None":
    try:
        import uvloop  # noqa: PLC0415 - absent on some platforms, where asyncio's own loop serves
    except ImportError:
        return None
    return uvloop.Loop


if __name__ == "__main__":
    main()
