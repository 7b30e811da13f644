"""Makes a strategy of a class of the user's that has little more than `next_step(self, visit, page)`."""

import inspect
from collections.abc import Awaitable
from pathlib import Path
from random import Random
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from trafficflou.behavior import TemplateMap
from trafficflou.core import TrafficFlouError, UsageError
from trafficflou.metrics import Journal
from trafficflou.traffic.remade import Remade, create_strategy
from trafficflou.traffic.script_error import ScriptErrors, place_in_script
from trafficflou.traffic.strategy import Page, PageReading, Step
from trafficflou.traffic.strategy_kind import StrategyContext

__all__ = ["CustomVisit", "UserClassKind", "is_strategy"]

_DEVICES: Final = frozenset({"desktop", "mobile", "tablet"})


class CustomVisit:
    """The visit that a class gets which does not begin one itself; whatever has to be remembered can be set on it.

    Attributes:
        rng: The visitor's own generator; all chance should come from it.
        device: `desktop`, `mobile` or `tablet`; becomes the hint in the request's User-Agent.
        pages: Pages that have been opened so far.
    """

    def __init__(self, rng: Random, device: str = "desktop") -> None:
        """Begin a visit."""
        self.rng = rng
        self.device = device
        self.pages = 0


class NoSettings(BaseModel):
    """Of a class that has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def is_strategy(found: object) -> bool:
    """Whether something is a class that can choose steps, or makes what can."""
    return (inspect.isclass(found) and callable(getattr(found, "next_step", None))) or callable(
        getattr(found, "create", None)
    )


class UserClassKind(Remade):
    """A class of the user's, completed."""

    def __init__(self, name: str, user_class: Any, folder: Path) -> None:
        """Complete a class.

        Args:
            name: As it is written on the command line.
            user_class: Has `next_step(self, visit, page)`; `begin(self, rng)`, `reading`, `device`, `settings_type`, `take_journal(self)`,
                `create(settings, context)`, or `settings` and `context` as arguments of its constructor, are used where it has them.
            folder: Where its file lies.

        Raises:
            UsageError: Its `settings_type` is no pydantic model, or its constructor asks for more.
        """
        self.name = name
        self.summary = str(
            getattr(user_class, "summary", "") or (inspect.getdoc(user_class) or "").partition("\n")[0]
        )
        self.settings_type: type[BaseModel] = getattr(user_class, "settings_type", NoSettings)
        self.needs_model = bool(getattr(user_class, "needs_model", False))
        self.needs_population = bool(getattr(user_class, "needs_population", False))
        self._class = user_class
        self._folder = folder
        if not (inspect.isclass(self.settings_type) and issubclass(self.settings_type, BaseModel)):
            raise UsageError(
                f"the settings_type of {name} is no pydantic model",
                hint="Write `class Settings(pydantic.BaseModel): ...` and `settings_type = Settings`.",
            )
        self._create = getattr(user_class, "create", None)
        self._wanted = [] if self._create else self._arguments()

    def create(self, settings: BaseModel, context: StrategyContext) -> "UserClassStrategy":
        """Make the strategy for one worker of a run.

        Raises:
            UsageError: The constructor fails; the message says where.
        """
        given = {"settings": settings, "context": context}
        try:
            if self._create is not None:
                instance = self._create(settings, context)
            else:
                instance = self._class(**{name: given[name] for name in self._wanted})
        except TrafficFlouError:
            raise
        except Exception as error:
            place = place_in_script(error.__traceback__, self._folder)
            raise UsageError(
                f"{self.name} cannot be made: {type(error).__name__}: {error} at {place}"
            ) from error
        strategy = UserClassStrategy(instance, context, self._folder)
        strategy.made_by = (create_strategy, (self, settings, context))
        return strategy

    def _arguments(self) -> list[str]:
        """Return which of our arguments the constructor takes."""
        try:
            parameters = inspect.signature(self._class).parameters
        except (TypeError, ValueError):
            return []
        wanted = []
        for name, parameter in parameters.items():
            if name in {"settings", "context"}:
                wanted.append(name)
            elif parameter.default is parameter.empty and parameter.kind not in {
                parameter.VAR_KEYWORD,
                parameter.VAR_POSITIONAL,
            }:
                raise UsageError(
                    f"the constructor of {self.name} asks for {name}, which nobody gives it",
                    hint="It may take settings and context, and what has a default.",
                )
        return wanted


