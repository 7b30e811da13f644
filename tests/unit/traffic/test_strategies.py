"""Finding strategies by name."""

import pytest

from trafficflou.behavior import ModelSampler
from trafficflou.core import UsageError
from trafficflou.testing.models import sample_model
from trafficflou.traffic import find_strategy, known_strategies, make_strategy


def test_known_strategies_have_their_names_and_a_summary() -> None:
    """Every strategy is found under its own name and says what it is."""
    known = known_strategies()
    assert "organic-mimicry" in known
    assert all(kind.name == name and kind.summary for name, kind in known.items())


def test_make_strategy_gives_a_strategy_of_that_name() -> None:
    """A strategy is made from text settings."""
    assert make_strategy("organic-mimicry", ModelSampler(sample_model()), "x2").name == "organic-mimicry"


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


def test_make_strategy_refuses_a_think_time_that_is_none() -> None:
    """The think time is checked before a run begins."""
    with pytest.raises(ValueError, match="think time"):
        make_strategy("organic-mimicry", ModelSampler(sample_model()), "2s")
