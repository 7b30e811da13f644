"""What a provider on the network is made of: settings, prices, keys, and the wire over which it is asked.

`_provider_model` puts them together to a model, `_provider_factory` makes that. Nothing here imports a vendor's library: the wire (`_wire`)
does, and is itself imported when a model is first asked for.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from trafficflou.ai_models.prompt_log import PromptLog
from trafficflou.ai_models.prompts import Prompt
from trafficflou.core import ProviderFault
from trafficflou.core.secret import Secret

__all__ = [
    "BaseUrl",
    "KeySource",
    "ModelName",
    "Prices",
    "ProviderSettings",
    "Reply",
    "Wire",
    "WireSpec",
    "checked_base_url",
]


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
ModelName = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$", description="Name of the model.")
]
Usd = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]


class ProviderSettings(BaseModel):
    """The settings that all providers on the network have; keys are no part of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: ModelName
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