class _Session:
    """A visit of the user's, and what is known of it."""

    __slots__ = ("device", "pages", "visit")

    def __init__(self, visit: Any) -> None:
        self.visit = visit
        device = getattr(visit, "device", "desktop")
        self.device = device if device in _DEVICES else "desktop"


class UserClassStrategy(Remade):
    """Plays a class of the user's: gives it what it lacks, and ends a session that it cannot go on with."""

    __slots__ = (
        "_begin",
        "_errors",
        "_instance",
        "_journal",
        "_names",
        "_next_step",
        "_take_journal",
        "name",
    )

    def __init__(self, instance: Any, context: StrategyContext, folder: Path) -> None:
        """Play an instance.

        Args:
            instance: Of the user's class.
            context: What a run gives.
            folder: Where its file lies; errors are placed in it.
        """
        self.name = context.label
        self._instance = instance
        self._next_step = instance.next_step
        self._begin = getattr(instance, "begin", None)
        self._take_journal = getattr(instance, "take_journal", None)
        self._errors = ScriptErrors(folder)
        self._journal = Journal()
        self._names = TemplateMap.plain() if context.model is None else TemplateMap.from_model(context.model)

    @property
    def reading(self) -> PageReading:
        """What the class says; all of a page where it says nothing."""
        return PageReading(getattr(self._instance, "reading", PageReading.BODY))

    def begin(self, rng: Random) -> _Session:
        """Start a session; one that cannot begin has no visit, and ends at its first step."""
        if self._begin is None:
            return _Session(CustomVisit(rng, getattr(self._instance, "device", "desktop")))
        try:
            return _Session(self._begin(rng))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's code ends a session, never the worker
            self._note(error)
            return _Session(None)

    def next_step(self, session: _Session, page: Page | None) -> Step | Awaitable[Step | None] | None:
        """Let the class choose; `None` where it does, or where it fails."""
        if session.visit is None:
            return None
        try:
            chosen = self._next_step(session.visit, page)
            if inspect.isawaitable(chosen):
                return self._wait(session, chosen)
            return self._taken(session, chosen)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's code ends a session, never the worker
            self._note(error)
            return None

    def take_journal(self) -> Journal:
        """Return what the class noticed, and its errors, since the last call."""
        taken, self._journal = self._journal, Journal()
        if self._take_journal is not None:
            try:
                noticed = self._take_journal()
                if noticed is not None:
                    taken.merge(noticed)
            except Exception as error:  # noqa: BLE001 - the user's code costs its own journal, never the worker
                self._note(error)
        return taken

    async def _wait(self, session: _Session, chosen: Awaitable[Any]) -> Step | None:
        try:
            return self._taken(session, await chosen)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's code ends a session, never the worker
            self._note(error)
            return None

    def _taken(self, session: _Session, chosen: Any) -> Step | None:
        """Check what the class chose; a path alone is a step without a pause."""
        if chosen is not None and isinstance(session.visit, CustomVisit):
            session.visit.pages += 1
        if chosen is None or isinstance(chosen, Step):
            return chosen
        if isinstance(chosen, str):
            return Step(chosen, self._names.template_of(chosen), 0.0)
        raise TypeError(f"next_step returns a Step, a path or None, not {type(chosen).__name__}")

    def _note(self, error: BaseException) -> None:
        self._journal.script_error(self._errors.describe(error))
