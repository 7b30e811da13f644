"""What an AI model has to do with a run that is on or over, with a fleet that plays without a network."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.ai_questions import ask_about
from tests.support.scripted_provider import scripted_settings
from trafficflou.ai_models.prompt_log import SentPrompt
from trafficflou.ai_models.tasks import Citation, Explanation, TaskName, ToldFinding
from trafficflou.config import AiSettingsBuilder, RunConfig
from trafficflou.control.planning import PreparedRun
from trafficflou.control.run_ai import RunAi, open_run_ai
from trafficflou.control.running import Fleet, play_run
from trafficflou.core import ConfigError
from trafficflou.fleet import Channel, FleetPlan
from trafficflou.fleet.frames import Advised, Asked
from trafficflou.metrics import Histogram, Journal, RunInfo, Snapshot, StrategyMeasurements
from trafficflou.security import PermittedTarget
from trafficflou.testing.ai_model import FakeAiModel
from trafficflou.testing.virtual_time import virtual_time
from trafficflou.traffic import Question

CONFIG = RunConfig(target="http://127.0.0.1:8080")
PLAN = FleetPlan(
    target=PermittedTarget(scheme="http", host="127.0.0.1", port=8080, addresses=("127.0.0.1",)),
    model_json=None,
    strategy="phantom-flair",
    think_time="model",
    visitors=1,
    arrivals=None,
    duration_s=1,
    ramp_s=0,
    seed=1,
    workers=1,
    run_id="r1",
    wall_start_s=0,
)
INFO = RunInfo(
    id="r1",
    target=CONFIG.target,
    seed=1,
    strategy="phantom-flair",
    started_at="2026-01-02T03:04:05Z",
    planned_duration_s=1,
    workers=1,
)
QUESTION = Question(key=("Ann", "/"), request=ask_about("front"))
STAYS = Explanation(
    findings=(ToldFinding(message="It held.", cites=(Citation(place="page_views", value=0),)),)
)


def _second(*, final: bool = True) -> Snapshot:
    decision = Histogram()
    decision.record(50_000)
    journal = Journal(decided_by={"athena": 3, "fake": 1})
    strategy = StrategyMeasurements(name="phantom-flair", decision=decision, journal=journal)
    return Snapshot(
        worker=0,
        second=0,
        span_s=1.0,
        final=final,
        series=(),
        sessions_started=1,
        sessions_finished=1,
        sessions_abandoned=0,
        sessions_not_started=0,
        active_visitors=1,
        schedule_lag=Histogram(),
        loop_delay=Histogram(),
        cpu_share=0.1,
        rss_bytes=1,
        missing_paths={},
        foreign_origins={},
        strategies=(strategy,),
    )


def _fleet(heard: list[Any] | None = None, *, asks: bool = False, for_s: float = 0.0) -> Fleet:
    """A fleet that asks a question, plays for some time, and hands over one second."""

    async def play(
        _plan: FleetPlan, on_snapshot: Callable[[Snapshot], None], _stop: asyncio.Event, channel: Channel
    ) -> None:
        channel.open([].append if heard is None else heard.append, 0, 1)
        if asks:
            assert channel.take(0, Asked((QUESTION,)))
        await asyncio.sleep(for_s)
        on_snapshot(_second())
        channel.close()

    return play


@pytest.fixture
def model() -> FakeAiModel:
    """A provider that explains, and prefers as it likes."""
    return FakeAiModel("fake", answers={TaskName.EXPLAIN: STAYS})


@pytest.fixture
async def ai(model: FakeAiModel) -> AsyncIterator[RunAi]:
    """Whom the run may ask."""
    async with open_run_ai(CONFIG, scripted_settings(model)) as opened:
        yield opened


def _prepared(ai: RunAi | None, *, asks_providers: bool = True) -> PreparedRun:
    plan = replace(PLAN, asks_providers=asks_providers)
    return PreparedRun(plan=plan, info=INFO, slos=(), forecast_usd=0.25, ai=ai)


async def test_run_is_explained_and_counts_its_ai(ai: RunAi) -> None:
    """What a model says stands behind what was measured, and changes neither verdict nor exit code."""
    summary = await play_run(_prepared(ai), fleet=_fleet())
    assert summary.findings[-1].message == "It held."
    assert (summary.findings[-1].source, summary.findings[-1].provider) == ("ai", "fake")
    assert (summary.ai.provider, summary.ai.by_task) == ("fake", {"explain": 1})
    assert summary.ai.decisions == {"athena": 3, "fake": 1}
    assert summary.ai.latency_ms.p95 == pytest.approx(0.05, rel=0.05)
    assert summary.ai.budget is not None
    assert summary.ai.budget.forecast_usd == 0.25
    without = await play_run(_prepared(None), fleet=_fleet())
    assert (summary.verdict, summary.exit_code, summary.reasons) == (
        without.verdict,
        without.exit_code,
        without.reasons,
    )
    assert without.ai.requests == 0


async def test_run_passes_questions_of_visitors_on(ai: RunAi, model: FakeAiModel) -> None:
    """While visitors play, a provider's answer reaches their workers."""
    heard: list[Any] = []
    await play_run(_prepared(ai), fleet=_fleet(heard, asks=True, for_s=0.2))
    (advised,) = heard
    assert isinstance(advised, Advised)
    assert advised.answered.question == QUESTION
    assert [name for name, _ in model.asked] == [TaskName.PREFER, TaskName.EXPLAIN]


