"""The AI model of one run: whoever is wanted, behind a gateway, so that the run neither waits for a provider nor dies of one.

    open_run_model(
        registry: FactoryRegistry, provider: str, *,
        record: Path | None = None, replay: Path | None = None,
        max_usd: float | None = None, max_tokens: int | None = None,
    ) -> RunModel

    RunModel.asks_providers -> bool                                  somebody but Athena may answer
    await RunModel.answer(task, request, *, deadline_s=None) -> Answer        a provider, or else Athena; never fails
    await RunModel.ask_provider(task, request, *, deadline_s=None) -> Answer  a cache or a provider; raises ProviderError
    RunModel.subscribe(listener)                                     listener(task, request, answer), later
    await RunModel.wait_background(timeout_s=None) -> bool           whether all of it has ended
    RunModel.forecast([(task, request), ...]) -> Forecast            before the run
    RunModel.statistics() -> dict[str, Any]                          `ai` of summary.json, and more
    await RunModel.aclose()                                          or `async with`

    log = PromptLog(folder / "prompts.jsonl", on_prompt)             what leaves for providers; log.close() after the registry
    async with FactoryRegistry(settings.setups, prompt_log=log) as registry, open_run_model(registry, "openai") as model: ...

What is made once and waited for (personas, names, plans, explanations) is asked with `answer`. What visitors decide by is not waited for:
they decide with Athena, in their own processes, while the coordinator asks with `ask_provider` and hands on what comes; where that fails,
Athena's decision stands. Both are counted, and both are recorded.

**Who answers.** For `athena` the gateway has nothing but Athena behind it. For `primal-genesis` it is the gateway as configured, but this run's
own: its figures and its budget are those of the run. For any other provider it is a gateway with that one, to which the settings of
`[ai.primal-genesis]` apply (cache, limits, mode, budget). With `replay` the cassette stands in the place of all providers: nobody is asked, no
key is needed, and what the cassette does not know Athena answers, as degraded.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from pydantic import BaseModel, ValidationError

from trafficflou.ai_models._provider_factory import ProviderFactory
from trafficflou.ai_models._route import BorrowedModel, Route
from trafficflou.ai_models.budget import Forecast, Prices
from trafficflou.ai_models.cassette import CassetteWriter, ReplayModel
from trafficflou.ai_models.gateway import LateAnswer, PrimalGenesis
from trafficflou.ai_models.model import Answer
from trafficflou.ai_models.primal_genesis import FALLBACK, PrimalGenesisFactory, PrimalGenesisSettings
from trafficflou.ai_models.prompt_log import PromptLog
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.settings import ProviderSetup
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.core import ConfigError, UsageError

__all__ = ["RunModel", "open_run_model"]

_GATEWAY: Final = PrimalGenesisFactory.name


class RunModel:
    """What a run asks. It owns its gateway and its cassette; `open_run_model` makes one.

    Args:
        wanted: The provider that was asked for.
        gateway: Answers.
        close_gateway: Closes it, and what was made with it.
        writer: Records every answer; `None` for not recording.
        played: The cassette behind the gateway; `None` where there is none.
        prompt_log: The registry's, for the statistics.
    """

    def __init__(
        self,
        wanted: str,
        gateway: PrimalGenesis,
        close_gateway: Callable[[], Awaitable[None]],
        *,
        writer: CassetteWriter | None = None,
        played: ReplayModel | None = None,
        prompt_log: PromptLog | None = None,
    ) -> None:
        self._wanted = wanted
        self._gateway = gateway
        self._close_gateway = close_gateway
        self._writer = writer
        self._played = played
        self._prompt_log = prompt_log or PromptLog()
        if writer is not None:
            gateway.subscribe(writer.record)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def provider(self) -> str:
        """The provider that was asked for; each answer names the one that gave it."""
        return self._wanted

    @property
    def model(self) -> str:
        """Who is asked, in order, such as `openai,athena`."""
        return self._gateway.model

    @property
    def asks_providers(self) -> bool:
        """Whether anybody but Athena may answer; a cassette counts where anybody but Athena spoke into it."""
        if self._played is not None:
            return bool(self._played.providers - {FALLBACK})
        return self._gateway.has_providers

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task: from a cache, by a provider, or by Athena, which always can.

        Raises:
            ProviderError: The model is closed.
        """
        answer = await self._gateway.answer(task, request, deadline_s=deadline_s)
        self._record(task, request, answer)
        return answer

    async def ask_provider(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task from a cache or by a provider, with all limits, and not by Athena.

        Args:
            task: The kind of question.
            request: The question.
            deadline_s: Longest time, the wait for its turn included; the task's own if `None`.

        Raises:
            ProviderError: No provider gave a valid answer within the deadline; there is none; or the model is closed.
        """
        answer = await self._gateway.ask_provider(task, request, deadline_s=deadline_s)
        self._record(task, request, answer)
        return answer

    def subscribe(self, listener: LateAnswer) -> None:
        """Tell somebody what a provider said to a question that `answer` answered at once without it."""
        self._gateway.subscribe(listener)

    async def wait_background(self, timeout_s: float | None = None) -> bool:
        """Wait until what is asked in the background now has ended; see `PrimalGenesis.wait_background`."""
        return await self._gateway.wait_background(timeout_s)

    def forecast(self, questions: Iterable[tuple[Task[Any, Any], BaseModel]]) -> Forecast:
        """Say what questions would take now, at the dearest provider and with nothing from the cache; nothing on Athena alone."""
        return self._gateway.forecast(() if self._played is not None else questions)

    def statistics(self) -> dict[str, Any]:
        """Return the figures of `ai` in summary.json, and more.

        Those of `PrimalGenesis.statistics`, who was wanted, how Athena compares texts, and the counters of the cassette and the prompts.
        """
        cassette = self._writer or self._played
        told = self._gateway.statistics()
        return told | {
            "provider": self._wanted,
            "relevance": told["fallback"].get("relevance", ""),
            "cassette": None if cassette is None else cassette.statistics(),
            "prompts": self._prompt_log.statistics(),
        }

    async def aclose(self) -> None:
        """End what is under way, and close the gateway and the cassette; idempotent. The providers are the registry's."""
        try:
            await self._close_gateway()
        finally:
            if self._writer is not None:
                self._writer.close()

    def _record(self, task: Task[Any, Any], request: BaseModel, answer: Answer[Any]) -> None:
        if self._writer is not None:
            self._writer.record(task, request, answer)


def open_run_model(
    registry: FactoryRegistry,
    provider: str,
    *,
    record: Path | None = None,
    replay: Path | None = None,
    max_usd: float | None = None,
    max_tokens: int | None = None,
) -> RunModel:
    """Open the model of a run. May block for a second while vendors' libraries and embeddings are loaded.

    Args:
        registry: Opens the providers; open for as long as the model is.
        provider: Who is wanted: `athena`, `openai`, `anthropic`, `compatible`, `primal-genesis` or one of another package.
        record: The cassette into which every answer is recorded.
        replay: The cassette that answers in the place of all providers.
        max_usd: What the run may cost, over the gateway's setting.
        max_tokens: How many tokens it may take, over the gateway's setting.

    Raises:
        ConfigError: There is no such provider, its settings are wrong, it has no key and needs one, a library is missing, or there is a
            limit in USD and no price.
        UsageError: A cassette cannot be used, or one is to be recorded and one to be played.
        StoreError: The cassette cannot be written.
    """
    if replay is not None:
        if record is not None:
            raise UsageError("a run either records a cassette or plays one", hint="Give only one of the two.")
        return _playing(registry, provider, ReplayModel(replay))
    with ExitStack() as on_failure:
        writer = None if record is None else CassetteWriter(record)
        if writer is not None:
            on_failure.callback(writer.close)
        _check_key(registry.setup(provider))
        factory = registry.create(_gateway_setup(registry, provider, max_usd, max_tokens))
        if not isinstance(factory, PrimalGenesisFactory):
            raise TypeError(f"{_GATEWAY} is set up with {type(factory).__name__}")
        model = RunModel(
            provider, factory.model(), factory.aclose, writer=writer, prompt_log=registry.prompt_log
        )
        on_failure.pop_all()
        return model


def _playing(registry: FactoryRegistry, wanted: str, played: ReplayModel) -> RunModel:
    athena = BorrowedModel(registry.open(FALLBACK).model())
    free = Prices(input_usd_per_million=0, output_usd_per_million=0)
    route = Route(played, prices=free, clock=registry.clock)
    gateway = PrimalGenesis([route], athena, modes={}, clock=registry.clock)
    return RunModel(wanted, gateway, gateway.aclose, played=played)


def _check_key(setup: ProviderSetup) -> None:
    """Refuse a provider that cannot answer a single question; Primal Genesis asks those that have keys."""
    needs_key = issubclass(setup.factory_type, ProviderFactory) and setup.factory_type.needs_key
    if needs_key and not setup.keys:
        raise ConfigError(
            f"{setup.name} has no key, so it could not be asked anything",
            hint=f"Set {setup.key_variable}, or key_file in [ai.{setup.name}] of trafficflou.toml. Without any key: --ai {FALLBACK}.",
        )


def _gateway_setup(
    registry: FactoryRegistry, provider: str, max_usd: float | None, max_tokens: int | None
) -> ProviderSetup:
    """Return the gateway's setup with the run's provider and limits."""
    setup = registry.setup(_GATEWAY)
    limits = {"max_usd": max_usd, "max_tokens": max_tokens}
    changes: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
    if provider != _GATEWAY:
        changes["providers"] = (provider,)
    if provider == FALLBACK:
        changes["cache"] = "off"
    try:
        settings = PrimalGenesisSettings.model_validate(setup.settings.model_dump() | changes)
    except ValidationError as error:
        wrong = ", ".join(str(detail["loc"][0]) for detail in error.errors() if detail["loc"])
        raise ConfigError(
            f"the limits of the run's AI budget cannot be kept: {wrong}", hint="Limits are not negative."
        ) from error
    return replace(setup, settings=settings)
