"""Simulated logs: the model's visitors in virtual time."""

import io
import re
from collections import Counter, defaultdict
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import pytest

from trafficflou.behavior import Arrivals, TrafficModel
from trafficflou.control.simulation import (
    SITE_ORIGIN,
    Simulation,
    SimulationPlan,
    plan_simulation,
    write_simulation,
)
from trafficflou.core import UsageError
from trafficflou.testing.models import sample_model

LINE = re.compile(r'(\S+) - - \[([^\]]+)\] "GET (\S+) HTTP/1\.1" (\d+) (\d+) "([^"]*)" "([^"]*)"\n')


class Line(NamedTuple):
    """A line of a log, taken apart."""

    client: str
    at: datetime
    path: str
    status: int
    body_bytes: int
    referrer: str
    agent: str


def simulated(
    model: TrafficModel | None = None,
    seed: int = 7,
    *,
    sessions: int | None = None,
    days: float | None = None,
) -> list[Line]:
    """Simulate and take every line apart."""
    model = model or sample_model()
    simulation = Simulation(model, plan_simulation(model, sessions=sessions, days=days), seed)
    lines = []
    for raw in simulation.lines():
        match = LINE.fullmatch(raw.decode("ascii"))
        assert match is not None, raw
        client, at, path, status, size, referrer, agent = match.groups()
        stamp = datetime.strptime(at, "%d/%b/%Y:%H:%M:%S %z")
        lines.append(Line(client, stamp, path, int(status), int(size), referrer, agent))
    assert simulation.requests == len(lines)
    assert simulation.page_views == sum(is_page(line) for line in lines)
    assert simulation.sessions == len({line.client for line in lines})
    assert simulation.progress == 1
    return lines


def is_page(line: Line) -> bool:
    """Tell page views of the sample model from subresources."""
    return not line.path.startswith("/static/")


def by_client(lines: list[Line]) -> dict[str, list[Line]]:
    """Group a log by visitor."""
    visits = defaultdict(list)
    for line in lines:
        visits[line.client].append(line)
    return visits


def day_shape(*hours: int) -> Arrivals:
    """Return arrivals in these hours only."""
    shares = tuple(1 / len(hours) if hour in hours else 0.0 for hour in range(24))
    return Arrivals(sessions_per_day=2400, by_hour=shares, utc_offset="-05:00")


def test_log_is_in_the_order_of_time() -> None:
    """Lines of overlapping sessions are merged by time."""
    stamps = [line.at for line in simulated(sessions=500, days=0.5)]
    assert stamps == sorted(stamps)


def test_visitors_have_addresses_of_their_own_in_the_private_range() -> None:
    """No two sessions share an address, and each is a private one that a host could have."""
    lines = simulated(sessions=3000, days=1)
    clients = {line.client for line in lines}
    assert len(clients) == 3000
    assert all(re.fullmatch(r"10\.\d+\.\d+\.(?!0$|255$)\d+", client) for client in clients)


def test_session_has_one_agent_and_a_chain_of_referrers() -> None:
    """The entry has no referrer; every page names the one before; subresources name their page."""
    for visit in by_client(simulated(sessions=200, days=1)).values():
        assert len({line.agent for line in visit}) == 1
        pages = [line for line in visit if is_page(line)]
        assert pages[0].referrer == "-"
        assert all(after.referrer == SITE_ORIGIN + before.path for before, after in pairwise(pages))
        owners = {SITE_ORIGIN + page.path for page in pages}
        assert all(line.referrer in owners for line in visit if not is_page(line))


def test_subresource_is_fetched_once_a_session_shortly_after_its_page() -> None:
    """A visitor's cache keeps what was fetched; fetching begins within a second of the page."""
    for visit in by_client(simulated(sessions=200, days=1)).values():
        files = [line for line in visit if not is_page(line)]
        assert len(files) == len({line.path for line in files})
        entry = next(line for line in visit if is_page(line))
        style = next(line for line in files if line.path == "/static/site.css")
        assert 0 <= (style.at - entry.at).total_seconds() <= 1


def test_sizes_and_statuses_are_those_of_the_model() -> None:
    """Bodies are as large as the model says and every answer is 200."""
    sizes = {(line.path, line.body_bytes) for line in simulated(sessions=300, days=1)}
    assert ("/", 9000) in sizes
    assert ("/static/hero.jpg", 64_000) in sizes
    assert {line.status for line in simulated(sessions=50, days=1)} == {200}


def test_devices_have_the_shares_of_the_mix() -> None:
    """Agents name the classes of device, as often as the model says."""
    visits = by_client(simulated(sessions=3000, days=1)).values()
    count = Counter(visit[0].agent for visit in visits)
    mobile = sum(number for agent, number in count.items() if "Mobile" in agent)
    tablet = sum(number for agent, number in count.items() if "Tablet" in agent)
    assert mobile / 3000 == pytest.approx(0.4, abs=0.04)
    assert tablet / 3000 == pytest.approx(0.1, abs=0.03)


def test_pages_are_apart_by_the_think_times() -> None:
    """From page to page it takes the model's think time; half of the pauses on `/` are under its median."""
    pauses = []
    for visit in by_client(simulated(sessions=4000, days=1)).values():
        pages = [line for line in visit if is_page(line)]
        pauses += [(b.at - a.at).total_seconds() for a, b in pairwise(pages) if a.path == "/"]
    assert sum(pause <= 12 for pause in pauses) / len(pauses) == pytest.approx(0.5, abs=0.04)
    assert max(pauses) < 1800


