"""Where the engine writes its measurements: one recorder a worker, the hottest code of the measurement.

Theory of operation. Recording a response costs a few dict increments: bucket arithmetic is written out in place of calls
(a call is as dear as the arithmetic), counters that can be derived (requests, errors, first byte of a response that came in
one piece) are derived once a second in `take_snapshot`, and a snapshot takes the filled dicts over instead of copying them.
Response bodies mostly arrive with their head, so `download_ns` is mostly 0: those responses count in one histogram, `_whole`,
that is both service time and first byte. `benches/recorder.py` has the figures.
"""

# ruff: noqa: PLR1730 - `if` instead of `max()`: the call alone costs more than the comparison (hot path).

from typing import Final

from trafficflou.core import Clock
from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.snapshot import OTHER_TEMPLATE, SeriesMeasurements, Snapshot, add_counts

__all__ = ["MAX_DISTINCT_KEYS", "MAX_SERIES", "SUBRESOURCE_SERIES", "Recorder", "Series"]

MAX_SERIES: Final = 300
"""Templates that are measured apart; a model with more has its tail in `(other)`."""

MAX_DISTINCT_KEYS: Final = 200
"""Missing paths, foreign origins and error kinds that are told apart in a second."""

OTHER_FILES: Final = "(other files)"
SUBRESOURCE_SERIES: Final = {kind: f"({kind})" for kind in ("style", "script", "image", "font", "data")} | {
    "other": OTHER_FILES
}
"""The series of each kind of subresource."""

_NOTHING: Final = Histogram()
"""Stands for a histogram that nothing was recorded in yet; never written to."""


def _count_kind(kinds: dict[str, int], kind: str) -> None:
    if kind not in kinds and len(kinds) >= MAX_DISTINCT_KEYS:
        kind = OTHER_TEMPLATE
    kinds[kind] = kinds.get(kind, 0) + 1


