"""`trafficflou runs`: the runs that were kept."""

from pathlib import Path
from typing import Annotated, Any

import typer

from trafficflou.cli.options import config_option, layered

__all__ = ["out_option", "runs", "runs_root"]


def out_option() -> Any:
    """Describe `--out` of the commands that look for runs."""
    return typer.Option(
        "--out",
        metavar="DIR",
        show_default=False,
        help="Folder that holds a folder for each run (default trafficflou-runs).",
    )


def runs_root(config: Path | None, out: Path | None) -> Path:
    """Return the folder of all runs, as flags, environment and trafficflou.toml say.

    Raises:
        ConfigError: A setting is wrong.
    """
    builder = layered(config, {"out": out})
    builder.check()
    return next(
        Path(str(item.given.value)) for item in builder.shown() if item.setting.field == "out" and item.given
    )


def runs(
    out: Annotated[Path | None, out_option()] = None,
    last: Annotated[
        int | None,
        typer.Option("-n", "--last", metavar="N", min=1, show_default=False, help="Show only the N newest."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the list as JSON instead.")] = False,
    config: Annotated[Path | None, config_option()] = None,
) -> None:
    """List the runs that were kept, newest first.

    A run that was killed, or is still on, is listed as unfinished. The name of a run, its beginning, or latest tells the other
    commands which run is meant: [bold]trafficflou report latest[/bold].
    """
    from trafficflou.report.run_list import print_runs, runs_json  # noqa: PLC0415 - loads pydantic
    from trafficflou.stores import list_runs  # noqa: PLC0415

    root = runs_root(config, out)
    found = list_runs(root)[:last]
    if json_output:
        typer.echo(runs_json(found).encode(), nl=False)
        return
    if not found:
        typer.echo(f"There are no runs in {root} yet. `trafficflou demo` makes a first one.")
        return
    from rich.console import Console  # noqa: PLC0415

    print_runs(Console(highlight=False), found)
