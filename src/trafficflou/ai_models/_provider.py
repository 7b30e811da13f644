"""What all providers on the network share: settings, one try and one repair within the deadline, keys, prices, counters.

Nothing here imports a vendor's library: the wire (`_wire`) does, and is itself imported when a model is first asked for.
"""

import asyncio
import time
from abc import abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final, Protocol, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from trafficflou.ai_models.factory import AiModelFactory, FactoryContext
from trafficflou.ai_models.model import Answer, Usage
from trafficflou.ai_models.prompt_log import PromptLog
from trafficflou.ai_models.prompts import InvalidAnswerError, Prompt, render
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.core import ConfigError, ProviderError, ProviderFault
from trafficflou.core.secret import Secret

__all__ = [
    "KeySource",
    "Prices",
    "ProviderFactory",
    "ProviderModel",
    "ProviderSettings",
    "Reply",
    "Wire",
    "WireSpec",
    "checked_base_url",
]

_MOST_KEYS_TRIED: Final = 8
_KEY_FAULTS: Final = frozenset({ProviderFault.WRONG_KEY, ProviderFault.NO_QUOTA, ProviderFault.RATE_LIMITED})
_MOST_TOKENS: Final = 10_000_000
"""A server that claims more in its usage is not believed."""
_CHARS_PER_TOKEN: Final = 4
"""For servers that do not say; the rule of thumb of OpenAI's tokenizer documentation for English."""


class KeySource(Protocol):
    """Where a provider gets its keys; `security.key_ring.KeyRing` is one."""

    def __len__(self) -> int: ...

    def current(self) -> Secret:
        """Return the key to use now; raises `ProviderError` where there is none."""
        ...

    def report(
        self, fault: ProviderFault, retry_after_s: float | None = None, *, key: Secret | None = None
    ) -> None:
        """Say what became of a call that used a key."""
        ...


