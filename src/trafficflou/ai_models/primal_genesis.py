"""The factory of Primal Genesis: puts the gateway and its layers together out of the providers that are configured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from trafficflou.ai_models._route import BorrowedModel, Route
from trafficflou.ai_models.budget import Budget, Prices
from trafficflou.ai_models.cached import DEFAULT_TTL_S
from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.gateway import DEFAULT_MODES, Hedging, Mode, PrimalGenesis
from trafficflou.ai_models.limited import Limits
from trafficflou.ai_models.model import AiModel
from trafficflou.ai_models.tasks import TASKS, TaskName
from trafficflou.core import Clock, ConfigError, SystemClock
from trafficflou.core.secret import Secret
from trafficflou.resilience import RetryPolicy
from trafficflou.stores.ai_cache import AiCache, DiskAiCache, MemoryAiCache, RedisAiCache, TieredAiCache

__all__ = ["PrimalGenesisFactory", "PrimalGenesisSettings"]

FALLBACK: Final = "athena"
CACHE_FILE: Final = Path("~/.cache/trafficflou/ai-answers.sqlite3")
MAX_PASSWORD_FILE_BYTES: Final = 4096

PerMinute = dict[str, Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]]


def _checked_redis_url(text: str) -> str:
    RedisAiCache.check_url(text)
    return text


class PrimalGenesisSettings(BaseModel):
    """Settings of the gateway."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    providers: tuple[str, ...] = Field(
        default=(),
        max_length=16,
        description="Providers to ask; all that are configured where none is named.",
    )
    mode: Literal["auto", "wait", "at_once"] = Field(
        default="auto",
        description="Wait for providers, or answer at once and ask them in the background; auto waits for what no visitor waits for.",
    )
    hedge_share: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.1,
        description="Share of the questions for which a second provider may be asked beside a slow one.",
    )
    attempts: Annotated[int, Field(ge=1, le=10)] = Field(
        default=3, description="Attempts at one provider, the first included."
    )
    batching: bool = Field(
        default=True, description="Join like questions of the same moment into one call, which saves tokens."
    )
    requests_per_min: PerMinute = Field(
        default_factory=dict, description="The limits of providers by name, calls a minute."
    )
    tokens_per_min: PerMinute = Field(
        default_factory=dict, description="The limits of providers by name, tokens a minute."
    )
    cache: Literal["disk", "memory", "redis", "off"] = Field(
        default="disk", description="Where answers are kept."
    )
    cache_file: Path = Field(default=CACHE_FILE, description="The file of the cache on disk.")
    cache_ttl_s: Annotated[float, Field(gt=0, le=365 * 86_400, allow_inf_nan=False)] = Field(
        default=DEFAULT_TTL_S, description="How long an answer holds."
    )
    cache_max_bytes: Annotated[int, Field(ge=1_000_000, le=100_000_000_000)] = Field(
        default=256_000_000, description="Largest size of the cache on disk."
    )
    redis_url: Annotated[str, Field(max_length=500), AfterValidator(_checked_redis_url)] = Field(
        default="redis://127.0.0.1:6379/0", description="Address of Redis, without a password."
    )
    redis_password_file: Path | None = Field(default=None, description="A file with Redis's password.")
    max_usd: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] | None = Field(
        default=None, description="What a run may cost, US dollars; then Athena answers alone."
    )
    max_tokens: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="How many tokens a run may take, sent and received together."
    )


class PrimalGenesisFactory(AiModelFactory):
    """Makes the gateway's parts. The providers' factories belong to the registry, caches and layers to this one.

    Args:
        settings: The settings.
        providers: The factories of the providers, in order.
        fallback: Athena's.
        clock: Tells the time.
    """

    name: ClassVar[str] = "primal-genesis"
    settings_type: ClassVar[type[BaseModel]] = PrimalGenesisSettings
    extra: ClassVar[str] = "redis"

    def __init__(
        self,
        settings: PrimalGenesisSettings,
        providers: Mapping[str, AiModelFactory],
        fallback: AiModelFactory,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.budget = Budget(max_usd=settings.max_usd, max_tokens=settings.max_tokens)
        self._providers = dict(providers)
        self._fallback = fallback
        self._clock = clock or SystemClock()
        self._cache = _open_cache(settings, self._clock)
        self._made: PrimalGenesis | None = None
        self._is_closed = False

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        """Open the providers that are named, or all that are configured.

        Raises:
            ConfigError: One of them cannot be opened, or the cache's password cannot be read.
        """
        if not isinstance(settings, PrimalGenesisSettings) or context.open_factory is None:
            raise TypeError(f"{cls.name} takes {PrimalGenesisSettings.__name__} and a registry")
        names = settings.providers or context.configured
        providers = {name: context.open_factory(name) for name in names if name != FALLBACK}
        return cls(settings, providers, context.open_factory(FALLBACK), clock=context.clock)

    def model(self) -> PrimalGenesis:
        """Return the gateway; the first call makes the models of the providers, whose libraries take about a second to import.

        Raises:
            ConfigError: A provider's library is missing, or there is a limit in USD and no price.
            RuntimeError: The factory is closed.
        """
        if self._is_closed:
            raise RuntimeError(f"the factory of {self.name} is closed")
        if self._made is None:
            self._made = self._make()
        return self._made

    async def aclose(self) -> None:
        """Close the gateway and its cache, not the providers; idempotent."""
        self._is_closed = True
        try:
            if self._made is not None:
                await self._made.aclose()
        finally:
            if self._cache is not None:
                await self._cache.aclose()

    def _make(self) -> PrimalGenesis:
        settings = self.settings
        return PrimalGenesis(
            [self._route(name, factory.model()) for name, factory in self._providers.items()],
            BorrowedModel(self._fallback.model()),
            modes=DEFAULT_MODES if settings.mode == "auto" else _all(settings.mode),
            hedging=Hedging(max_share=settings.hedge_share),
            budget=self.budget,
            clock=self._clock,
        )

    def _route(self, name: str, model: AiModel) -> Route:
        prices = getattr(model, "prices", None)
        limits = Limits(
            requests_per_min=self.settings.requests_per_min.get(name),
            tokens_per_min=self.settings.tokens_per_min.get(name),
            retry=RetryPolicy(attempts=self.settings.attempts),
        )
        return Route.build(
            BorrowedModel(model),
            cache=self._cache,
            ttl_s=self.settings.cache_ttl_s,
            budget=self.budget,
            prices=prices if isinstance(prices, Prices) else None,
            limits=limits,
            batching=self.settings.batching,
            clock=self._clock,
        )


def _all(mode: Mode) -> dict[TaskName, Mode]:
    return dict.fromkeys(TASKS, mode)


def _open_cache(settings: PrimalGenesisSettings, clock: Clock) -> AiCache | None:
    if settings.cache == "off":
        return None
    memory = MemoryAiCache(clock=clock)
    if settings.cache == "memory":
        return memory
    if settings.cache == "disk":
        path = settings.cache_file.expanduser()
        return TieredAiCache(memory, DiskAiCache(path, max_bytes=settings.cache_max_bytes, clock=clock))
    password = _password(settings.redis_password_file)
    return TieredAiCache(memory, RedisAiCache(settings.redis_url, password=password))


def _password(path: Path | None) -> Secret | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            text = file.read(MAX_PASSWORD_FILE_BYTES).decode("utf-8").strip()
        return Secret(text, "the password of Redis")
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except ValueError:
        reason = "it holds no password"
    raise ConfigError(
        f"redis_password_file = {path} cannot be used: {reason}",
        hint="The file holds the password and nothing else.",
    )
