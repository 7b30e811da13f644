"""`trafficflou ai`: are the AI models set up, and do they answer."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trafficflou.cli.options import be_verbose, config_option, layered_ai, verbose_option

if TYPE_CHECKING:
    from trafficflou.ai_models.check import CheckResult

__all__ = ["ai_app"]

SCHEMA = "trafficflou/ai-check@1"

ai_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="AI models: who answers what statistics cannot, and whether it works.",
)


@ai_app.callback()
def _ai() -> None:
    """Hold the commands; with a single one Typer would make it the group itself."""


@ai_app.command()
def check(
    ctx: typer.Context,
    *,
    provider: Annotated[
        str | None,
        typer.Option(
            "--provider",
            metavar="NAME",
            show_default=False,
            help="Check this one: athena, openai, anthropic, compatible, primal-genesis or one of another package. "
            "Without it: all that are configured.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", show_default=False, help="With this model of --provider."),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url", metavar="URL", show_default=False, help="At this address of --provider's API."
        ),
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            "--key-file", metavar="FILE", show_default=False, help="With the keys of this file, one a line."
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the results as JSON instead.")] = False,
    config: Annotated[Path | None, config_option()] = None,
    verbose: Annotated[int, verbose_option()] = 0,
) -> None:
    """Ask AI providers one tiny question each and say in plain words what is wrong.

    Takes 20 seconds at most. The exit code is 0 if all that were asked work, 2 if settings are wrong (no key, a wrong one, no
    such model, a library missing) and 5 if a provider cannot be had. Athena needs neither key nor network.
    """
    be_verbose(ctx, verbose)
    flags = {"model": model, "base_url": base_url, "key_file": None if key_file is None else str(key_file)}
    if provider is None and any(flags.values()):
        raise typer.BadParameter("--model, --base-url and --key-file need --provider")
    settings = layered_ai(config, provider, flags).build()

    from trafficflou.control.ai import check_ai, overall_exit_code  # noqa: PLC0415 - not needed for --help

    for warning in settings.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    results = check_ai(settings, [provider] if provider else settings.configured)
    code = overall_exit_code(results)
    if json_output:
        document = {"schema": SCHEMA, "exit_code": int(code), "checks": [_as_json(item) for item in results]}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _print(results)
    raise typer.Exit(code)


def _as_json(result: "CheckResult") -> dict[str, Any]:
    return {
        "provider": result.provider,
        "model": result.model,
        "works": result.works,
        "exit_code": int(result.exit_code),
        "fault": result.fault,
        "message": result.message,
        "hint": result.hint,
        "answered_by": result.answered_by or result.provider if result.works else None,
        "latency_ms": round(result.latency_s * 1000, 1),
        "input_tokens": result.usage.input_tokens,
        "output_tokens": result.usage.output_tokens,
        "cost_usd": result.usage.cost_usd,
    }


def _print(results: "list[CheckResult]") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    width = max(len(result.provider) for result in results)
    for result in results:
        status = ("ok   ", "green") if result.works else ("fail ", "bold red")
        found = _finding(result) if result.works else result.message
        model = f"{result.model}: " if result.model else ""
        console.print(Text.assemble(status, f"{result.provider:<{width}}  ", model, found))
        if result.hint:
            console.print(Text.assemble(" " * (width + 7), ("→ " + result.hint, "bold")))


def _finding(result: "CheckResult") -> str:
    from trafficflou.core.units import format_duration  # noqa: PLC0415

    through = f", {result.answered_by} answered" if result.answered_by else ""
    tokens = result.usage.input_tokens + result.usage.output_tokens
    spent = f", {tokens} tokens, ${result.usage.cost_usd:.6f}" if tokens else ""
    return f"answered in {format_duration(result.latency_s)}{through}{spent}"
