"""Switches that are known before the run."""

from pathlib import Path

import pytest

from trafficflou.core import UsageError
from trafficflou.traffic import StrategySwitch


@pytest.mark.parametrize(
    ("text", "switch", "plain"),
    [
        ("phantom-flair at 30s", StrategySwitch(strategy="phantom-flair", at_s=30), None),
        (
            "a:0.5,b:0.5 at 1m30s over 500ms",
            StrategySwitch(strategy="a:0.5,b:0.5", at_s=90, over_s=0.5),
            "a:0.5,b:0.5 at 90s over 0.5s",
        ),
        ("  a  AT 2m 3s OVER 1s ", StrategySwitch(strategy="a", at_s=123, over_s=1), "a at 123s over 1s"),
        ('a[x="look at me"] at 1s', StrategySwitch(strategy='a[x="look at me"]', at_s=1), None),
    ],
)
def test_switch_is_read(text: str, switch: StrategySwitch, plain: str | None) -> None:
    """A strategy, a time, and maybe over how long."""
    assert StrategySwitch.parse(text) == switch
    assert str(switch) == (plain or text)
    assert StrategySwitch.parse(str(switch)) == switch


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "it does not say who plays and from when"),
        ("phantom-flair", "it does not say"),
        (" at 30s", "it does not say"),
        ("a at 30", "'30' is not a duration"),
        ("a at 30s over", "is not a duration"),
        ("a at 30s over x", "'x' is not a duration"),
        ("a at 0s", "a switch at 0s is none"),
    ],
)
def test_switch_of_another_form_is_refused(text: str, expected: str) -> None:
    """What is missing or no duration is said."""
    with pytest.raises(UsageError, match=expected):
        StrategySwitch.parse(text)


def test_files_of_a_switch_are_found_from_a_folder() -> None:
    """As those of the strategy itself."""
    moved = StrategySwitch.parse("shop.py:Buyer at 30s").found_from(Path("conf"))
    assert str(moved) == "conf/shop.py:Buyer at 30s"
