"""When to try again, and when not to.

Theory of operation: the n-th pause is drawn evenly from 0 to `base_s * 2^n`, at most `cap_s` ("full jitter", M. Brooker, "Exponential
Backoff and Jitter", AWS Architecture Blog, 2015): callers that failed together do not come back together. Where the other side says
how long to wait (`Retry-After`, RFC 9110, section 10.2.3), that is the least, and up to a tenth is drawn on top for the same
reason. A pause that would not end before the deadline is not begun: failing at once leaves time for another provider.
"""

from dataclasses import dataclass
from random import Random

__all__ = ["RetryPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how fast.

    Attributes:
        attempts: All of them, the first included; 1 never tries again.
        base_s: Upper bound of the first pause, seconds.
        cap_s: Upper bound of any pause that the other side did not ask for, seconds.
    """

    attempts: int = 3
    base_s: float = 0.4
    cap_s: float = 8.0

    def __post_init__(self) -> None:
        if self.attempts < 1 or not 0 <= self.base_s <= self.cap_s:
            raise ValueError("attempts must be at least 1, and 0 <= base_s <= cap_s")

    def pause_s(
        self, failed: int, *, rng: Random, remaining_s: float, retry_after_s: float | None = None
    ) -> float | None:
        """Say how long to pause before the next attempt.

        Args:
            failed: How many attempts have failed, >= 1.
            rng: Draws the jitter.
            remaining_s: Time until the deadline.
            retry_after_s: How long the other side asks to wait.

        Returns:
            Seconds, >= 0; `None` where there is no next attempt: all were made, or the pause would not end before the deadline.
        """
        if failed >= self.attempts:
            return None
        if retry_after_s is None:
            pause_s = rng.uniform(0, min(self.cap_s, self.base_s * 2 ** (failed - 1)))
        else:
            least_s = max(0.0, retry_after_s)
            pause_s = least_s + rng.uniform(0, min(least_s / 10, self.cap_s))
        return pause_s if pause_s < remaining_s else None
