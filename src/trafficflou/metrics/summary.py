"""`summary.json`: the figures and the verdict of one run, as one versioned document.

Percentiles without a measurement are `null`. Figures leave the warm-up out unless their description says otherwise. The order
of keys is the order of the fields here; `docs/schemas/summary-1.json` is generated from these classes.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trafficflou.core import StoreError
from trafficflou.metrics.run_event import RunEvent

__all__ = [
    "SUMMARY_SCHEMA",
    "AiBackground",
    "AiBudget",
    "AiFigures",
    "AiProviderFigures",
    "CitedFigure",
    "DecisionTimes",
    "Finding",
    "ForeignOrigin",
    "GeneratorFigures",
    "GoalFigures",
    "MissingPath",
    "PathStep",
    "PeopleFacts",
    "Percentiles",
    "PersonaFacts",
    "Phases",
    "RequestFigures",
    "RunFacts",
    "SecondFigures",
    "SessionFigures",
    "SloResult",
    "StrategyFigures",
    "Summary",
    "TemplateFigures",
    "load_summary",
    "parse_summary",
    "summary_json_schema",
]

SUMMARY_SCHEMA: Final = "trafficflou/summary@1"

MAX_SUMMARY_BYTES: Final = 64 * 1024 * 1024
"""A summary file above this is refused unread; an hour of a run with 300 templates takes about 2 MB."""

Count = Annotated[int, Field(ge=0)]
Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Document(BaseModel):
    """Newer versions of the same schema may add keys: unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Percentiles(_Document):
    """A distribution of durations, milliseconds; all `null` where nothing was measured."""

    p50: Finite | None = None
    p90: Finite | None = None
    p95: Finite | None = None
    p99: Finite | None = None
    p999: Finite | None = None
    max: Finite | None = None
    mean: Finite | None = None


class Phases(_Document):
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


class PersonaFacts(_Document):
    """An imagined behaviour group, in short; `personas.json` in the run folder says all."""

    name: str
    share: Share = Field(description="of the sessions")
    device: str
    goals: tuple[str, ...] = ()


class PeopleFacts(_Document):
    """Who was imagined."""

    origin: Literal["fitted", "imagined"] = Field(
        description="fitted to what a traffic model measured, or imagined"
    )
    given_by: str = Field(default="", description="who imagined them")
    personas: tuple[PersonaFacts, ...] = ()


class RunFacts(_Document):
    """What was run."""

    id: str
    name: str = ""
    target: str
    seed: int
    strategy: str
    model: str | None = Field(description="the traffic model's file name, null where none was used")
    started_at: str = Field(description="ISO 8601, UTC")
    duration_s: Finite = Field(description="how long traffic was played, draining included, seconds")
    planned_duration_s: Finite = 0.0
    warmup_s: Finite = Field(
        default=0.0, description="seconds from the start that no figure but series counts"
    )
    workers: Count
    workload: str = Field(default="", description="how many visitors, or how they arrived, in words")
    brief: str = Field(default="", description="what was said about the day to play")
    plan: tuple[str, ...] = Field(default=(), description="what was made of the brief, one sentence each")
    people: PeopleFacts | None = Field(default=None, description="who was imagined; null where nobody was")
    notes: tuple[str, ...] = Field(
        default=(), description="what is worth knowing about how the run was prepared, as sentences"
    )
    protocols: dict[str, Count] = Field(default_factory=dict, description="answered requests by protocol")
    stopped_early: bool = Field(default=False, description="whether the user stopped it")


class SessionFigures(_Document):
    """Sessions of the whole run, warm-up included: they span it."""

    started: Count = 0
    finished: Count = Field(default=0, description="ended as the strategy wanted")
    abandoned: Count = Field(default=0, description="ended before: the run was over, or the page never came")
    not_started: Count = Field(default=0, description="arrivals that the generator could not take in")


class RequestFigures(_Document):
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


class TemplateFigures(_Document):
    """The same figures of one template, or of one kind of subresource."""

    template: str
    kind: Literal["page", "subresource"]
    page_views: Count = 0
    requests: RequestFigures
    response_ms: Percentiles
    service_ms: Percentiles
    phases_ms: Phases
    page_load_ms: Percentiles


class DecisionTimes(_Document):
    """How long a strategy took to choose a step, microseconds; all `null` where it chose none."""

    p50: Finite | None = None
    p99: Finite | None = None
    max: Finite | None = None


class GoalFigures(_Document):
    """What became of one goal of one persona; sessions under way at the end count as neither reached nor given up."""

    persona: str
    goal: str
    pursued: Count = 0
    reached: Count = 0
    given_up: dict[str, Count] = Field(
        default_factory=dict, description="by why: patience, dead_end, errors..."
    )
    pages_mean: Finite | None = Field(default=None, description="page views of the sessions that reached it")


