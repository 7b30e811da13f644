"""Level 3: strategies and workloads; pure decisions, no I/O, no sleeping."""

from trafficflou.traffic.advice import Advice, AdviceKey, Answered, Question
from trafficflou.traffic.cast import Cast
from trafficflou.traffic.form_policy import ALL_FORMS, FormPolicy, FormPurpose, purpose_of
from trafficflou.traffic.site_knowledge import KnownPage, SiteKnowledge
from trafficflou.traffic.strategies import find_strategy, known_strategies
from trafficflou.traffic.strategy import Page, PageReading, Step, Strategy, Visit
from trafficflou.traffic.strategy_kind import StrategyContext, StrategyKind
from trafficflou.traffic.think_time import ThinkTime
from trafficflou.traffic.workload import (
    Arrival,
    ClosedWorkload,
    LearnedWorkload,
    PartlyOpenWorkload,
    Workload,
    make_workload,
)

__all__ = [
    "ALL_FORMS",
    "Advice",
    "AdviceKey",
    "Answered",
    "Arrival",
    "Cast",
    "ClosedWorkload",
    "FormPolicy",
    "FormPurpose",
    "KnownPage",
    "LearnedWorkload",
    "Page",
    "PageReading",
    "PartlyOpenWorkload",
    "Question",
    "SiteKnowledge",
    "Step",
    "Strategy",
    "StrategyContext",
    "StrategyKind",
    "ThinkTime",
    "Visit",
    "Workload",
    "find_strategy",
    "known_strategies",
    "make_workload",
    "purpose_of",
]
