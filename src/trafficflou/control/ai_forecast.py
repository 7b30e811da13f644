"""What a run will probably ask of AI providers, and what that costs: told before the first question."""

from typing import Any, Final

from pydantic import BaseModel

from trafficflou.ai_models.budget import Forecast
from trafficflou.ai_models.figures import MAX_FIGURES
from trafficflou.ai_models.tasks import (
    BRIEF_TO_PLAN,
    EXPLAIN,
    IMAGINE_POPULATION,
    PREFER,
    BriefRequest,
    FigureOf,
    Offer,
    Persona,
    PopulationRequest,
    PreferRequest,
    RunFigures,
    SiteFacts,
    Task,
)
from trafficflou.config import RunConfig
from trafficflou.core.units import format_count

__all__ = ["forecast_in_words", "forecast_questions"]

_USUAL_OFFERS: Final = 40
"""Links of a usual page, as visitors are shown them."""

_LEAST_TEMPLATES: Final = 5

Question = tuple[Task[Any, Any], BaseModel]


def forecast_questions(
    facts: SiteFacts, *, brief: str | None, people: PopulationRequest | None
) -> list[Question]:
    """Return what is likely to be asked: of the size, not with the words, of what will be.

    Args:
        facts: The site, as far as it is known.
        brief: What is to be read.
        people: Whom to imagine; `None` where nobody is.
    """
    questions: list[Question] = [(EXPLAIN, _usual_figures())]
    if brief is not None:
        questions.append((BRIEF_TO_PLAN, BriefRequest(brief=brief, site=facts)))
    if people is not None:
        questions.append((IMAGINE_POPULATION, people))
        templates = max(_LEAST_TEMPLATES, len(facts.templates))
        questions += [(PREFER, _usual_preference())] * (people.count * templates)
    return questions


def forecast_in_words(model: str, questions: int, forecast: Forecast, config: RunConfig) -> str:
    """Say what it will take, and whether it fits.

    Args:
        model: Who may be asked, in order.
        questions: How many questions are expected.
        forecast: What they take.
        config: The run's limits.
    """
    usual, most = forecast.usual, forecast.most
    tokens = usual.input_tokens + usual.output_tokens
    cost = (
        f"about ${usual.cost_usd:.4f}, ${most.cost_usd:.4f} at most"
        if forecast.price_is_known
        else "price not known"
    )
    limits = [
        *([f"${config.ai_max_usd:g}"] if config.ai_max_usd is not None else []),
        *([f"{format_count(config.ai_max_tokens)} tokens"] if config.ai_max_tokens is not None else []),
    ]
    limit = f"; limit {' and '.join(limits)}" if limits else ""
    enough = "" if forecast.fits_usual else ", which is probably reached: Athena then goes on alone"
    return f"AI: up to {format_count(questions)} questions to {model}, about {format_count(tokens)} tokens ({cost}){limit}{enough}."


def _usual_figures() -> RunFigures:
    figure = FigureOf(place="templates[10].phases_ms.first_byte.p95", value=1234.567)
    return RunFigures(verdict="pass", figures=(figure,) * MAX_FIGURES)


def _usual_preference() -> PreferRequest:
    persona = Persona(
        name="A usual persona",
        description="Somebody who wants something of the site and describes it in a sentence of this length.",
        goals=("find what suits, compare some, and choose one",) * 3,
        interests={f"interest number {number}": 0.5 for number in range(8)},
        patience=0.5,
        pace=1,
        device="desktop",
        pages=8,
        weight=0.2,
    )
    offer = Offer(text="The words of a usual link", template="/category/{slug}", place="main")
    return PreferRequest(
        persona=persona,
        page_title="A usual page's title",
        page_template="/category/{slug}",
        offers=(offer,) * _USUAL_OFFERS,
    )
