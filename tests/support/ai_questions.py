"""Questions for the tests of the layers around AI models, and how they are expected to fail."""

from collections.abc import Awaitable
from typing import Any

import pytest

from trafficflou.ai_models.tasks import Offer, PreferRequest
from trafficflou.core import ProviderError, ProviderFault
from trafficflou.testing.ai_model import sample_persona


def ask_about(title: str = "page", *, offers: int = 3) -> PreferRequest:
    """Return a question about a page with a title."""
    return PreferRequest(
        persona=sample_persona(),
        page_title=title,
        offers=tuple(Offer(text=f"Link {number}") for number in range(offers)),
    )


async def fault_of(asking: Awaitable[object]) -> ProviderFault:
    """Return the fault with which a question fails."""
    with pytest.raises(ProviderError) as caught:
        await asking
    return caught.value.fault


def failure(
    fault: ProviderFault = ProviderFault.SERVER_ERROR, retry_after_s: float | None = None, **known: Any
) -> ProviderError:
    """Return a provider's failure for a script, with what is known of its cost."""
    return ProviderError("failed as scripted", fault=fault, retry_after_s=retry_after_s, **known)


def paid(fault: ProviderFault = ProviderFault.BAD_ANSWER) -> ProviderError:
    """Return the failure of a call that the provider was paid for: 70 tokens, 0.02 USD."""
    return failure(fault, input_tokens=60, output_tokens=10, cost_usd=0.02, untold_calls=0)


async def failing(asking: Awaitable[object]) -> ProviderError:
    """Return the error with which a question fails."""
    with pytest.raises(ProviderError) as caught:
        await asking
    return caught.value
