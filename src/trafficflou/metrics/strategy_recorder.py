"""Where the visitors of one strategy are measured: their requests by template, their sessions, and how long each decision took."""

# ruff: noqa: PLR1730 - `if` instead of `max()`: the call alone costs more than the comparison (hot path).

from typing import Final

from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.journal import Journal
from trafficflou.metrics.series import Series
from trafficflou.metrics.snapshot import OTHER_TEMPLATE, SeriesMeasurements, StrategyMeasurements

__all__ = ["MAX_SERIES", "SUBRESOURCE_SERIES", "StrategyRecorder"]

MAX_SERIES: Final = 300
"""Templates that are measured apart; a model with more has its tail in `(other)`."""

OTHER_FILES: Final = "(other files)"
SUBRESOURCE_SERIES: Final = {kind: f"({kind})" for kind in ("style", "script", "image", "font", "data")} | {
    "other": OTHER_FILES
}
"""The series of each kind of subresource."""


class StrategyRecorder:
    """The measurements of one strategy's visitors on one worker."""

    __slots__ = (
        "_decision_max_ns",
        "_decision_sum_ns",
        "_decisions",
        "_sessions",
        "_subresources",
        "_templates",
        "name",
    )

    def __init__(self, name: str) -> None:
        """Start with nothing measured.

        Args:
            name: The strategy's name.
        """
        self.name = name
        self._templates: dict[str, Series] = {}
        self._subresources: dict[str, Series] = {}
        self._reset()

    def _reset(self) -> None:
        self._sessions = [0, 0, 0]
        self._decisions: dict[int, int] = {}
        self._decision_sum_ns = self._decision_max_ns = 0

    def series(self, template: str) -> Series:
        """Return the series of a template; `(other)` for those beyond the first `MAX_SERIES`."""
        found = self._templates.get(template)
        if found is not None:
            return found
        if len(self._templates) >= MAX_SERIES and template != OTHER_TEMPLATE:
            return self.series(OTHER_TEMPLATE)
        made = self._templates[template] = Series(template, strategy=self.name)
        return made

    def subresource_series(self, kind: str) -> Series:
        """Return the series of a kind of subresource: `style`, `script`, `image`, `font`, `data`, or any other."""
        found = self._subresources.get(kind)
        if found is not None:
            return found
        if kind not in SUBRESOURCE_SERIES:
            return self.subresource_series("other")
        made = self._subresources[kind] = Series(
            SUBRESOURCE_SERIES[kind], is_subresource=True, strategy=self.name
        )
        return made

    def session_started(self) -> None:
        """Count a session that began."""
        self._sessions[0] += 1

    def session_finished(self) -> None:
        """Count a session that ended as the strategy wanted."""
        self._sessions[1] += 1

    def session_abandoned(self) -> None:
        """Count a session that ended early."""
        self._sessions[2] += 1

    def record_decision(self, decision_ns: int) -> None:
        """Record how long a step took to choose, nanoseconds."""
        # bucket_of, written out: a call would cost as much as the rest (see metrics.series).
        shift = decision_ns.bit_length() - 8
        bucket = (shift << 7) + (decision_ns >> shift) if shift > 0 else decision_ns
        counts = self._decisions
        counts[bucket] = counts.get(bucket, 0) + 1
        self._decision_sum_ns += decision_ns
        if decision_ns > self._decision_max_ns:
            self._decision_max_ns = decision_ns

    def take_series(self) -> list[SeriesMeasurements]:
        """Return every series in which something happened since the last call, and start anew."""
        every = (*self._templates.values(), *self._subresources.values())
        return [taken for series in every if (taken := series.take()) is not None]

    def take(self, journal: Journal | None = None) -> StrategyMeasurements:
        """Return the rest that was measured since the last call, and start anew.

        Args:
            journal: What the strategy itself has to tell of that time.
        """
        started, finished, abandoned = self._sessions
        taken = StrategyMeasurements(
            name=self.name,
            sessions_started=started,
            sessions_finished=finished,
            sessions_abandoned=abandoned,
            decision=Histogram(self._decisions, self._decision_sum_ns, self._decision_max_ns),
            journal=journal,
        )
        self._reset()
        return taken