def test_equal_seeds_give_equal_logs() -> None:
    """The seed decides everything."""
    assert simulated(sessions=50, days=1) == simulated(sessions=50, days=1)
    assert simulated(sessions=50, days=1) != simulated(sessions=50, days=1, seed=8)


def test_days_alone_have_the_sessions_of_the_model() -> None:
    """Without a number of sessions there are as many as the model's level says."""
    lines = simulated(days=2)
    assert len(by_client(lines)) == pytest.approx(2400, rel=0.1)
    entries = [line.at for line in lines if line.referrer == "-"]
    assert (entries[-1] - entries[0]).total_seconds() < 2 * 86_400


def test_sessions_alone_take_the_days_of_the_model() -> None:
    """Without a number of days sessions arrive at the model's level until there are enough."""
    entries = [line.at for line in simulated(sessions=3600) if line.referrer == "-"]
    assert len(entries) == 3600
    assert (entries[-1] - entries[0]).total_seconds() == pytest.approx(3 * 86_400, rel=0.1)


def test_neither_is_one_day() -> None:
    """Without either it is one day."""
    assert plan_simulation(sample_model()).days == 1


def test_both_are_exactly_met_in_the_hours_of_the_model() -> None:
    """N sessions over D days begin in the hours of the model's clock."""
    lines = simulated(sample_model(arrivals=day_shape(9, 20)), sessions=400, days=3)
    entries = [line.at for line in lines if line.referrer == "-"]
    assert len(entries) == 400
    assert {(at.hour, at.utcoffset()) for at in entries} == {
        (9, entries[0].utcoffset()),
        (20, entries[0].utcoffset()),
    }
    assert len({at.date() for at in entries}) == 3


@pytest.mark.parametrize(
    ("start", "stamp"),
    [
        (None, "2026-03-02T00:00:00+01:00"),
        ("2026-05-01", "2026-05-01T00:00:00+01:00"),
        ("2026-05-01T09:30", "2026-05-01T09:30:00+01:00"),
        ("2026-05-01T09:30:00Z", "2026-05-01T09:30:00+00:00"),
    ],
)
def test_start_is_read_on_the_clock_of_the_model(start: str | None, stamp: str) -> None:
    """A start without an offset is on the model's clock; without a start it is the first day of the model's log."""
    assert (
        plan_simulation(sample_model(), start=start).starts_at_s == datetime.fromisoformat(stamp).timestamp()
    )


def test_start_without_a_known_log_is_a_fixed_day() -> None:
    """A model that does not say when its log began still gives equal logs for equal seeds."""
    model = sample_model()
    model = model.model_copy(update={"provenance": model.provenance.model_copy(update={"first_at": "?"})})
    assert (
        plan_simulation(model).starts_at_s == datetime.fromisoformat("2026-01-01T00:00:00+01:00").timestamp()
    )


@pytest.mark.parametrize("start", ["soon", "", "12:00", "0001-01-01", "9999-12-31", "2026-13-01"])
def test_start_that_is_no_time_is_refused(start: str) -> None:
    """A start is a date or a time, in this age."""
    with pytest.raises(UsageError):
        plan_simulation(sample_model(), start=start)


@pytest.mark.parametrize(
    ("sessions", "days"),
    [
        (0, None),
        (-5, 1),
        (10**9, 1),
        (None, 0),
        (None, -1),
        (5, float("nan")),
        (None, float("inf")),
        (10**7, None),
    ],
)
def test_size_out_of_range_is_refused(sessions: int | None, days: float | None) -> None:
    """Counts are bounded."""
    with pytest.raises(UsageError):
        plan_simulation(sample_model(), sessions=sessions, days=days)


def test_days_of_a_busy_site_are_bounded_in_sessions() -> None:
    """Days alone may not ask for more sessions than there are addresses."""
    busy = Arrivals(sessions_per_day=1e9, by_hour=(1 / 24,) * 24, utc_offset="+00:00")
    with pytest.raises(UsageError, match="sessions") as caught:
        plan_simulation(sample_model(arrivals=busy), days=1)
    assert "both" in caught.value.hint


def test_model_without_a_level_needs_both() -> None:
    """Where the model has no sessions per day, both figures are asked for and then suffice."""
    silent = Arrivals(sessions_per_day=0, by_hour=day_shape(9).by_hour, utc_offset="+00:00")
    model = sample_model(arrivals=silent)
    with pytest.raises(UsageError, match="no sessions arrive") as caught:
        plan_simulation(model, sessions=5)
    assert "--days" in caught.value.hint
    assert len(by_client(simulated(model, sessions=5, days=1))) == 5


def test_hours_without_sessions_cannot_be_filled() -> None:
    """Sessions in hours in which the model has none are refused."""
    model = sample_model(arrivals=day_shape(20))
    with pytest.raises(UsageError, match="no sessions in the hours"):
        Simulation(model, plan_simulation(model, sessions=5, days=0.1), 7)


def test_write_puts_the_whole_log_and_reports_progress() -> None:
    """The log is written in blocks, with a word after each."""
    model, plan = sample_model(), SimulationPlan(sessions=300, days=1, starts_at_s=0.0)
    log, seen = io.BytesIO(), []
    write_simulation(Simulation(model, plan, 1), log, lambda simulation: seen.append(simulation.progress))
    assert log.getvalue() == b"".join(Simulation(model, plan, 1).lines())
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert len(seen) > 2
