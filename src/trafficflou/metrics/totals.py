"""The coordinator's merge of all workers' snapshots: live figures while the run is on, all figures when it is over.

Memory does not grow with the number of requests: there is one set of histograms a template (capped), one small entry a second
(capped, see `second`), and a few seconds are open until every worker has reported for them.
"""

from typing import Final

from trafficflou.metrics.counts import add_counts
from trafficflou.metrics.generator_health import GeneratorHealth
from trafficflou.metrics.load_figures import SessionFigures
from trafficflou.metrics.observer import LiveFigures
from trafficflou.metrics.second import OpenSecond, SecondSeries
from trafficflou.metrics.series import MAX_DISTINCT_KEYS
from trafficflou.metrics.snapshot import OTHER_TEMPLATE, SeriesMeasurements, Snapshot, StrategyMeasurements
from trafficflou.metrics.strategy_recorder import MAX_SERIES, SUBRESOURCE_SERIES

__all__ = ["GRACE_SECONDS", "RunTotals"]

GRACE_SECONDS: Final = 5
"""A second is closed when some worker is this far ahead of it, even if another has not reported (it may have died)."""


class RunTotals:
    """Everything measured so far.

    Attributes:
        overall: All requests of all templates.
        templates: The same of each template and kind of subresource.
        requests_of: All requests of each strategy's visitors.
        strategies: What else they did, warm-up included.
        health: How the generator held up.
        series: One entry a second.
        missing_paths: Learned paths that the target does not have: path, template, status; warm-up included.
        foreign_origins: Other origins that were named: origin, how; warm-up included.
    """

    def __init__(self, workers: int, warmup_s: float = 0.0) -> None:
        """Start with nothing measured.

        Args:
            workers: How many workers will send snapshots.
            warmup_s: Seconds from the start that count only in the series, in sessions and in the lists of paths and origins.
        """
        self._workers = workers
        self._warmup_s = warmup_s
        self.overall = SeriesMeasurements(template="(all)")
        self.templates: dict[str, SeriesMeasurements] = {}
        self.requests_of: dict[str, SeriesMeasurements] = {}
        self.strategies: dict[str, StrategyMeasurements] = {}
        self.health = GeneratorHealth()
        self.series = SecondSeries()
        self.missing_paths: dict[tuple[str, str, int], int] = {}
        self.foreign_origins: dict[tuple[str, str], int] = {}
        self._started = self._finished = self._abandoned = self._not_started = 0
        self._elapsed_s: dict[int, float] = {}
        self._measured_s: dict[int, float] = {}
        self._open: dict[int, OpenSecond] = {}
        self._final_second: dict[int, int] = {}
        self._closed_until = -1

    def add(self, snapshot: Snapshot) -> tuple[LiveFigures, ...]:
        """Merge one second of one worker.

        Returns:
            The seconds that are now complete, in order; mostly none or one.
        """
        measured = snapshot.second >= self._warmup_s
        self._add_facts(snapshot)
        self.health.add(snapshot, measured=measured)
        worker = snapshot.worker
        self._elapsed_s[worker] = self._elapsed_s.get(worker, 0.0) + snapshot.span_s
        if measured:
            self._measured_s[worker] = self._measured_s.get(worker, 0.0) + snapshot.span_s
            for series in snapshot.series:
                self.overall.merge(series)
                self._template(series).merge(series)
                self._requests_of(series.strategy).merge(series)
        if snapshot.final:
            self._final_second[worker] = snapshot.second
        if snapshot.second > self._closed_until:
            self._open.setdefault(snapshot.second, OpenSecond(snapshot.second)).add(snapshot)
        return self._close(everything=False)

    def finish(self) -> tuple[LiveFigures, ...]:
        """Close the seconds for which not every worker has reported; call it when no snapshot will come any more."""
        return self._close(everything=True)

    def _add_facts(self, snapshot: Snapshot) -> None:
        self._started += snapshot.sessions_started
        self._finished += snapshot.sessions_finished
        self._abandoned += snapshot.sessions_abandoned
        self._not_started += snapshot.sessions_not_started
        for each in snapshot.strategies:
            self.strategies.setdefault(each.name, StrategyMeasurements(name=each.name)).merge(each)
        add_counts(
            self.missing_paths,
            snapshot.missing_paths,
            limit=MAX_DISTINCT_KEYS,
            overflow=(OTHER_TEMPLATE, OTHER_TEMPLATE, 0),
        )
        add_counts(
            self.foreign_origins,
            snapshot.foreign_origins,
            limit=MAX_DISTINCT_KEYS,
            overflow=(OTHER_TEMPLATE, OTHER_TEMPLATE),
        )

    def _requests_of(self, strategy: str) -> SeriesMeasurements:
        found = self.requests_of.get(strategy)
        if found is None:
            found = self.requests_of[strategy] = SeriesMeasurements(template="(all)", strategy=strategy)
        return found

    def _template(self, series: SeriesMeasurements) -> SeriesMeasurements:
        found = self.templates.get(series.template)
        if found is not None:
            return found
        name = series.template
        if len(self.templates) >= MAX_SERIES + len(SUBRESOURCE_SERIES) and name != OTHER_TEMPLATE:
            return self._template(SeriesMeasurements(template=OTHER_TEMPLATE))
        made = self.templates[name] = SeriesMeasurements(template=name, is_subresource=series.is_subresource)
        return made

    def _close(self, *, everything: bool) -> tuple[LiveFigures, ...]:
        closed = []
        newest = max(self._open, default=0)
        for second in sorted(self._open):
            late = newest - second >= GRACE_SECONDS
            if not (everything or late or self._is_complete(self._open[second])):
                break
            figures = self._open.pop(second).figures(warmup=second < self._warmup_s)
            self._closed_until = second
            self.series.append(figures)
            total = self.overall
            by_error = total.by_error()
            closed.append(
                LiveFigures(
                    latest=figures,
                    elapsed_s=self.elapsed_s,
                    sessions=self.sessions(),
                    requests=total.requests,
                    errors=sum(by_error.values()),
                    missing=total.missing_count,
                    page_views=total.page_views,
                    bytes_received=total.received_bytes,
                    p50_ms=total.response.percentile_ms(50),
                    p95_ms=total.response.percentile_ms(95),
                    p99_ms=total.response.percentile_ms(99),
                    by_error=by_error,
                )
            )
        return tuple(closed)

    def _is_complete(self, second: OpenSecond) -> bool:
        ended = {worker for worker, final in self._final_second.items() if final < second.second}
        return len(second.workers | ended) >= self._workers

    @property
    def elapsed_s(self) -> float:
        """How long the run has been on, seconds: the longest of any worker."""
        return max(self._elapsed_s.values(), default=0.0)

    @property
    def measured_s(self) -> float:
        """How long it has been measured, seconds: `elapsed_s` without the warm-up."""
        return max(self._measured_s.values(), default=0.0)

    def sessions(self) -> SessionFigures:
        """Return the sessions of the whole run, warm-up included."""
        return SessionFigures(
            started=self._started,
            finished=self._finished,
            abandoned=self._abandoned,
            not_started=self._not_started,
        )
