"""`trafficflou report`: the page of a run, made again."""

from pathlib import Path
from typing import Annotated

import typer

from trafficflou.cli.options import config_option
from trafficflou.cli.runs import out_option, runs_root
from trafficflou.core import TrafficFlouError

__all__ = ["report"]


def _known_runs(ctx: typer.Context) -> list[str]:
    from trafficflou.stores import LATEST, list_runs  # noqa: PLC0415 - only while the shell completes

    try:
        runs = list_runs(runs_root(ctx.params.get("config"), ctx.params.get("out")))
    except TrafficFlouError:
        return []  # an error would be printed into the line that is being typed
    return [LATEST, *(run.name for run in runs)]


def report(
    run: Annotated[
        str,
        typer.Argument(
            metavar="[RUN]",
            show_default=False,
            autocompletion=_known_runs,
            help="A run's name or the beginning of it, the path of its folder, or latest, which is meant if nothing is given.",
        ),
    ] = "latest",
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            show_default=False,
            help="Write the page here instead of into the run's folder.",
        ),
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    out: Annotated[Path | None, out_option()] = None,
    config: Annotated[Path | None, config_option()] = None,
) -> None:
    """Make report.html again from the summary.json of a run, and print where it is.

    The page is one file that needs no network, so it can be mailed or attached to a ticket.
    """
    from trafficflou.report.page import rebuild_report  # noqa: PLC0415 - loads jinja2 and pydantic
    from trafficflou.stores import find_run  # noqa: PLC0415

    page = rebuild_report(find_run(runs_root(config, out), run), output)
    typer.echo(page)
    if open_page and typer.launch(page.resolve().as_uri()) != 0:
        typer.echo("No browser could be opened; open the file above yourself.", err=True)
