"""Level 3: strategies and workloads; pure decisions, no I/O, no sleeping."""

from trafficflou.traffic.cast import Cast
from trafficflou.traffic.strategies import find_strategy, known_strategies, make_strategy
from trafficflou.traffic.strategy import Page, PageReading, Step, Strategy, Visit
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
    "Arrival",
    "Cast",
    "ClosedWorkload",
    "LearnedWorkload",
    "Page",
    "PageReading",
    "PartlyOpenWorkload",
    "Step",
    "Strategy",
    "ThinkTime",
    "Visit",
    "Workload",
    "find_strategy",
    "known_strategies",
    "make_strategy",
    "make_workload",
]
