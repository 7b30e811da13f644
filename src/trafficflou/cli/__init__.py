"""Level 8: the command line; the composition root and the only reader of argv, environment and signals."""

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process and exit."""
    from trafficflou.cli.shell import main as run_main  # noqa: PLC0415 - a submodule that imports this package's others

    run_main()
