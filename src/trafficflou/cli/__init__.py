"""Level 8: the command line; the composition root and the only reader of argv, environment and signals."""

from trafficflou.cli.shell import main

__all__ = ["main"]
