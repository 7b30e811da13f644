"""Who visits: the personas of the run, or those that Athena imagines for the site."""

from collections.abc import Callable, Sequence

from trafficflou.ai_models.athena.factory import AthenaFactory, AthenaModel
from trafficflou.ai_models.athena.population import imagine_population
from trafficflou.ai_models.tasks import Persona, PopulationRequest
from trafficflou.traffic.flair.mind import Habits, Mind, attention_of
from trafficflou.traffic.flair.subject import subjects_of
from trafficflou.traffic.site_facts import site_facts
from trafficflou.traffic.strategy_kind import StrategyContext

__all__ = ["athena_of", "minds_of"]


def athena_of(context: StrategyContext) -> AthenaModel:
    """Return Athena's model for a run."""
    make = context.make_athena or AthenaFactory().model
    return make()


def minds_of(
    context: StrategyContext, athena: AthenaModel, template_of: Callable[[str], str], sophistication: int
) -> tuple[Mind, ...]:
    """Make the minds of a run, the same on all of its workers."""
    personas: Sequence[Persona]
    if context.population is not None:
        personas = context.population.personas
    else:
        facts = site_facts(context.site, context.model, template_of)
        personas = imagine_population(
            athena.relevance, PopulationRequest(site=facts, seed=context.seed)
        ).personas
    return tuple(
        Mind(
            number=number,
            persona=persona,
            vector=athena.persona_vector(persona),
            habits=Habits(),
            attention=attention_of(persona, sophistication),
            subjects=subjects_of(athena.relevance, persona, context.site, template_of),
        )
        for number, persona in enumerate(personas)
    )
