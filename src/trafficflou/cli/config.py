"""`trafficflou config`: what the settings are, where each came from, and whether they are right."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trafficflou.cli.options import CONFIG_FILE, config_option, layered, layered_ai
from trafficflou.core import ConfigError

if TYPE_CHECKING:
    from trafficflou.config import AiSettingsBuilder, RunConfigBuilder, ShownSetting

__all__ = ["config_app"]

config_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Show or check the settings: defaults < trafficflou.toml < TRAFFICFLOU_* variables < flags.",
)

_VALUE_COLUMNS = 40


@config_app.command()
def show(config: Annotated[Path | None, config_option()] = None) -> None:
    """Print every setting, its value, and where the value came from; of AI models those that were set, and never a key.

    The output is itself a valid trafficflou.toml: [bold]trafficflou config show > trafficflou.toml[/bold] is a way to begin one.
    """
    builder = layered(config, {})
    section = ""
    for shown in builder.shown():
        if shown.setting.section != section:
            typer.echo(f"{chr(10) if section else ''}[{shown.setting.section}]")
            section = shown.setting.section
        typer.echo(_line(shown))
    ai = layered_ai(config)
    _show_ai(ai)
    _check_all(builder, ai)


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
    _check_all(builder, layered_ai(chosen))
    checked = chosen or (CONFIG_FILE if CONFIG_FILE.is_file() else None)
    typer.echo(
        f"{checked} and the environment are fine."
        if checked
        else "There is no trafficflou.toml here; the environment is fine."
    )


def _check_all(builder: "RunConfigBuilder", ai: "AiSettingsBuilder") -> None:
    """Tell the mistakes of both at once; a file that cannot be read is one mistake, though both find it."""
    errors: dict[str, ConfigError] = {}
    for check_one in (builder.check, ai.build):
        try:
            check_one()
        except ConfigError as error:
            errors.setdefault(error.message, error)
    if errors:
        raise ConfigError("\n".join(errors), hint=next(iter(errors.values())).hint)


def _show_ai(ai: "AiSettingsBuilder") -> None:
    from trafficflou.core.secret import redact  # noqa: PLC0415

    tables: dict[str, dict[str, str]] = {}
    for table, key, given in ai.shown():
        tables.setdefault(table, {})[key] = (
            f"{f'{key} = {_toml(given.value)}':<{_VALUE_COLUMNS}} # {given.origin}"
        )
    for table, lines in tables.items():
        typer.echo(redact("\n".join((f"\n[{table}]", *lines.values()))))


def _line(shown: "ShownSetting") -> str:
    setting, given = shown.setting, shown.given
    if given is None:
        return f"# {setting.key} is not set; {setting.valid}"
    assignment = f"{setting.key} = {_toml(given.value)}"
    return f"{assignment:<{_VALUE_COLUMNS}} # {given.origin}"


def _toml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_toml(key)} = {_toml(entry)}' for key, entry in value.items())} }}"
    if value in {"true", "false"}:
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str).replace("\x7f", "\\u007f")
