"""What happened to a run besides visitors coming and going."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["RunEvent"]


class RunEvent(BaseModel):
    """Something that somebody did to the run, or had planned for it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        description="seconds since the start of the run"
    )
    kind: str = Field(description="a stable name: strategy_switch, stop, abort")
    message: str
