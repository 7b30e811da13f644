"""What the visitors of a strategy did: as it stands in `summary.json`."""

from pydantic import Field

from trafficflou.metrics.document import Count, Document, Finite, Percentiles
from trafficflou.metrics.load_figures import RequestFigures, SessionFigures

__all__ = ["DecisionTimes", "GoalFigures", "StrategyFigures"]


class DecisionTimes(Document):
    """How long a strategy took to choose a step, microseconds; all `null` where it chose none."""

    p50: Finite | None = None
    p99: Finite | None = None
    max: Finite | None = None


class GoalFigures(Document):
    """What became of one goal of one persona; sessions under way at the end count as neither reached nor given up."""

    persona: str
    goal: str
    pursued: Count = 0
    reached: Count = 0
    given_up: dict[str, Count] = Field(
        default_factory=dict, description="by why: patience, dead_end, errors..."
    )
    pages_mean: Finite | None = Field(default=None, description="page views of the sessions that reached it")


class StrategyFigures(Document):
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
