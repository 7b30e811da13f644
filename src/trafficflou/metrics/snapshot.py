"""One second of one worker's measurements: small, picklable, and mergeable in any order."""

from dataclasses import dataclass, field, fields
from typing import Final

from trafficflou.metrics.counts import add_counts
from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.journal import Journal

__all__ = ["HTTP_ERROR_STATUS", "OTHER_TEMPLATE", "SeriesMeasurements", "Snapshot", "StrategyMeasurements"]

HTTP_ERROR_STATUS: Final = 400
"""A response of this status or above is an error."""

OTHER_TEMPLATE: Final = "(other)"
"""The series that takes what does not fit into the capped number of series."""


@dataclass(slots=True, kw_only=True)
class SeriesMeasurements:
    """What was measured of one template, or of one kind of subresource, over some time.

    Attributes:
        template: The series' name: a template, `(style)` and the like, or `(other)`.
        is_subresource: Whether the series counts files of pages rather than pages.
        strategy: Whose visitors asked; a series of the whole run has all.
        by_status: Complete responses by HTTP status, those of missing paths included.
        missing: Those of `by_status` that say that the target lacks a path that the model learned; no errors.
        by_failure: Requests without a complete response, by kind: `timeout`, `reset`, `connect_refused`...
        spoiled: Errors of requests that are in `by_status` already, by kind: `decoding`, `redirect_loop`...
        cache_hits: Answers from the visitor's private cache; no request was sent.
        received_bytes: Bytes received, heads included.
        response: From the intended start to the last byte; a failed request counts with the time it was waited for.
        service: From the send to the last byte.
        blocked: Waiting for a connection to become free, of requests that waited for or opened one.
        connect: TCP connect, of requests that opened a connection.
        tls: TLS handshake, of requests that opened a TLS connection.
        first_byte: From the send to the first byte of the response.
        download: From the first byte to the last.
        page_load: From the intended start of a page view to the end of its last subresource.
    """

    template: str
    is_subresource: bool = False
    strategy: str = ""
    by_status: dict[int, int] = field(default_factory=dict)
    missing: dict[int, int] = field(default_factory=dict)
    by_failure: dict[str, int] = field(default_factory=dict)
    spoiled: dict[str, int] = field(default_factory=dict)
    cache_hits: int = 0
    received_bytes: int = 0
    response: Histogram = field(default_factory=Histogram)
    service: Histogram = field(default_factory=Histogram)
    blocked: Histogram = field(default_factory=Histogram)
    connect: Histogram = field(default_factory=Histogram)
    tls: Histogram = field(default_factory=Histogram)
    first_byte: Histogram = field(default_factory=Histogram)
    download: Histogram = field(default_factory=Histogram)
    page_load: Histogram = field(default_factory=Histogram)

    @property
    def answered(self) -> int:
        """Requests with a complete response of any status."""
        return sum(self.by_status.values())

    @property
    def failed(self) -> int:
        """Requests without a complete response."""
        return sum(self.by_failure.values())

    @property
    def requests(self) -> int:
        """Requests that ended, in whatever way."""
        return self.answered + self.failed

    @property
    def missing_count(self) -> int:
        """Requests for learned paths that the target does not have."""
        return sum(self.missing.values())

    @property
    def page_views(self) -> int:
        """Page views that ended with a document."""
        return self.page_load.count

    @property
    def errors(self) -> int:
        """Failed and spoiled requests and responses of status 400 or above, but for missing paths."""
        return sum(self.by_error().values())

    def by_error(self) -> dict[str, int]:
        """Return errors by kind, most frequent first: `http_503`, `timeout`..."""
        kinds = dict(self.by_failure)
        add_counts(kinds, self.spoiled)
        for status, count in self.by_status.items():
            errors = count - self.missing.get(status, 0)
            if status >= HTTP_ERROR_STATUS and errors > 0:
                kinds[f"http_{status}"] = errors
        return dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0])))

    def merge(self, other: "SeriesMeasurements") -> None:
        """Add another series' measurements; name and sort stay."""
        for item in fields(self):
            mine, theirs = getattr(self, item.name), getattr(other, item.name)
            if isinstance(mine, Histogram):
                mine.merge(theirs)
            elif isinstance(mine, dict):
                add_counts(mine, theirs)
        self.cache_hits += other.cache_hits
        self.received_bytes += other.received_bytes


@dataclass(slots=True, kw_only=True)
class StrategyMeasurements:
    """What the visitors of one strategy did over some time, besides their requests.

    Attributes:
        name: The strategy's name.
        sessions_started: Sessions that began.
        sessions_finished: Sessions that ended as the strategy wanted.
        sessions_abandoned: Sessions that ended before.
        decision: How long the strategy took to choose each step.
        journal: What its visitors noticed; `None` where they notice nothing.
    """

    name: str
    sessions_started: int = 0
    sessions_finished: int = 0
    sessions_abandoned: int = 0
    decision: Histogram = field(default_factory=Histogram)
    journal: Journal | None = None

    def merge(self, other: "StrategyMeasurements") -> None:
        """Add another time of the same strategy; it is read, never written to."""
        self.sessions_started += other.sessions_started
        self.sessions_finished += other.sessions_finished
        self.sessions_abandoned += other.sessions_abandoned
        self.decision.merge(other.decision)
        if other.journal is not None:
            if self.journal is None:
                self.journal = Journal()
            self.journal.merge(other.journal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One second of one worker; read it, never write to it: histograms may be shared inside.

    Attributes:
        worker: The worker's index, 0 first.
        second: Which second of the run, 0 first.
        span_s: How long it was, seconds; the last one of a run is usually shorter than 1.
        final: Whether the worker's run ended with it.
        series: Every series in which something happened.
        sessions_started: Sessions that began in this second.
        sessions_finished: Sessions that ended as the strategy wanted.
        sessions_abandoned: Sessions that ended before: the run stopped, or the visitor lost patience.
        sessions_not_started: Arrivals that the worker could not take in.
        active_visitors: Visitors at the end of the second.
        schedule_lag: How late work began after its due time.
        loop_delay: How late the event loop woke a probe.
        cpu_share: CPU time of the worker's process by wall time, 0..1 (one core).
        rss_bytes: Resident memory of the worker's process.
        missing_paths: How often a learned path was not there, by path, template and status.
        foreign_origins: How often another origin was named and not followed, by origin and how it was named.
        strategies: What the visitors of each strategy did.
    """

    worker: int
    second: int
    span_s: float
    final: bool
    series: tuple[SeriesMeasurements, ...]
    sessions_started: int
    sessions_finished: int
    sessions_abandoned: int
    sessions_not_started: int
    active_visitors: int
    schedule_lag: Histogram
    loop_delay: Histogram
    cpu_share: float
    rss_bytes: int
    missing_paths: dict[tuple[str, str, int], int]
    foreign_origins: dict[tuple[str, str], int]
    strategies: tuple[StrategyMeasurements, ...] = ()
