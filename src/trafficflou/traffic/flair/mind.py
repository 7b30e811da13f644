"""A persona, made ready to decide: its preferences as vectors, its habits, and how much of a page it takes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from trafficflou.ai_models.athena.preference import PersonaVector
from trafficflou.ai_models.tasks import Persona
from trafficflou.traffic.flair.subject import Subject

__all__ = ["Habits", "Mind", "attention_of"]

_LEAST_ATTENTION: Final = 8
_ATTENTION_A_LEVEL: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How somebody goes about choosing; 0 is not at all, 1 is strongly.

    Attributes:
        novelty: Turns away from kinds of pages that were seen before.
        depth: Goes for what lies deep below the front page.
        rarity: Prefers what few people use, the more so the higher the intensity is.
        forms: Fills in forms that are not needed for the goal, and searches.
        backtracking: Goes back where a page does not look promising.
        curiosity: Goes where least is known of the site.
    """

    novelty: float = 0.4
    depth: float = 0.0
    rarity: float = 0.2
    forms: float = 0.2
    backtracking: float = 0.4
    curiosity: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mind:
    """A persona, ready.

    Attributes:
        number: Its place in the population.
        persona: Who it is.
        vector: Athena's idea of it.
        habits: How it chooses.
        attention: How many links of a page it considers.
        subjects: What its visits may be about.
    """

    number: int
    persona: Persona
    vector: PersonaVector
    habits: Habits
    attention: int
    subjects: tuple[Subject, ...]


def attention_of(persona: Persona, sophistication: int) -> int:
    """Return how many links of a page a persona considers: more where it is patient and sophisticated."""
    return round((_LEAST_ATTENTION + _ATTENTION_A_LEVEL * sophistication) * (0.5 + persona.patience))


def shares_of(minds: Sequence[Mind]) -> list[float]:
    """Return the shares of the visitors that have each mind."""
    total = sum(mind.persona.weight for mind in minds)
    return [mind.persona.weight / total for mind in minds]
