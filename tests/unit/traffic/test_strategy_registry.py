"""Finding strategies by name, ours and those of other packages."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel

from trafficflou.core import UsageError
from trafficflou.traffic import find_strategy, known_strategies, strategy_names, strategy_registry


class Foreign:
    """A strategy of another package."""

    name = "foreign"
    summary = "strolls"
    settings_type = BaseModel
    needs_model = False
    needs_population = False

    @classmethod
    def create(cls, settings: Any, context: Any) -> Any:
        """Make none."""
        raise NotImplementedError


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another package with a strategy, a broken one, one that is none, and one of a name that is taken."""
    module = ModuleType("foreign_package")
    module.Foreign = Foreign  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "foreign_package", module)
    values = {
        "foreign": "foreign_package:Foreign",
        "broken": "no_such_package:Broken",
        "none": "foreign_package:__name__",
        "organic-mimicry": "foreign_package:Foreign",
    }
    group = strategy_registry.ENTRY_POINT_GROUP
    points = [EntryPoint(name=name, value=value, group=group) for name, value in values.items()]
    monkeypatch.setattr(
        strategy_registry,
        "entry_points",
        lambda *, group: points if group == "trafficflou.strategies" else [],
    )


def test_known_strategies_have_their_names_and_a_summary() -> None:
    """Every strategy is found under its own name and says what it is."""
    known = known_strategies()
    assert {"organic-mimicry", "phantom-flair"} <= known.keys()
    assert all(kind.name == name and kind.summary for name, kind in known.items())


@pytest.mark.parametrize("name", ["organic_mimicry", "Organic Mimicry", "organc-mimicry"])
def test_near_name_is_answered_with_the_right_one(name: str) -> None:
    """A misspelt name is answered with the nearest and the list."""
    with pytest.raises(UsageError, match="no strategy named") as caught:
        find_strategy(name)
    assert caught.value.hint.startswith("Did you mean organic-mimicry?")


def test_foreign_name_is_answered_with_the_list() -> None:
    """A name like no other is answered with what there is."""
    with pytest.raises(UsageError) as caught:
        find_strategy("zzz")
    assert caught.value.hint == f"Strategies: {', '.join(known_strategies())}."


@pytest.mark.usefixtures("announced")
def test_strategy_of_another_package_is_found() -> None:
    """By its entry point; ours are not replaced."""
    assert find_strategy("foreign") is Foreign
    assert find_strategy("organic-mimicry") is not Foreign
    assert strategy_names()[-3:] == ("broken", "foreign", "none")


@pytest.mark.usefixtures("announced")
def test_broken_strategy_of_another_package_harms_nobody_else() -> None:
    """The list leaves it out; who asks for it is told why."""
    assert "foreign" in known_strategies()
    assert {"broken", "none"}.isdisjoint(known_strategies())
    with pytest.raises(
        UsageError, match="broken cannot be imported from no_such_package:Broken: ModuleNotFoundError"
    ):
        find_strategy("broken")
    with pytest.raises(UsageError, match="none is no strategy: it is a str"):
        find_strategy("none")
