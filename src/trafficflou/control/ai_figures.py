"""The section `ai` of a summary: what models were asked for, what that cost, and who decided what visitors did."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from trafficflou.ai_models import known_providers
from trafficflou.metrics import (
    AiBackground,
    AiBudget,
    AiFigures,
    AiProviderFigures,
    Histogram,
    Percentiles,
    RunTotals,
    percentiles_of,
)

__all__ = ["ai_figures"]

_MOST = 50
"""Names that are told of a table; providers and faults are far fewer."""


def ai_figures(
    statistics: Mapping[str, Any], totals: RunTotals, *, forecast_usd: float | None = None
) -> AiFigures:
    """Put together what is known.

    Args:
        statistics: Of the run's model: `RunModel.statistics`.
        totals: Who decided, and how long it took.
        forecast_usd: What was expected before the run; `None` where nobody was to be paid.
    """
    decisions, waited = _decisions(totals)
    plain = {
        name: statistics[name]
        for name in (
            *("provider", "relevance", "requests", "failed", "cache_hits", "tokens", "cost_usd"),
            *("price_is_known", "degraded", "degraded_answers", "wasted_tokens", "wasted_usd", "by_task"),
        )
    }
    providers = list(statistics["by_provider"].items())[:_MOST]
    background = statistics["background"]
    return AiFigures(
        **plain,
        latency_ms=percentiles_of(waited),
        preparation_ms=_rounded(statistics["latency_ms"]),
        background=AiBackground(
            **{name: background[name] for name in ("asked", "answered", "failed", "dropped")}
        ),
        by_provider={name: _provider(figures) for name, figures in providers},
        decisions=dict(decisions.most_common(_MOST)),
        budget=_budget(statistics["budget"], forecast_usd),
    )


def _decisions(totals: RunTotals) -> tuple[Counter[str], Histogram]:
    """Return who decided, and how long strategies took in which an AI model had a say."""
    models = frozenset(known_providers())
    decisions: Counter[str] = Counter()
    waited = Histogram()
    for strategy in totals.strategies.values():
        decided_by = {} if strategy.journal is None else strategy.journal.decided_by
        decisions.update(decided_by)
        if not models.isdisjoint(decided_by):
            waited.merge(strategy.decision)
    return decisions, waited


def _provider(figures: Mapping[str, Any]) -> AiProviderFigures:
    names = ("answers", "share", "cache_hits", "degraded", "failures", "tokens", "cost_usd")
    return AiProviderFigures(
        **{name: figures[name] for name in names}, latency_ms=_rounded(figures["latency_ms"])
    )


def _budget(budget: Mapping[str, Any] | None, forecast_usd: float | None) -> AiBudget | None:
    if budget is None or (
        budget["max_usd"] is None and budget["max_tokens"] is None and forecast_usd is None
    ):
        return None
    names = ("max_usd", "max_tokens", "spent_usd", "spent_tokens", "refused")
    return AiBudget(**{name: budget[name] for name in names}, forecast_usd=forecast_usd)


def _rounded(percentiles: Mapping[str, float | None]) -> Percentiles:
    return Percentiles(
        **{name: None if value is None else round(value, 3) for name, value in percentiles.items()}
    )
