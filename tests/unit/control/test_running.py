"""The run manager, with a fleet that plays without a network."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from trafficflou.behavior import TrafficModel, save_model
from trafficflou.config import RunConfig
from trafficflou.control.commands import RunControl
from trafficflou.control.planning import PreparedRun, prepare_run
from trafficflou.control.running import Fleet, play_run, run
from trafficflou.core import ExitCode, FleetError, GrantError, ModelError, TargetError, UsageError
from trafficflou.fleet import Channel, FleetPlan
from trafficflou.logs import log_to_file
from trafficflou.metrics import Histogram, LiveFigures, RunInfo, SeriesMeasurements, Snapshot, Summary
from trafficflou.testing.models import sample_model


@pytest.fixture
def model() -> TrafficModel:
    """A small shop at which nobody arrives."""
    model = sample_model(name="a shop")
    return model.model_copy(update={"arrivals": model.arrivals.model_copy(update={"sessions_per_day": 0})})


@pytest.fixture
async def site() -> AsyncIterator[str]:
    """An origin on which somebody listens and says nothing."""
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def _snapshot(second: int, *, worker: int = 0, requests: int = 10, final: bool = False) -> Snapshot:
    series = SeriesMeasurements(template="/", by_status={200: requests})
    for _ in range(requests):
        series.response.record(5_000_000)
        series.service.record(4_000_000)
        series.page_load.record(6_000_000)
    return Snapshot(
        worker=worker,
        second=second,
        span_s=1.0,
        final=final,
        series=(series,),
        sessions_started=requests,
        sessions_finished=requests,
        sessions_abandoned=0,
        sessions_not_started=0,
        active_visitors=1,
        schedule_lag=Histogram(),
        loop_delay=Histogram(),
        cpu_share=0.1,
        rss_bytes=1_000_000,
        missing_paths={},
        foreign_origins={},
    )


class _Listener:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def run_started(self, info: RunInfo) -> None:
        self.told.append(f"started {info.name}")

    def second_finished(self, live: LiveFigures) -> None:
        self.told.append(f"second {live.latest.second}")

    def run_finished(self, summary: Summary) -> None:
        self.told.append(f"finished {summary.verdict}")


def _fleet(*snapshots: Snapshot, error: Exception | None = None, forever: bool = False) -> Fleet:
    """A fleet that hands over these seconds, then fails, goes on until it is stopped, or ends."""

    async def play(
        _plan: FleetPlan, on_snapshot: Callable[[Snapshot], None], stop: asyncio.Event, _channel: Channel
    ) -> None:
        for snapshot in snapshots:
            on_snapshot(snapshot)
        if error is not None:
            raise error
        if forever:
            await stop.wait()
            on_snapshot(_snapshot(len(snapshots), final=True))

    return play


async def _prepared(site: str, model: TrafficModel, **settings: object) -> PreparedRun:
    config = RunConfig.model_validate({"target": site, "workers": 1, "duration_s": 3, **settings})
    return await prepare_run(config, model=model)


async def test_run_is_planned_as_the_settings_say(site: str, model: TrafficModel, tmp_path: Path) -> None:
    """The fleet gets the settings in base units, the model as a document, and a seed."""
    save_model(model, tmp_path / "m.json")
    config = RunConfig(
        target=site, model=tmp_path / "m.json", visitors=7, seed=5, ramp_s=2, workers=3, name="x"
    )
    prepared = await prepare_run(config)
    plan, info = prepared.plan, prepared.info
    assert (plan.visitors, plan.arrivals, plan.seed, plan.workers, plan.ramp_s) == (7, None, 5, 3, 2)
    assert plan.target.addresses == ("127.0.0.1",)
    assert json.loads(plan.model_json or "")["name"] == "a shop"
    assert (info.id, info.model, info.name, info.workload) == (
        plan.run_id,
        "m.json",
        "x",
        "7 visitors at once",
    )


async def test_run_draws_a_seed_and_an_identity_of_its_own(site: str, model: TrafficModel) -> None:
    """Two runs without a seed differ; the seed that was drawn is told."""
    first, second = await _prepared(site, model), await _prepared(site, model)
    assert first.plan.run_id != second.plan.run_id
    assert first.plan.seed != second.plan.seed
    assert first.info.seed == first.plan.seed


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"visitors": 1}, "1 visitor"),
        ({"visitors": 2500}, "2,500 visitors at once"),
        ({"arrivals": "10/s"}, "10/s arriving"),
    ],
)
async def test_run_describes_its_workload_in_words(
    site: str, model: TrafficModel, settings: dict[str, object], words: str
) -> None:
    """The report says how the load was made."""
    assert (await _prepared(site, model, **settings)).info.workload == words


async def test_run_follows_the_arrivals_of_a_model_that_has_some(site: str, model: TrafficModel) -> None:
    """`arrivals = model` needs a model in which somebody arrives."""
    with pytest.raises(UsageError, match="no sessions arrive"):
        await _prepared(site, model, arrivals="model")
    busy = model.model_copy(update={"arrivals": model.arrivals.model_copy(update={"sessions_per_day": 100})})
    assert (await _prepared(site, busy, arrivals="model")).info.workload == "arrivals as in the model"


async def test_run_never_starts_more_workers_than_visitors(site: str, model: TrafficModel) -> None:
    """A worker without a visitor would only take time from the others."""
    assert (await _prepared(site, model, workers=8, visitors=2)).plan.workers == 2
    assert (await _prepared(site, model, workers=8, arrivals="1/s")).plan.workers == 8
    assert (await _prepared(site, model, workers="auto", arrivals="1/s")).plan.workers >= 1


async def test_run_without_a_model_says_how_to_make_one(site: str) -> None:
    """Organic Mimicry plays a model; without one nothing begins."""
    with pytest.raises(ModelError, match="none is given") as caught:
        await prepare_run(RunConfig(target=site, strategy="organic-mimicry"))
    assert "trafficflou learn" in caught.value.hint


async def test_run_of_a_foreign_target_is_refused_before_any_connection(model: TrafficModel) -> None:
    """Permission comes first: the resolved address decides."""

    async def resolver(_host: str, _port: int) -> list[str]:
        return ["192.0.2.1"]

    with pytest.raises(GrantError):
        await prepare_run(RunConfig(target="http://shop.test"), model=model, resolver=resolver)


async def test_run_of_a_dead_target_ends_before_it_begins(model: TrafficModel) -> None:
    """Nobody listens: exit code 5, and no fleet is started."""
    with pytest.raises(TargetError) as caught:
        await run(RunConfig(target="http://127.0.0.1:1"), model=model)
    assert caught.value.exit_code is ExitCode.UNREACHABLE


async def test_run_looks_at_the_ca_file_even_where_http_does_not_need_it(
    site: str, model: TrafficModel, tmp_path: Path
) -> None:
    """A wrong path is told now, not on the day when the target becomes https."""
    with pytest.raises(UsageError, match=r"CA file .*nothing\.pem"):
        await _prepared(site, model, ca_file=tmp_path / "nothing.pem")


async def test_run_tells_observers_and_returns_the_summary(site: str, model: TrafficModel) -> None:
    """Observers hear the start, each second in order, and the end; the summary is what they heard."""
    listener = _Listener()
    prepared = await _prepared(site, model, name="shop", slos=("p95<300ms",))
    fleet = _fleet(_snapshot(0), _snapshot(1), _snapshot(2, final=True))
    summary = await play_run(prepared, observers=(listener,), fleet=fleet)
    assert listener.told == ["started shop", "second 0", "second 1", "second 2", "finished pass"]
    assert (summary.requests.count, summary.exit_code, summary.run.id) == (30, 0, prepared.plan.run_id)
    assert [slo.passed for slo in summary.slos] == [True]
    assert not summary.run.stopped_early


async def test_run_leaves_the_warm_up_out(site: str, model: TrafficModel) -> None:
    """Seconds of the warm-up are in the series and in no figure."""
    prepared = await _prepared(site, model, warmup_s=1)
    summary = await play_run(prepared, fleet=_fleet(_snapshot(0), _snapshot(1, final=True)))
    assert summary.requests.count == 10
    assert [second.warmup for second in summary.series] == [True, False]


async def test_run_that_is_stopped_keeps_its_results(site: str, model: TrafficModel) -> None:
    """Drained by the user: exit code 130, everything measured is there."""
    stop = asyncio.Event()
    asyncio.get_running_loop().call_soon(stop.set)
    fleet = _fleet(_snapshot(0), forever=True)
    summary = await play_run(await _prepared(site, model), stop=stop, fleet=fleet)
    assert (summary.exit_code, summary.run.stopped_early) == (ExitCode.INTERRUPTED, True)
    assert summary.requests.count == 20


async def test_run_that_is_aborted_keeps_the_seconds_that_ended(site: str, model: TrafficModel) -> None:
    """Abort does not wait for the drain."""
    abort = asyncio.Event()
    asyncio.get_running_loop().call_soon(abort.set)
    fleet = _fleet(_snapshot(0), forever=True)
    summary = await play_run(await _prepared(site, model), abort=abort, fleet=fleet)
    assert (summary.exit_code, summary.requests.count) == (ExitCode.INTERRUPTED, 10)


async def test_run_that_is_cancelled_takes_its_fleet_with_it(site: str, model: TrafficModel) -> None:
    """Cancellation is never swallowed, and no task stays behind."""
    begun = asyncio.Event()
    ended = False

    async def fleet(_plan: FleetPlan, _on_snapshot: object, stop: asyncio.Event, _channel: Channel) -> None:
        nonlocal ended
        begun.set()
        try:
            await stop.wait()
        finally:
            ended = True

    playing = asyncio.create_task(play_run(await _prepared(site, model), fleet=fleet))
    await begun.wait()
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert ended
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_run_whose_worker_dies_is_invalid_and_keeps_its_seconds(site: str, model: TrafficModel) -> None:
    """Half a measurement is told as half a measurement."""
    listener = _Listener()
    error = FleetError("worker 1 died with status -9", hint="Play fewer visitors.")
    prepared = await _prepared(site, model, workers=2, arrivals="1/s")
    fleet = _fleet(_snapshot(0), _snapshot(1), error=error)
    summary = await play_run(prepared, observers=(listener,), fleet=fleet)
    assert summary.verdict == "invalid"
    assert summary.reasons[0] == "Worker 1 died with status -9. Play fewer visitors."
    assert listener.told[1:] == ["second 0", "second 1", "finished invalid"]


async def test_run_whose_workers_never_begin_fails(site: str, model: TrafficModel) -> None:
    """Without a single second there is nothing to judge."""
    with pytest.raises(FleetError):
        await play_run(await _prepared(site, model), fleet=_fleet(error=FleetError("no worker")))


async def test_run_goes_on_without_an_observer_that_breaks(
    site: str, model: TrafficModel, tmp_path: Path
) -> None:
    """A broken observer is logged once and told no more; the others are."""

    class Broken(_Listener):
        def second_finished(self, live: LiveFigures) -> None:
            self.told.append("tried")
            raise ValueError("broken view")

    broken, listener = Broken(), _Listener()
    fleet = _fleet(_snapshot(0), _snapshot(1, final=True))
    with log_to_file(tmp_path / "run.log"):
        await play_run(await _prepared(site, model), observers=(broken, listener), fleet=fleet)
    assert broken.told == ["started run", "tried"]
    assert listener.told[-1] == "finished pass"
    lines = [json.loads(line) for line in (tmp_path / "run.log").read_text().splitlines()]
    (warning,) = [line for line in lines if line["level"] == "warning"]
    assert warning["observer"] == "Broken"
    assert "broken view" in warning["exception"]


async def test_run_notes_what_was_done_to_it(site: str, model: TrafficModel) -> None:
    """Planned switches that came to be, and commands, stand in the summary in the order of time."""
    control = RunControl()
    prepared = await _prepared(
        site, model, switches=["phantom-flair at 2500ms", "phantom-flair at 500ms over 1s"]
    )
    assert [switch.at_s for switch in prepared.plan.switches] == [0.5, 2.5]
    asyncio.get_running_loop().call_soon(control.stop.set)
    summary = await play_run(prepared, control=control, fleet=_fleet(_snapshot(0), forever=True))
    assert (summary.exit_code, summary.run.stopped_early) == (ExitCode.INTERRUPTED, True)
    assert [(event.kind, event.at_s) for event in summary.events] == [("strategy_switch", 0.5)]


async def test_run_tells_of_a_switch_that_cannot_be_played(site: str, model: TrafficModel) -> None:
    """Before it begins, as for the strategy itself."""
    config = RunConfig.model_validate(
        {"target": site, "strategy": "phantom-flair", "switches": ["organic-mimicry at 5s"]}
    )
    with pytest.raises(ModelError, match="organic-mimicry plays a traffic model"):
        await prepare_run(config)
    with pytest.raises(UsageError, match="there is no file"):
        await _prepared(site, model, strategy="missing.py:Buyer:0.5,organic-mimicry")
