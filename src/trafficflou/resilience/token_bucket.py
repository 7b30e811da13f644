"""A rate limit that lets short bursts through.

Theory of operation: a bucket holds up to `capacity` tokens and fills at a steady rate. Who takes more than there is goes into debt and is
told how long to wait until the debt is paid; the next one queues behind, so waiting is first come, first served without a
queue. What was taken on an estimate is corrected later (`settle`).
"""

from trafficflou.core import Clock

__all__ = ["TokenBucket"]


class TokenBucket:
    """Tokens that come back with time.

    Args:
        rate_per_s: How fast it fills, > 0.
        capacity: How much it holds, > 0; it begins full.
        clock: Tells the time.

    Raises:
        ValueError: A number is not positive.
    """

    __slots__ = ("_at_ns", "_clock", "_level", "capacity", "rate_per_s")

    def __init__(self, rate_per_s: float, capacity: float, clock: Clock) -> None:
        if not (rate_per_s > 0 and capacity > 0):
            raise ValueError("rate and capacity must be positive")
        self.rate_per_s = rate_per_s
        self.capacity = capacity
        self._clock = clock
        self._level = capacity
        self._at_ns = clock.now_ns()

    @property
    def level(self) -> float:
        """Tokens that are there now; negative where some are owed."""
        self._fill()
        return self._level

    def reserve(self, amount: float, *, max_wait_s: float) -> float | None:
        """Take tokens, possibly on credit.

        Args:
            amount: How many, >= 0. More than the bucket ever holds counts as a full bucket, else it could never be had.
            max_wait_s: The longest acceptable wait.

        Returns:
            Seconds to wait before using them; `None` where that would be longer than `max_wait_s`, and then nothing was taken.
        """
        self._fill()
        after = self._level - min(amount, self.capacity)
        wait_s = max(0.0, -after) / self.rate_per_s
        if wait_s > max_wait_s:
            return None
        self._level = after
        return wait_s

    def settle(self, estimate: float, used: float) -> None:
        """Correct what was taken on an estimate, up or down; what was used is owed also where it was not there.

        Args:
            estimate: The amount that was given to `reserve`.
            used: What it was in truth; 0 gives all of it back.
        """
        self._fill()
        self._level = min(self.capacity, self._level + min(estimate, self.capacity) - used)

    def _fill(self) -> None:
        now_ns = self._clock.now_ns()
        if now_ns > self._at_ns:
            self._level = min(self.capacity, self._level + (now_ns - self._at_ns) / 1e9 * self.rate_per_s)
            self._at_ns = now_ns
