"""Ready-made persona sets, read from the package's `patterns.toml`."""

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from trafficflou.ai_models.tasks import Persona
from trafficflou.traffic.flair.mind import Habits

__all__ = ["Pattern", "find_pattern", "known_patterns"]


class Pattern(BaseModel):
    """A set of personas who go about choosing in the same way.

    Attributes:
        name: As it is written in settings.
        summary: Half a sentence.
        habits: How they choose.
        persona: Who they are; their weights add up to 1.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    summary: str
    habits: Habits
    persona: tuple[Persona, ...] = Field(min_length=1)


@cache
def known_patterns() -> dict[str, Pattern]:
    """Read the patterns; once."""
    text = files("trafficflou.traffic.flair").joinpath("patterns.toml").read_text(encoding="utf-8")
    patterns = [Pattern.model_validate(entry) for entry in tomllib.loads(text)["pattern"]]
    return {pattern.name: pattern for pattern in patterns}


def find_pattern(name: str) -> Pattern:
    """Return a pattern.

    Raises:
        ValueError: There is none of that name; the message lists those there are.
    """
    found = known_patterns().get(name)
    if found is None:
        raise ValueError(f"there is no pattern {name[:40]!r}; there are {', '.join(known_patterns())}")
    return found
