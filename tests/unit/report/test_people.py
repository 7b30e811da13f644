"""Strategies, goals and AI models in the report."""

from collections.abc import Callable

from trafficflou.metrics import Summary
from trafficflou.report import render_html
from trafficflou.report._people import people_values

MakeSummary = Callable[..., Summary]


def test_one_strategy_that_notices_nothing_has_no_table(
    make_shop: MakeSummary, make_empty: MakeSummary
) -> None:
    """Its figures are those of the run; without any question to a model there is no AI section either."""
    for summary in (make_shop(20), make_empty()):
        assert people_values(summary)["strategies"] == []
        assert people_values(summary)["ai"] is None


def test_strategies_of_a_blend_stand_beside_each_other(make_shop: MakeSummary) -> None:
    """Each strategy has its row; what it does not do is a dash."""
    row = {
        "name": "organic-mimicry",
        "sessions": {"started": 3},
        "page_views": 5,
        "requests": {"count": 9},
        "response_ms": {"p95": 12.0},
        "page_load_ms": {"p95": 40.0},
    }
    values = people_values(make_shop(20, strategies=[row, row | {"name": "phantom-flair"}]))
    assert values["strategies"][0] == {
        "name": "organic-mimicry",
        "hint": "",
        "cells": (*("3", "5", "–", "–", "–", "9"), *("0 %", "12.0 ms", "40.0 ms", "–, –")),
    }


def test_goals_have_their_share_and_why_they_were_given_up(make_explored: MakeSummary) -> None:
    """The share is of sessions that ended; those under way count as neither."""
    values = people_values(make_explored())
    (strategy,) = values["strategies"]
    assert strategy["cells"][4] == "33 of 42"
    assert strategy["cells"][-1] == "61.2 µs, 480 µs"
    assert strategy["hint"] == "790 steps, decided by athena 71.4 %, openai 28.6 %"
    assert values["goals"][0] == {
        "persona": "Directed buyer",
        "goal": "buy a rake",
        "cells": ("30", "21", "72.4 %", "6.4", "patience 6, errors 2"),
    }
    assert values["goals"][1]["cells"] == ("12", "12", "100 %", "1.0", "–")


def test_checks_of_scripts_say_how_often_they_held(make_shop: MakeSummary) -> None:
    """Each check of each strategy has its row, and makes the strategies worth showing."""
    row = {
        "name": "shop.py",
        "sessions": {"started": 3},
        "page_views": 5,
        "requests": {"count": 9},
        "response_ms": {"p95": 12.0},
        "page_load_ms": {"p95": 40.0},
        "checks": {"has price": [3, 1], "never\x1b": [0, 0]},
        "script_errors": {"ValueError: x": 2},
    }
    values = people_values(make_shop(20, strategies=[row]))
    assert len(values["strategies"]) == 1
    assert values["checks"] == [
        {"name": "has price", "strategy": "shop.py", "cells": ("3", "1", "75.0 %"), "has_failed": True},
        {"name": "never\\x1b", "strategy": "shop.py", "cells": ("0", "0", "–"), "has_failed": False},
    ]
    assert ">has price<" in render_html(make_shop(20, strategies=[row]))


def test_ai_says_who_decided_and_what_it_cost(make_explored: MakeSummary) -> None:
    """Shares of decisions, degraded answers, an unknown price and the budget are told."""
    ai = people_values(make_explored())["ai"]
    told = {row["label"]: f"{row['value']} | {row['meaning']}" for row in ai["rows"]}
    assert told["Wanted"] == "openai | Athena compares texts by meaning"
    assert told["Decisions of visitors"] == "700 | by athena 71.4 %, openai 28.6 %"
    assert told["Questions to models"].startswith("64 | 31 answered from the cache, 9 by another provider")
    assert told["Cost"] == "$0.0123 | 18,204 tokens; a price is not known and counts as 0"
    assert told["Budget"].startswith(
        "$0.5000 and 100,000 tokens | $0.0123 and 18,204 tokens spent, 1 questions"
    )
    assert ai["providers"][0][:5] == ("openai", "53", "83.0 %", "31", "4")


def test_ai_of_local_decisions_alone_is_shown(make_shop: MakeSummary) -> None:
    """Decisions count also where no model was asked a question; without limits there is no row for a budget."""
    ai = people_values(make_shop(20, ai={"decisions": {"statistics": 4}, "budget": {"spent_usd": 0}}))["ai"]
    assert "Budget" not in {row["label"] for row in ai["rows"]}
    assert ai["providers"] == []
