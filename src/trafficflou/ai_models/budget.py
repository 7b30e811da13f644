"""What a run may cost: a forecast before, the count during, a hard stop.

Theory of operation: before a call the most that it can cost is set aside; afterwards the reservation is replaced by what it did cost. Spent
and set aside together never exceed the limit, so no number of calls at once can overshoot it; a run stops a little before its
limit, never after. The most that a call can cost is known because its output is limited (`max_output_tokens`) and its input is at
hand: text is counted with two bytes a token (tokenizers of today need three to five for prose and JSON), and what prompts and schemas add
comes on top. A provider may repair one bad answer, so two calls are set aside. A failure says what its calls took as far as the
provider told (a refused, cut or unfitting answer is paid for), and of how many calls nobody knows (a timeout, a torn connection):
each of those is charged with its half of the reservation. Where nobody counted, as for a cancelled question, all of it is charged.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from trafficflou.ai_models._asking import FREE_FAULTS, usage_of
from trafficflou.ai_models._provider import Prices
from trafficflou.ai_models._wrapping import WrappingModel
from trafficflou.ai_models.model import AiModel, Answer, Usage
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.core import ConfigError, ProviderError, ProviderFault

__all__ = ["Budget", "BudgetedModel", "Forecast", "Prices", "Reservation", "most_of", "usual_of"]

PROMPT_TOKENS: Final = 2500
"""The most that our prompts and the schema of an answer take beside the question; a test of the prompts holds them to it."""

USUAL_PROMPT_TOKENS: Final = 600
CALLS_PER_ANSWER: Final = 2
_LEAST_BYTES_PER_TOKEN: Final = 2
_USUAL_BYTES_PER_TOKEN: Final = 4
_USUAL_OUTPUT_SHARE: Final = 4


def most_of(task: Task[Any, Any], request: BaseModel, prices: Prices | None = None) -> Usage:
    """Return the most that an answer can take, one repair included."""
    input_tokens = PROMPT_TOKENS + _size_bytes(request) // _LEAST_BYTES_PER_TOKEN
    return _usage(prices, CALLS_PER_ANSWER * input_tokens, CALLS_PER_ANSWER * task.max_output_tokens)


def usual_of(task: Task[Any, Any], request: BaseModel, prices: Prices | None = None) -> Usage:
    """Return what an answer usually takes: a guess for forecasts, limits and routing."""
    input_tokens = USUAL_PROMPT_TOKENS + _size_bytes(request) // _USUAL_BYTES_PER_TOKEN
    return _usage(prices, input_tokens, task.max_output_tokens // _USUAL_OUTPUT_SHARE)


def _usage(prices: Prices | None, input_tokens: int, output_tokens: int) -> Usage:
    cost_usd = 0.0 if prices is None else prices.cost_usd(input_tokens, output_tokens)
    return Usage(input_tokens=input_tokens, output_tokens=output_tokens, cost_usd=cost_usd)


def _size_bytes(request: BaseModel) -> int:
    return len(request.model_dump_json().encode("utf-8", errors="surrogatepass"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a number of questions will take, nothing of it from the cache.

    Attributes:
        usual: As such questions usually do.
        most: In the worst case, each answer repaired once.
        fits_usual: The usual is within what is left.
        fits_most: The worst case is.
        price_is_known: Where it is not, the costs are counted as 0.
    """

    usual: Usage
    most: Usage
    fits_usual: bool
    fits_most: bool
    price_is_known: bool = True