class Series:
    """Measurements of one template or one kind of subresource since the last snapshot."""

    __slots__ = (
        "_blocked",
        "_by_failure",
        "_by_status",
        "_cache_hits",
        "_connect",
        "_download",
        "_download_max",
        "_download_sum",
        "_failed_response",
        "_failed_service",
        "_first_byte",
        "_first_byte_max",
        "_first_byte_sum",
        "_missing",
        "_page_load",
        "_received_bytes",
        "_response",
        "_response_max",
        "_response_sum",
        "_service",
        "_service_max",
        "_spoiled",
        "_tls",
        "_whole",
        "_whole_max",
        "_whole_sum",
        "is_subresource",
        "template",
    )

    def __init__(self, template: str, *, is_subresource: bool = False) -> None:
        self.template = template
        self.is_subresource = is_subresource
        self._reset()

    def _reset(self) -> None:
        self._by_status: dict[int, int] = {}
        self._missing: dict[int, int] = {}
        self._by_failure: dict[str, int] = {}
        self._spoiled: dict[str, int] = {}
        self._cache_hits = self._received_bytes = 0
        self._response: dict[int, int] = {}
        self._whole: dict[int, int] = {}
        self._service: dict[int, int] = {}
        self._first_byte: dict[int, int] = {}
        self._download: dict[int, int] = {}
        self._response_sum = self._whole_sum = self._first_byte_sum = self._download_sum = 0
        self._response_max = self._whole_max = self._first_byte_max = self._download_max = 0
        self._service_max = 0
        self._blocked = self._connect = self._tls = _NOTHING
        self._failed_response = self._failed_service = self._page_load = _NOTHING

    def record_response(
        self,
        status: int,
        response_ns: int,
        service_ns: int,
        first_byte_ns: int,
        download_ns: int,
        received_bytes: int,
    ) -> None:
        """Count a complete response of any status; 400 and above are errors.

        Args:
            status: HTTP status.
            response_ns: From the intended start to the last byte, >= 0.
            service_ns: From the send to the last byte, >= 0; `first_byte_ns + download_ns`.
            first_byte_ns: From the send to the first byte.
            download_ns: From the first byte to the last.
            received_bytes: Head and body as received.
        """
        counts = self._by_status
        counts[status] = counts.get(status, 0) + 1
        self._received_bytes += received_bytes
        # bucket_of, written out: see the module's docstring. Clamping at the top is left to the snapshot.
        self._response_sum += response_ns
        if response_ns > self._response_max:
            self._response_max = response_ns
        shift = response_ns.bit_length() - 8
        bucket = (shift << 7) + (response_ns >> shift) if shift > 0 else response_ns
        histogram = self._response
        histogram[bucket] = histogram.get(bucket, 0) + 1
        shift = service_ns.bit_length() - 8
        bucket = (shift << 7) + (service_ns >> shift) if shift > 0 else service_ns
        if not download_ns:
            self._whole_sum += service_ns
            if service_ns > self._whole_max:
                self._whole_max = service_ns
            histogram = self._whole
            histogram[bucket] = histogram.get(bucket, 0) + 1
            return
        if service_ns > self._service_max:
            self._service_max = service_ns
        histogram = self._service
        histogram[bucket] = histogram.get(bucket, 0) + 1
        self._first_byte_sum += first_byte_ns
        if first_byte_ns > self._first_byte_max:
            self._first_byte_max = first_byte_ns
        shift = first_byte_ns.bit_length() - 8
        bucket = (shift << 7) + (first_byte_ns >> shift) if shift > 0 else first_byte_ns
        histogram = self._first_byte
        histogram[bucket] = histogram.get(bucket, 0) + 1
        self._download_sum += download_ns
        if download_ns > self._download_max:
            self._download_max = download_ns
        shift = download_ns.bit_length() - 8
        bucket = (shift << 7) + (download_ns >> shift) if shift > 0 else download_ns
        histogram = self._download
        histogram[bucket] = histogram.get(bucket, 0) + 1

    def record_missing(
        self,
        status: int,
        response_ns: int,
        service_ns: int,
        first_byte_ns: int,
        download_ns: int,
        received_bytes: int,
    ) -> None:
        """Count the answer that a learned path does not exist: a request and a missing path, not an error.

        The arguments are those of `record_response`.
        """
        self.record_response(status, response_ns, service_ns, first_byte_ns, download_ns, received_bytes)
        self._missing[status] = self._missing.get(status, 0) + 1

    def record_connection(self, blocked_ns: int, connect_ns: int, tls_ns: int) -> None:
        """Count what preceded the send of a request that waited for a connection or opened one.

        Args:
            blocked_ns: Waiting until a connection was free or could be opened, >= 0.
            connect_ns: TCP connect; 0 where an open connection was used.
            tls_ns: TLS handshake; 0 where there was none.
        """
        if self._blocked is _NOTHING:
            self._blocked, self._connect, self._tls = Histogram(), Histogram(), Histogram()
        self._blocked.record(blocked_ns)
        if connect_ns:
            self._connect.record(connect_ns)
        if tls_ns:
            self._tls.record(tls_ns)

    def record_error(self, kind: str, response_ns: int, service_ns: int) -> None:
        """Count a request without a complete response.

        Args:
            kind: What happened, one of a small set: `timeout`, `reset`, `connect_refused`...
            response_ns: From the intended start to the failure.
            service_ns: From the send (or the start of the connect) to the failure.
        """
        _count_kind(self._by_failure, kind)
        if self._failed_response is _NOTHING:
            self._failed_response, self._failed_service = Histogram(), Histogram()
        self._failed_response.record(response_ns)
        self._failed_service.record(service_ns)

    def record_spoiled(self, kind: str) -> None:
        """Count an error of a request whose response is already counted: a body that does not decode, a redirect loop.

        Args:
            kind: What happened, one of a small set: `decoding`, `redirect_loop`...
        """
        _count_kind(self._spoiled, kind)

    def record_page_view(self, load_ns: int) -> None:
        """Count a page view that ended with a document.

        Args:
            load_ns: From its intended start to the end of its last subresource, >= 0.
        """
        if self._page_load is _NOTHING:
            self._page_load = Histogram()
        self._page_load.record(load_ns)

    def record_cache_hit(self) -> None:
        """Count an answer of the visitor's private cache; no request was sent."""
        self._cache_hits += 1

    def take(self) -> SeriesMeasurements | None:
        """Return what was measured since the last call, `None` where nothing was, and start anew."""
        is_idle = not (
            self._by_status
            or self._by_failure
            or self._cache_hits
            or self._page_load.count
            or self._blocked.count
            or self._spoiled
        )
        if is_idle:
            return None
        response = Histogram(self._response, self._response_sum, self._response_max)
        response.merge(self._failed_response)
        first_byte = Histogram(self._first_byte, self._first_byte_sum, self._first_byte_max)
        download = Histogram(self._download, self._download_sum, self._download_max)
        service = Histogram(self._service, self._first_byte_sum + self._download_sum, self._service_max)
        whole = Histogram(self._whole, self._whole_sum, self._whole_max)
        first_byte.merge(whole)
        service.merge(whole)
        service.merge(self._failed_service)
        if whole.count:
            download.merge(Histogram({0: whole.count}))
        taken = SeriesMeasurements(
            template=self.template,
            is_subresource=self.is_subresource,
            by_status=self._by_status,
            missing=self._missing,
            by_failure=self._by_failure,
            spoiled=self._spoiled,
            cache_hits=self._cache_hits,
            received_bytes=self._received_bytes,
            response=response,
            service=service,
            blocked=self._blocked,
            connect=self._connect,
            tls=self._tls,
            first_byte=first_byte,
            download=download,
            page_load=self._page_load,
        )
        self._reset()
        return taken


