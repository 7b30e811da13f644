"""Finding strategies by name."""

import pytest

from trafficflou.core import UsageError
from trafficflou.traffic import find_strategy, known_strategies


def test_known_strategies_have_their_names_and_a_summary() -> None:
    """Every strategy is found under its own name and says what it is."""
    known = known_strategies()
    assert "organic-mimicry" in known
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
