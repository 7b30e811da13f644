"""Level 3: strategies and workloads; pure decisions, no I/O, no sleeping."""

from trafficflou.traffic.advice import Advice, AdviceKey, Answered, Question
from trafficflou.traffic.cast import Cast
from trafficflou.traffic.form_policy import ALL_FORMS, FormPolicy, FormPurpose, purpose_of
from trafficflou.traffic.site_facts import site_facts
from trafficflou.traffic.site_knowledge import KnownPage, SiteKnowledge
from trafficflou.traffic.strategy import LingeringVisit, Page, PageReading, Step, Strategy, Visit
from trafficflou.traffic.strategy_choice import ChosenStrategy, check_strategies, choose_strategies
from trafficflou.traffic.strategy_kind import StrategyContext, StrategyKind
from trafficflou.traffic.strategy_registry import find_part, find_strategy, known_strategies, strategy_names
from trafficflou.traffic.strategy_spec import StrategySpec
from trafficflou.traffic.strategy_switch import StrategySwitch
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
    "ChosenStrategy",
    "ClosedWorkload",
    "FormPolicy",
    "FormPurpose",
    "KnownPage",
    "LearnedWorkload",
    "LingeringVisit",
    "Page",
    "PageReading",
    "PartlyOpenWorkload",
    "Question",
    "SiteKnowledge",
    "Step",
    "Strategy",
    "StrategyContext",
    "StrategyKind",
    "StrategySpec",
    "StrategySwitch",
    "ThinkTime",
    "Visit",
    "Workload",
    "check_strategies",
    "choose_strategies",
    "find_part",
    "find_strategy",
    "known_strategies",
    "make_workload",
    "purpose_of",
    "site_facts",
    "strategy_names",
]
