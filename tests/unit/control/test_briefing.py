"""A brief becomes a plan."""

from dataclasses import replace
from typing import Any

import pytest

from trafficflou.ai_models.tasks import BRIEF_TO_PLAN, Plan, PlanEdit, SiteFacts
from trafficflou.control.briefing import Scene, bend, read_brief
from trafficflou.core import UsageError
from trafficflou.testing.ai_model import FakeAiModel
from trafficflou.testing.models import sample_model

CLOSED = Scene(model=sample_model(), visitors=10, arrivals=None, think_time="model")
OPEN = replace(CLOSED, visitors=None, arrivals="90/min")
LEARNED = replace(CLOSED, visitors=None, arrivals="model")
UNMODELLED = replace(CLOSED, model=None)


def _edit(kind: Any, factor: float, **more: Any) -> PlanEdit:
    return PlanEdit(kind=kind, factor=factor, because="so it was said", **more)


def _bent(scene: Scene, *edits: PlanEdit) -> tuple[Scene, str, str]:
    bent, told, left_out = bend(scene, edits)
    return bent, " ".join(told), " ".join(left_out)


def test_visitors_are_multiplied_where_the_workload_says_how_many() -> None:
    """Visitors at once, a rate, or the model's own arrivals."""
    bent, told, _ = _bent(CLOSED, _edit("scale_visitors", 3))
    assert (bent.visitors, bent.model) == (30, CLOSED.model)
    assert told == "10 visitors at once become 30 (so it was said)"
    bent, told, _ = _bent(OPEN, _edit("scale_visitors", 2))
    assert bent.arrivals == "3/s"
    assert "90/min arriving become 3/s" in told
    bent, told, _ = _bent(LEARNED, _edit("scale_visitors", 2))
    assert bent.arrivals == "model"
    assert bent.model is not None
    assert bent.model.arrivals.sessions_per_day == 2 * sample_model().arrivals.sessions_per_day
    assert "2 times the visitors" in told


def test_visitors_never_become_none_and_never_too_many() -> None:
    """A tenth of one visitor is one; more than can be played are refused, since nobody meant them."""
    assert _bent(replace(CLOSED, visitors=1), _edit("scale_visitors", 0.1))[0].visitors == 1
    with pytest.raises(UsageError, match="more than the 100,000"):
        bend(replace(CLOSED, visitors=50_000), [_edit("scale_visitors", 3)])


def test_edits_of_the_model_are_played_where_there_is_one() -> None:
    """Devices, kinds of pages, hours: in the model; without one it is said that they have no place."""
    edits = (_edit("device_share", 0.8, device="mobile"), _edit("template_factor", 1.2, template="/cart"))
    bent, told, left_out = _bent(CLOSED, *edits)
    assert bent.model is not None
    assert bent.model.devices.mobile == pytest.approx(0.8)
    assert len(bent.model.edits) == 2
    assert not left_out
    bent, told, left_out = _bent(UNMODELLED, *edits)
    assert bent.devices == {"mobile": 0.8, "desktop": pytest.approx(0.2)}
    assert "80 % of the imagined visitors come with a phone" in told
    assert "where it was recorded" in left_out


def test_devices_of_imagined_visitors_keep_the_proportions_of_the_others() -> None:
    """One edit after another; a share of everything leaves nothing for the rest."""
    bent, _, _ = _bent(
        UNMODELLED, _edit("device_share", 0.5, device="mobile"), _edit("device_share", 0.2, device="tablet")
    )
    assert bent.devices == {"tablet": 0.2, "mobile": pytest.approx(0.4), "desktop": pytest.approx(0.4)}
    assert _bent(UNMODELLED, _edit("device_share", 1, device="desktop"))[0].devices == {
        "desktop": 1,
        "mobile": 0,
    }


def test_a_spike_needs_recorded_arrivals() -> None:
    """An hour of the day means something only where arrivals follow the day."""
    bent, told, left_out = _bent(LEARNED, _edit("spike", 4, hour=9))
    assert "4 times the arrivals from 9:00 to 10:00" in told
    assert not left_out
    for scene in (CLOSED, OPEN, UNMODELLED):
        bent, told, left_out = _bent(scene, _edit("spike", 4, hour=9))
        assert (bent, told) == (scene, "")
        assert "A spike at 9:00 needs recorded arrivals" in left_out


def test_think_times_are_multiplied_within_their_bounds() -> None:
    """Factors multiply; nobody thinks where that is switched off."""
    bent, told, _ = _bent(replace(CLOSED, think_time="x0.5"), _edit("think_factor", 0.6))
    assert bent.think_time == "x0.3"
    assert "0.3 times as long as usual" in told
    assert "do not think" in _bent(replace(CLOSED, think_time="none"), _edit("think_factor", 2))[2]
    assert "out of range" in _bent(CLOSED, _edit("think_factor", 1000))[2]
    assert "out of range" in _bent(CLOSED, _edit("think_factor", 1e-9))[2]


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (_edit("template_factor", 2, template="/nowhere"), "/nowhere"),
        (_edit("template_factor", 2), "not said which kind of page"),
        (_edit("device_share", 0.5), "A share of a device"),
        (_edit("device_share", 7, device="mobile"), "A share of a device"),
    ],
)
def test_an_edit_that_means_nothing_here_is_left_out_and_said(edit: PlanEdit, reason: str) -> None:
    """A model may answer anything; what cannot be played changes nothing."""
    bent, told, left_out = _bent(CLOSED, edit)
    assert (bent, told) == (CLOSED, "")
    assert reason in left_out
    assert "so it was said" in left_out


async def test_brief_is_read_and_its_sentences_are_harmless() -> None:
    """What a model writes is shown on terminals and in reports."""
    hostile = "\x1b]8;;http://evil.example/\x07now\x1b]8;;\x07 <b>three</b>"
    plan = Plan(
        edits=(PlanEdit(kind="scale_visitors", factor=3, because=hostile),), not_understood=(hostile,)
    )
    model = FakeAiModel(script=[plan])
    reading = await read_brief(model, "three times", SiteFacts(), CLOSED)
    assert model.asked[0][0] == BRIEF_TO_PLAN.name
    assert reading.scene.visitors == 30
    for sentence in (*reading.told, *reading.not_understood):
        assert "\x1b" not in sentence
        assert "<b>" not in sentence
        assert "evil.example" not in sentence
