"""`trafficflou demo`: the whole way, from a log to a verdict, against the embedded shop; or the shop alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from trafficflou.cli.endings import ShellState
from trafficflou.cli.options import be_verbose, layered, layered_ai, verbose_option
from trafficflou.core import StoreError

__all__ = ["DEMO_FOLDER", "demo"]

DEMO_FOLDER: Final = Path("trafficflou-demo")
"""Where the sample log and the model that was learned from it are left, to be looked at."""

DEMO_SETTINGS: Final = {
    "visitors": 200,
    "duration": "30s",
    # People read for minutes; a demo lasts half of one. The factor is printed with the result.
    "think_time": "x0.2",
    "seed": 7,
    "name": "demo",
    "slo": ["p95<500ms", "errors<1%"],
    # The shop is our own: whoever buys there changes nothing that anybody needs.
    "allow_forms": ["search", "cart", "checkout", "login"],
}


def demo(
    ctx: typer.Context,
    *,
    serve: Annotated[
        bool, typer.Option("--serve", help="Run the shop alone, in the foreground, until Ctrl-C.")
    ] = False,
    faults: Annotated[
        bool,
        typer.Option(
            "--faults", help="Plant weak spots into the shop: a broken link, a failing form and others."
        ),
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            min=0,
            max=65535,
            help="The shop's port on 127.0.0.1; 0 takes any free one.",
            show_default=False,
            metavar="PORT",
        ),
    ] = 0,
    visitors: Annotated[
        int | None, typer.Option(help="Visitors at once (default 200).", show_default=False, metavar="N")
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(help="How long they come (default 30s).", show_default=False, metavar="DURATION"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of runs (default trafficflou-runs).", show_default=False, metavar="DIR"),
    ] = None,
    verbose: Annotated[int, verbose_option()] = 0,
) -> None:
    """Try everything at once: start a shop, learn from its log, play its visitors, show the report.

    No key, no network, no other program: the shop, its log and its visitors are all on this machine. The sample log and the learned
    model are left in ./trafficflou-demo/, the report in ./trafficflou-runs/.
    """
    be_verbose(ctx, verbose)
    if serve:
        serve_shop(port, faults=faults)
        return
    given = {"visitors": visitors, "duration": duration, "out": out}
    overrides: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    raise typer.Exit(_whole_way(ctx.ensure_object(ShellState), port, overrides, faults=faults))


def _whole_way(state: ShellState, port: int, overrides: dict[str, Any], *, faults: bool) -> int:
    from rich.console import Console  # noqa: PLC0415 - the other commands do without these

    from trafficflou.cli.play import play  # noqa: PLC0415
    from trafficflou.demo.server import DemoShop  # noqa: PLC0415

    say = partial(Console(stderr=True, highlight=False).print, soft_wrap=True)
    layered(None, DEMO_SETTINGS | overrides).check()  # before anybody waits for the log
    model = _learn_from_sample(say)
    with DemoShop(port, faults=faults) as shop:
        flags = DEMO_SETTINGS | overrides | {"target": shop.url, "model": model}
        settings = layered(None, flags).build()
        if not settings.ramp_s:
            settings = settings.model_copy(update={"ramp_s": settings.duration_s / 6})
        say(
            f"3. Playing {settings.visitors} visitors for {settings.duration_s:g} s against the demo shop at {shop.url}, "
            f"their think times {settings.think_time}"
        )
        code = play(settings, layered_ai(None, settings.ai).build(), state)
    say(
        f"Next: trafficflou model show {model}, or with your own log: trafficflou learn access.log -o model.json"
        "\nWithout any log: trafficflou run URL; try it on the shop's planted weak spots: trafficflou demo --serve --faults"
    )
    return code


def _learn_from_sample(say: Callable[[str], None]) -> Path:
    from trafficflou.behavior import save_model  # noqa: PLC0415
    from trafficflou.control.learning import learn  # noqa: PLC0415
    from trafficflou.demo.sample_log import write_sample_log  # noqa: PLC0415

    log, model = DEMO_FOLDER / "access.log.gz", DEMO_FOLDER / "model.json"
    try:
        DEMO_FOLDER.mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make the folder {DEMO_FOLDER}: {error.strerror or error}",
            hint="Call it from a folder that you may write to; the demo leaves its log, model and report there.",
        ) from error
    lines = write_sample_log(log)
    say(f"1. Wrote a week of the shop's access log: {lines:,} lines, {log}")
    learned = learn([log]).model
    save_model(learned, model)
    provenance = learned.provenance
    say(
        f"2. Learned from it: {provenance.sessions:,} sessions, {provenance.page_views:,} page views, "
        f"{len(learned.templates)} page templates, {model}"
    )
    return model


def serve_shop(port: int, *, faults: bool = False) -> None:
    """Run the shop in the foreground until Ctrl-C; says its URL once it answers.

    Args:
        port: Where to listen on 127.0.0.1; 0 for any free port.
        faults: Plant the weak spots of `demo.faults`.

    Raises:
        UsageError: The port cannot be had.
    """
    # Here, not above: Starlette and Jinja2 take 0.1 s to load, and the other commands do without them.
    from trafficflou.demo.server import bind, serve  # noqa: PLC0415
    from trafficflou.demo.settings import ShopSettings  # noqa: PLC0415

    listener = bind(port)
    host, bound_port = listener.getsockname()[:2]
    serve(
        listener,
        settings=ShopSettings(faults=faults),
        on_ready=lambda: typer.echo(
            f"The demo shop is open at http://{host}:{bound_port}/  (Ctrl-C closes it)"
        ),
    )
    typer.echo("The demo shop is closed.")
