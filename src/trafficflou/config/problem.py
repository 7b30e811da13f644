"""All mistakes in a run's settings as one error."""

from collections.abc import Sequence

from trafficflou.core import ConfigError
from trafficflou.core.problem import Problem
from trafficflou.core.secret import redact

__all__ = ["GENERAL_HINT", "as_error"]

MAX_SHOWN_PROBLEMS = 30

GENERAL_HINT = "`trafficflou config show` prints every setting and where its value came from."


def as_error(problems: Sequence[Problem], general_hint: str = GENERAL_HINT) -> ConfigError:
    """Put all mistakes into one error, so that one reading mends them all."""
    shown = [redact(str(problem)) for problem in problems[:MAX_SHOWN_PROBLEMS]]
    if len(problems) > MAX_SHOWN_PROBLEMS:
        shown.append(f"... and {len(problems) - MAX_SHOWN_PROBLEMS} more")
    message = (
        shown[0] if len(shown) == 1 else "\n  ".join((f"{len(problems)} mistakes in the settings:", *shown))
    )
    hint = next((problem.hint for problem in problems if problem.hint), "")
    return ConfigError(message, hint=hint or general_hint)
