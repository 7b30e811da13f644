"""What a visitor decides to do: everything that a step and the visitor's memory need to know of it."""

from dataclasses import dataclass
from typing import Literal

from trafficflou.traffic.flair.scene import Deed

__all__ = ["Move"]


@dataclass(slots=True, kw_only=True)
class Move:
    """A decision.

    Attributes:
        deed: What is done.
        path: What is asked for.
        template: Its template.
        told: The path under which it is told of.
        text: The words of the link or button.
        method: How it is asked for.
        body: Sent with it.
        content_type: Of the body.
        fields: How many fields have to be filled in before.
    """

    deed: Deed
    path: str
    template: str
    told: str = ""
    text: str = ""
    method: Literal["GET", "POST"] = "GET"
    body: bytes = b""
    content_type: str = ""
    fields: int = 0
