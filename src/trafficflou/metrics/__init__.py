"""Level 1: what is measured, merged, judged and published of a run."""

from trafficflou.metrics.histogram import Histogram, bucket_of
from trafficflou.metrics.recorder import Recorder, Series
from trafficflou.metrics.snapshot import SeriesMeasurements, Snapshot
from trafficflou.metrics.summary import (
    SUMMARY_SCHEMA,
    AiFigures,
    Finding,
    ForeignOrigin,
    GeneratorFigures,
    MissingPath,
    Percentiles,
    Phases,
    RequestFigures,
    RunFacts,
    SecondFigures,
    SessionFigures,
    SloResult,
    StrategyFigures,
    Summary,
    TemplateFigures,
    load_summary,
    parse_summary,
    summary_json_schema,
)

__all__ = [
    "SUMMARY_SCHEMA",
    "AiFigures",
    "Finding",
    "ForeignOrigin",
    "GeneratorFigures",
    "Histogram",
    "MissingPath",
    "Percentiles",
    "Phases",
    "Recorder",
    "RequestFigures",
    "RunFacts",
    "SecondFigures",
    "Series",
    "SeriesMeasurements",
    "SessionFigures",
    "SloResult",
    "Snapshot",
    "StrategyFigures",
    "Summary",
    "TemplateFigures",
    "bucket_of",
    "load_summary",
    "parse_summary",
    "summary_json_schema",
]
