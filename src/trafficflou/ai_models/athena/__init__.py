"""Athena: TrafficFlou's own model. Local, without a key, without a network; it answers every task.

Relevance comes from small static word embeddings (extra `[athena]`) or from words alone; everything else is rules and statistics
that can be read here: `population`, `preference`, `form_filling`, `group_naming`, `run_explaining`, `brief_reading`.
"""

from trafficflou.ai_models.athena.archetypes import Archetype, read_archetypes
from trafficflou.ai_models.athena.factory import AthenaFactory, AthenaModel, AthenaSettings
from trafficflou.ai_models.athena.preference import PersonaVector, PreparedOffers
from trafficflou.ai_models.athena.relevance import Relevance

__all__ = [
    "Archetype",
    "AthenaFactory",
    "AthenaModel",
    "AthenaSettings",
    "PersonaVector",
    "PreparedOffers",
    "Relevance",
    "read_archetypes",
]
