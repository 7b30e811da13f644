"""What all documents of a run are made of: bounded numbers, and models that bear keys of newer versions."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Count", "Document", "Finite", "Percentiles", "Share"]

Count = Annotated[int, Field(ge=0)]
Finite = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Document(BaseModel):
    """Newer versions of the same schema may add keys: unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Percentiles(Document):
    """A distribution of durations, milliseconds; all `null` where nothing was measured."""

    p50: Finite | None = None
    p90: Finite | None = None
    p95: Finite | None = None
    p99: Finite | None = None
    p999: Finite | None = None
    max: Finite | None = None
    mean: Finite | None = None
