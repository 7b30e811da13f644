"""What an AI model makes of a finished run: findings in words, each resting on figures that are there.

An explanation is an opinion about figures: it changes no verdict and no exit code, and what it cites is held against the summary. A
finding with a citation that does not hold is dropped, and the figures that are shown are the summary's own.
"""

import json
import math
from collections.abc import Mapping
from typing import Final

from trafficflou.ai_models.figures import figures_of
from trafficflou.ai_models.model import AiModel
from trafficflou.ai_models.tasks import EXPLAIN, Citation, ToldFinding
from trafficflou.core import ProviderError
from trafficflou.logs import get_logger
from trafficflou.metrics import CitedFigure, Finding, Summary
from trafficflou.security.sanitising import clean_text

__all__ = ["EXPLAIN_DEADLINE_S", "explain"]

log = get_logger(__name__)

EXPLAIN_DEADLINE_S: Final = 12.0
_SENTENCE_CHARS: Final = 400
_ROUNDING: Final = 0.005
"""A model may round what it cites: 1234.5 ms is 1.23 s to most people."""


async def explain(
    ai: AiModel, summary: Summary, *, deadline_s: float = EXPLAIN_DEADLINE_S
) -> tuple[Finding, ...]:
    """Ask for an explanation.

    Args:
        ai: The run's model.
        summary: What was measured.
        deadline_s: Longest time; Athena answers at its end.

    Returns:
        Findings of the kind `ai`, most important first; none where nobody could say anything.
    """
    figures = figures_of(json.loads(summary.to_json()))
    try:
        answer = await ai.answer(EXPLAIN, figures, deadline_s=deadline_s)
    except ProviderError as error:
        log.warning("the run is not explained", reason=error.message)
        return ()
    known = {figure.place: figure.value for figure in figures.figures}
    found = [_finding(told, known, answer.provider) for told in answer.value.findings]
    dropped = found.count(None)
    if dropped:
        log.warning("explanations without a footing were dropped", count=dropped, provider=answer.provider)
    return tuple(finding for finding in found if finding is not None)


def _finding(
    told: ToldFinding, known: Mapping[str, float | int | str | None], provider: str
) -> Finding | None:
    cites = [
        CitedFigure(place=cite.place, value=known.get(cite.place))
        for cite in told.cites
        if _holds(cite, known)
    ]
    if len(cites) != len(told.cites):
        return None
    parts = [told.message]
    if told.likely_cause is not None:
        parts.append(f"Likely cause: {told.likely_cause}")
    if told.next_experiment is not None:
        parts.append(f"Next: {told.next_experiment}")
    message = " ".join(sentence for part in parts if (sentence := clean_text(part, _SENTENCE_CHARS)))
    if not message:
        return None
    return Finding(kind="ai", message=message, source="ai", provider=provider, cites=tuple(cites))


def _holds(cite: Citation, known: Mapping[str, float | int | str | None]) -> bool:
    """Whether a figure stands where it is cited from, and is what is cited, give or take rounding."""
    if cite.place not in known:
        return False
    true, said = known[cite.place], cite.value
    if isinstance(true, int | float) and isinstance(said, int | float):
        return math.isclose(true, said, rel_tol=_ROUNDING, abs_tol=1e-9)
    return true == said