def checked_base_url(text: str) -> str:
    """Return the address of an API without its last slash.

    Raises:
        ValueError: It is no `http` or `https` address of a server, or it carries a user, a query or a fragment.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it must be an address such as https://host/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("it must have no user, password, query or fragment")
    _ = parts.port  # raises ValueError where it is no number of a port
    return text.strip().rstrip("/")


BaseUrl = Annotated[str, Field(max_length=500), AfterValidator(checked_base_url)]
ModelName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Usd = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]


class ProviderSettings(BaseModel):
    """The settings that all providers on the network have; keys are no part of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: ModelName = Field(description="Name of the provider's model.")
    base_url: BaseUrl = Field(description="Address of the API.")
    input_usd_per_million: Usd | None = Field(
        default=None, description="Price of a million tokens sent; by the price list where not set."
    )
    output_usd_per_million: Usd | None = Field(
        default=None, description="Price of a million tokens received; by the price list where not set."
    )
    connect_timeout_s: Annotated[float, Field(gt=0, le=60)] = Field(
        default=5.0, description="Longest time for a connection to be made."
    )
    silence_timeout_s: Annotated[float, Field(gt=0, le=600)] = Field(
        default=60.0, description="Longest silence of the server; the deadline of each task holds besides."
    )
    max_connections: Annotated[int, Field(ge=1, le=256)] = Field(
        default=8, description="Connections to the provider at once; further questions wait."
    )
    max_answer_bytes: Annotated[int, Field(ge=10_000, le=50_000_000)] = Field(
        default=2_000_000, description="Longest answer of the server."
    )
    proxy: BaseUrl | None = Field(
        default=None, description="Address of an HTTP proxy; variables such as HTTPS_PROXY do not count."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What a million tokens cost, US dollars."""

    input_usd_per_million: float
    output_usd_per_million: float

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        """Return the price of one answer."""
        return (input_tokens * self.input_usd_per_million + output_tokens * self.output_usd_per_million) / 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back from one call.

    Attributes:
        content: Arguments of the function call, or the text where there was none.
        input_tokens: As the server says; 0 where it does not.
        output_tokens: The same.
        was_cut: The limit of the answer was reached.
        was_refused: The provider declined to answer.
    """

    content: str
    input_tokens: int = 0
    output_tokens: int = 0
    was_cut: bool = False
    was_refused: bool = False

    @property
    def outcome(self) -> str:
        """How the call ended, for the log of prompts."""
        return "refused" if self.was_refused else "cut" if self.was_cut else "answered"


class Wire(Protocol):
    """Speaks to a server, one call at a time for each question; keeps one pool of connections."""

    async def ask(self, prompt: Prompt[Any, Any], user: str, key: Secret | None) -> Reply:
        """Send a prompt with this user text; raises `ProviderError` and nothing else."""
        ...

    async def aclose(self) -> None:
        """Close all connections; idempotent."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WireSpec:
    """What a wire needs to know.

    Attributes:
        provider: Our name of the provider.
        settings: Its settings.
        prompt_log: Told of each prompt that is sent.
    """

    provider: str
    settings: ProviderSettings
    prompt_log: PromptLog = field(default_factory=PromptLog)


class ProviderModel:
    """An `AiModel` on the network.

    One answer is one call, and one more where the first answer does not fit the schema. A call that failed because of its key is made
    again with the next key of the ring. Nothing else is tried again here: retries, breakers and budgets stand around this class and see
    every failure.

    Args:
        provider: Its name in the registry.
        model: The name of the provider's model.
        wire: Speaks to the server.
        keys: Its keys; `None` where it needs none.
        prices: What tokens cost; `None` where nobody knows, then the cost is counted as 0.
    """

    def __init__(
        self,
        provider: str,
        model: str,
        wire: Wire,
        *,
        keys: KeySource | None = None,
        prices: Prices | None = None,
    ) -> None:
        self._provider = provider
        self._model = model
        self._wire = wire
        self._keys = keys
        self.prices = prices
        self._counts: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._cost_usd = 0.0
        self._is_closed = False

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return self._provider

    @property
    def model(self) -> str:
        """The name of the provider's model."""
        return self._model

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task; see `AiModel`.

        Raises:
            ProviderError: No valid answer within the deadline; the kind of fault says why.
        """
        limit_s = task.deadline_s if deadline_s is None else deadline_s
        started_at = time.perf_counter()
        try:
            # Read timeouts never fire while a server sends a byte a second; this always does.
            async with asyncio.timeout(limit_s):
                value, usage = await self._converse(render(task, request))
        except TimeoutError as error:
            raise self._count_failure(
                ProviderError(
                    f"{self._provider} gave no answer within {limit_s:g} s", fault=ProviderFault.TIMEOUT
                )
            ) from error
        except ProviderError as error:
            self._count_failure(error)
            raise
        self._counts["answers"] += 1
        return Answer(
            value=value,
            provider=self._provider,
            model=self._model,
            usage=usage,
            latency_s=time.perf_counter() - started_at,
        )

    def statistics(self) -> dict[str, Any]:
        """Return counters: calls, answers, failures by fault, repairs, changes of the key, tokens and cost of all calls."""
        names = ("calls", "answers", "failures", "repairs", "key_changes", "input_tokens", "output_tokens")
        return {
            **{name: self._counts[name] for name in names},
            "cost_usd": round(self._cost_usd, 6),
            "price_is_known": self.prices is not None,
            "by_fault": dict(sorted(self._faults.items())),
        }

    async def aclose(self) -> None:
        """Close the connections; idempotent."""
        self._is_closed = True
        await self._wire.aclose()

    async def _converse(self, prompt: Prompt[RequestT, ResultT]) -> tuple[ResultT, Usage]:
        reply = await self._call(prompt, prompt.user)
        usage = self._usage(prompt, reply)
        try:
            return self._read(prompt, reply), usage
        except InvalidAnswerError as error:
            self._counts["repairs"] += 1
            problem = error
        reply = await self._call(prompt, prompt.repair(problem))
        usage += self._usage(prompt, reply)
        try:
            return self._read(prompt, reply), usage
        except InvalidAnswerError as error:
            raise ProviderError(
                f"{self._provider} answered {prompt.name} twice in a way that does not fit: {error}",
                fault=ProviderFault.BAD_ANSWER,
            ) from error

    def _read(self, prompt: Prompt[RequestT, ResultT], reply: Reply) -> ResultT:
        if reply.was_refused:
            raise ProviderError(
                f"{self._provider} declined to answer {prompt.name}", fault=ProviderFault.BAD_ANSWER
            )
        try:
            return prompt.read(reply.content)
        except InvalidAnswerError as error:
            if not reply.was_cut:
                raise
            # Asking the same again would reach the same limit.
            raise ProviderError(
                f"{self._provider} reached the limit of {prompt.task.max_output_tokens} tokens in its answer to {prompt.name}",
                fault=ProviderFault.BAD_ANSWER,
            ) from error

    async def _call(self, prompt: Prompt[Any, Any], user: str) -> Reply:
        """Call once, and again with the next key where the key was what failed."""
        if self._is_closed:
            raise ProviderError(f"{self._provider} is closed", fault=ProviderFault.UNAVAILABLE)
        tries = min(max(1, len(self._keys or ())), _MOST_KEYS_TRIED)
        key = self._key()
        while True:
            tries -= 1
            self._counts["calls"] += 1
            try:
                return await self._wire.ask(prompt, user, key)
            except ProviderError as error:
                next_key = self._next_key(error, key)
                if next_key is None or tries == 0:
                    raise
                self._counts["key_changes"] += 1
                key = next_key

    def _key(self) -> Secret | None:
        return None if self._keys is None else self._keys.current()

    def _next_key(self, error: ProviderError, used: Secret | None) -> Secret | None:
        if self._keys is None or used is None or error.fault not in _KEY_FAULTS:
            return None
        self._keys.report(error.fault, error.retry_after_s, key=used)
        try:
            found = self._keys.current()
        except ProviderError:
            return None  # no other: what the provider said tells more than that
        return None if found == used else found

    def _usage(self, prompt: Prompt[Any, Any], reply: Reply) -> Usage:
        sent = reply.input_tokens or (len(prompt.system) + len(prompt.user)) // _CHARS_PER_TOKEN
        received = reply.output_tokens or len(reply.content) // _CHARS_PER_TOKEN
        sent, received = (min(max(0, tokens), _MOST_TOKENS) for tokens in (sent, received))
        cost_usd = 0.0 if self.prices is None else self.prices.cost_usd(sent, received)
        self._counts["input_tokens"] += sent
        self._counts["output_tokens"] += received
        self._cost_usd += cost_usd
        return Usage(input_tokens=sent, output_tokens=received, cost_usd=cost_usd)

    def _count_failure(self, error: ProviderError) -> ProviderError:
        self._counts["failures"] += 1
        self._faults[error.fault.value] += 1
        return error


class ProviderFactory(AiModelFactory):
    """Base of the factories of providers on the network; a subclass says how its wire is made.

    Args:
        settings: The settings.
        keys: Where keys come from; `None` for none.
        prompt_log: Told of each prompt that is sent.
    """

    extra: ClassVar[str] = "ai"
    takes_keys: ClassVar[bool] = True
    needs_key: ClassVar[bool] = True
    settings_type: ClassVar[type[BaseModel]] = ProviderSettings

    def __init__(
        self,
        settings: ProviderSettings,
        keys: KeySource | None = None,
        *,
        prompt_log: PromptLog | None = None,
    ) -> None:
        self.settings = settings
        self._keys = keys
        self._prompt_log = prompt_log or PromptLog()
        self._made: ProviderModel | None = None
        self._is_closed = False

    @classmethod
    def create(cls, settings: BaseModel, context: FactoryContext) -> Self:
        """Make the factory with the context's keys and log of prompts."""
        if not isinstance(settings, ProviderSettings):
            raise TypeError(f"{cls.name} takes {cls.settings_type.__name__}, not {type(settings).__name__}")
        return cls(settings, context.keys, prompt_log=context.prompt_log)

    def model(self) -> ProviderModel:
        """Return the one model; the first call imports the vendor's library, which takes about a second.

        Raises:
            ConfigError: The library is not installed.
            RuntimeError: The factory is closed.
        """
        if self._is_closed:
            raise RuntimeError(f"the factory of {self.name} is closed")
        if self._made is None:
            self._made = self._make()
        return self._made

    async def aclose(self) -> None:
        """Close the pooled HTTP client; idempotent."""
        self._is_closed = True
        if self._made is not None:
            await self._made.aclose()

    @abstractmethod
    def _make_wire(self, spec: WireSpec) -> tuple[Wire, Prices | None]:
        """Import the vendor's library, and make the wire and the prices of its list."""

    def _make(self) -> ProviderModel:
        try:
            spec = WireSpec(provider=self.name, settings=self.settings, prompt_log=self._prompt_log)
            wire, listed = self._make_wire(spec)
        except ModuleNotFoundError as error:
            library = (error.name or "a library").partition(".")[0]
            raise ConfigError(
                f"{self.name} needs the library {library}, which is not installed",
                hint=f"pip install 'trafficflou[{self.extra}]'",
            ) from error
        keys: KeySource | None = self._keys
        if self.needs_key:
            keys = _NoKeys(self.name) if keys is None else keys
        elif keys is not None and len(keys) == 0:
            keys = None
        return ProviderModel(
            self.name, self.settings.model, wire, keys=keys, prices=_prices(self.settings, listed)
        )


class _NoKeys:
    """The keys of a provider that needs one and was given none."""

    def __init__(self, provider: str) -> None:
        self._provider = provider

    def __len__(self) -> int:
        return 0

    def current(self) -> Secret:
        raise ProviderError(f"{self._provider} has no key", fault=ProviderFault.NO_KEY)

    def report(
        self, fault: ProviderFault, retry_after_s: float | None = None, *, key: Secret | None = None
    ) -> None:
        """Do nothing: no key was used."""


def _prices(settings: ProviderSettings, listed: Prices | None) -> Prices | None:
    """Return the prices of the settings over those of the list; `None` where neither knows both."""
    sent, received = settings.input_usd_per_million, settings.output_usd_per_million
    if listed is not None:
        sent = listed.input_usd_per_million if sent is None else sent
        received = listed.output_usd_per_million if received is None else received
    if sent is None or received is None:
        return None
    return Prices(input_usd_per_million=sent, output_usd_per_million=received)
