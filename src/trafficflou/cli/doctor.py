"""`trafficflou doctor`: can this machine play the visitors, and what to mend if it cannot."""

from typing import TYPE_CHECKING, Annotated

import typer

from trafficflou.core import ExitCode

if TYPE_CHECKING:
    from trafficflou.control.doctor import Check

__all__ = ["doctor"]

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    visitors: Annotated[
        int,
        typer.Option(
            "--visitors", min=1, max=1_000_000, metavar="N", help="How many visitors at once to judge for."
        ),
    ] = 1000,
) -> None:
    """Check this machine: Python, event loop, cores, open files, ports, memory, clock.

    Each line says ok, warn or fail and what to do about it. The exit code is 0 if runs of this size will work (warnings
    included) and 2 if something fails. Nothing is sent anywhere.
    """
    from trafficflou.control.doctor import Status, examine  # noqa: PLC0415 - not needed for --help
    from trafficflou.control.machine import Machine  # noqa: PLC0415

    checks = examine(Machine.read(), visitors)
    _print(checks)
    failed = any(check.status is Status.FAIL for check in checks)
    raise typer.Exit(ExitCode.USAGE if failed else ExitCode.PASS)


def _print(checks: "list[Check]") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    width = max(len(check.name) for check in checks)
    for check in checks:
        status = (f"{check.status:<5}", _STYLES[check.status])
        console.print(Text.assemble(status, f"{check.name:<{width}}  ", check.found))
        if check.advice:
            console.print(Text.assemble(" " * (width + 7), ("→ " + check.advice, "bold")))
