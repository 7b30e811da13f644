"""Journeys of a file, as a strategy."""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from trafficflou.traffic.journeys.definition import Journey
from trafficflou.traffic.journeys.play import JourneyStrategy
from trafficflou.traffic.remade import Remade, create_strategy
from trafficflou.traffic.strategy_kind import StrategyContext

__all__ = ["JourneyKind", "JourneySettings"]


class JourneySettings(BaseModel):
    """Nothing to set: a journey says all of itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class JourneyKind(Remade):
    """One or more journeys that are played together, by their weights."""

    settings_type: ClassVar[type[BaseModel]] = JourneySettings
    needs_model: ClassVar[bool] = False
    needs_population: ClassVar[bool] = False

    def __init__(self, name: str, journeys: Sequence[Journey], folder: Path) -> None:
        """Make a strategy of journeys.

        Args:
            name: As it is written on the command line.
            journeys: At least one.
            folder: Where their files lie.
        """
        self.name = name
        self.journeys = tuple(journeys)
        self._folder = folder

    @property
    def summary(self) -> str:
        """What is done, in half a sentence."""
        if len(self.journeys) == 1:
            return self.journeys[0].summary or f"the journey {self.journeys[0].name}"
        return "the journeys " + ", ".join(
            f"{journey.name} ({journey.weight:g})" for journey in self.journeys
        )

    def create(self, settings: JourneySettings, context: StrategyContext) -> JourneyStrategy:
        """Make the strategy for one worker of a run."""
        strategy = JourneyStrategy(self.journeys, context, self._folder)
        strategy.made_by = (create_strategy, (self, settings, context))
        return strategy
