"""Whom to imagine for a run: the site's facts go in, personas come out, from a provider or from Athena."""

from dataclasses import dataclass
from typing import Final

from trafficflou.ai_models.athena.weighting import fit_population
from trafficflou.ai_models.model import AiModel
from trafficflou.ai_models.tasks import IMAGINE_POPULATION, Device, Population, PopulationRequest, SiteFacts

__all__ = ["PERSONA_COUNT", "Imagined", "imagine", "population_request"]

PERSONA_COUNT: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagined:
    """The people of a run.

    Attributes:
        population: The personas.
        given_by: Who imagined them.
    """

    population: Population
    given_by: str


def population_request(
    facts: SiteFacts, *, brief: str, seed: int, devices: dict[Device, float]
) -> PopulationRequest:
    """Ask for people.

    Args:
        facts: The site, as far as it is known.
        brief: What the day is like; empty for any day.
        seed: The run's.
        devices: The shares of devices that they shall have; empty for those of the facts.
    """
    site = facts.model_copy(update={"devices": devices}) if devices else facts
    return PopulationRequest(site=site, brief=brief[:2000], count=PERSONA_COUNT, seed=seed)


async def imagine(ai: AiModel, request: PopulationRequest) -> Imagined:
    """Imagine people, fitted to the figures that are known of the site's visitors.

    Raises:
        ProviderError: The model is closed.
    """
    answer = await ai.answer(IMAGINE_POPULATION, request)
    population = fit_population(answer.value, request.site)
    return Imagined(population=population, given_by=answer.provider)
