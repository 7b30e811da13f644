"""Level 1: what keeps a failing dependency from becoming our failure; clock and chance are arguments."""

from trafficflou.resilience.circuit_breaker import BreakerSettings, BreakerState, CircuitBreaker, Passage
from trafficflou.resilience.deadline import Deadline
from trafficflou.resilience.retry import RetryPolicy
from trafficflou.resilience.task_keeper import TaskKeeper
from trafficflou.resilience.token_bucket import TokenBucket

__all__ = [
    "BreakerSettings",
    "BreakerState",
    "CircuitBreaker",
    "Deadline",
    "Passage",
    "RetryPolicy",
    "TaskKeeper",
    "TokenBucket",
]
