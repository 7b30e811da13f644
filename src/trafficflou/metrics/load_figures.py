"""The figures of requests, sessions, templates and seconds, and of the generator: as they stand in `summary.json`."""

from typing import Literal

from pydantic import Field

from trafficflou.metrics.document import Count, Document, Finite, Percentiles, Share

__all__ = [
    "ForeignOrigin",
    "GeneratorFigures",
    "MissingPath",
    "Phases",
    "RequestFigures",
    "SecondFigures",
    "SessionFigures",
    "SloResult",
    "TemplateFigures",
]


class Phases(Document):
    """Where the time of a request goes."""

    blocked: Percentiles = Field(
        default=Percentiles(),
        description="waiting for a free connection, of requests that waited for or opened one",
    )
    connect: Percentiles = Field(
        default=Percentiles(), description="TCP connect, of requests that opened a connection"
    )
    tls: Percentiles = Field(
        default=Percentiles(), description="TLS handshake, of requests that opened a TLS connection"
    )
    first_byte: Percentiles = Field(
        default=Percentiles(), description="from the send to the first byte of the response"
    )
    download: Percentiles = Field(default=Percentiles(), description="from the first byte to the last")


class SessionFigures(Document):
    """Sessions of the whole run, warm-up included: they span it."""

    started: Count = 0
    finished: Count = Field(default=0, description="ended as the strategy wanted")
    abandoned: Count = Field(default=0, description="ended before: the run was over, or the page never came")
    not_started: Count = Field(default=0, description="arrivals that the generator could not take in")


class RequestFigures(Document):
    """Requests that ended, in whatever way."""

    count: Count = 0
    rate_rps: Finite = 0.0
    errors: Count = Field(default=0, description="no complete response, or a status of 400 and above")
    error_share: Share = 0.0
    missing: Count = Field(
        default=0, description="learned paths that the target does not have; requests but no errors"
    )
    cache_hits: Count = Field(
        default=0, description="answered by a visitor's private cache; not among the requests"
    )
    bytes_received: Count = 0
    by_status: dict[str, Count] = Field(default_factory=dict, description="complete responses by HTTP status")
    by_error: dict[str, Count] = Field(
        default_factory=dict, description="errors by kind, most frequent first: http_503, timeout, reset..."
    )


class TemplateFigures(Document):
    """The same figures of one template, or of one kind of subresource."""

    template: str
    kind: Literal["page", "subresource"]
    page_views: Count = 0
    requests: RequestFigures
    response_ms: Percentiles
    service_ms: Percentiles
    phases_ms: Phases
    page_load_ms: Percentiles


class SloResult(Document):
    """One objective and what became of it."""

    expression: str
    measured: Finite | None = Field(description="in `unit`; null where there is nothing to measure")
    unit: Literal["ms", "share", "rps"]
    limit: Finite = Field(description="in `unit`")
    measured_text: str = Field(description="the measured figure as people write it")
    passed: bool
    explanation: str = Field(default="", description="why it failed, where the figure alone does not say")


class GeneratorFigures(Document):
    """How the generator itself held up."""

    cpu_share: Finite = Field(default=0.0, description="mean of the busiest worker, of one core")
    cpu_share_mean: Finite = Field(default=0.0, description="mean over all workers, of one core each")
    loop_delay_ms: Percentiles = Percentiles()
    schedule_lag_ms: Percentiles = Percentiles()
    peak_rss_bytes: Count = Field(default=0, description="sum of the workers' peaks")
    saturated: bool = False


class SecondFigures(Document):
    """One second of the run; a long run has one entry for every 2, 4... seconds."""

    second: Count = Field(description="seconds since the start, at which this entry begins")
    span_s: Finite = Field(default=1.0, description="how much time it covers, seconds")
    warmup: bool = False
    requests: Count = 0
    rate_rps: Finite = 0.0
    errors: Count = 0
    missing: Count = 0
    bytes_received: Count = 0
    page_views: Count = 0
    active_visitors: Count = 0
    sessions_started: Count = 0
    sessions_ended: Count = 0
    p50_ms: Finite | None = Field(default=None, description="response time")
    p95_ms: Finite | None = None
    p99_ms: Finite | None = None
    service_p95_ms: Finite | None = None
    page_load_p95_ms: Finite | None = None
    cpu_share: Finite = Field(default=0.0, description="of the busiest worker")
    loop_delay_p99_ms: Finite | None = None
    schedule_lag_p95_ms: Finite | None = None


class MissingPath(Document):
    """A learned path that the target does not have."""

    path: str
    template: str
    status: int
    count: Count
    replaced_by: str | None = Field(
        default=None, description="a like path of the live site that visitors opened instead from then on"
    )


class ForeignOrigin(Document):
    """Another origin that pages or redirects named; it got no request."""

    origin: str
    how: str = Field(description="redirect, link or subresource")
    count: Count
