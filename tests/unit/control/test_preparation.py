"""What takes a look, a question or a word before a run begins."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.scripted_provider import scripted_settings
from trafficflou.ai_models.settings import AiSettings
from trafficflou.ai_models.tasks import BRIEF_TO_PLAN, IMAGINE_POPULATION, Plan, PlanEdit, TaskName
from trafficflou.behavior import TrafficModel
from trafficflou.config import AiSettingsBuilder, RunConfig
from trafficflou.control.briefing import BriefReading, Confirm
from trafficflou.control.planning import PreparedRun, default_think_time, prepare_run
from trafficflou.control.run_ai import open_run_ai
from trafficflou.core import ConfigError, TargetError, UsageError
from trafficflou.fleet.casting import make_context
from trafficflou.testing.ai_model import FakeAiModel
from trafficflou.testing.fault import Script, response
from trafficflou.testing.fault_server import FaultServer
from trafficflou.testing.models import sample_model
from trafficflou.traffic import Advice

HTML = b"Content-Type: text/html"
FRONT = (
    response(b'<title>Shop</title><main><a href="/p/1">one</a> <a href="/cart">basket</a></main>', HTML),
)
PAGE = (response(b"<title>Vase</title><p>a vase", HTML),)
NONE = (response(b"", status=b"404 Not Found"),)
THRICE = Plan(
    edits=(PlanEdit(kind="scale_visitors", factor=3, because="three times"),), not_understood=("a spike",)
)


@asynccontextmanager
async def _site(**scripts: Script) -> AsyncIterator[FaultServer]:
    given = {f"/{name}": script for name, script in scripts.items()}
    pages = {"/": FRONT, "/p/1": PAGE, "/cart": PAGE, "/robots.txt": NONE, "/sitemap.xml": NONE}
    async with FaultServer(pages | given) as server:
        yield server


class _Prepared:
    """Prepares runs and remembers what was told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.readings: list[BriefReading] = []

    def agree(self, reading: BriefReading) -> bool:
        self.readings.append(reading)
        return True

    def refuse(self, reading: BriefReading) -> bool:
        return False

    async def __call__(
        self,
        target: str,
        *,
        settings: AiSettings | None = None,
        model: TrafficModel | None = None,
        confirm: Confirm | None = None,
        **config: Any,
    ) -> PreparedRun:
        made = RunConfig.model_validate(
            {"target": target, "workers": 1, "duration_s": 1, "seed": 5, **config}
        )
        async with open_run_ai(made, settings or AiSettingsBuilder().build()) as ai:
            return await prepare_run(made, model=model, ai=ai, confirm=confirm, tell=self.told.append)


@pytest.fixture
def prepared() -> _Prepared:
    """Prepares runs."""
    return _Prepared()


async def test_run_with_nothing_but_an_address_knows_the_site_and_who_comes(prepared: _Prepared) -> None:
    """Phantom Flair is played by people whom Athena imagines for the site that was looked at."""
    async with _site() as site:
        run = await prepared(site.url)
    assert run.plan.strategy == "phantom-flair"
    assert run.plan.site.entries[0] == "/"
    assert {page.title for page in run.plan.site.pages} == {"Shop", "Vase"}
    assert run.info.people is not None
    assert (run.info.people.given_by, run.info.people.origin) == ("athena", "imagined")
    assert sum(persona.share for persona in run.info.people.personas) == pytest.approx(1, abs=1e-4)
    assert run.plan.population_json is not None
    assert not run.plan.asks_providers
    assert run.forecast_usd is None
    assert "3 pages were looked at" in run.info.notes[0]
    assert list(run.info.notes) == prepared.told[1:]


async def test_run_of_recorded_traffic_looks_at_nothing_and_imagines_nobody(prepared: _Prepared) -> None:
    """Organic Mimicry plays what was recorded; the first request is its first visitor's."""
    async with _site() as site:
        run = await prepared(site.url, model=sample_model())
        assert site.requests == []
    assert (run.people, run.info.people, run.info.notes, prepared.told) == (None, None, (), [])
    assert run.listed_paths["/product/1"] == "/product/{id}"
    assert run.ai is not None
    assert not run.ai.is_open


