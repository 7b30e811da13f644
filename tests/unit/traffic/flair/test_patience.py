"""What visitors put up with."""

import pytest

from trafficflou.traffic.flair.patience import Patience, Trouble


def test_quick_pages_cost_nothing() -> None:
    """Two seconds are nothing, however impatient somebody is."""
    patience = Patience(0.0)
    for _ in range(1000):
        patience.wait(2.0)
    assert not patience.is_gone
    assert patience.worst is None


def test_slow_page_costs_the_impatient_more() -> None:
    """Five seconds drive the impatient away at once, the patient after several, the endlessly patient never."""
    waits = []
    for share in (0.0, 0.5, 0.9):
        patience = Patience(share)
        count = 0
        while not patience.is_gone:
            patience.wait(5.0)
            count += 1
        waits.append(count)
    assert waits == [1, 2, 7]
    endless = Patience(1.0)
    for _ in range(1000):
        endless.wait(60.0)
    assert not endless.is_gone


@pytest.mark.parametrize("trouble", ["errors", "dead_ends", "failed_forms", "refused_forms"])
def test_trouble_drives_everybody_away_in_the_end(trouble: Trouble) -> None:
    """Even endless patience ends where nothing works, and the impatient leave sooner."""
    left_after = []
    for share in (1.0, 0.0):
        patience = Patience(share)
        count = 0
        while not patience.is_gone:
            patience.meet(trouble)
            count += 1
        assert patience.worst == trouble
        left_after.append(count)
    assert left_after[0] > 3 * left_after[1]
    assert left_after[0] < 50


def test_worst_is_what_took_most() -> None:
    """The report says why people left: for what cost them most, not for what came last."""
    patience = Patience(0.5)
    patience.wait(9.0)
    patience.meet("dead_ends")
    assert patience.worst == "slow_pages"
