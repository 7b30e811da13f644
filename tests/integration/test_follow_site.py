"""Organic Mimicry on a site that is not the one of the log any more."""

from tests.support.worker_run import ArriveAtOnce, lines_of, page, play
from trafficflou.behavior import TrafficModel
from trafficflou.engine import SubresourceSource
from trafficflou.metrics import Journal
from trafficflou.testing.fault import Script
from trafficflou.testing.fault_server import FaultServer
from trafficflou.testing.models import sample_model
from trafficflou.traffic import ThinkTime
from trafficflou.traffic.strategies.organic_mimicry import OrganicMimicry, OrganicMimicrySettings
from trafficflou.traffic.strategy_kind import StrategyContext

LINKS = b'<nav><a href="/about">About</a></nav><a href="/product/99?utm_source=list">New</a> <a href="/product/2">Old</a>'
GONE = "/product/1"
VISITORS = 25


def site_of(model: TrafficModel) -> dict[str, Script]:
    """Return a site that has all learned paths but one, and a product that nobody had seen."""
    learned = {example.path for template in model.templates for example in template.paths}
    return dict.fromkeys((learned | {"/product/99"}) - {GONE}, page(LINKS))


async def played(*, follow_site: bool) -> tuple[list[str], Journal, set[tuple[str, str, int]]]:
    """Play the sample model without thinking; returns the paths asked for, what was noticed, and what was missing."""
    model = sample_model()
    context = StrategyContext(label="organic-mimicry", model=model, think_time=ThinkTime.parse("none"))
    strategy = OrganicMimicry.create(OrganicMimicrySettings(follow_site=follow_site), context)
    async with FaultServer(site_of(model)) as server:
        outcome = await play(
            server,
            strategy,
            ArriveAtOnce(VISITORS, gap_s=0.02),
            duration_s=1.2,
            subresources=SubresourceSource.NONE,
        )
        asked = lines_of(server)
    noticed = Journal()
    for snapshot in outcome.snapshots:
        for measured in snapshot.strategies:
            noticed.merge(measured.journal or Journal())
    assert outcome.total("sessions_finished") == VISITORS
    return asked, noticed, {key for snapshot in outcome.snapshots for key in snapshot.missing_paths}


async def test_vanished_product_is_replaced_by_a_live_one() -> None:
    """It is asked for once, told with what replaced it, and no other path is touched."""
    as_learned, silent, _ = await played(follow_site=False)
    asked, noticed, missing = await played(follow_site=True)
    assert as_learned.count(GONE) > 3
    assert asked.count(GONE) < as_learned.count(GONE)
    assert silent.replaced == {}
    assert noticed.replaced == {GONE: "/product/99"}
    assert missing == {(GONE, "/product/{id}", 404)}
    swapped = {GONE, "/product/99"}
    assert sorted(path for path in asked if path not in swapped) == sorted(
        path for path in as_learned if path not in swapped
    )
    assert asked.count(GONE) + asked.count("/product/99") == as_learned.count(GONE)
