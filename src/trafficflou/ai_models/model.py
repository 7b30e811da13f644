"""The contract of everything that answers tasks: a provider, Athena, and the layers around them (cache, budget, gateway)."""

from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from trafficflou.ai_models.tasks import RequestT, ResultT, Task

__all__ = ["AiModel", "Answer", "Usage"]

ResultT_co = TypeVar("ResultT_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What answers took.

    Attributes:
        input_tokens: Tokens sent.
        output_tokens: Tokens received.
        cost_usd: By the prices in the factory's settings; 0 for local models.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cost_usd=self.cost_usd + other.cost_usd,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[ResultT_co]):
    """A validated result, and where it came from.

    Attributes:
        value: The result.
        provider: Who gave it: `athena`, `openai`, ...
        model: The provider's model.
        source: `live`, from the `cache`, or from a `cassette`.
        is_degraded: Another provider than the one that was wanted gave it.
        usage: What it took now; nothing where it came from the cache or a cassette.
        latency_s: From the question to the answer, retries included.
    """

    value: ResultT_co
    provider: str
    model: str
    source: Literal["live", "cache", "cassette"] = "live"
    is_degraded: bool = False
    usage: Usage = Usage()
    latency_s: float = 0.0


class AiModel(Protocol):
    """Answers tasks. Safe to use from many coroutines of one event loop."""

    @property
    def provider(self) -> str:
        """The name of the provider."""
        ...

    @property
    def model(self) -> str:
        """The name of the provider's model."""
        ...

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task.

        Args:
            task: The kind of question.
            request: The question.
            deadline_s: Longest time; the task's own if `None`.

        Raises:
            ProviderError: No valid answer within the deadline; the kind of fault says why.
        """
        ...

    def statistics(self) -> dict[str, Any]:
        """Return counters for the report; names and numbers only."""
        ...

    async def aclose(self) -> None:
        """Close everything; idempotent."""
        ...