class Budget:
    """The money and tokens of one run. For one event loop.

    Args:
        max_usd: Limit in USD; `None` for none.
        max_tokens: Limit in tokens, sent and received together; `None` for none.

    Raises:
        ValueError: A limit is negative.
    """

    def __init__(self, *, max_usd: float | None = None, max_tokens: int | None = None) -> None:
        if (max_usd is not None and not max_usd >= 0) or (max_tokens is not None and max_tokens < 0):
            raise ValueError("limits of a budget are not negative")
        self.max_usd = max_usd
        self.max_tokens = max_tokens
        self.spent = Usage()
        self._held = Usage()
        self.refused = 0
        self.unconfirmed_usd = 0.0

    def forecast(
        self, questions: Iterable[tuple[Task[Any, Any], BaseModel]], prices: Prices | None = None
    ) -> Forecast:
        """Say what questions would take now."""
        usual = most = Usage()
        for task, request in questions:
            usual += usual_of(task, request, prices)
            most += most_of(task, request, prices)
        return Forecast(
            usual=usual,
            most=most,
            fits_usual=self._fits(usual),
            fits_most=self._fits(most),
            price_is_known=prices is not None,
        )

    def reserve(self, most: Usage) -> "Reservation":
        """Set aside what a call can cost at most.

        Raises:
            ProviderError: It does not fit any more (`OVER_BUDGET`).
        """
        if not self._fits(most):
            self.refused += 1
            raise ProviderError(
                f"the budget of the run has no room for another answer: {self._told(most)}",
                fault=ProviderFault.OVER_BUDGET,
                hint="The run goes on with Athena. Raise the limit to let more be asked.",
            )
        self._held += most
        return Reservation(self, most)

    def statistics(self) -> dict[str, Any]:
        """Return limits and counts."""
        return {
            "max_usd": self.max_usd,
            "max_tokens": self.max_tokens,
            "spent_usd": self.spent.cost_usd,
            "spent_tokens": _tokens(self.spent),
            "held_usd": max(0.0, self._held.cost_usd),
            "refused": self.refused,
            "unconfirmed_usd": self.unconfirmed_usd,
        }

    def _fits(self, more: Usage) -> bool:
        total = self.spent + self._held + more
        # A sum of many floats is off by some 1e-16 of itself; nobody is charged a billionth of a dollar.
        fits_usd = self.max_usd is None or total.cost_usd <= self.max_usd + 1e-9
        return fits_usd and (self.max_tokens is None or _tokens(total) <= self.max_tokens)

    def _told(self, most: Usage) -> str:
        told = []
        if self.max_usd is not None:
            told.append(
                f"{self.spent.cost_usd:.4f} of {self.max_usd:g} USD are spent, it may cost {most.cost_usd:.4f}"
            )
        if self.max_tokens is not None:
            told.append(
                f"{_tokens(self.spent)} of {self.max_tokens} tokens are spent, it may take {_tokens(most)}"
            )
        return "; ".join(told)

    def _settle(self, held: Usage, taken: Usage) -> None:
        self._held += Usage(
            input_tokens=-held.input_tokens, output_tokens=-held.output_tokens, cost_usd=-held.cost_usd
        )
        self.spent += taken


class Reservation:
    """What is set aside for one call. Only the first call of one of its methods counts.

    Args:
        budget: Where from.
        held: How much.
    """

    __slots__ = ("_budget", "_is_open", "held")

    def __init__(self, budget: Budget, held: Usage) -> None:
        self._budget = budget
        self.held = held
        self._is_open = True

    def settle(self, taken: Usage, *, untold_share: float = 0.0) -> None:
        """Replace it by what the call took.

        Args:
            taken: As the provider told.
            untold_share: For which share of what is set aside nobody tells, 0..1: it is taken in full.
        """
        if self._is_open:
            self._is_open = False
            untold = _share_of(self.held, untold_share)
            self._budget.unconfirmed_usd += untold.cost_usd
            self._budget._settle(self.held, taken + untold)  # noqa: SLF001 - the other half of the same thing

    def charge(self) -> None:
        """Take all of it: the call may have cost that, and nobody will tell."""
        self.settle(Usage(), untold_share=1.0)


def _share_of(usage: Usage, share: float) -> Usage:
    return Usage(
        input_tokens=math.ceil(usage.input_tokens * share),
        output_tokens=math.ceil(usage.output_tokens * share),
        cost_usd=usage.cost_usd * share,
    )


class BudgetedModel(WrappingModel):
    """Asks only where the budget allows.

    Args:
        inner: Who is asked.
        budget: Shared by all models of a run.
        prices: The model's; `None` where nobody knows them.

    Raises:
        ConfigError: The budget is in USD, and the prices are not known.
    """

    def __init__(self, inner: AiModel, budget: Budget, prices: Prices | None) -> None:
        if prices is None and budget.max_usd is not None:
            raise ConfigError(
                f"there is a limit in USD, but the prices of {inner.provider}'s model {inner.model} are not known",
                hint="Set its prices, or limit the tokens instead.",
            )
        super().__init__(inner, "ai-budget")
        self._budget = budget
        self._prices = prices

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task, within the budget.

        Raises:
            ProviderError: The budget is used up (`OVER_BUDGET`), or the provider's own.
        """
        reservation = self._budget.reserve(most_of(task, request, self._prices))
        try:
            answer = await self._inner.answer(task, request, deadline_s=deadline_s)
            reservation.settle(self._priced(answer.usage))
        except ProviderError as error:
            reservation.settle(self._priced(usage_of(error)), untold_share=_untold_share(error))
            raise
        finally:
            reservation.charge()  # counts only where neither of the above did
        return answer

    def _priced(self, usage: Usage) -> Usage:
        """Take the provider's own cost, or ours where it says nothing."""
        if usage.cost_usd:
            return usage
        return _usage(self._prices, usage.input_tokens, usage.output_tokens)


def _untold_share(error: ProviderError) -> float:
    """Return for which share of a reservation nobody tells what it took."""
    if error.untold_calls is None:
        return 0.0 if error.fault in FREE_FAULTS else 1.0
    return min(1.0, error.untold_calls / CALLS_PER_ANSWER)


def _tokens(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens
