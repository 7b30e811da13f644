"""What a person should know of a run and no figure says: as it stands in `summary.json`."""

from typing import Literal

from pydantic import Field

from trafficflou.metrics.document import Document

__all__ = ["CitedFigure", "Finding", "PathStep"]


class PathStep(Document):
    """One step of a path that can be taken again."""

    action: Literal["open", "click", "submit"]
    path: str = Field(description="where it led: path and query on the target")
    text: str = Field(default="", description="the words of the link or button")
    values: dict[str, str] = Field(default_factory=dict, description="what was filled in, by field name")


class CitedFigure(Document):
    """A figure of this document that a finding rests on."""

    place: str = Field(description="where it stands, such as response_ms.p95")
    value: float | int | str | None


class Finding(Document):
    """Something that a person should know and no figure says."""

    kind: str = Field(
        description="a stable name: broken_link, slow_page, missing_paths, errors_without_slo..."
    )
    message: str
    source: Literal["measured", "ai"] = Field(
        default="measured", description="ai: written by an AI model out of the figures that it cites"
    )
    provider: str = Field(default="", description="which model wrote it; empty where it was measured")
    strategy: str = Field(default="", description="whose visitors noticed it")
    url: str = Field(default="", description="path and query that it is about")
    template: str = ""
    figures: dict[str, float | int | str] = Field(
        default_factory=dict, description="the counts and times that it rests on"
    )
    path: tuple[PathStep, ...] = Field(default=(), description="the steps that lead there again")
    cites: tuple[CitedFigure, ...] = ()
