"""Durations in fixed log-linear buckets: mergeable, bounded, with a relative error of 0.4 %.

Theory of operation. A duration below 256 ns is its own bucket. Above, every power of two is cut into 128 equal buckets
(7 bits), so a bucket is at most 1/128 of its lower bound wide and its middle is within 1/256 (0.4 %) of every value
in it. The range ends at 2^42 ns (73 minutes); longer durations count in the last bucket. That makes 4480 possible
buckets, of which a run touches a few hundred: counts are kept in a dict, so an empty histogram costs next to nothing
and one second of measurements travels between processes in some hundred bytes. The scheme is that of HdrHistogram
(G. Tene) with its unit at 1 ns; here the buckets need no configuration, so any two histograms can be merged.

Sum and maximum are kept exactly beside the counts.
"""

# ruff: noqa: PLR1730 - `if` instead of `max()`: the call alone costs more than the comparison (hot path).

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from math import ceil
from typing import Final

__all__ = ["MAX_BUCKET", "RELATIVE_ERROR", "Histogram", "bucket_middle_ns", "bucket_of"]

SUB_BUCKET_BITS: Final = 7
LINEAR_NS: Final = 1 << (SUB_BUCKET_BITS + 1)
"""Below this a duration is its own bucket, nanoseconds."""

MAX_BITS: Final = 42
MAX_BUCKET: Final = ((MAX_BITS - SUB_BUCKET_BITS - 1) << SUB_BUCKET_BITS) + LINEAR_NS - 1
"""The last bucket; it takes everything of 73 minutes and more."""

RELATIVE_ERROR: Final = 1 / (1 << (SUB_BUCKET_BITS + 1))
"""Bound of the distance between a percentile and the value at its rank, as a share of that value."""


def bucket_of(value_ns: int) -> int:
    """Find the bucket of a duration, 0..MAX_BUCKET; a negative duration counts as 0.

    The recorder's hot path repeats these lines in place of a call; a test holds the two together.
    """
    if value_ns < LINEAR_NS:
        return max(0, value_ns)
    shift = value_ns.bit_length() - (SUB_BUCKET_BITS + 1)
    return min((shift << SUB_BUCKET_BITS) + (value_ns >> shift), MAX_BUCKET)


def bucket_middle_ns(bucket: int) -> int:
    """Return the middle of a bucket, nanoseconds: what a percentile that falls into it is reported as."""
    if bucket < LINEAR_NS:
        return bucket
    shift = (bucket >> SUB_BUCKET_BITS) - 1
    low_ns = (bucket - (shift << SUB_BUCKET_BITS)) << shift
    return low_ns + ((1 << shift) - 1) // 2


class Histogram:
    """Counts of durations by bucket, with their exact sum and maximum.

    Attributes:
        counts: Durations per bucket; buckets without any are absent.
        count: How many durations.
        sum_ns: Their exact sum, nanoseconds.
        max_ns: The longest, exactly; 0 where there is none.
    """

    __slots__ = ("count", "counts", "max_ns", "sum_ns")

    def __init__(self, counts: dict[int, int] | None = None, sum_ns: int = 0, max_ns: int = 0) -> None:
        """Take over counts that were made elsewhere, or start empty.

        Args:
            counts: Durations per bucket; the histogram owns the dict from now on. Buckets out of range are clamped.
            sum_ns: Sum of the durations.
            max_ns: The longest of them.
        """
        self.counts = {} if counts is None else counts
        if self.counts and (max(self.counts) > MAX_BUCKET or min(self.counts) < 0):
            self._clamp()
        self.count = sum(self.counts.values())
        self.sum_ns = sum_ns
        self.max_ns = max_ns

    def _clamp(self) -> None:
        for bucket in [bucket for bucket in self.counts if not 0 <= bucket <= MAX_BUCKET]:
            nearest = min(max(bucket, 0), MAX_BUCKET)
            self.counts[nearest] = self.counts.get(nearest, 0) + self.counts.pop(bucket)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return (self.counts, self.sum_ns, self.max_ns) == (other.counts, other.sum_ns, other.max_ns)

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"Histogram(count={self.count}, mean_ms={self.mean_ms}, max_ms={self.max_ms})"

    def record(self, value_ns: int) -> None:
        """Count one duration, nanoseconds; a negative one (a clock that stepped) counts as 0."""
        if value_ns < LINEAR_NS:
            value_ns = bucket = max(0, value_ns)
        else:  # bucket_of, without the call
            shift = value_ns.bit_length() - (SUB_BUCKET_BITS + 1)
            bucket = (shift << SUB_BUCKET_BITS) + (value_ns >> shift)
            if bucket > MAX_BUCKET:
                bucket = MAX_BUCKET
        counts = self.counts
        counts[bucket] = counts.get(bucket, 0) + 1
        self.count += 1
        self.sum_ns += value_ns
        if value_ns > self.max_ns:
            self.max_ns = value_ns

    def merge(self, other: "Histogram") -> None:
        """Add all of another histogram's durations; `other` stays as it is."""
        counts = self.counts
        for bucket, count in other.counts.items():
            counts[bucket] = counts.get(bucket, 0) + count
        self.count += other.count
        self.sum_ns += other.sum_ns
        self.max_ns = max(self.max_ns, other.max_ns)

    @classmethod
    def merged(cls, histograms: Iterable["Histogram"]) -> "Histogram":
        """Return a new histogram with the durations of all."""
        total = cls()
        for histogram in histograms:
            total.merge(histogram)
        return total

    def percentile_ms(self, percent: float) -> float | None:
        """Return the duration that `percent` of all durations do not exceed (nearest rank), milliseconds.

        Args:
            percent: 0..100; 0 is the shortest duration, 100 the exact maximum.

        Returns:
            Within `RELATIVE_ERROR` of the value at that rank; `None` where nothing was recorded.
        """
        if not self.count:
            return None
        rank = max(1, ceil(self.count * percent / 100 - 1e-9))
        if rank >= self.count:
            return self.max_ns / 1e6
        buckets = sorted(self.counts)
        up_to = list(accumulate(map(self.counts.__getitem__, buckets)))
        return min(bucket_middle_ns(buckets[bisect_left(up_to, rank)]), self.max_ns) / 1e6

    @property
    def mean_ms(self) -> float | None:
        """The exact mean, milliseconds; `None` where nothing was recorded."""
        return self.sum_ns / self.count / 1e6 if self.count else None

    @property
    def max_ms(self) -> float | None:
        """The exact maximum, milliseconds; `None` where nothing was recorded."""
        return self.max_ns / 1e6 if self.count else None
