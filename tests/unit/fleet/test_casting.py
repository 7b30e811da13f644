"""The strategies of a plan."""

import dataclasses

import pytest

from trafficflou.core import ModelError, UsageError
from trafficflou.fleet import FleetPlan
from trafficflou.fleet.casting import Casting
from trafficflou.security import PermittedTarget
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Advice, StrategySwitch

PLAN = FleetPlan(
    target=PermittedTarget(scheme="http", host="localhost", port=80, addresses=("127.0.0.1",)),
    model_json=sample_model().to_json(),
    strategy="organic-mimicry",
    think_time="none",
    visitors=1,
    arrivals=None,
    duration_s=1.0,
    ramp_s=0.0,
    seed=5,
    workers=1,
    run_id="test",
    wall_start_s=0.0,
)


def casting(**changes: object) -> Casting:
    """Make a casting of a plan with these changes."""
    return Casting(dataclasses.replace(PLAN, **changes), Advice())  # type: ignore[arg-type]


def test_cast_of_a_plan_has_its_blend_and_its_switches() -> None:
    """Each under its own name; the same strategy with the same settings is one, wherever it stands."""
    made = casting(
        strategy="organic-mimicry:0.8,(phantom-flair[intensity=0.2],phantom-flair):0.2",
        switches=(
            StrategySwitch(strategy="phantom-flair", at_s=10.0),
            StrategySwitch(strategy="organic-mimicry", at_s=20.0),
        ),
        strategy_settings={"intensity": 0.9, "sophistication": 1},
    )
    cast = made.make_cast()
    names = [strategy.name for strategy in cast.strategies]
    assert names == ["organic-mimicry", "phantom-flair[intensity=0.2]", "phantom-flair"]
    parts = made.make_parts("phantom-flair")
    assert [(strategy.name, share) for strategy, share in parts] == [("phantom-flair", 1.0)]
    assert parts[0][0] is cast.strategies[2]


def test_plan_that_cannot_be_played_says_why() -> None:
    """An unknown strategy, and one that lacks what it needs, also in a switch."""
    with pytest.raises(UsageError, match="no such strategy"):
        casting(strategy="nobody").make_cast()
    late = (StrategySwitch(strategy="organic-mimicry", at_s=10.0),)
    with pytest.raises(ModelError, match="organic-mimicry plays a traffic model"):
        casting(strategy="phantom-flair", model_json=None, switches=late).make_cast()
    with pytest.raises(ModelError):
        casting(model_json="{}")
