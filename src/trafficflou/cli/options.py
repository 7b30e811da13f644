"""Options that several commands share, and the layers of configuration as the command line sees them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from trafficflou.cli.endings import ShellState

if TYPE_CHECKING:
    from trafficflou.config import AiSettingsBuilder, RunConfigBuilder

__all__ = ["CONFIG_FILE", "be_verbose", "config_option", "layered", "layered_ai", "verbose_option"]

CONFIG_FILE: Final = Path("trafficflou.toml")
"""Read from the working folder where it exists and no other file is named."""


def verbose_option(panel: str | None = None) -> Any:
    """Describe `-v`."""
    return typer.Option(
        "-v",
        "--verbose",
        count=True,
        metavar="",
        show_default=False,
        rich_help_panel=panel,
        help="Show on standard error what happens; -vv shows everything.",
    )


def be_verbose(ctx: typer.Context, verbose: int) -> None:
    """Open the terminal's log as `-v` asks, unless one that shows as much is open already."""
    state = ctx.ensure_object(ShellState)
    if verbose > state.verbosity:
        from trafficflou.logs import log_to_terminal  # noqa: PLC0415 - structlog takes 70 ms

        state.verbosity = verbose
        ctx.with_resource(log_to_terminal(verbose))


def config_option() -> Any:
    """Describe `--config`."""
    return typer.Option(
        "--config",
        metavar="FILE",
        envvar="TRAFFICFLOU_CONFIG",
        show_envvar=False,
        rich_help_panel="Settings",
        help="Read the settings from this file instead of ./trafficflou.toml.",
    )


def layered(config_file: Path | None, flags: Mapping[str, object]) -> "RunConfigBuilder":
    """Lay defaults, file, environment and flags over one another.

    Args:
        config_file: The file that was named; `None` for `trafficflou.toml` in the working folder, if there is one.
        flags: Values by key; `None` means "not given".
    """
    from trafficflou.config import RunConfigBuilder  # noqa: PLC0415 - pydantic takes its time

    builder = RunConfigBuilder().with_defaults()
    if config_file is not None or CONFIG_FILE.is_file():
        builder.with_file(config_file or CONFIG_FILE)
    return builder.with_environment(os.environ).with_flags(flags)


def layered_ai(
    config_file: Path | None, provider: str | None = None, flags: dict[str, str | None] | None = None
) -> "AiSettingsBuilder":
    """Lay file, environment and flags of the AI settings over one another.

    Args:
        config_file: The file that was named; `None` for `trafficflou.toml` in the working folder, if there is one.
        provider: The provider that was named.
        flags: Settings of that provider by key; `None` means "not given".
    """
    from trafficflou.config import AiSettingsBuilder  # noqa: PLC0415 - pydantic takes its time

    builder = AiSettingsBuilder()
    if config_file is not None or CONFIG_FILE.is_file():
        builder.with_file(config_file or CONFIG_FILE)
    return builder.with_environment(os.environ).with_flags(provider, flags)
