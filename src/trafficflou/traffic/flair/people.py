"""Who visits: the people of a pattern, the personas of the run, or those that Athena imagines for the site."""

from collections.abc import Callable, Sequence

from trafficflou.ai_models.athena.factory import AthenaFactory, AthenaModel
from trafficflou.ai_models.athena.population import imagine_population, with_site_subjects
from trafficflou.ai_models.tasks import Persona, PopulationRequest
from trafficflou.traffic.flair.mind import Habits, Mind, attention_of
from trafficflou.traffic.flair.pattern import find_pattern
from trafficflou.traffic.flair.subject import subjects_of
from trafficflou.traffic.site_facts import site_facts
from trafficflou.traffic.strategy_kind import StrategyContext

__all__ = ["athena_of", "minds_of"]


def athena_of(context: StrategyContext) -> AthenaModel:
    """Return Athena's model for a run."""
    make = context.make_athena or AthenaFactory().model
    return make()


def minds_of(
    context: StrategyContext,
    athena: AthenaModel,
    template_of: Callable[[str], str],
    *,
    sophistication: int,
    pattern: str | None,
) -> tuple[Mind, ...]:
    """Make the minds of a run, the same on all of its workers.

    Args:
        context: What the run gives.
        athena: Imagines people where the run has none, and compares texts.
        template_of: Names the template of a path.
        sophistication: 1..5.
        pattern: The name of a ready-made set of people, instead of the run's.
    """
    personas, habits = _people(context, athena, template_of, pattern)
    return tuple(
        Mind(
            number=number,
            persona=persona,
            vector=athena.persona_vector(persona),
            habits=habits,
            attention=attention_of(persona, sophistication),
            subjects=subjects_of(athena.relevance, persona, context.site, template_of),
        )
        for number, persona in enumerate(personas)
    )


def _people(
    context: StrategyContext, athena: AthenaModel, template_of: Callable[[str], str], pattern: str | None
) -> tuple[Sequence[Persona], Habits]:
    if pattern is None and context.population is not None:
        return context.population.personas, Habits()
    facts = site_facts(context.site, context.model, template_of)
    relevance = athena.relevance
    if pattern is None:
        request = PopulationRequest(site=facts, seed=context.seed)
        return imagine_population(relevance, request).personas, Habits()
    found = find_pattern(pattern)
    personas = []
    for persona in found.persona:
        own = dict.fromkeys(persona.goals, 1.0) | persona.interests
        interests = with_site_subjects(relevance, persona.interests, own, facts)
        personas.append(persona.model_copy(update={"interests": interests}))
    return personas, found.habits
