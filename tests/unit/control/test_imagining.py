"""Whom to imagine for a run."""

from typing import Any

import pytest

from trafficflou.ai_models.tasks import Device, Population, SiteFacts
from trafficflou.control.imagining import imagine, population_request
from trafficflou.testing.ai_model import FakeAiModel, sample_persona

MEASURED = SiteFacts(
    devices={"desktop": 0.25, "mobile": 0.75}, one_page_share=0.1, pages_per_session=6, is_measured=True
)


def _people(*devices: str, pages: float = 5) -> Population:
    share = 1 / len(devices)
    return Population(
        personas=tuple(
            sample_persona(f"P{number}").model_copy(
                update={"device": device, "weight": share, "pages": pages if number else 1.0}
            )
            for number, device in enumerate(devices)
        )
    )


def _shares(population: Population) -> dict[str, Any]:
    shares: dict[str, float] = {}
    for persona in population.personas:
        shares[persona.device] = shares.get(persona.device, 0) + persona.weight
    return {device: pytest.approx(share, abs=0.01) for device, share in sorted(shares.items())}


async def _imagined(
    population: Population, facts: SiteFacts = MEASURED, devices: dict[Device, float] | None = None
) -> Population:
    asked = population_request(facts, brief="", seed=1, devices=devices or {})
    return (await imagine(FakeAiModel("openai", script=[population]), asked)).population


async def test_imagined_people_are_fitted_to_what_was_measured() -> None:
    """Whatever weights a provider dreams up: devices, one-page visits and the length of a session are the model's."""
    people = await _imagined(_people("mobile", "desktop", "desktop"))
    assert people.origin == "fitted"
    assert _shares(people) == {"desktop": 0.25, "mobile": 0.75}
    assert sum(one.weight * one.pages for one in people.personas) == pytest.approx(6, rel=0.1)


async def test_a_device_that_nobody_has_is_given_to_somebody() -> None:
    """A measured device has a persona where there are enough; the lightest of the most common changes."""
    people = await _imagined(_people("desktop", "desktop", "desktop"))
    assert _shares(people) == {"desktop": 0.25, "mobile": 0.75}
    alone = await _imagined(_people("desktop"))
    assert [one.device for one in alone.personas] == ["desktop"]


async def test_people_without_a_measure_stay_as_they_were_imagined() -> None:
    """Nothing is fitted to nothing, and the origin says so; a brief's devices hold all the same."""
    people = _people("desktop", "mobile")
    assert await _imagined(people, facts=SiteFacts()) == people
    bent = await _imagined(people, facts=SiteFacts(), devices={"mobile": 0.9, "desktop": 0.1})
    assert bent.origin == "imagined"
    assert _shares(bent) == {"desktop": 0.1, "mobile": 0.9}


async def test_people_say_who_gave_them() -> None:
    """The report names the one who imagined."""
    imagined = await imagine(
        FakeAiModel("openai", script=[_people("mobile")]),
        population_request(SiteFacts(), brief="x" * 3000, seed=1, devices={}),
    )
    assert imagined.given_by == "openai"
