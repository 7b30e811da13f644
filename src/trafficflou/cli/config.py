"""`trafficflou config`: what the settings are, where each came from, and whether they are right."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trafficflou.cli.options import CONFIG_FILE, config_option, layered

if TYPE_CHECKING:
    from trafficflou.config import ShownSetting

__all__ = ["config_app"]

config_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Show or check the settings: defaults < trafficflou.toml < TRAFFICFLOU_* variables < flags.",
)

_VALUE_COLUMNS = 40


@config_app.command()
def show(config: Annotated[Path | None, config_option()] = None) -> None:
    """Print every setting, its value, and where the value came from.

    The output is itself a valid trafficflou.toml: [bold]trafficflou config show > trafficflou.toml[/bold] is a way to begin one.
    """
    builder = layered(config, {})
    section = ""
    for shown in builder.shown():
        if shown.setting.section != section:
            typer.echo(f"{chr(10) if section else ''}[{shown.setting.section}]")
            section = shown.setting.section
        typer.echo(_line(shown))
    builder.check()


@config_app.command()
def check(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]", show_default=False, help="The file; ./trafficflou.toml if none is named."
        ),
    ] = None,
    config: Annotated[Path | None, config_option()] = None,
) -> None:
    """Check a file of settings and the environment; every mistake is told at once (exit code 2).

    A target or a model that is not set yet is no mistake here.
    """
    chosen = file or config
    builder = layered(chosen, {})
    builder.check()
    checked = chosen or (CONFIG_FILE if CONFIG_FILE.is_file() else None)
    typer.echo(
        f"{checked} and the environment are fine."
        if checked
        else "There is no trafficflou.toml here; the environment is fine."
    )


def _line(shown: "ShownSetting") -> str:
    setting, given = shown.setting, shown.given
    if given is None:
        return f"# {setting.key} is not set; {setting.valid}"
    assignment = f"{setting.key} = {_toml(given.value)}"
    return f"{assignment:<{_VALUE_COLUMNS}} # {given.origin}"


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if value in {"true", "false"}:
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str).replace("\x7f", "\\u007f")
