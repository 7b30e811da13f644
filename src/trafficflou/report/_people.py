"""Who the visitors were: strategies, their goals, and what AI models gave, as plain values."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trafficflou.core.units import format_count, format_share
from trafficflou.metrics import AiFigures, GoalFigures, StrategyFigures, Summary
from trafficflou.report._figures import NOTHING, show_ms, show_share
from trafficflou.report._text import visible

__all__ = ["people_values"]

_MAX_ROWS: Final = 100
_STRATEGY_COLUMNS: Final = (
    "Sessions",
    "Page views",
    "Pages seen",
    "Forms sent",
    "Goals",
    "Requests",
    "Errors",
    "p95",
    "Page load p95",
    "Decision p50, p99",
)
_CHECK_COLUMNS: Final = ("Passed", "Failed", "Share passed")
_GOAL_COLUMNS: Final = ("Pursued", "Reached", "Share", "Pages", "Gave up for")


def people_values(summary: Summary) -> dict[str, Any]:
    """Return what the template shows of strategies, goals and AI models."""
    strategies = summary.strategies
    has_more = len(strategies) > 1 or any(each.goals or each.decided_by or each.checks for each in strategies)
    return {
        "strategy_columns": _STRATEGY_COLUMNS,
        # One strategy that notices nothing has the figures of the run.
        "strategies": [_strategy(each) for each in strategies[:_MAX_ROWS]] if has_more else [],
        "goal_columns": _GOAL_COLUMNS,
        "goals": [_goal(each) for strategy in strategies for each in strategy.goals][:_MAX_ROWS],
        "check_columns": _CHECK_COLUMNS,
        "checks": [
            _check(strategy.name, name, *counts)
            for strategy in strategies
            for name, counts in strategy.checks.items()
        ][:_MAX_ROWS],
        "ai": _ai(summary.ai),
    }


def _strategy(row: StrategyFigures) -> dict[str, Any]:
    decision = row.decision_us
    pursued = sum(goal.pursued for goal in row.goals)
    reached = sum(goal.reached for goal in row.goals)
    decided = _shares(row.decided_by)
    cells = (
        format_count(row.sessions.started),
        format_count(row.page_views),
        format_count(row.pages_visited) if row.pages_visited else NOTHING,
        format_count(row.forms_sent) if row.forms_sent else NOTHING,
        f"{format_count(reached)} of {format_count(pursued)}" if pursued else NOTHING,
        format_count(row.requests.count),
        show_share(row.requests.error_share),
        show_ms(row.response_ms.p95),
        show_ms(row.page_load_ms.p95),
        f"{_time(decision.p50)}, {_time(decision.p99)}",
    )
    steps = f"{format_count(row.steps)} steps" if row.steps else ""
    hint = ", decided by ".join(filter(None, (steps, decided)))
    return {"name": visible(row.name), "hint": hint, "cells": cells}


def _check(strategy: str, name: str, passed: int, failed: int) -> dict[str, Any]:
    total = passed + failed
    return {
        "name": visible(name, 200),
        "strategy": visible(strategy, 80),
        "cells": (format_count(passed), format_count(failed), show_share(passed / total if total else None)),
        "has_failed": failed > 0,
    }


def _time(value_us: float | None) -> str:
    if value_us is None or value_us >= 1000:
        return show_ms(None if value_us is None else value_us / 1000)
    return f"{value_us:.3g} µs"


def _goal(row: GoalFigures) -> dict[str, Any]:
    ended = row.reached + sum(row.given_up.values())
    why = ", ".join(
        f"{visible(name.replace('_', ' '), 40)} {format_count(count)}"
        for name, count in list(row.given_up.items())[:4]
    )
    return {
        "persona": visible(row.persona, 80),
        "goal": visible(row.goal, 200),
        "cells": (
            format_count(row.pursued),
            format_count(row.reached),
            show_share(row.reached / ended if ended else None),
            NOTHING if row.pages_mean is None else f"{row.pages_mean:.1f}",
            why or NOTHING,
        ),
    }


def _ai(figures: AiFigures) -> dict[str, Any] | None:
    if not (figures.requests or figures.decisions):
        return None
    return {
        "rows": _ai_rows(figures),
        "providers": [
            (
                visible(name, 80),
                format_count(row.answers),
                show_share(row.share),
                format_count(row.cache_hits),
                format_count(sum(row.failures.values())),
                format_count(row.tokens),
                _usd(row.cost_usd),
                f"{show_ms(row.latency_ms.p50)} / {show_ms(row.latency_ms.p95)}",
            )
            for name, row in list(figures.by_provider.items())[:_MAX_ROWS]
        ],
    }


def _ai_rows(figures: AiFigures) -> list[dict[str, str]]:
    rows = [
        _row("Wanted", visible(figures.provider, 80) or NOTHING, _relevance(figures.relevance)),
        _row(
            "Decisions of visitors",
            format_count(sum(figures.decisions.values())),
            f"by {shares}" if (shares := _shares(figures.decisions)) else "none",
        ),
        _row(
            "Questions to models",
            format_count(figures.requests),
            f"{format_count(figures.cache_hits)} answered from the cache, {format_count(figures.degraded_answers)} by another "
            f"provider than the one wanted, {format_count(figures.failed)} by nobody",
        ),
        _row(
            "Visitors waited p50 / p95",
            f"{show_ms(figures.latency_ms.p50)} / {show_ms(figures.latency_ms.p95)}",
            "for a decision in which a model had a say",
        ),
        _row(
            "Preparation p50 / p95",
            f"{show_ms(figures.preparation_ms.p50)} / {show_ms(figures.preparation_ms.p95)}",
            "answers that the run waited for before and after its visitors",
        ),
        _row(
            "Cost",
            _usd(figures.cost_usd),
            f"{format_count(figures.tokens)} tokens"
            + ("" if figures.price_is_known else "; a price is not known and counts as 0"),
        ),
    ]
    budget = figures.budget
    if budget is not None and (budget.max_usd is not None or budget.max_tokens is not None):
        limits = [
            *([_usd(budget.max_usd)] if budget.max_usd is not None else []),
            *([f"{format_count(budget.max_tokens)} tokens"] if budget.max_tokens is not None else []),
        ]
        spent = f"{_usd(budget.spent_usd)} and {format_count(budget.spent_tokens)} tokens spent, {format_count(budget.refused)} questions refused"
        rows.append(_row("Budget", " and ".join(limits), spent))
    return rows


def _row(label: str, value: str, meaning: str) -> dict[str, str]:
    return {"label": label, "value": value, "meaning": meaning}


def _relevance(kind: str) -> str:
    words = {"embeddings": "Athena compares texts by meaning", "lexical": "Athena compares texts by words"}
    return words.get(kind, "")


def _shares(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    ranked: Sequence[tuple[str, int]] = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return (
        ", ".join(f"{visible(name, 40)} {format_share(count / total)}" for name, count in ranked[:6])
        if total
        else ""
    )


def _usd(value_usd: float | None) -> str:
    return NOTHING if value_usd is None else f"${value_usd:.4f}" if 0 < value_usd < 1 else f"${value_usd:.2f}"
