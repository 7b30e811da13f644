"""What is known of a run before its first request."""

from dataclasses import dataclass

from trafficflou.metrics.run_facts import PeopleFacts

__all__ = ["RunInfo"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """A run as planned.

    Attributes:
        id: The run's identity, also in its requests.
        target: Origin of the site.
        seed: Seed of all its chance.
        strategy: Name of the strategy played.
        started_at: When it starts, ISO 8601, UTC.
        planned_duration_s: How long traffic is to be played, seconds.
        workers: How many engine processes.
        warmup_s: How long from the start nothing counts, seconds.
        model: File name of the traffic model; `None` without one.
        name: What the user calls it.
        workload: How many visitors, or how they arrive, in words.
        protocol: The protocol of its requests.
        brief: What was said about the day to play.
        plan: What was made of that, one sentence each.
        people: Who was imagined; `None` where nobody was.
        notes: What is worth knowing about how it was prepared, as sentences.
    """

    id: str
    target: str
    seed: int
    strategy: str
    started_at: str
    planned_duration_s: float
    workers: int
    warmup_s: float = 0.0
    model: str | None = None
    name: str = ""
    workload: str = ""
    protocol: str = "http/1.1"
    brief: str = ""
    plan: tuple[str, ...] = ()
    people: PeopleFacts | None = None
    notes: tuple[str, ...] = ()
