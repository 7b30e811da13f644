"""Measurements of one template since the last snapshot: the hottest code of the measurement.

Theory of operation. Recording a response costs a few dict increments: bucket arithmetic is written out in place of calls
(a call is as dear as the arithmetic), counters that can be derived (requests, errors, first byte of a response that came in
one piece) are derived once a second in `take_snapshot`, and a snapshot takes the filled dicts over instead of copying them.
Response bodies mostly arrive with their head, so `download_ns` is mostly 0: those responses count in one histogram, `_whole`,
that is both service time and first byte. `benches/recorder.py` has the figures.
"""

# ruff: noqa: PLR1730 - `if` instead of `max()`: the call alone costs more than the comparison (hot path).

from typing import Final

from trafficflou.metrics.histogram import Histogram
from trafficflou.metrics.snapshot import OTHER_TEMPLATE, SeriesMeasurements

__all__ = ["MAX_DISTINCT_KEYS", "Series"]

MAX_DISTINCT_KEYS: Final = 200
"""Missing paths, foreign origins and error kinds that are told apart in a second."""

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
        "strategy",
        "template",
    )

    def __init__(self, template: str, *, is_subresource: bool = False, strategy: str = "") -> None:
        self.template = template
        self.strategy = strategy
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
        first_byte, download, service = self._take_phases()
        if self._failed_response.count:
            response.merge(self._failed_response)
            service = Histogram.merged((service, self._failed_service))
        taken = SeriesMeasurements(
            template=self.template,
            is_subresource=self.is_subresource,
            strategy=self.strategy,
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

    def _take_phases(self) -> tuple[Histogram, Histogram, Histogram]:
        """Return first byte, download and service time; one object stands for two where all came in one piece."""
        whole = Histogram(self._whole, self._whole_sum, self._whole_max)
        at_once = Histogram({0: whole.count}) if whole.count else _NOTHING
        if not self._service:
            return whole, at_once, whole
        first_byte = Histogram(self._first_byte, self._first_byte_sum, self._first_byte_max)
        download = Histogram(self._download, self._download_sum, self._download_max)
        service = Histogram(self._service, self._first_byte_sum + self._download_sum, self._service_max)
        first_byte.merge(whole)
        download.merge(at_once)
        service.merge(whole)
        return first_byte, download, service
