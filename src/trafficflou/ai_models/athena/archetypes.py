"""The library of archetypes, read from the package's `data/archetypes.toml`."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from trafficflou.ai_models.tasks import Persona

__all__ = ["SITE_TOPICS", "Archetype", "read_archetypes"]

SITE_TOPICS: Final = {
    "shop": frozenset({"product", "category", "cart", "checkout"}),
    "content": frozenset({"read"}),
    "documentation": frozenset({"docs"}),
    "community": frozenset({"community"}),
    "service": frozenset({"service", "help", "contact"}),
}
"""Topics of pages (see `words.TOPICS`) by which a kind of site is known."""


class Archetype(BaseModel):
    """A kind of visitor.

    Attributes:
        site: The kind of site it belongs to (key of `SITE_TOPICS`), or `any`.
        topics: Of the pages at which its sessions begin, best first.
        basis: Whether a study describes this kind of behaviour, or common sense does.
        source: Which study. It does not stand for the figures, which are guesses of ours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    site: Literal["any", "shop", "content", "documentation", "community", "service"]
    description: str
    goals: tuple[str, ...]
    interests: dict[str, float]
    patience: float
    pace: float
    pages: float
    device: Literal["desktop", "mobile", "tablet"]
    actions: tuple[str, ...]
    topics: tuple[str, ...]
    basis: Literal["published", "common sense"]
    source: str

    def persona(self, *, weight: float) -> Persona:
        """Return it as a persona that has not been matched to any site."""
        fields = self.model_dump(exclude={"site", "topics", "basis", "source"})
        return Persona.model_validate({**fields, "weight": weight})


@cache
def read_archetypes() -> tuple[Archetype, ...]:
    """Read the library; once."""
    text = files("trafficflou.ai_models.athena").joinpath("data/archetypes.toml").read_text(encoding="utf-8")
    return tuple(Archetype.model_validate(entry) for entry in tomllib.loads(text)["archetype"])
