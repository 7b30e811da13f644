"""Everything about a run that takes a look, a question or a word from the user before it begins: the site, the brief, the people.

The order is that of what is known: the site is looked at first, then the brief is read with the site's pages in mind and bends what there
is to bend, then people are imagined for what came of it. Nothing here is asked of a provider before its price was told.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from trafficflou.ai_models.budget import Forecast
from trafficflou.ai_models.run_model import RunModel
from trafficflou.ai_models.tasks import PopulationRequest, SiteFacts
from trafficflou.behavior import TemplateMap, TrafficModel
from trafficflou.config import RunConfig
from trafficflou.control.ai_forecast import forecast_in_words, forecast_questions
from trafficflou.control.briefing import BriefReading, Confirm, Scene, read_brief
from trafficflou.control.imagining import Imagined, imagine, population_request
from trafficflou.control.personas import load_personas
from trafficflou.control.run_ai import RunAi
from trafficflou.control.site_reader import SiteReader
from trafficflou.control.survey import survey_site
from trafficflou.core import ProviderFault, TrafficFlouError, UsageError
from trafficflou.security import PermittedTarget
from trafficflou.security.sanitising import clean_text
from trafficflou.traffic import FormPolicy, SiteKnowledge
from trafficflou.traffic.site_facts import site_facts

__all__ = ["Preparation", "Preparer", "Tell", "template_map"]

Tell = Callable[[str], None]
"""Tells the user a sentence before the run; safe to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a run begins with.

    Attributes:
        scene: Model and workload, bent by the brief where there is one.
        site: What is known of the site.
        people: Who comes; `None` where nobody is imagined.
        reading: What was made of the brief; `None` without one.
        forecast: What AI providers will probably cost; `None` where none is asked.
        notes: What is worth knowing, as sentences.
    """

    scene: Scene
    site: SiteKnowledge = field(default_factory=SiteKnowledge)
    people: Imagined | None = None
    reading: BriefReading | None = None
    forecast: Forecast | None = None
    notes: tuple[str, ...] = ()

    @property
    def plan(self) -> tuple[str, ...]:
        """What the brief changed and what it did not, as sentences."""
        return () if self.reading is None else self.reading.sentences


class Preparer:
    """Prepares one run.

    Args:
        config: Its settings.
        ai: Whom it may ask; `None` where it asks nobody before it begins.
        confirm: Asks whether a brief was understood; `None` takes every reading.
        tell: Tells what is worth knowing now.
    """

    def __init__(
        self, config: RunConfig, ai: RunAi | None, confirm: Confirm | None, tell: Tell | None
    ) -> None:
        self._config = config
        self._ai = ai
        self._confirm = confirm
        self._tell = tell or (lambda _: None)
        self._notes: list[str] = []

    async def prepare(
        self,
        target: PermittedTarget,
        tls: ssl.SSLContext | None,
        scene: Scene,
        *,
        run_id: str,
        seed: int,
        wants_people: bool,
    ) -> Preparation:
        """Look, read, imagine.

        Args:
            target: The site.
            tls: Decides whom to trust; `None` for http.
            scene: Model and workload.
            run_id: Identifies the run in every request.
            seed: The run's.
            wants_people: A strategy plays imagined visitors, and wants to know the site.

        Raises:
            UsageError: The site is no site for people, the brief is not meant as it was read, or `personas` cannot be used.
            TargetError: The site does not answer as a site should.
            TrafficFlouError: The AI model cannot be opened.
        """
        people = (
            self._given_people() if wants_people else None
        )  # a file that is none costs the site no request
        site = await self._look(target, tls, run_id, scene.model) if wants_people else SiteKnowledge()
        model = await self._model_wanted(wants_people=wants_people)
        if model is None:
            return Preparation(scene=scene, site=site, people=people, notes=tuple(self._notes))
        facts = _facts(site, scene.model)
        forecast = self._foresee(model, facts, seed, wants_people=wants_people)
        reading = await self._follow_brief(model, facts, scene)
        if reading is not None:
            scene = reading.scene
        if wants_people and people is None:
            self._tell_of_waiting(model)
            people = await imagine(model, self._wanted(site, scene, seed))
        self._note_substitute(model)
        return Preparation(
            scene=scene,
            site=site,
            people=people,
            reading=reading,
            forecast=forecast,
            notes=tuple(self._notes),
        )

    # -- the site ----------------------------------------------------------------------------------------------------

    async def _look(
        self, target: PermittedTarget, tls: ssl.SSLContext | None, run_id: str, model: TrafficModel | None
    ) -> SiteKnowledge:
        """Survey the site; one that cannot be visited ends here, unless a traffic model says where visitors go."""
        config = self._config
        forms = FormPolicy(
            allow_forms=frozenset(config.allow_forms), allow_destructive=frozenset(config.allow_destructive)
        )
        self._tell(f"Looking at {config.target} ...")
        reader = SiteReader(target, tls, run_id)
        try:
            survey = await survey_site(reader, forms)
        finally:
            reader.close()
        try:
            survey.check(config.target)
        except TrafficFlouError as error:
            if model is None:
                raise
            self._note(f"Nothing was learned by looking at the site: {error.message}.")
            return SiteKnowledge()
        for sentence in survey.notes:
            self._note(sentence)
        return survey.site

    # -- the AI model ------------------------------------------------------------------------------------------------

    async def _model_wanted(self, *, wants_people: bool) -> RunModel | None:
        """Open the model where something is asked before the run; one that is open already has a price to be told."""
        needs_people = wants_people and self._config.personas is None
        if self._ai is None or not (needs_people or self._config.brief or self._ai.is_open):
            return None
        return await self._ai.model()

    def _foresee(
        self, model: RunModel, facts: SiteFacts, seed: int, *, wants_people: bool
    ) -> Forecast | None:
        """Say what providers will probably cost, before the first question."""
        if not model.asks_providers or self._config.replay_ai is not None:
            return None
        config = self._config
        people = None
        if wants_people:
            people = population_request(facts, brief=config.brief or "", seed=seed, devices={})
        questions = forecast_questions(facts, brief=config.brief, people=people)
        forecast = model.forecast(questions)
        self._note(forecast_in_words(model.model.replace(",", ", then "), len(questions), forecast, config))
        return forecast

    async def _follow_brief(self, model: RunModel, facts: SiteFacts, scene: Scene) -> BriefReading | None:
        """Read the brief and have it confirmed."""
        if self._config.brief is None:
            return None
        self._tell_of_waiting(model)
        reading = await read_brief(model, self._config.brief, facts, scene)
        if self._config.yes or self._confirm is None:
            for sentence in reading.sentences:
                self._tell(f"Brief: {sentence}")
        elif not self._confirm(reading):
            raise UsageError(
                "the brief was not meant as it was understood, so nothing was played",
                hint="Say it in other words, one change after the other, or give the numbers as flags.",
            )
        return reading

    def _tell_of_waiting(self, model: RunModel) -> None:
        """Say whom the run waits for now: a provider may take its time, and hang for as long as its deadline is."""
        if model.asks_providers and self._config.replay_ai is None:
            self._tell(f"Asking {model.provider} ...")

    def _note_substitute(self, model: RunModel) -> None:
        """Say where Athena answered for a provider, which a run survives and its user should know."""
        statistics = model.statistics()
        if not statistics["degraded_answers"]:
            return
        if set(statistics["by_fault"]) == {ProviderFault.OVER_BUDGET}:
            self._note(
                f"AI: what this run may take is used up, so Athena answers instead of {model.provider}."
            )
            return
        faults = ", ".join(fault.replace("_", " ") for fault in statistics["by_fault"]) or "unavailable"
        self._note(
            f"AI: {model.provider} did not answer ({faults}), so Athena did; `trafficflou ai check --provider {model.provider}` "
            "says what is wrong."
        )

    # -- people ------------------------------------------------------------------------------------------------------

    def _given_people(self) -> Imagined | None:
        """Read the people that the user gave."""
        if self._config.personas is None:
            return None
        population, given_by = load_personas(self._config.personas)
        return Imagined(population=population, given_by=clean_text(given_by, 80))

    def _wanted(self, site: SiteKnowledge, scene: Scene, seed: int) -> PopulationRequest:
        facts = _facts(site, scene.model)
        return population_request(facts, brief=self._config.brief or "", seed=seed, devices=scene.devices)

    def _note(self, sentence: str) -> None:
        self._notes.append(sentence)
        self._tell(sentence)


def template_map(site: SiteKnowledge, model: TrafficModel | None) -> TemplateMap:
    """Name the kinds of pages of a site by what was recorded of it, or else by what was seen."""
    if model is not None:
        return TemplateMap.from_model(model)
    return TemplateMap.from_paths([*(page.path for page in site.pages), *site.entries, *site.listed])


def _facts(site: SiteKnowledge, model: TrafficModel | None) -> SiteFacts:
    return site_facts(site, model, template_map(site, model).template_of)