async def test_pages_that_the_survey_saw_links_to_are_not_looked_for(prepared: _Prepared) -> None:
    """What the sitemap lists and no page links to is worth a finding; the rest is not."""
    listing = b"<urlset><loc>/p/1</loc><loc>/lost</loc></urlset>"
    async with _site(**{"sitemap.xml": (response(listing),), "lost": PAGE}) as site:
        run = await prepared(site.url)
    assert run.listed_paths == {"/lost": "/lost"}


async def test_people_of_a_measured_site_are_fitted_to_it(prepared: _Prepared) -> None:
    """With a traffic model the devices and the length of a session are those that were measured."""
    async with _site() as site:
        run = await prepared(site.url, model=sample_model(), strategy="phantom-flair")
    assert run.people is not None
    assert run.people.population.origin == "fitted"


async def test_site_that_cannot_be_visited_ends_a_run_before_it_begins(prepared: _Prepared) -> None:
    """Nothing to read is nothing to imagine; a traffic model knows where to go all the same."""
    broken = (response(b"oh", status=b"500 Oh"),)
    async with FaultServer({"/": broken}) as site:
        with pytest.raises(TargetError, match="answers 500"):
            await prepared(site.url)
        run = await prepared(site.url, model=sample_model(), strategy="phantom-flair")
    assert run.plan.site.pages == ()
    assert "Nothing was learned by looking at the site" in run.info.notes[0]


async def test_brief_bends_the_run_when_it_is_confirmed(prepared: _Prepared) -> None:
    """What is played, what is not and what was not understood stand in the summary."""
    model = FakeAiModel("fake", answers={TaskName.BRIEF_TO_PLAN: THRICE})
    async with _site() as site:
        run = await prepared(
            site.url,
            settings=scripted_settings(model),
            brief="three times the visitors",
            confirm=prepared.agree,
        )
    assert run.plan.visitors == 30
    assert run.info.workload == "30 visitors at once, think times x0.1"
    assert run.info.brief == "three times the visitors"
    assert run.info.plan == ("10 visitors at once become 30 (three times)", "Not understood: a spike")
    (reading,) = prepared.readings
    assert reading.provider == "fake"
    asked: dict[str, Any] = dict(model.asked)
    assert asked[IMAGINE_POPULATION.name].brief == "three times the visitors"
    assert asked[BRIEF_TO_PLAN.name].site.templates


async def test_brief_that_was_not_meant_so_plays_nothing(prepared: _Prepared) -> None:
    """Saying no ends the run; saying yes beforehand asks nobody."""
    async with _site() as site:
        with pytest.raises(UsageError, match="was not meant"):
            await prepared(site.url, brief="half the visitors", confirm=prepared.refuse)
        run = await prepared(site.url, brief="half the visitors", yes=True, confirm=prepared.refuse)
    assert run.plan.visitors == 5
    assert any(told.startswith("Brief: 10 visitors at once become 5") for told in prepared.told)


async def test_brief_of_recorded_traffic_bends_the_model(prepared: _Prepared) -> None:
    """The workers get the bent model, and the model that was given stays what it was."""
    model = sample_model()
    async with _site() as site:
        run = await prepared(site.url, model=model, brief="mostly phones", arrivals="2/s")
    assert json.loads(run.plan.model_json or "")["devices"]["mobile"] == pytest.approx(0.8, abs=0.01)
    assert model.devices.mobile != pytest.approx(0.8, abs=0.01)
    assert run.people is None


async def test_people_of_an_earlier_run_are_taken_as_they_are(prepared: _Prepared, tmp_path: Path) -> None:
    """Nobody is imagined; what is wrong with the file is told before anything else is done with it."""
    async with _site() as site:
        first = await prepared(site.url)
        assert first.people is not None
        document = {
            "schema": "trafficflou/personas@1",
            "origin": "imagined",
            "given_by": "somebody \x1b[2J",
            "personas": [first.people.population.personas[0].model_dump(mode="json") | {"name": "Our own"}],
        }
        (tmp_path / "p.json").write_text(json.dumps(document))
        run = await prepared(site.url, personas=tmp_path / "p.json")
        assert run.info.people is not None
        assert [persona.name for persona in run.info.people.personas] == ["Our own"]
        assert run.info.people.given_by == "somebody"
        assert run.ai is not None
        assert not run.ai.is_open
        with pytest.raises(UsageError, match="cannot be read"):
            await prepared(site.url, personas=tmp_path / "none.json")


