"""`trafficflou strategies`: who can play, what each needs, and what it can be set to."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from trafficflou.settings import DeclaredSetting
    from trafficflou.traffic import StrategyKind

__all__ = ["strategies"]

SCHEMA = "trafficflou/strategies@1"


def _names() -> list[str]:
    from trafficflou.traffic import strategy_names  # noqa: PLC0415 - only while the shell completes

    return list(strategy_names())


def strategies(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            show_default=False,
            autocompletion=_names,
            help="A strategy, or one of your own: a file, a class or a journey in it, such as shop.py:Buyer.",
        ),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the same as JSON instead.")] = False,
) -> None:
    r"""List the strategies, or say what one can be set to.

    Settings are written in brackets: [bold]--strategy 'phantom-flair\[intensity=0.4]'[/bold]. A file of your own is run to see what it holds.
    """
    from trafficflou.traffic import known_strategies  # noqa: PLC0415 - not needed for --help

    found = known_strategies() if name is None else {name: _find(name)}
    if json_output:
        document = {"schema": SCHEMA, "strategies": [_as_json(*item) for item in found.items()]}
        typer.echo((json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode(), nl=False)
    elif name is None:
        _print_list(found)
    else:
        _print_one(name, found[name])


def _find(name: str) -> "StrategyKind":
    from trafficflou.core import UsageError  # noqa: PLC0415
    from trafficflou.traffic import StrategySpec, find_part  # noqa: PLC0415
    from trafficflou.traffic.strategy_part import StrategyPart  # noqa: PLC0415

    parts = StrategySpec.parse(name).parts
    if len(parts) != 1 or not isinstance(parts[0], StrategyPart):
        raise UsageError("a blend has several strategies", hint="Name one of them.")
    return find_part(parts[0])


def _as_json(name: str, kind: "StrategyKind") -> dict[str, Any]:
    from trafficflou.settings import declared_settings  # noqa: PLC0415

    return {
        "name": name,
        "summary": kind.summary,
        "needs_model": kind.needs_model,
        "needs_population": kind.needs_population,
        "settings": [
            {
                "key": setting.key,
                "default": setting.default,
                "required": setting.is_required,
                "valid": setting.valid,
                "description": setting.help,
            }
            for setting in declared_settings(kind.settings_type).values()
        ],
    }


def _print_list(found: "dict[str, StrategyKind]") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    width = max(map(len, found))
    for name, kind in found.items():
        console.print(Text.assemble((f"{name:<{width}}", "bold"), f"  {kind.summary}"))
        console.print(Text(f"{'':<{width}}  {_needs(kind)}", style="dim"))
    console.print("\n`trafficflou strategies NAME` says what one can be set to.")


def _print_one(name: str, kind: "StrategyKind") -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from trafficflou.settings import declared_settings  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    console.print(Text.assemble((name, "bold"), f": {kind.summary}" if kind.summary else ""))
    console.print(Text(_needs(kind), style="dim"))
    settings = declared_settings(kind.settings_type)
    if not settings:
        console.print("\nIt has no settings.")
        return
    console.print(Text(f"\nSettings, written as {_example(name, settings)}:"))
    for setting in settings.values():
        console.print(Text.assemble("\n  ", (setting.key, "bold"), _default(setting)))
        if setting.help:
            console.print(Text(f"    {setting.help}"))
        console.print(Text(f"    valid: {setting.valid}", style="dim"))


def _needs(kind: "StrategyKind") -> str:
    needs = [
        *(["a traffic model (--model)"] if kind.needs_model else []),
        *(["people, whom an AI model or Athena imagines"] if kind.needs_population else []),
    ]
    return f"needs {' and '.join(needs)}" if needs else "needs nothing"


def _default(setting: "DeclaredSetting") -> str:
    if setting.is_required:
        return "  must be given"
    return f"  default {setting.default}" if setting.default else "  not set by default"


def _example(name: str, settings: "dict[str, DeclaredSetting]") -> str:
    first = next(iter(settings.values()))
    return f"{name}[{first.key}={first.default or '...'}]"
