"""What was run: as it stands in `summary.json`."""

from typing import Literal

from pydantic import Field

from trafficflou.metrics.document import Count, Document, Finite, Share

__all__ = ["PeopleFacts", "PersonaFacts", "RunFacts"]


class PersonaFacts(Document):
    """An imagined behaviour group, in short; `personas.json` in the run folder says all."""

    name: str
    share: Share = Field(description="of the sessions")
    device: str
    goals: tuple[str, ...] = ()


class PeopleFacts(Document):
    """Who was imagined."""

    origin: Literal["fitted", "imagined"] = Field(
        description="fitted to what a traffic model measured, or imagined"
    )
    given_by: str = Field(default="", description="who imagined them")
    personas: tuple[PersonaFacts, ...] = ()


class RunFacts(Document):
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
