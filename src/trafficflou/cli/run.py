"""`trafficflou run`: the flags, made from the table of settings. What happens then is in `cli.play`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from trafficflou.cli.endings import ShellState
from trafficflou.cli.options import be_verbose, config_option, layered, layered_ai, verbose_option
from trafficflou.config import setting_named

__all__ = ["EPILOG", "run"]

EPILOG = """[bold]Examples[/bold]

50 visitors at once for a minute, judged by two objectives:

  trafficflou run http://127.0.0.1:8080 --model model.json --visitors 50 --slo 'p95<300ms' --slo 'errors<1%'

A blend, with more and more of others from the first minute on:

  trafficflou run http://127.0.0.1:8080 --model model.json --strategy 'organic-mimicry:0.8,phantom-flair:0.2' --switch 'phantom-flair at 1m over 30s' --duration 3m

10 new visitors a second whatever the site does, the first 10 seconds not counted:

  trafficflou run http://127.0.0.1:8080 --model model.json --arrivals 10/s --duration 5m --ramp 10s --warmup 10s

The figures for a script: exit code 0 pass, 1 an objective missed, 4 measurement invalid:

  trafficflou run http://127.0.0.1:8080 --model model.json --json > summary.json

Every flag can also stand in trafficflou.toml or in a variable such as TRAFFICFLOU_VISITORS; `trafficflou config show` prints
what holds. Only sites on this machine can be targets in this version."""


def _strategies() -> list[str]:
    from trafficflou.traffic import strategy_names  # noqa: PLC0415 - only while the shell completes

    return list(strategy_names())


def _providers() -> list[str]:
    from trafficflou.ai_models import known_providers  # noqa: PLC0415 - only while the shell completes

    return list(known_providers())


def _option(key: str) -> Any:
    setting = setting_named(key)
    assert setting is not None, key  # noqa: S101 - a constant of this file; `--help` would not even print
    default = f" (default {setting.default})" if setting.default and not setting.is_switch else ""
    shown: dict[str, Any] = {
        "help": escape(setting.help + default),
        "rich_help_panel": setting.panel,
        "show_default": False,
        "metavar": setting.metavar,
    }
    if key == "target":
        return typer.Argument(**shown)
    if key == "strategy":
        shown["autocompletion"] = _strategies
    elif key == "ai":
        shown["autocompletion"] = _providers
    elif setting.choices:
        shown["autocompletion"] = lambda: list(setting.choices)
    return typer.Option(setting.flag, **shown)


def run(
    ctx: typer.Context,
    *,
    target: Annotated[str | None, _option("target")] = None,
    model: Annotated[Path | None, _option("model")] = None,
    strategy: Annotated[str | None, _option("strategy")] = None,
    switch: Annotated[list[str] | None, _option("switch")] = None,
    visitors: Annotated[str | None, _option("visitors")] = None,
    arrivals: Annotated[str | None, _option("arrivals")] = None,
    subresources: Annotated[str | None, _option("subresources")] = None,
    duration: Annotated[str | None, _option("duration")] = None,
    ramp: Annotated[str | None, _option("ramp")] = None,
    warmup: Annotated[str | None, _option("warmup")] = None,
    think_time: Annotated[str | None, _option("think_time")] = None,
    seed: Annotated[str | None, _option("seed")] = None,
    slo: Annotated[list[str] | None, _option("slo")] = None,
    intensity: Annotated[str | None, _option("intensity")] = None,
    sophistication: Annotated[str | None, _option("sophistication")] = None,
    personas: Annotated[Path | None, _option("personas")] = None,
    ai: Annotated[str | None, _option("ai")] = None,
    brief: Annotated[str | None, _option("brief")] = None,
    yes: Annotated[bool | None, _option("yes")] = None,
    ai_max_usd: Annotated[str | None, _option("ai_max_usd")] = None,
    ai_max_tokens: Annotated[str | None, _option("ai_max_tokens")] = None,
    record_ai: Annotated[Path | None, _option("record_ai")] = None,
    replay_ai: Annotated[Path | None, _option("replay_ai")] = None,
    show_prompts: Annotated[bool | None, _option("show_prompts")] = None,
    allow_forms: Annotated[list[str] | None, _option("allow_forms")] = None,
    allow_destructive: Annotated[list[str] | None, _option("allow_destructive")] = None,
    workers: Annotated[str | None, _option("workers")] = None,
    http: Annotated[str | None, _option("http")] = None,
    ca_file: Annotated[Path | None, _option("ca_file")] = None,
    timeout: Annotated[str | None, _option("timeout")] = None,
    connect_timeout: Annotated[str | None, _option("connect_timeout")] = None,
    max_body: Annotated[str | None, _option("max_body")] = None,
    out: Annotated[Path | None, _option("out")] = None,
    name: Annotated[str | None, _option("name")] = None,
    quiet: Annotated[bool | None, _option("quiet")] = None,
    json: Annotated[bool | None, _option("json")] = None,
    config: Annotated[Path | None, config_option()] = None,
    verbose: Annotated[int, verbose_option("Output")] = 0,
) -> None:
    """Play visitors against a site and say how it held up.

    The visitors come from a traffic model; response times count from the moment each request was due.
    Results are kept in a folder of their own, with report.html and summary.json.
    Ctrl-C lets page views under way end and keeps what was measured; a second one stops at once.
    """
    be_verbose(ctx, verbose)
    flags = {key: value for key, value in ctx.params.items() if key not in {"config", "verbose"}}
    settings = layered(config, flags).build()
    ai_settings = layered_ai(config, settings.ai).build()

    from trafficflou.cli.play import play  # noqa: PLC0415 - loads the engine

    raise typer.Exit(play(settings, ai_settings, ctx.ensure_object(ShellState)))
