"""Stops asking who keeps failing, and finds out by itself when asking helps again.

Theory of operation (M. Nygard, "Release It!", chapter 5): closed, calls pass and their last outcomes are remembered. Where at least
`min_calls` are known and `failure_share` of them failed, the breaker opens and calls are refused without cost. After a pause
one call may pass (half-open): its success closes the breaker, its failure opens it again for twice as long. A call that
ended without telling anything (cancelled) gives its place back. Where the other side names a time (`Retry-After`) the pause is no shorter.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from trafficflou.core import Clock

__all__ = ["BreakerSettings", "BreakerState", "CircuitBreaker", "Passage"]


class BreakerState(StrEnum):
    """Where the breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings:
    """When it opens, and for how long.

    Attributes:
        window: How many outcomes are remembered.
        min_calls: Opens with no fewer outcomes than this.
        failure_share: Opens at this share of failures, 0..1.
        pause_s: How long it stays open at first, seconds.
        max_pause_s: How long at most, seconds; also bounds what the other side asks for.
    """

    window: int = 20
    min_calls: int = 5
    failure_share: float = 0.8
    pause_s: float = 5.0
    max_pause_s: float = 300.0

    def __post_init__(self) -> None:
        if not 1 <= self.min_calls <= self.window or not 0 < self.failure_share <= 1:
            raise ValueError("1 <= min_calls <= window and 0 < failure_share <= 1 must hold")
        if not 0 < self.pause_s <= self.max_pause_s:
            raise ValueError("0 < pause_s <= max_pause_s must hold")


class Passage:
    """One call's leave to pass. It tells exactly one thing, the first of `succeeded`, `failed` and `left` that is called.

    Args:
        breaker: Who let it pass.
        period: How often the breaker had changed by then; what a call tells after the next change is not about now.
    """

    __slots__ = ("_breaker", "_period")

    def __init__(self, breaker: "CircuitBreaker", period: int) -> None:
        self._breaker = breaker
        self._period: int | None = period

    def succeeded(self) -> None:
        """Tell that the call went well."""
        if self._is_first_and_current():
            self._breaker._succeeded()  # noqa: SLF001 - the other half of the same thing

    def failed(self, *, retry_after_s: float | None = None, is_final: bool = False) -> None:
        """Tell that the call failed.

        Args:
            retry_after_s: How long the other side asks to wait.
            is_final: It will fail for everybody until somebody does something (a wrong key): opens at once.
        """
        if self._is_first_and_current():
            self._breaker._failed(retry_after_s, is_final=is_final)  # noqa: SLF001

    def left(self) -> None:
        """Tell that the call ended without saying anything about the other side."""
        if self._is_first_and_current():
            self._breaker._left()  # noqa: SLF001

    def _is_first_and_current(self) -> bool:
        period, self._period = self._period, None
        return period == self._breaker._period  # noqa: SLF001


class CircuitBreaker:
    """Each call asks `try_enter` first and tells its `Passage` how it ended.

    Args:
        settings: When it opens.
        clock: Tells the time.
    """

    def __init__(self, settings: BreakerSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._outcomes: deque[bool] = deque(maxlen=settings.window)
        self._open_until_ns: int | None = None
        self._pause_s = settings.pause_s
        self._is_probing = False
        self._period = 0
        self.opened = 0
        self.refused = 0

    @property
    def state(self) -> BreakerState:
        """Where it stands now."""
        if self._open_until_ns is None:
            return BreakerState.CLOSED
        if self._is_probing or self._clock.now_ns() >= self._open_until_ns:
            return BreakerState.HALF_OPEN
        return BreakerState.OPEN

    @property
    def would_enter(self) -> bool:
        """Whether `try_enter` would let a call pass now; changes nothing."""
        state = self.state
        return state is BreakerState.CLOSED or (state is BreakerState.HALF_OPEN and not self._is_probing)

    @property
    def retry_in_s(self) -> float:
        """Seconds until a call may pass; 0 where one may now, or as soon as the one that is under way has ended."""
        if self._open_until_ns is None:
            return 0.0
        return max(0, self._open_until_ns - self._clock.now_ns()) / 1e9

    def try_enter(self) -> Passage | None:
        """Ask to make a call; `None` where it must not be made."""
        if not self.would_enter:
            self.refused += 1
            return None
        if self._open_until_ns is not None:
            self._is_probing = True
            self._period += 1
        return Passage(self, self._period)

    def _succeeded(self) -> None:
        if self._is_probing:
            self._outcomes.clear()
            self._open_until_ns = None
            self._is_probing = False
            self._pause_s = self._settings.pause_s
            self._period += 1
        self._outcomes.append(True)

    def _failed(self, retry_after_s: float | None, *, is_final: bool) -> None:
        if self._is_probing:
            self._pause_s = min(self._pause_s * 2, self._settings.max_pause_s)
            self._open(retry_after_s)
            return
        self._outcomes.append(False)
        failures = self._outcomes.count(False)
        is_enough = len(self._outcomes) >= self._settings.min_calls
        if is_final or (is_enough and failures >= self._settings.failure_share * len(self._outcomes)):
            self._open(retry_after_s)

    def _left(self) -> None:
        self._is_probing = False

    def _open(self, retry_after_s: float | None) -> None:
        pause_s = min(max(self._pause_s, retry_after_s or 0.0), self._settings.max_pause_s)
        self._open_until_ns = self._clock.now_ns() + round(pause_s * 1e9)
        self._is_probing = False
        self._outcomes.clear()
        self._period += 1
        self.opened += 1
