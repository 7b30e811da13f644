"""Level 1: structured logs; a JSON line each in the run folder, sentences on the terminal.

A package of its own at the lowest level that may use structlog, because both ends need it: the command line opens the
terminal's log, and every worker process (`fleet`) joins the run's file.
"""

from trafficflou.logs.setup import get_logger, log_to_file, log_to_terminal

__all__ = ["get_logger", "log_to_file", "log_to_terminal"]