async def test_workers_have_athena_as_she_is_set_up(prepared: _Prepared) -> None:
    """Who is told to go by words alone does so everywhere."""
    variables = {"TRAFFICFLOU_AI_ATHENA_RELEVANCE": "lexical"}
    settings = AiSettingsBuilder().with_environment(variables).build()
    async with _site() as site:
        run = await prepared(site.url, settings=settings)
    assert run.plan.athena.relevance == "lexical"
    context = make_context(run.plan, Advice())
    assert context.make_athena is not None
    assert context.make_athena().model == "athena-lexical"


async def test_provider_has_a_price_before_it_is_asked(prepared: _Prepared) -> None:
    """The forecast says how many questions, what they cost, and whether that fits."""
    model = FakeAiModel("fake")
    async with _site() as site:
        run = await prepared(site.url, settings=scripted_settings(model), ai_max_tokens=3000)
    assert run.plan.asks_providers
    (sentence,) = [told for told in prepared.told if told.startswith("AI: up to")]
    assert "questions to fake, then athena" in sentence
    assert "limit 3,000 tokens, which is probably reached: Athena then goes on alone" in sentence
    assert run.forecast_usd is not None


async def test_provider_that_does_not_answer_is_told_of(prepared: _Prepared) -> None:
    """Athena imagines instead, the run goes on, and its user knows why."""
    with socket.create_server(("127.0.0.1", 0)) as dead:
        port = dead.getsockname()[1]
    variables = {"OPENAI_API_KEY": "sk-test-0000", "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"}
    settings = AiSettingsBuilder().with_environment(variables).build()
    async with _site() as site:
        run = await prepared(site.url, ai="openai", settings=settings)
    assert run.people is not None
    assert run.people.given_by == "athena"
    assert "AI: openai did not answer (no route), so Athena did" in run.info.notes[-1]


async def test_provider_without_a_key_is_refused_before_anything_begins(prepared: _Prepared) -> None:
    """Who asks for a provider by name and forgets its key has made a mistake, and is told which variable it is."""
    async with _site() as site:
        with pytest.raises(ConfigError, match="openai has no key") as caught:
            await prepared(site.url, ai="openai")
        assert site.requests == []
    assert "OPENAI_API_KEY" in caught.value.hint


async def test_provider_that_may_cost_nothing_is_not_said_to_be_broken(prepared: _Prepared) -> None:
    """A limit that is reached is no fault of the provider, and nothing that a check of it would find."""
    async with _site() as site:
        settings = scripted_settings(FakeAiModel("fake"))
        run = await prepared(site.url, settings=settings, ai_max_tokens=0)
    assert run.info.notes[-1] == "AI: what this run may take is used up, so Athena answers instead of fake."


async def test_wrong_people_are_told_of_before_the_site_is_asked(prepared: _Prepared, tmp_path: Path) -> None:
    """A mistake in a file costs the site no request."""
    path = tmp_path / "personas.json"
    path.write_text("{}")
    async with _site() as site:
        with pytest.raises(UsageError, match="holds no personas"):
            await prepared(site.url, personas=path)
        assert site.requests == []


async def test_provider_that_cannot_be_opened_is_told_before_anything_begins(prepared: _Prepared) -> None:
    """A price that is missing where there is a limit in dollars must not show when the visitors are gone."""
    async with _site() as site:
        with pytest.raises(ConfigError, match="prices of fake"):
            await prepared(site.url, settings=scripted_settings(FakeAiModel("fake")), ai_max_usd=1)
        assert site.requests == []


def test_only_guessed_pauses_are_shortened() -> None:
    """What was recorded, or written by hand, is played as it is."""
    assert (default_think_time(guessed=True), default_think_time(guessed=False)) == ("x0.1", "model")
