"""From what people write to strategies that can be made."""

from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, model_validator

from trafficflou.core import UsageError
from trafficflou.traffic import check_strategies, choose_strategies, strategy_choice
from trafficflou.traffic.strategy_part import StrategyPart
from trafficflou.traffic.strategy_registry import find_part


class WalkSettings(BaseModel):
    """Settings of every kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pace: Literal["slow", "quick"] = "slow"
    rest_s: float = Field(default=1.0, gt=0)
    stops: tuple[str, ...] = ()
    steps: int = Field(default=3, ge=1, le=9)
    intensity: float = Field(default=0.5, ge=0, le=1)

    @model_validator(mode="after")
    def _agrees(self) -> "WalkSettings":
        if self.pace == "quick" and self.rest_s > 10:
            raise ValueError("who is quick rests no longer than 10 s")
        return self


class NeedySettings(BaseModel):
    """Something must be said."""

    shop: str


class Walk:
    """A strategy for tests."""

    name = "walk"
    summary = "walks"
    settings_type: ClassVar[type[BaseModel]] = WalkSettings
    needs_model = False
    needs_population = False

    @classmethod
    def create(cls, settings: Any, context: Any) -> Any:
        """Make none."""
        raise NotImplementedError


class Needy(Walk):
    """One that must be set."""

    name = "needy"
    settings_type = NeedySettings


class NoSettings(BaseModel):
    """Nothing to say."""


class Plain(Walk):
    """One without settings."""

    name = "plain"
    settings_type = NoSettings


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two more strategies."""
    more: dict[str, Any] = {"walk": Walk, "needy": Needy, "plain": Plain}
    monkeypatch.setattr(strategy_choice, "strategy_names", lambda: ("organic-mimicry", "walk", "needy"))

    def find(part: StrategyPart) -> Any:
        return more[part.source] if part.source in more else find_part(part)

    monkeypatch.setattr(strategy_choice, "find_part", find)


def mistakes(spec: str, **defaults: object) -> str:
    """Return what is told of a wrong spec."""
    with pytest.raises(UsageError) as caught:
        choose_strategies(spec, defaults=defaults)
    return caught.value.message


def settings_of(spec: str, **defaults: object) -> BaseModel:
    """Return the settings of the only strategy of a spec."""
    (chosen,) = choose_strategies(spec, defaults=defaults)
    return chosen.settings


def test_strategies_are_chosen_with_label_settings_and_share() -> None:
    """Weights of groups multiply; each has its own settings."""
    chosen = choose_strategies("(walk[steps=2]:1,walk:3):1,organic-mimicry:3")
    assert [(one.label, one.share) for one in chosen] == [
        ("walk[steps=2]", 0.0625),
        ("walk", 0.1875),
        ("organic-mimicry", 0.75),
    ]
    assert [getattr(one.settings, "steps", None) for one in chosen] == [2, 3, None]


def test_what_stands_twice_is_one() -> None:
    """The same strategy with the same settings has one set of figures and both shares."""
    (one,) = choose_strategies("walk:1,walk:2")
    assert (one.label, one.share) == ("walk", 1.0)


def test_settings_are_read_from_text() -> None:
    """Quantities have units, lists commas; the unit may stand in the name instead."""
    settings = settings_of('walk[rest=1500ms,stops="a, b",steps=5,pace=quick]')
    assert settings == WalkSettings(rest_s=1.5, stops=("a", "b"), steps=5, pace="quick")
    assert settings_of("walk[rest_s=2]") == WalkSettings(rest_s=2.0)
    assert settings_of("walk[rest_s=2s]") == WalkSettings(rest_s=2.0)


def test_settings_of_the_run_hold_where_none_is_written() -> None:
    """They are for those that have such a setting; what is unsaid is left alone."""
    defaults: dict[str, object] = {"intensity": 0.9, "sophistication": 2, "steps": None}
    chosen = choose_strategies("walk,walk[intensity=0.1],organic-mimicry", defaults=defaults)
    assert [getattr(one.settings, "intensity", None) for one in chosen] == [0.9, 0.1, None]
    assert [one.label for one in chosen] == ["walk", "walk[intensity=0.1]", "organic-mimicry"]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (
            "wlk",
            "'wlk' at character 1: there is no such strategy. Did you mean walk? Valid: organic-mimicry, walk, needy, or",
        ),
        (
            "walk[step=2]",
            "'step' at character 6: walk has no such setting. Did you mean steps? Valid: pace, rest, stops",
        ),
        ("plain[x=1]", "'x' at character 7: plain has no settings"),
        (
            "walk[steps=10]",
            "'steps=10' at character 6: it is too large. Valid: a whole number from 1 up to 9",
        ),
        ("walk[steps=two]", "it is not a whole number"),
        (
            "walk[pace=sloow]",
            "it is none of the words that are known here. Did you mean slow? Valid: slow or quick",
        ),
        ("walk[rest=5]", "'rest=5' at character 6: '5' is not a duration; write it with a unit"),
        ("walk[rest=0s]", "'rest=0s' at character 6: it is too small"),
        ("walk[pace=quick,rest=11s]", "'walk' at character 1: who is quick rests no longer than 10 s"),
        ("needy", "'needy' at character 1: its setting shop is missing. Valid: shop: text"),
    ],
)
def test_mistake_is_told_with_its_place(spec: str, expected: str) -> None:
    """Unknown names and settings with the nearest, values with what is valid."""
    assert expected in mistakes(spec)


def test_all_mistakes_are_told_at_once() -> None:
    """Those of the form, of names, of settings and of values, in one go."""
    told = mistakes("wlk:0.5,walk[steps=10,rest=5,hop=1]:0,needy")
    assert told.startswith("6 mistakes in the strategy:\n")
    for word in ("'wlk'", "'steps=10'", "'rest=5'", "'hop'", "'0'", "its setting shop"):
        assert word in told


def test_mistake_of_a_setting_of_the_run_is_told() -> None:
    """It has no place in the spec, so its strategy is named."""
    assert (
        mistakes("walk", intensity=7)
        == "'walk' at character 1: it is too large. Valid: intensity: a number from 0 up to 1"
    )


def test_check_gives_the_plain_form() -> None:
    """Blanks go, meaning stays."""
    assert (
        check_strategies(" walk[ steps = 2 ] : 0.50 , organic-mimicry : 1 ")
        == "walk[steps=2]:0.5,organic-mimicry"
    )


def test_check_does_not_look_at_what_is_of_the_user() -> None:
    """A settings file can be judged without running code that it names; all else is judged."""
    assert check_strategies("missing.py:Buyer[any=thing]:0.5,walk") == "missing.py:Buyer[any=thing]:0.5,walk"
    with pytest.raises(UsageError, match="'wlk'"):
        check_strategies("missing.py:Buyer,wlk")
