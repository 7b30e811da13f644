"""A simulated log is learned back: the way out and the way in agree on what the figures mean."""

from pathlib import Path

import pytest

from trafficflou.behavior import (
    EXIT,
    THINK_QUANTILES,
    DeviceShare,
    TemplateFactor,
    TrafficModel,
    apply_edits,
)
from trafficflou.behavior.learner import LearnOptions
from trafficflou.control.learning import learn
from trafficflou.control.simulation import Simulation, plan_simulation, write_simulation
from trafficflou.evidence.access_log_writer import open_access_log
from trafficflou.testing.models import sample_model

SESSIONS = 6000


def learned_back(model: TrafficModel, path: Path) -> tuple[Simulation, TrafficModel]:
    """Simulate a model over five days, and learn from the log."""
    simulation = Simulation(model, plan_simulation(model, sessions=SESSIONS, days=5), 7)
    with open_access_log(path) as log:
        write_simulation(simulation, log)
    return simulation, learn([str(path)], LearnOptions(name="back")).model


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Simulation, TrafficModel]:
    """Simulate the sample model, and learn from the log."""
    return learned_back(sample_model(), tmp_path_factory.mktemp("simulated") / "synthetic.log.gz")


def test_every_session_and_page_view_is_learned(simulated: tuple[Simulation, TrafficModel]) -> None:
    """Nobody is taken for a bot, and page views are told from subresources."""
    simulation, learned = simulated
    assert learned.provenance.sessions == SESSIONS
    assert learned.provenance.page_views == pytest.approx(simulation.page_views, rel=0.01)
    assert learned.provenance.unparsed_lines == 0
    assert learned.arrivals.utc_offset == "+01:00"


def test_learned_rows_and_entries_are_those_simulated(simulated: tuple[Simulation, TrafficModel]) -> None:
    """Where visitors enter, go on to and leave comes back within the chance of the draws."""
    learned, model = simulated[1], sample_model()
    for template in ("/", "/search", "/cart"):
        row, expected = learned.transitions[template], model.transitions[template]
        assert row[EXIT] == pytest.approx(expected[EXIT], abs=0.03)
        assert row.get("/", 0.0) == pytest.approx(expected.get("/", 0.0), abs=0.03)
    assert learned.entry["/"] == pytest.approx(model.entry["/"], abs=0.03)
    one_page = sum(share * model.transitions[name][EXIT] for name, share in model.entry.items())
    assert learned.provenance.one_page_share == pytest.approx(one_page, abs=0.03)


def test_learned_think_times_devices_and_subresources_are_those_simulated(
    simulated: tuple[Simulation, TrafficModel],
) -> None:
    """Pauses have the model's quantiles to the second, visitors its devices, pages its files."""
    learned, model = simulated[1], sample_model()
    back = next(template for template in learned.templates if template.template == "/")
    known = next(template for template in model.templates if template.template == "/")
    for probability, found_s, expected_s in zip(THINK_QUANTILES, back.think_s, known.think_s, strict=True):
        if probability <= 0.9:
            assert found_s == pytest.approx(expected_s, rel=0.15, abs=1.0)
    assert learned.devices.mobile == pytest.approx(model.devices.mobile, abs=0.03)
    files = {item.path: item for item in back.subresources}
    style, hero = files["/static/site.css"], files["/static/hero.jpg"]
    assert (style.kind, style.body_bytes, hero.kind, hero.body_bytes) == ("style", 4_200, "image", 64_000)
    assert style.share == pytest.approx(1, abs=0.02)
    assert hero.share == pytest.approx(0.9, abs=0.03)
    assert learned.pace_correlation == pytest.approx(model.pace_correlation, abs=0.08)


def test_what_ifs_are_learned_back(simulated: tuple[Simulation, TrafficModel], tmp_path: Path) -> None:
    """A log of the edited model has the figures that the edits ask for, and the others as they were."""
    edited, _ = apply_edits(
        sample_model(),
        [TemplateFactor(template="/search", factor=2), DeviceShare(device="mobile", share=0.7)],
    )
    learned = learned_back(edited, tmp_path / "edited.log.gz")[1]
    searches, usual = (_views(model, "/search") for model in (learned, simulated[1]))
    assert searches / usual == pytest.approx(2, rel=0.1)
    assert learned.devices.mobile == pytest.approx(0.7, abs=0.03)
    for template in ("/", "/search", "/cart"):
        assert learned.transitions[template][EXIT] == pytest.approx(
            edited.transitions[template][EXIT], abs=0.03
        )


def _views(model: TrafficModel, name: str) -> float:
    views = sum(template.page_views for template in model.templates if template.template == name)
    return views / model.provenance.sessions
