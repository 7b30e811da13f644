"""`summary.json`: the figures and the verdict of one run, as one versioned document.

Percentiles without a measurement are `null`. Figures leave the warm-up out unless their description says otherwise. The order
of keys is the order of the fields here; `docs/schemas/summary-1.json` is generated from these classes.
"""

import json
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field, ValidationError

from trafficflou.core import StoreError
from trafficflou.metrics.ai_figures import AiFigures
from trafficflou.metrics.document import Count, Document, Percentiles
from trafficflou.metrics.finding import Finding
from trafficflou.metrics.load_figures import (
    ForeignOrigin,
    GeneratorFigures,
    MissingPath,
    Phases,
    RequestFigures,
    SecondFigures,
    SessionFigures,
    SloResult,
    TemplateFigures,
)
from trafficflou.metrics.run_event import RunEvent
from trafficflou.metrics.run_facts import RunFacts
from trafficflou.metrics.strategy_figures import StrategyFigures

__all__ = ["SUMMARY_SCHEMA", "Summary", "load_summary", "parse_summary", "summary_json_schema"]

SUMMARY_SCHEMA: Final = "trafficflou/summary@1"

MAX_SUMMARY_BYTES: Final = 64 * 1024 * 1024
"""A summary file above this is refused unread; an hour of a run with 300 templates takes about 2 MB."""


class Summary(Document):
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