@virtual_time
async def test_provider_that_hangs_delays_neither_the_run_nor_its_end_for_long() -> None:
    """What visitors asked is dropped at the end; the explanation has a deadline of its own, at which Athena gives it."""
    loop = asyncio.get_running_loop()
    hanging = FakeAiModel("fake", delay_s=10_000)
    async with open_run_ai(CONFIG, scripted_settings(hanging)) as ai:
        begun_s = loop.time()
        summary = await play_run(_prepared(ai), fleet=_fleet(asks=True, for_s=3))
        assert 3 <= loop.time() - begun_s <= 3 + 1 + 20
        assert next(each.provider for each in summary.findings if each.source == "ai") == "athena"
        assert summary.ai.degraded
        stopped_s = loop.time()
    assert loop.time() - stopped_s <= 1


@virtual_time
async def test_run_that_was_stopped_is_explained_quickly_or_not_at_all() -> None:
    """Whoever stopped a run wants to go on; whoever stops twice wants to go at once."""
    loop = asyncio.get_running_loop()
    stop, abort = asyncio.Event(), asyncio.Event()
    stop.set()
    async with open_run_ai(CONFIG, scripted_settings(FakeAiModel("fake", delay_s=10_000))) as ai:
        begun_s = loop.time()
        summary = await play_run(_prepared(ai), stop=stop, fleet=_fleet())
        assert loop.time() - begun_s <= 3.5
        assert any(finding.source == "ai" for finding in summary.findings)
        loop.call_later(0.5, abort.set)
        begun_s = loop.time()
        summary = await play_run(_prepared(ai), stop=stop, abort=abort, fleet=_fleet())
        assert loop.time() - begun_s <= 1
        assert not any(finding.source == "ai" for finding in summary.findings)
        assert summary.exit_code == 130


@virtual_time
async def test_explanation_that_nobody_waits_for_is_left_out() -> None:
    """Ctrl-C answers 130 then as at any other time, and takes nothing from the figures and the verdict."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    async with open_run_ai(CONFIG, scripted_settings(FakeAiModel("fake", delay_s=10_000))) as ai:
        loop.call_later(1.5, stop.set)
        begun_s = loop.time()
        summary = await play_run(_prepared(ai), stop=stop, fleet=_fleet(for_s=1))
        assert loop.time() - begun_s <= 2
    assert summary.exit_code == 130
    assert not summary.run.stopped_early
    assert summary.reasons[-1].startswith("The user did not wait for the explanation")
    assert not any(finding.source == "ai" for finding in summary.findings)


async def test_run_whose_model_cannot_be_opened_has_its_results_all_the_same() -> None:
    """Athena is opened when the visitors are gone; nothing that goes wrong then may cost the figures."""
    variables = {"TRAFFICFLOU_AI_ATHENA_RELEVANCE": "lexical"}
    settings = AiSettingsBuilder().with_environment(variables).build()
    async with open_run_ai(CONFIG, settings) as ai:

        async def broken() -> None:
            raise ConfigError("no such thing")

        ai.model = broken  # type: ignore[method-assign, assignment]
        summary = await play_run(_prepared(ai, asks_providers=False), fleet=_fleet())
    assert (summary.sessions.started, summary.ai.requests) == (1, 0)


async def test_ai_of_a_run_is_opened_when_it_is_wanted(tmp_path: Path) -> None:
    """Athena waits until somebody asks; a cassette must be there before the first answer."""
    settings = AiSettingsBuilder().build()
    async with open_run_ai(CONFIG, settings) as ai:
        assert (ai.provider, ai.is_open) == ("athena", False)
        assert await ai.model() is await ai.model()
        assert ai.is_open
    recording = CONFIG.model_copy(update={"record_ai": tmp_path / "c.jsonl"})
    async with open_run_ai(recording, settings) as ai:
        assert ai.is_open
    assert (tmp_path / "c.jsonl").exists()


async def test_prompts_of_a_run_are_shown_and_held_until_there_is_a_folder(tmp_path: Path) -> None:
    """What leaves before the run has a folder is kept in it too."""
    shown: list[SentPrompt] = []
    prompt = SentPrompt(at="", task="prefer", prompt_version=1, provider="p", model="m", system="s", user="u")
    async with open_run_ai(CONFIG, AiSettingsBuilder().build(), on_prompt=shown.append) as ai:
        with ai.prompts.call(prompt):
            pass
        ai.prompts.keep_in(tmp_path / "prompts.jsonl")
    assert [sent.user for sent in shown] == ["u"]
    assert '"user": "u"' in (tmp_path / "prompts.jsonl").read_text()
