"""`trafficflou model`: look at a traffic model."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["model_app"]

model_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Look at a traffic model: what was learned of a site's visitors.",
)


@model_app.callback()
def _model() -> None:
    """Keep `show` a word of its own even while it is the only command."""


@model_app.command()
def show(
    model: Annotated[Path, typer.Argument(metavar="MODEL", show_default=False, help="The traffic model.")],
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the checked document as JSON instead.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="Show the N most viewed templates.")
    ] = 20,
) -> None:
    """Print a model as tables and small charts: pages, paths through the site, pauses, arrivals, devices.

    Nothing is changed and nothing is sent anywhere.
    """
    from trafficflou.behavior import load_model  # noqa: PLC0415 - pydantic takes its time

    document = load_model(model)
    if json_output:
        typer.echo(document.to_json().encode(), nl=False)
        return
    from rich.console import Console  # noqa: PLC0415

    from trafficflou.report.model_terminal import print_model  # noqa: PLC0415

    print_model(document, Console(highlight=False), limit=limit)