class StrategyFigures(_Document):
    """What one strategy's visitors did."""

    name: str
    sessions: SessionFigures
    page_views: Count
    requests: RequestFigures
    response_ms: Percentiles
    page_load_ms: Percentiles
    steps: Count = Field(default=0, description="decisions of what a visitor does next, leaving included")
    decision_us: DecisionTimes = DecisionTimes()
    decided_by: dict[str, Count] = Field(
        default_factory=dict, description="decisions by who gave them: statistics, athena, openai..."
    )
    goals: tuple[GoalFigures, ...] = Field(default=(), description="most pursued first")
    pages_visited: Count = Field(default=0, description="different pages that its visitors opened")
    pages_offered: Count = Field(default=0, description="different pages that pages linked to")
    forms_sent: Count = 0
    checks: dict[str, tuple[Count, Count]] = Field(
        default_factory=dict, description="what a script checks: how often it held, and how often it did not"
    )
    script_errors: dict[str, Count] = Field(
        default_factory=dict, description="sessions that an error of a script ended, by error"
    )


class SloResult(_Document):
    """One objective and what became of it."""

    expression: str
    measured: Finite | None = Field(description="in `unit`; null where there is nothing to measure")
    unit: Literal["ms", "share", "rps"]
    limit: Finite = Field(description="in `unit`")
    measured_text: str = Field(description="the measured figure as people write it")
    passed: bool
    explanation: str = Field(default="", description="why it failed, where the figure alone does not say")


class GeneratorFigures(_Document):
    """How the generator itself held up."""

    cpu_share: Finite = Field(default=0.0, description="mean of the busiest worker, of one core")
    cpu_share_mean: Finite = Field(default=0.0, description="mean over all workers, of one core each")
    loop_delay_ms: Percentiles = Percentiles()
    schedule_lag_ms: Percentiles = Percentiles()
    peak_rss_bytes: Count = Field(default=0, description="sum of the workers' peaks")
    saturated: bool = False


class SecondFigures(_Document):
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


class AiProviderFigures(_Document):
    """What one provider was asked for."""

    answers: Count = 0
    share: Share = Field(default=0.0, description="of all answers")
    cache_hits: Count = 0
    degraded: Count = Field(default=0, description="answers in the place of another provider")
    failures: dict[str, Count] = Field(default_factory=dict, description="by kind of fault")
    tokens: Count = 0
    cost_usd: Finite = 0.0
    latency_ms: Percentiles = Percentiles()


class AiBudget(_Document):
    """What the AI of the run might cost, and did."""

    max_usd: Finite | None = None
    max_tokens: Count | None = None
    spent_usd: Finite = 0.0
    spent_tokens: Count = 0
    refused: Count = Field(default=0, description="questions that did not fit any more; Athena answered")
    forecast_usd: Finite | None = Field(default=None, description="what was expected before the run")


class AiBackground(_Document):
    """Questions to providers that no visitor waited for."""

    asked: Count = 0
    answered: Count = 0
    failed: Count = 0
    dropped: Count = Field(default=0, description="too many waited already")


class AiFigures(_Document):
    """What AI models were asked for; all zero where none was.

    A request is a question that the run put to its model: who visits, what a brief means, what personas prefer, what the figures say.
    What visitors decide with Athena, or with a provider's answer at hand, is no request but one of `decisions`.
    """

    provider: str = Field(default="", description="who was wanted; empty where nobody was")
    relevance: str = Field(default="", description="how Athena compared texts: embeddings or lexical")
    requests: Count = 0
    failed: Count = Field(
        default=0, description="questions that nobody answered; the visitors' own Athena decided"
    )
    cache_hits: Count = 0
    tokens: Count = 0
    cost_usd: Finite = 0.0
    price_is_known: bool = Field(default=True, description="false where a provider's price is counted as 0")
    degraded: bool = False
    degraded_answers: Count = Field(default=0, description="given by another provider than the one wanted")
    wasted_tokens: Count = Field(default=0, description="of the tokens, those of answers that were of no use")
    wasted_usd: Finite = Field(default=0.0, description="of the cost, that of answers that were of no use")
    latency_ms: Percentiles = Field(
        default=Percentiles(),
        description="how long visitors waited for what they did next, where an AI model had a say in it",
    )
    preparation_ms: Percentiles = Field(
        default=Percentiles(),
        description="how long answers took that were waited for before and after the visitors: people, plan, explanation",
    )
    background: AiBackground = AiBackground()
    by_task: dict[str, Count] = Field(default_factory=dict)
    by_provider: dict[str, AiProviderFigures] = Field(default_factory=dict)
    decisions: dict[str, Count] = Field(
        default_factory=dict,
        description="what visitors did next, by who decided: statistics, athena, openai...",
    )
    budget: AiBudget | None = None


class MissingPath(_Document):
    """A learned path that the target does not have."""

    path: str
    template: str
    status: int
    count: Count
    replaced_by: str | None = Field(
        default=None, description="a like path of the live site that visitors opened instead from then on"
    )