class Recorder:
    """All measurements of one worker; construct it before its first second, then take a snapshot every second."""

    __slots__ = (
        "_active_visitors",
        "_clock",
        "_foreign_origins",
        "_is_first",
        "_loop_delay",
        "_missing_paths",
        "_schedule_lag",
        "_sessions",
        "_span_began_at_ns",
        "_subresources",
        "_templates",
        "_worker",
    )

    def __init__(self, clock: Clock, worker: int = 0) -> None:
        """Start with nothing measured.

        Args:
            clock: Measures how long each second was.
            worker: The worker's index, 0 first; it names the snapshots.
        """
        self._clock = clock
        self._worker = worker
        self._templates: dict[str, Series] = {}
        self._subresources: dict[str, Series] = {}
        self._active_visitors = 0
        self._is_first = True
        self._span_began_at_ns = clock.now_ns()
        self._reset()

    def _reset(self) -> None:
        self._sessions = [0, 0, 0, 0]
        self._schedule_lag = Histogram()
        self._loop_delay = Histogram()
        self._missing_paths: dict[tuple[str, str, int], int] = {}
        self._foreign_origins: dict[tuple[str, str], int] = {}

    def series(self, template: str) -> Series:
        """Return the series of a template; `(other)` for those beyond the first `MAX_SERIES`."""
        found = self._templates.get(template)
        if found is not None:
            return found
        if len(self._templates) >= MAX_SERIES and template != OTHER_TEMPLATE:
            return self.series(OTHER_TEMPLATE)
        made = self._templates[template] = Series(template)
        return made

    def subresource_series(self, kind: str) -> Series:
        """Return the series of a kind of subresource: `style`, `script`, `image`, `font`, `data`, or any other."""
        found = self._subresources.get(kind)
        if found is not None:
            return found
        if kind not in SUBRESOURCE_SERIES:
            return self.subresource_series("other")
        made = self._subresources[kind] = Series(SUBRESOURCE_SERIES[kind], is_subresource=True)
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

    def session_not_started(self) -> None:
        """Count an arrival that the worker could not take in."""
        self._sessions[3] += 1

    def set_active_visitors(self, n: int) -> None:
        """Say how many visitors are in a session now."""
        self._active_visitors = n

    def foreign_origin(self, origin: str, how: str) -> None:
        """Count another origin that was named and not followed.

        Args:
            origin: Scheme, host and port.
            how: `redirect`, `link` or `subresource`.
        """
        add_counts(
            self._foreign_origins, {(origin, how): 1}, limit=MAX_DISTINCT_KEYS, overflow=(OTHER_TEMPLATE, how)
        )

    def missing_path(self, path: str, template: str, status: int) -> None:
        """Count a learned path that the target does not have."""
        add_counts(
            self._missing_paths,
            {(path, template, status): 1},
            limit=MAX_DISTINCT_KEYS,
            overflow=(OTHER_TEMPLATE, OTHER_TEMPLATE, status),
        )

    def record_schedule_lag(self, lag_ns: int) -> None:
        """Record how late due work began, nanoseconds."""
        self._schedule_lag.record(lag_ns)

    def record_loop_delay(self, delay_ns: int) -> None:
        """Record how late the event loop woke a probe, nanoseconds."""
        self._loop_delay.record(delay_ns)

    def take_snapshot(self, second: int, cpu_share: float, rss_bytes: int, final: bool = False) -> Snapshot:
        """Return this second's measurements and start the next.

        Args:
            second: Which second of the run ends, 0 first.
            cpu_share: CPU time of this process by wall time since the last snapshot.
            rss_bytes: Resident memory of this process.
            final: Whether it is the worker's last.
        """
        now_ns = self._clock.now_ns()
        span_s = max(0, now_ns - self._span_began_at_ns) / 1e9
        if self._is_first:
            # The recorder is older than the run: second 0 began when the run did.
            span_s = min(span_s, second + 1.0)
            self._is_first = False
        self._span_began_at_ns = now_ns
        every = (*self._templates.values(), *self._subresources.values())
        started, finished, abandoned, not_started = self._sessions
        snapshot = Snapshot(
            worker=self._worker,
            second=second,
            span_s=span_s,
            final=final,
            series=tuple(taken for series in every if (taken := series.take()) is not None),
            sessions_started=started,
            sessions_finished=finished,
            sessions_abandoned=abandoned,
            sessions_not_started=not_started,
            active_visitors=self._active_visitors,
            schedule_lag=self._schedule_lag,
            loop_delay=self._loop_delay,
            cpu_share=cpu_share,
            rss_bytes=rss_bytes,
            missing_paths=self._missing_paths,
            foreign_origins=self._foreign_origins,
        )
        self._reset()
        return snapshot
