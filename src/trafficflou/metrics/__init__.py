"""Level 1: what is measured, merged, judged and published of a run."""

from trafficflou.metrics.ai_figures import AiBackground, AiBudget, AiFigures, AiProviderFigures
from trafficflou.metrics.document import Percentiles
from trafficflou.metrics.finding import CitedFigure, Finding, PathStep
from trafficflou.metrics.generator_health import GeneratorHealth, WorkerHealth
from trafficflou.metrics.histogram import Histogram, bucket_of
from trafficflou.metrics.journal import FormOutcome, GoalOutcome, Journal, PageOutcome, Trail, TrailStep
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
from trafficflou.metrics.observer import LiveFigures, Observers, RunObserver
from trafficflou.metrics.recorder import Recorder
from trafficflou.metrics.run_event import RunEvent
from trafficflou.metrics.run_facts import PeopleFacts, PersonaFacts, RunFacts
from trafficflou.metrics.run_info import RunInfo
from trafficflou.metrics.saturation import saturation_reasons
from trafficflou.metrics.series import Series
from trafficflou.metrics.slo import Slo, evaluate_slo, parse_slo
from trafficflou.metrics.snapshot import SeriesMeasurements, Snapshot, StrategyMeasurements
from trafficflou.metrics.strategy_figures import DecisionTimes, GoalFigures, StrategyFigures
from trafficflou.metrics.strategy_recorder import StrategyRecorder
from trafficflou.metrics.summary import (
    SUMMARY_SCHEMA,
    Summary,
    load_summary,
    parse_summary,
    summary_json_schema,
)
from trafficflou.metrics.summary_builder import build_summary, percentiles_of
from trafficflou.metrics.totals import RunTotals
from trafficflou.metrics.verdict import Verdict, decide_verdict

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
    "FormOutcome",
    "GeneratorFigures",
    "GeneratorHealth",
    "GoalFigures",
    "GoalOutcome",
    "Histogram",
    "Journal",
    "LiveFigures",
    "MissingPath",
    "Observers",
    "PageOutcome",
    "PathStep",
    "PeopleFacts",
    "Percentiles",
    "PersonaFacts",
    "Phases",
    "Recorder",
    "RequestFigures",
    "RunEvent",
    "RunFacts",
    "RunInfo",
    "RunObserver",
    "RunTotals",
    "SecondFigures",
    "Series",
    "SeriesMeasurements",
    "SessionFigures",
    "Slo",
    "SloResult",
    "Snapshot",
    "StrategyFigures",
    "StrategyMeasurements",
    "StrategyRecorder",
    "Summary",
    "TemplateFigures",
    "Trail",
    "TrailStep",
    "Verdict",
    "WorkerHealth",
    "bucket_of",
    "build_summary",
    "decide_verdict",
    "evaluate_slo",
    "load_summary",
    "parse_slo",
    "parse_summary",
    "percentiles_of",
    "saturation_reasons",
    "summary_json_schema",
]
