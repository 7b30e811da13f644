"""Which time a log covers, and how often sessions begin in it.

A log is not evidence for the days that are missing from it, nor for the hours before its first line. Each hour with any line
(machines' too, which keep coming at night) is covered. So are the hours between two of them, unless the silence is far longer than is
usual in this log.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

__all__ = ["Coverage"]

_HOUR_S: Final = 3600
_MISSING_AFTER_H: Final = 6
_UNUSUAL: Final = 4
_LEAST_EXPOSURE_H: Final = 0.5
_LEAST_COVERED_H: Final = 0.25


class Coverage:
    """The hours of the log's own clock that have lines."""

    __slots__ = ("_hours", "_latest_hour", "first_at_s", "first_offset_s", "last_at_s", "last_offset_s")

    def __init__(self) -> None:
        self._hours: set[int] = set()
        self._latest_hour = -1
        self.first_at_s = self.last_at_s = 0
        self.first_offset_s = self.last_offset_s = 0

    def add(self, at_s: int, utc_offset_s: int) -> None:
        """Note a line; cheap for lines in order."""
        if at_s > self.last_at_s:
            self.last_at_s, self.last_offset_s = at_s, utc_offset_s
        hour = (at_s + utc_offset_s) // _HOUR_S
        if hour != self._latest_hour:
            if not self._hours or at_s < self.first_at_s:
                self.first_at_s, self.first_offset_s = at_s, utc_offset_s
            self._hours.add(hour)
            self._latest_hour = hour
        elif at_s < self.first_at_s:
            self.first_at_s, self.first_offset_s = at_s, utc_offset_s

    def exposure_h(self) -> list[float]:
        """Return for each hour of the day how many hours of the log fall into it; fractions at the two ends."""
        hours = sorted(self._hours)
        gaps = sorted(after - before for before, after in pairwise(hours))
        usual = gaps[int(0.95 * (len(gaps) - 1))] if gaps else 1
        missing_after = max(_MISSING_AFTER_H, _UNUSUAL * usual)
        exposure = [0.0] * 24
        previous: int | None = None
        for hour in hours:
            begin = hour if previous is None or hour - previous > missing_after else previous + 1
            for covered in range(begin, hour + 1):
                exposure[covered % 24] += 1
            previous = hour
        if hours:
            self._cut_ends(exposure, hours)
        return exposure

    def _cut_ends(self, exposure: list[float], hours: Sequence[int]) -> None:
        first_s, last_s = self.first_at_s + self.first_offset_s, self.last_at_s + self.last_offset_s
        exposure[hours[0] % 24] -= first_s % _HOUR_S / _HOUR_S
        exposure[hours[-1] % 24] -= 1 - (last_s % _HOUR_S + 1) / _HOUR_S
        if sum(exposure) < _LEAST_COVERED_H:
            exposure[hours[0] % 24] = _LEAST_COVERED_H

    def arrivals(self, sessions_by_hour: Sequence[int]) -> tuple[float, tuple[float, ...]]:
        """Turn counts into a rate and its shape.

        Args:
            sessions_by_hour: Sessions that began in each of the 24 hours of the day.

        Returns:
            Sessions a day, and the share of each hour (they add up to 1). An hour of the day that the log hardly covers is
            given the mean of the others, because the log does not say that it is quiet.
        """
        exposure = self.exposure_h()
        mean = sum(sessions_by_hour) / max(sum(exposure), _LEAST_COVERED_H)
        rates = [
            count / hours if hours >= _LEAST_EXPOSURE_H else mean
            for count, hours in zip(sessions_by_hour, exposure, strict=True)
        ]
        total = sum(rates) or 1.0
        return sum(rates), tuple(rate / total for rate in rates)

    @property
    def covered_h(self) -> float:
        """Hours covered in all."""
        return sum(self.exposure_h())
