"""A model on the network: one try and one repair within the deadline, keys, prices, counters."""

import asyncio
import time
from collections import Counter
from typing import Any, Final

from trafficflou.ai_models._asking import is_free
from trafficflou.ai_models._provider import KeySource, Prices, Reply, Wire
from trafficflou.ai_models.model import Answer, Usage
from trafficflou.ai_models.prompts import InvalidAnswerError, Prompt, render
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.core.secret import Secret

__all__ = ["ProviderModel"]

_MOST_KEYS_TRIED: Final = 8
_KEY_FAULTS: Final = frozenset({ProviderFault.WRONG_KEY, ProviderFault.NO_QUOTA, ProviderFault.RATE_LIMITED})
_MOST_TOKENS: Final = 10_000_000
"""A server that claims more in its usage is not believed."""
_CHARS_PER_TOKEN: Final = 4
"""For servers that do not say; the rule of thumb of OpenAI's tokenizer documentation for English."""


class _Bill:
    """What the calls of one question took so far."""

    def __init__(self) -> None:
        self.usage = Usage()
        self.untold_calls = 0

    def put_on(self, error: ProviderError) -> None:
        """Say on the failure of the question what it took all the same."""
        error.input_tokens = self.usage.input_tokens
        error.output_tokens = self.usage.output_tokens
        error.cost_usd = self.usage.cost_usd
        error.untold_calls = self.untold_calls


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
        bill = _Bill()
        try:
            # Read timeouts never fire while a server sends a byte a second; this always does.
            async with asyncio.timeout(limit_s):
                value = await self._converse(render(task, request), bill)
        except TimeoutError as error:
            late = ProviderError(
                f"{self._provider} gave no answer within {limit_s:g} s", fault=ProviderFault.TIMEOUT
            )
            raise self._failed(late, bill) from error
        except ProviderError as error:
            self._failed(error, bill)
            raise
        self._counts["answers"] += 1
        return Answer(
            value=value,
            provider=self._provider,
            model=self._model,
            usage=bill.usage,
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

    async def _converse(self, prompt: Prompt[RequestT, ResultT], bill: _Bill) -> ResultT:
        reply = await self._call(prompt, prompt.user, bill)
        try:
            return self._read(prompt, reply)
        except InvalidAnswerError as error:
            self._counts["repairs"] += 1
            problem = error
        reply = await self._call(prompt, prompt.repair(problem), bill)
        try:
            return self._read(prompt, reply)
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

    async def _call(self, prompt: Prompt[Any, Any], user: str, bill: _Bill) -> Reply:
        """Call once, and again with the next key where the key was what failed."""
        if self._is_closed:
            raise ProviderError(f"{self._provider} is closed", fault=ProviderFault.UNAVAILABLE)
        tries = min(max(1, len(self._keys or ())), _MOST_KEYS_TRIED)
        key = self._key()
        while True:
            tries -= 1
            self._counts["calls"] += 1
            bill.untold_calls += 1
            try:
                reply = await self._wire.ask(prompt, user, key)
            except ProviderError as error:
                bill.untold_calls -= is_free(error)
                next_key = self._next_key(error, key)
                if next_key is None or tries == 0:
                    raise
                self._counts["key_changes"] += 1
                key = next_key
            else:
                bill.untold_calls -= 1
                bill.usage += self._usage(prompt, reply)
                return reply

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

    def _failed(self, error: ProviderError, bill: _Bill) -> ProviderError:
        bill.put_on(error)
        self._counts["failures"] += 1
        self._faults[error.fault.value] += 1
        return error
