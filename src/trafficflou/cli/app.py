"""The tree of commands. Heavy imports live inside the commands, so that `--help` answers at once."""

from typing import Annotated

import typer

from trafficflou._version import __version__
from trafficflou.cli.ai import ai_app
from trafficflou.cli.config import config_app
from trafficflou.cli.demo import demo
from trafficflou.cli.doctor import doctor
from trafficflou.cli.endings import CommandGroup
from trafficflou.cli.learn import learn
from trafficflou.cli.model import model_app
from trafficflou.cli.options import be_verbose, verbose_option
from trafficflou.cli.report import report
from trafficflou.cli.run import EPILOG as RUN_EPILOG
from trafficflou.cli.run import run
from trafficflou.cli.runs import runs
from trafficflou.cli.simulate import simulate
from trafficflou.cli.strategies import strategies

__all__ = ["app"]

WORK = "From a log to a verdict"
RESULTS = "Results"
SETUP = "This machine and its settings"

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Realistic synthetic visitors for a web site whose owner agreed to receive them.\n\n"
    "TrafficFlou learns from access logs how real visitors behave, plays thousands of such visitors against the site, "
    "and says in figures how the site held up.",
    epilog="A first look: [bold]trafficflou demo[/bold]. "
    "With your own log: [bold]trafficflou learn access.log -o model.json[/bold], then "
    "[bold]trafficflou run http://127.0.0.1:8080 --model model.json[/bold].",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"trafficflou {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    ctx: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    verbose: Annotated[int, verbose_option()] = 0,
) -> None:
    be_verbose(ctx, verbose)


app.command(rich_help_panel=WORK)(demo)
app.command(rich_help_panel=WORK)(learn)
app.add_typer(model_app, name="model", rich_help_panel=WORK)
app.command(rich_help_panel=WORK, epilog=RUN_EPILOG)(run)
app.command(rich_help_panel=WORK)(strategies)
app.command(rich_help_panel=WORK)(simulate)
app.command(rich_help_panel=RESULTS)(runs)
app.command(rich_help_panel=RESULTS)(report)
app.command(rich_help_panel=SETUP)(doctor)
app.add_typer(ai_app, name="ai", rich_help_panel=SETUP)
app.add_typer(config_app, name="config", rich_help_panel=SETUP)