class ForeignOrigin(_Document):
    """Another origin that pages or redirects named; it got no request."""

    origin: str
    how: str = Field(description="redirect, link or subresource")
    count: Count


class PathStep(_Document):
    """One step of a path that can be taken again."""

    action: Literal["open", "click", "submit"]
    path: str = Field(description="where it led: path and query on the target")
    text: str = Field(default="", description="the words of the link or button")
    values: dict[str, str] = Field(default_factory=dict, description="what was filled in, by field name")


class CitedFigure(_Document):
    """A figure of this document that a finding rests on."""

    place: str = Field(description="where it stands, such as response_ms.p95")
    value: float | int | str | None


class Finding(_Document):
    """Something that a person should know and no figure says."""

    kind: str = Field(
        description="a stable name: broken_link, slow_page, missing_paths, errors_without_slo..."
    )
    message: str
    source: Literal["measured", "ai"] = Field(
        default="measured", description="ai: written by an AI model out of the figures that it cites"
    )
    provider: str = Field(default="", description="which model wrote it; empty where it was measured")
    strategy: str = Field(default="", description="whose visitors noticed it")
    url: str = Field(default="", description="path and query that it is about")
    template: str = ""
    figures: dict[str, float | int | str] = Field(
        default_factory=dict, description="the counts and times that it rests on"
    )
    path: tuple[PathStep, ...] = Field(default=(), description="the steps that lead there again")
    cites: tuple[CitedFigure, ...] = ()


class Summary(_Document):
    """The whole document."""

    schema_name: Literal["trafficflou/summary@1"] = Field(default=SUMMARY_SCHEMA, alias="schema")
    verdict: Literal["pass", "fail", "invalid"]
    reasons: tuple[str, ...] = Field(default=(), description="why not pass; sentences, most important first")
    exit_code: Count
    run: RunFacts
    sessions: SessionFigures
    page_views: Count
    requests: RequestFigures
    response_ms: Percentiles = Field(description="from the intended start to the last byte")
    service_ms: Percentiles = Field(description="from the send to the last byte")
    phases_ms: Phases
    page_load_ms: Percentiles = Field(
        description="from the intended start of a page view to its last subresource"
    )
    templates: tuple[TemplateFigures, ...] = Field(
        default=(), description="pages, then kinds of subresource; most requests first"
    )
    strategies: tuple[StrategyFigures, ...] = ()
    slos: tuple[SloResult, ...] = ()
    generator: GeneratorFigures
    series: tuple[SecondFigures, ...] = Field(default=(), description="in time order, warm-up included")
    events: tuple[RunEvent, ...] = Field(default=(), description="what was done to the run, in time order")
    ai: AiFigures = AiFigures()
    findings: tuple[Finding, ...] = ()
    missing_paths: tuple[MissingPath, ...] = Field(default=(), description="most frequent first, capped")
    foreign_origins: tuple[ForeignOrigin, ...] = Field(default=(), description="most frequent first, capped")

    model_config = ConfigDict(extra="ignore", frozen=True, validate_by_name=True, validate_by_alias=True)

    def to_json(self) -> str:
        """Write the document, keys in the order of the fields, ended by a newline."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


def parse_summary(text: str | bytes, source: str) -> Summary:
    """Read a summary.

    Args:
        text: The JSON document.
        source: Where it came from, for the error.

    Raises:
        StoreError: It is not JSON, of another schema, or damaged.
    """
    try:
        document = json.loads(text)
    except ValueError as exc:
        raise StoreError(
            f"{source} is not a summary: it is not JSON ({exc})",
            hint="The run may have been cut short; `trafficflou runs` lists those that are complete.",
        ) from exc
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SUMMARY_SCHEMA:
        raise StoreError(
            f"{source} is not a summary of this version: its schema is {schema!r}, expected {SUMMARY_SCHEMA!r}",
            hint="Read it with the version of TrafficFlou that wrote it.",
        )
    try:
        return Summary.model_validate(document)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise StoreError(
            f"{source} is damaged: {where}: {first['msg']}", hint="Restore the file, or run again."
        ) from exc


def load_summary(path: Path) -> Summary:
    """Read a summary file; blocks.

    Raises:
        StoreError: The file cannot be read or is not a summary.
    """
    try:
        if path.stat().st_size > MAX_SUMMARY_BYTES:
            raise StoreError(f"{path} is larger than any summary", hint="Name the summary.json of a run.")
        text = path.read_bytes()
    except OSError as exc:
        raise StoreError(
            f"{path} cannot be read: {exc.strerror}", hint="`trafficflou runs` lists the runs."
        ) from exc
    return parse_summary(text, str(path))


def summary_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `summary.json`, as published in `docs/schemas/summary-1.json`."""
    schema = Summary.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
