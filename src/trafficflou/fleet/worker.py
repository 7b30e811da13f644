"""A worker process: `python -P -m trafficflou.fleet.worker`, started by the coordinator and spoken to over its pipes.

It reads the plan, the start and then orders from standard input, writes frames to standard output, and stops when standard input
ends: a worker never outlives its coordinator.
"""

import asyncio
import contextlib
import gc
import os
import resource
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from trafficflou.behavior import parse_model
from trafficflou.core import InternalError, TrafficFlouError
from trafficflou.engine import EngineSettings, SubresourceSource, Worker
from trafficflou.fleet.advising import AdvisedWorker
from trafficflou.fleet.casting import Casting
from trafficflou.fleet.frames import Begin, Ended, Measured, Ready
from trafficflou.fleet.pipes import Inbox, Outbox, end_with_peer
from trafficflou.fleet.plan import FleetPlan
from trafficflou.fleet.switching import SwitchingWorker
from trafficflou.http import Origin
from trafficflou.logs import get_logger, log_to_file
from trafficflou.metrics import Snapshot
from trafficflou.security import PermittedTarget
from trafficflou.traffic import Advice, Cast, make_workload

__all__ = ["main"]

log = get_logger("trafficflou.fleet.worker")  # not __name__: this module is the main one of its process

RESERVED_FILES: Final = 64
"""File descriptors that are not the visitors': pipes, the loop's own, modules being imported."""

ORPHAN_GRACE_S: Final = 20.0
"""How long a worker may take to drain and to end once its standard input has ended; the engine's drain takes half of it at most."""


def main() -> None:
    """Run one worker; the exit status says nothing, the last frame does."""
    # Standard output carries frames only: whatever prints by accident goes to standard error.
    outbox = Outbox(os.dup(1))
    os.dup2(2, 1)
    end_with_peer(0, ORPHAN_GRACE_S)
    try:
        _play(Inbox(0), outbox)
        ended = Ended(None)
    except TrafficFlouError as error:
        ended = Ended(error)
    except Exception as error:  # noqa: BLE001 - the border of the process: everything is reported to the coordinator
        ended = Ended(InternalError(f"a worker failed: {error!r}"))
    outbox.put(ended)
    outbox.close()


def _play(inbox: Inbox, outbox: Outbox) -> None:
    plan, number = inbox.receive()
    with contextlib.ExitStack() as stack:
        if plan.log_file is not None:
            stack.enter_context(log_to_file(Path(plan.log_file)))
        try:
            _play_plan(plan, number, inbox, outbox)
        except Exception:
            log.exception("worker failed", worker=number)
            raise


def _play_plan(plan: FleetPlan, number: int, inbox: Inbox, outbox: Outbox) -> None:
    open_files = raise_file_limit()
    advice = Advice(is_wanted=plan.asks_providers)
    casting = Casting(plan, advice)
    cast = casting.make_cast()
    advised = AdvisedWorker(advice, outbox.put)

    def hand_over(snapshot: Snapshot) -> None:
        outbox.put(Measured(snapshot))
        advised.pass_on_questions()

    worker = build_worker(
        plan,
        number,
        cast=cast,
        max_open_connections=open_files - RESERVED_FILES,
        on_snapshot=hand_over,
    )
    log.info("worker ready", worker=number, process=os.getpid(), open_files=open_files)
    outbox.put(Ready())
    try:
        begin: Begin = inbox.receive()
    except EOFError:
        log.info("stopped before the run began", worker=number)
        return
    # What is loaded by now lives as long as the process; the collector need not walk it again, and what visitors
    # leave behind is freed by reference counts.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    switching = SwitchingWorker(casting, cast, outbox.put)
    handlers = switching.handlers() | advised.handlers()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run_until_told(worker, begin.start_at_ns, inbox, handlers, switching))
    log.info("worker ended", worker=number)


def build_worker(
    plan: FleetPlan,
    number: int,
    *,
    cast: Cast,
    max_open_connections: int,
    on_snapshot: Callable[[Snapshot], None],
) -> Worker:
    """Make the engine's worker from the plan.

    Raises:
        TrafficFlouError: The model or the CA file cannot be used.
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
        cast=cast,
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
        on_snapshot=on_snapshot,
    )


def _origin(target: PermittedTarget) -> Origin:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return Origin.parse(f"{target.scheme}://{host}:{target.port}")


async def _run_until_told(
    worker: Worker,
    start_at_ns: int,
    inbox: Inbox,
    handlers: Mapping[type, Callable[[Any], None]],
    switching: SwitchingWorker,
) -> None:
    """Play, and meanwhile hand each message to the handler of its kind."""
    stop = asyncio.Event()
    inbox.listen(lambda message: handlers[type(message)](message), on_end=stop.set)
    try:
        await worker.run(start_at_ns, stop)
    finally:
        inbox.close()
        await switching.aclose()


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
