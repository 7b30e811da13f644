"""`trafficflou simulate`: the log that a model's visitors would leave behind, without sending anything."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from trafficflou.core import UsageError

if TYPE_CHECKING:
    from trafficflou.control.simulation import Simulation

__all__ = ["simulate"]

_STDOUT = Path("-")
_PROGRESS_AFTER_S = 1.0
_PROGRESS_EVERY_S = 0.1


def simulate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", show_default=False, help="The traffic model.")],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            show_default=False,
            help="Where the log goes; - for standard output. A name that ends in .gz is compressed.",
        ),
    ],
    sessions: Annotated[
        int | None,
        typer.Option(
            "--sessions",
            metavar="N",
            min=1,
            show_default=False,
            help="How many sessions. Without it: as many as the model has in --days.",
        ),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(
            "--days",
            metavar="D",
            show_default=False,
            help="Over how many days they begin. Without it: as many as the model needs for --sessions; "
            "1 if neither is given.",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start",
            metavar="TIME",
            show_default=False,
            help="When the first day begins, such as 2026-03-01 or 2026-03-01T09:00, on the model's clock. "
            "Without it: the first day of the log that the model was learned from.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Equal seeds give equal logs.")] = 7,
) -> None:
    """Write the access log that a model's visitors would leave, in virtual time: nothing is sent anywhere.

    The log is in the combined format: made-up visitors with addresses out of
    10.0.0.0/8, their pages in the order and at the pace of the model, and the
    subresources that their browsers fetch. [bold]trafficflou learn[/bold] reads it back,
    which shows what a model keeps of the traffic that it was learned from.
    """
    from trafficflou.behavior import load_model  # noqa: PLC0415 - pydantic takes its time
    from trafficflou.control.simulation import (  # noqa: PLC0415
        Simulation,
        plan_simulation,
        write_simulation,
    )

    document = load_model(model)
    if output.exists() and output.samefile(model):
        raise UsageError(f"{output} is the model; the log would replace it", hint="Choose another -o.")
    plan = plan_simulation(document, sessions=sessions, days=days, start=start)
    simulation = Simulation(document, plan, seed)
    with _log(output) as log, _progress() as report:
        write_simulation(simulation, log, report)
    where = "standard output" if output == _STDOUT else output
    typer.echo(
        f"{simulation.requests:,} requests of {simulation.sessions:,} sessions "
        f"({simulation.page_views:,} page views) written to {where}",
        err=True,
    )


@contextlib.contextmanager
def _log(output: Path) -> Iterator[BinaryIO]:
    from trafficflou.evidence.access_log_writer import open_access_log  # noqa: PLC0415

    if output != _STDOUT:
        with open_access_log(output) as log:
            yield log
        return
    sys.stdout.flush()
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextlib.contextmanager
def _progress() -> "Iterator[Callable[[Simulation], None]]":
    """Show a bar on a terminal once it has taken a while; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn  # noqa: PLC0415

    bar = Progress(
        TextColumn("simulating"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[requests]:,} requests"),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("simulating", total=1.0, requests=0)
    due_s = time.monotonic() + _PROGRESS_AFTER_S

    def report(simulation: "Simulation") -> None:
        nonlocal due_s
        now_s = time.monotonic()
        if now_s >= due_s:
            due_s = now_s + _PROGRESS_EVERY_S
            bar.start()  # does nothing once it is on
            bar.update(task, completed=simulation.progress, requests=simulation.requests)

    try:
        yield report
    finally:
        bar.stop()
