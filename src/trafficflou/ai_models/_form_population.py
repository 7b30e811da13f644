"""The form of `imagine_population`."""

from typing import Annotated, Final, Literal

from pydantic import Field

from trafficflou.ai_models._prompt_piece import (
    SENTENCE_CHARS,
    WORD_CHARS,
    Device,
    Number,
    PromptForm,
    Share,
    WireShape,
    Words,
    pick,
    site_data,
    words,
)
from trafficflou.ai_models.tasks import Persona, Population, PopulationRequest
from trafficflou.security.sanitising import clean_text

__all__ = ["IMAGINE_POPULATION"]


class _Interest(WireShape):
    word: Annotated[str, Field(min_length=1, max_length=WORD_CHARS * 2)]
    weight: Annotated[float, Field(gt=0, le=1)]


class _WirePersona(WireShape):
    name: Annotated[str, Field(min_length=1, max_length=WORD_CHARS * 2)]
    description: Words
    goals: Annotated[list[Words], Field(min_length=1, max_length=5)]
    interests: Annotated[list[_Interest], Field(min_length=1, max_length=12)]
    patience: Share
    pace: Annotated[float, Field(ge=0.25, le=4)]
    device: Device
    pages: Annotated[float, Field(ge=1, le=100)]
    entry: Number | None = Field(description="number of the template on which a visit begins")
    actions: Annotated[
        list[Literal["browse", "search", "cart", "checkout", "login", "read", "compare", "contact"]],
        Field(min_length=1, max_length=8),
    ]
    weight: Annotated[float, Field(gt=0, le=100)]


class _WirePopulation(WireShape):
    personas: Annotated[list[_WirePersona], Field(min_length=1, max_length=24)]


def _population(wire: _WirePopulation, request: PopulationRequest) -> Population:
    total = sum(persona.weight for persona in wire.personas)
    return Population(
        personas=tuple(_one_persona(persona, request, total) for persona in wire.personas), origin="imagined"
    )


def _one_persona(wire: _WirePersona, request: PopulationRequest, total: float) -> Persona:
    entry = pick(request.site.templates, wire.entry, "template").template if wire.entry else None
    return Persona(
        name=words(wire.name, WORD_CHARS, "a name"),
        description=words(wire.description, SENTENCE_CHARS, "a description"),
        goals=tuple(words(goal, SENTENCE_CHARS, "a goal") for goal in wire.goals),
        interests={words(each.word, WORD_CHARS, "an interest"): each.weight for each in wire.interests},
        patience=wire.patience,
        pace=wire.pace,
        device=wire.device,
        pages=wire.pages,
        entry=entry,
        actions=tuple(dict.fromkeys(wire.actions)),
        weight=wire.weight / total,
    )


IMAGINE_POPULATION: Final = PromptForm(
    "Imagine behaviour groups of people who visit the site: who they are, what they want, what interests them, how patient they "
    "are. Make them as many as is asked for, different from one another, and true to the site and its figures. Interests are words "
    "that would stand on pages such people like, each with a weight. `patience` 0 leaves at the first slow page, 1 waits for ever. "
    "`pace` multiplies the usual think time. `pages` is the length of a usual visit. `weight` is the group's share of all visits.",
    _WirePopulation,
    lambda request: f"{request.count} groups, please. {clean_text(request.brief, 2000)}".strip(),
    lambda request: {"site": site_data(request.site)},
    _population,
)
