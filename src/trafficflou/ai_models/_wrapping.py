"""What every layer around a model shares: where it has nothing of its own to say, the inner model speaks."""

from typing import Any

from trafficflou.ai_models.model import AiModel, Answer
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.resilience import TaskKeeper

__all__ = ["WrappingModel"]


class WrappingModel:
    """An `AiModel` around another; a layer overrides what it changes.

    Args:
        inner: The model inside.
        layer: Name of the layer, for the tasks that it starts.
    """

    def __init__(self, inner: AiModel, layer: str) -> None:
        self._inner = inner
        self._keeper = TaskKeeper(f"{layer}:{inner.provider}")

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return self._inner.provider

    @property
    def model(self) -> str:
        """The name of the provider's model."""
        return self._inner.model

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task, as the inner model does."""
        return await self._inner.answer(task, request, deadline_s=deadline_s)

    def statistics(self) -> dict[str, Any]:
        """Return the inner model's counters."""
        return self._inner.statistics()

    async def aclose(self) -> None:
        """End what this layer has under way, and close the inner model; idempotent."""
        try:
            await self._keeper.aclose()
        finally:
            await self._inner.aclose()
