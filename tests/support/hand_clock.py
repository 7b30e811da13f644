"""A clock that a test moves by hand."""


class HandClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._now_ns = 1_000_000_000

    def now_ns(self) -> int:
        """Return monotonic nanoseconds."""
        return self._now_ns

    def wall_s(self) -> float:
        """Return seconds since the Unix epoch."""
        return 1_767_225_600.0 + self._now_ns / 1e9

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self._now_ns += round(seconds * 1e9)
