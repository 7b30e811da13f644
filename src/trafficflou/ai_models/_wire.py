"""The wire: pydantic-ai's models on the vendors' official SDKs, over a client of ours.

Imported when a provider's model is first asked for, because this takes most of a second and needs the extra `ai`. Each vendor's SDK is
imported by its own module (`_wire_openai`, `_wire_anthropic`), so that nobody waits for the other's.
`docs/adr/0003-ai-client-library.md` says why it is this library.
"""

import re
from decimal import Decimal
from typing import Any, Final, Literal

import genai_prices
import httpx2
from pydantic_ai import ModelMessage, ModelRequest, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.direct import model_request
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from trafficflou.ai_models._provider import Prices, Reply, WireSpec
from trafficflou.ai_models._wire_errors import provider_error
from trafficflou.ai_models._wire_http import KEY
from trafficflou.ai_models.prompt_log import SentPrompt
from trafficflou.ai_models.prompts import Prompt
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.core.secret import Secret, redact

__all__ = ["IN_PLACE_OF_A_KEY", "AnswerBy", "PydanticAiWire", "listed_prices"]

IN_PLACE_OF_A_KEY: Final = "put-in-by-the-transport"
"""What the SDKs are given; the transport knows the key."""
_NO_FUNCTIONS: Final = re.compile(r"\btool|\bfunction|jinja", re.IGNORECASE)
"""How servers say that a model has no function calls: Ollama `does not support tools`, vLLM `"auto" tool choice requires ...`,
llama.cpp `tools param requires --jinja flag`."""

AnswerBy = Literal["auto", "function", "text"]


class PydanticAiWire:
    """Asks through a model of pydantic-ai.

    Args:
        spec: The provider.
        model: Speaks the provider's format.
        client: The pooled client below it, which this closes.
        extra_settings: Settings of every call.
        answer_by: By a function call, as JSON in the text, or the first until the server says that it cannot.
    """

    def __init__(
        self,
        spec: WireSpec,
        model: Model[Any],
        client: httpx2.AsyncClient,
        *,
        extra_settings: ModelSettings | None = None,
        answer_by: AnswerBy = "function",
    ) -> None:
        self._provider = spec.provider
        self._model_name = spec.settings.model
        self._prompt_log = spec.prompt_log
        self._model = model
        self._client = client
        self._extra_settings = extra_settings or ModelSettings()
        self._answer_by = answer_by

    async def ask(self, prompt: Prompt[Any, Any], user: str, key: Secret | None) -> Reply:
        """Send a prompt; see `Wire`."""
        token = KEY.set(key)
        try:
            if self._answer_by == "text":
                return await self._ask_in_text(prompt, user)
            try:
                return await self._ask_by_function(prompt, user)
            except ProviderError as error:
                if not self._has_no_functions(error):
                    raise
            self._answer_by = "text"
            return await self._ask_in_text(prompt, user)
        finally:
            KEY.reset(token)

    async def aclose(self) -> None:
        """Close the connections; idempotent."""
        await self._client.aclose()

    def _has_no_functions(self, error: ProviderError) -> bool:
        is_complaint = error.fault in {ProviderFault.BAD_REQUEST, ProviderFault.SERVER_ERROR}
        return self._answer_by == "auto" and is_complaint and _NO_FUNCTIONS.search(error.message) is not None

    async def _ask_by_function(self, prompt: Prompt[Any, Any], user: str) -> Reply:
        function = ToolDefinition(
            name=prompt.name,
            description="Takes the answer.",
            parameters_json_schema=prompt.schema,
            # Strict mode drops the limits of numbers and lengths from the schema; we check all of it anyway.
            strict=False,
            kind="output",
        )
        parameters = ModelRequestParameters(
            output_mode="tool", output_tools=[function], allow_text_output=False
        )
        return await self._send(prompt, prompt.system, user, parameters)

    async def _ask_in_text(self, prompt: Prompt[Any, Any], user: str) -> Reply:
        return await self._send(prompt, prompt.system_with_schema(), user, ModelRequestParameters())

    async def _send(
        self, prompt: Prompt[Any, Any], system: str, user: str, parameters: ModelRequestParameters
    ) -> Reply:
        # No page and no brief should hold a key; where one does, it stays here.
        sent = SentPrompt(
            at="",
            task=prompt.name,
            prompt_version=prompt.task.prompt_version,
            provider=self._provider,
            model=self._model_name,
            system=redact(system),
            user=redact(user),
            function=prompt.name if parameters.output_tools else "",
            is_repair=user != prompt.user,
        )
        with self._prompt_log.call(sent) as call:
            reply = await self._exchange(prompt, sent, parameters)
            call.ended(reply.outcome, reply.input_tokens, reply.output_tokens)
        return reply

    async def _exchange(
        self, prompt: Prompt[Any, Any], sent: SentPrompt, parameters: ModelRequestParameters
    ) -> Reply:
        messages: list[ModelMessage] = [ModelRequest.user_text_prompt(sent.user, instructions=sent.system)]
        settings = ModelSettings(max_tokens=prompt.task.max_output_tokens, **self._extra_settings)
        try:
            response = await model_request(
                self._model,
                messages,
                model_settings=settings,
                model_request_parameters=parameters,
                instrument=False,
            )
            return _reply(response, prompt.name)
        except Exception as error:
            raise provider_error(error, self._provider) from error


def _reply(response: ModelResponse, function: str) -> Reply:
    calls = [part for part in response.parts if isinstance(part, ToolCallPart) and part.tool_name == function]
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    return Reply(
        # A server may write back the key that it was sent; answers go into caches, cassettes and reports.
        content=redact(calls[0].args_as_json_str() if calls else text),
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        was_cut=response.finish_reason == "length",
        was_refused=response.finish_reason == "content_filter",
    )


def listed_prices(provider: str, model: str) -> Prices | None:
    """Return prices by the list of `genai-prices` (data in its wheel, nothing is fetched); `None` for a model that it lacks."""
    tokens = 1000  # few enough to be in the first tier where prices rise with the length of a prompt
    try:
        found = genai_prices.calc_price(
            genai_prices.Usage(input_tokens=tokens, output_tokens=tokens), model, provider_id=provider
        )
    except (LookupError, ValueError):
        return None
    return Prices(
        input_usd_per_million=_per_million(found.input_price, tokens),
        output_usd_per_million=_per_million(found.output_price, tokens),
    )


def _per_million(price: Decimal, tokens: int) -> float:
    return float(price) * 1e6 / tokens
