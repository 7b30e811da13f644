"""The shape of each task on the wire: what a provider is told, what it has to answer, and how that becomes a result."""

from collections.abc import Mapping
from typing import Final

from trafficflou.ai_models._form_figures import EXPLAIN, NAME_GROUPS
from trafficflou.ai_models._form_filling import FILL
from trafficflou.ai_models._form_plan import BRIEF_TO_PLAN
from trafficflou.ai_models._form_population import IMAGINE_POPULATION
from trafficflou.ai_models._form_preference import PREFER, PREFER_BATCH
from trafficflou.ai_models._prompt_piece import PromptForm
from trafficflou.ai_models.tasks import TaskName

__all__ = ["FORMS"]

FORMS: Final[Mapping[TaskName, PromptForm]] = {
    TaskName.IMAGINE_POPULATION: IMAGINE_POPULATION,
    TaskName.PREFER: PREFER,
    TaskName.PREFER_BATCH: PREFER_BATCH,
    TaskName.FILL: FILL,
    TaskName.NAME_GROUPS: NAME_GROUPS,
    TaskName.EXPLAIN: EXPLAIN,
    TaskName.BRIEF_TO_PLAN: BRIEF_TO_PLAN,
}
