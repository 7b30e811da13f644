"""Questions for the tests of the layers around AI models, and how they are expected to fail."""

from collections.abc import Awaitable

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
    fault: ProviderFault = ProviderFault.SERVER_ERROR, retry_after_s: float | None = None
) -> ProviderError:
    """Return a provider's failure for a script."""
    return ProviderError("failed as scripted", fault=fault, retry_after_s=retry_after_s)
