"""`trafficflou demo`: the demo shop, alone or with visitors."""

from typing import Annotated

import typer

from trafficflou.core import UsageError

__all__ = ["demo"]


def demo(
    serve: Annotated[
        bool, typer.Option("--serve", help="Run the shop alone, in the foreground, until Ctrl-C.")
    ] = False,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes any free one.", show_default=False),
    ] = 0,
) -> None:
    """Try everything at once: start a shop, learn from its log, play its visitors, show the report."""
    if serve:
        serve_shop(port)
        return
    # The whole demo is put in here: DemoShop + write_sample_log, learn, run, report.
    raise UsageError("only the shop alone can be run yet", hint="Use `trafficflou demo --serve`.")


def serve_shop(port: int) -> None:
    """Run the shop in the foreground until Ctrl-C; says its URL once it answers.

    Raises:
        UsageError: The port cannot be had.
    """
    # Here, not above: Starlette and Jinja2 take 0.1 s to load, and the other commands do without them.
    from trafficflou.demo.server import bind, serve  # noqa: PLC0415

    listener = bind(port)
    host, bound_port = listener.getsockname()[:2]
    serve(
        listener,
        on_ready=lambda: typer.echo(
            f"The demo shop is open at http://{host}:{bound_port}/  (Ctrl-C closes it)"
        ),
    )
    typer.echo("The demo shop is closed.")
