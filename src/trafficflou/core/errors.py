"""Every error that TrafficFlou raises, by who must act.

    TrafficFlouError
    ├── UsageError          the operator: a wrong argument or input file          exit 2
    │   ├── EvidenceError   a log that cannot be read or learned from             exit 2
    │   └── ModelError      a traffic model that cannot be used                   exit 2
    ├── ConfigError         the operator: a wrong setting                         exit 2
    ├── GrantError          the operator: the target is not permitted             exit 3
    ├── TargetError         the site: it cannot be reached at all                 exit 5
    ├── ProviderError       an AI provider: unreachable, refusing, or answering nonsense   exit 5
    ├── StoreError          the machine: a file or folder cannot be written       exit 2
    ├── FleetError          the fleet: a worker died                              exit 70
    └── InternalError       us: a bug                                             exit 70

Exit codes that do not come from an error are in `ExitCode`: a run that measured well but missed an SLO is not
an exception, it is a verdict.
"""

from enum import IntEnum, StrEnum
from typing import Any, ClassVar

__all__ = [
    "ConfigError",
    "EvidenceError",
    "ExitCode",
    "FleetError",
    "GrantError",
    "InternalError",
    "ModelError",
    "ProviderError",
    "ProviderFault",
    "Severity",
    "StoreError",
    "TargetError",
    "TrafficFlouError",
    "UsageError",
]


class ExitCode(IntEnum):
    """What the process answers to its caller; documented in `docs/exit-codes.md`."""

    PASS = 0
    SLO_FAILED = 1
    USAGE = 2
    NOT_PERMITTED = 3
    INVALID = 4
    UNREACHABLE = 5
    BUG = 70
    INTERRUPTED = 130


class Severity(StrEnum):
    """How bad it is: `WARNING` lets the work go on, `ERROR` ends it, `CRITICAL` is our fault."""

    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class TrafficFlouError(Exception):
    """Root of the tree. Never raised itself.

    Args:
        message: One sentence: what is wrong, and where.
        hint: One sentence: what to do about it; empty where the message says it.
    """

    severity: ClassVar[Severity] = Severity.ERROR
    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling: errors cross from worker processes to the coordinator."""
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[TrafficFlouError], message: str, hint: str) -> TrafficFlouError:
    return kind(message, hint=hint)


class UsageError(TrafficFlouError):
    """The operator gave an argument or a file that cannot be used."""

    exit_code = ExitCode.USAGE


class EvidenceError(UsageError):
    """A log (or other evidence) is empty, foreign, cut short or unreadable."""


class ModelError(UsageError):
    """A traffic model is of another schema, damaged, or holds nothing that can be played."""


class ConfigError(TrafficFlouError):
    """A setting is unknown or has a value that is not valid."""

    exit_code = ExitCode.USAGE


class GrantError(TrafficFlouError):
    """The target's owner has not said yes, so nothing was sent."""

    exit_code = ExitCode.NOT_PERMITTED


class TargetError(TrafficFlouError):
    """The site cannot be reached: name resolution, connection or TLS failed before the run began."""

    exit_code = ExitCode.UNREACHABLE
    retryable = True


class ProviderFault(StrEnum):
    """What was wrong with a provider, told apart because something else must be done about each."""

    NO_KEY = "no_key"
    WRONG_KEY = "wrong_key"
    NO_MODEL = "no_model"
    NO_QUOTA = "no_quota"
    RATE_LIMITED = "rate_limited"
    NO_ROUTE = "no_route"
    TIMEOUT = "timeout"
    SERVER_ERROR = "server_error"
    BAD_ANSWER = "bad_answer"
    TOO_LARGE = "too_large"
    REDIRECTED = "redirected"
    BAD_REQUEST = "bad_request"
    OVER_BUDGET = "over_budget"
    UNAVAILABLE = "unavailable"


class ProviderError(TrafficFlouError):
    """An AI provider gave no usable answer.

    Args:
        message: One sentence, without keys and without text of the provider that was not cleaned.
        fault: What was wrong.
        retry_after_s: How long the provider asks to wait, where it says so.
        hint: What to do.
        input_tokens: Sent in calls that the provider was paid for all the same, as far as it told.
        output_tokens: Received in those.
        cost_usd: Of those.
        untold_calls: How many calls more it may have worked on and told nothing of; `None` where nobody counted them.
    """

    exit_code = ExitCode.UNREACHABLE

    def __init__(
        self,
        message: str,
        *,
        fault: ProviderFault = ProviderFault.UNAVAILABLE,
        retry_after_s: float | None = None,
        hint: str = "",
        input_tokens: int = 0,
        output_tokens: int = 0,
        cost_usd: float = 0.0,
        untold_calls: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.fault = fault
        self.retry_after_s = retry_after_s
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.cost_usd = cost_usd
        self.untold_calls = untold_calls

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling with everything that is known."""
        known = {
            "fault": self.fault,
            "retry_after_s": self.retry_after_s,
            "hint": self.hint,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_usd,
            "untold_calls": self.untold_calls,
        }
        return (_rebuild_provider_error, (type(self), self.message, known))


def _rebuild_provider_error(kind: type[ProviderError], message: str, known: dict[str, Any]) -> ProviderError:
    return kind(message, **known)


class StoreError(TrafficFlouError):
    """A file or folder of results cannot be written or read."""

    exit_code = ExitCode.USAGE


class FleetError(TrafficFlouError):
    """A worker process died or stopped answering."""

    severity = Severity.CRITICAL
    exit_code = ExitCode.BUG


class InternalError(TrafficFlouError):
    """A broken assumption of ours; please report it."""

    severity = Severity.CRITICAL
    exit_code = ExitCode.BUG
