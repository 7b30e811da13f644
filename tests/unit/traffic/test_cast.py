"""Who plays the next visitor."""

from typing import Any

import pytest

from trafficflou.core import derive_rng
from trafficflou.traffic import Cast


class Named:
    """Stands for a strategy."""

    def __init__(self, name: str) -> None:
        self.name = name


A, B, C = (Named(name) for name in "ABC")


def cast_of(*parts: tuple[Any, float]) -> Cast:
    """Make a cast."""
    return Cast(list(parts))


def names(cast: Cast, at_s: float, visitors: int = 2000) -> dict[str, int]:
    """Count who plays so many visitors that arrive then."""
    counts: dict[str, int] = {}
    for index in range(visitors):
        name = cast.choose(derive_rng(3, "cast", index), at_s).name
        counts[name] = counts.get(name, 0) + 1
    return counts


def test_cast_of_one_plays_everybody() -> None:
    """Whenever they come."""
    assert names(Cast.of(A), 0.0) == {"A": 2000}  # type: ignore[arg-type]


def test_cast_shares_visitors_by_weight() -> None:
    """Weights need not add up to 1."""
    counts = names(cast_of((A, 3), (B, 1)), 0.0)
    assert 1400 < counts["A"] < 1600


def test_cast_switches_at_once() -> None:
    """Who comes before is played as before, who comes from that instant on by the others."""
    cast = cast_of((A, 1))
    cast.switch([(B, 1)], 10.0)  # type: ignore[list-item]
    assert [names(cast, at_s, 50) for at_s in (0.0, 9.999, 10.0, 99.0)] == [
        {"A": 50},
        {"A": 50},
        {"B": 50},
        {"B": 50},
    ]


def test_cast_switches_gradually() -> None:
    """The share of the new ones grows evenly from none to all."""
    cast = cast_of((A, 1))
    cast.switch([(B, 1)], 10.0, over_s=10.0)  # type: ignore[list-item]
    shares = [names(cast, at_s).get("B", 0) / 2000 for at_s in (9.0, 10.0, 12.5, 15.0, 17.5, 20.0, 30.0)]
    assert shares == pytest.approx([0, 0, 0.25, 0.5, 0.75, 1, 1], abs=0.04)


def test_cast_takes_a_switch_at_any_time_before_it() -> None:
    """The order in which switches are told changes nothing; the later one leads away from the earlier."""
    told = [((B, 10.0, 0.0), (C, 20.0, 10.0)), ((C, 20.0, 10.0), (B, 10.0, 0.0))]
    seen = []
    for order in told:
        cast = cast_of((A, 1))
        for strategy, at_s, over_s in order:
            cast.switch([(strategy, 1)], at_s, over_s)  # type: ignore[list-item]
        seen.append([names(cast, at_s) for at_s in (0.0, 15.0, 25.0, 35.0)])
    assert seen[0] == seen[1]
    assert seen[0][1] == {"B": 2000}
    assert seen[0][2].keys() == {"B", "C"}
    assert seen[0][3] == {"C": 2000}


def test_cast_that_is_switched_again_on_the_way_forgets_where_it_came_from() -> None:
    """A switch that begins within another replaces what that one leads to."""
    cast = cast_of((A, 1))
    cast.switch([(B, 1)], 10.0, over_s=10.0)  # type: ignore[list-item]
    cast.switch([(C, 1)], 15.0, over_s=10.0)  # type: ignore[list-item]
    assert names(cast, 14.9).keys() == {"A", "B"}
    assert names(cast, 15.0) == {"B": 2000}
    assert names(cast, 20.0).keys() == {"B", "C"}


def test_cast_names_all_that_play_or_will() -> None:
    """Each once, in the order in which they begin."""
    cast = cast_of((A, 1), (B, 1))
    cast.switch([(B, 1), (C, 1)], 10.0)  # type: ignore[list-item]
    assert [strategy.name for strategy in cast.strategies] == ["A", "B", "C"]


@pytest.mark.parametrize("parts", [[], [(A, 0.0)], [(A, 1.0), (B, -1.0)]])
def test_cast_refuses_what_plays_nobody(parts: list[Any]) -> None:
    """A blend has strategies, each with a weight above 0."""
    with pytest.raises(ValueError, match="weight above 0"):
        Cast(parts)
    with pytest.raises(ValueError, match="weight above 0"):
        cast_of((A, 1)).switch(parts, 1.0)


@pytest.mark.parametrize(("at_s", "over_s"), [(0.0, 0.0), (-1.0, 0.0), (1.0, -1.0), (float("nan"), 0.0)])
def test_cast_refuses_a_switch_out_of_time(at_s: float, over_s: float) -> None:
    """What plays from the start is no switch."""
    with pytest.raises(ValueError, match="after the start"):
        cast_of((A, 1)).switch([(B, 1)], at_s, over_s)  # type: ignore[list-item]


def test_visitor_is_played_by_the_same_in_any_company() -> None:
    """Who plays a visitor depends on its own chance and its time alone."""
    cast = cast_of((A, 1), (B, 2))
    cast.switch([(C, 1)], 5.0, over_s=5.0)  # type: ignore[list-item]
    forward = [cast.choose(derive_rng(1, "cast", index), index / 10).name for index in range(100)]
    backward = [cast.choose(derive_rng(1, "cast", index), index / 10).name for index in reversed(range(100))]
    assert forward == backward[::-1]
