"""The section `ai` of a summary."""

from typing import Any

from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.run_model import open_run_model
from trafficflou.config import AiSettingsBuilder
from trafficflou.control.ai_figures import ai_figures
from trafficflou.metrics import Histogram, Journal, RunTotals, StrategyMeasurements


async def _statistics(**changes: Any) -> dict[str, Any]:
    settings = AiSettingsBuilder().build()
    async with FactoryRegistry(settings.setups) as registry, open_run_model(registry, "athena") as model:
        return model.statistics() | changes


def _totals(**decided_by: dict[str, int]) -> RunTotals:
    totals = RunTotals(workers=1)
    for number, (name, decisions) in enumerate(decided_by.items(), start=1):
        times = Histogram()
        times.record(number * 1_000_000)
        totals.strategies[name] = StrategyMeasurements(
            name=name, decision=times, journal=Journal(decided_by=decisions)
        )
    totals.strategies["plain"] = StrategyMeasurements(name="plain")
    return totals


async def test_ai_figures_say_who_decided_and_how_long_visitors_waited_for_that() -> None:
    """Decisions of all strategies; times of those in which a model had a say, and not of recorded statistics."""
    totals = _totals(flair={"athena": 5, "openai": 3}, organic={"statistics": 9}, more={"athena": 2})
    figures = ai_figures(await _statistics(), totals)
    assert figures.decisions == {"statistics": 9, "athena": 7, "openai": 3}
    assert list(figures.decisions) == ["statistics", "athena", "openai"]
    assert figures.latency_ms.max is not None
    assert round(figures.latency_ms.max) == 3
    assert ai_figures(await _statistics(), _totals(organic={"statistics": 9})).latency_ms.p50 is None


async def test_ai_figures_take_over_what_the_model_counts() -> None:
    """Requests, cost, times before and after the visitors, and each provider's share."""
    provider = {
        "answers": 3,
        "share": 0.75,
        "cache_hits": 1,
        "cassette_hits": 0,
        "degraded": 0,
        "tokens": 90,
        "failures": {"timeout": 2},
        "cost_usd": 0.25,
        "latency_ms": {"p50": 1.23456},
    }
    figures = ai_figures(
        await _statistics(
            requests=4, cost_usd=0.25, latency_ms={"p95": 900.12345}, by_provider={"openai": provider}
        ),
        RunTotals(workers=1),
        forecast_usd=0.5,
    )
    assert (figures.requests, figures.cost_usd, figures.preparation_ms.p95) == (4, 0.25, 900.123)
    assert figures.by_provider["openai"].failures == {"timeout": 2}
    assert figures.by_provider["openai"].latency_ms.p50 == 1.235
    assert figures.budget is not None
    assert figures.budget.forecast_usd == 0.5
    assert (figures.provider, figures.relevance in {"embeddings", "lexical"}) == ("athena", True)


async def test_ai_figures_tell_of_a_budget_only_where_there_is_one() -> None:
    """Nobody is to be paid where Athena works alone."""
    assert ai_figures(await _statistics(), RunTotals(workers=1)).budget is None
