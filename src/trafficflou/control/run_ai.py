"""The AI model of a run, opened when it is first wanted and closed with the run, together with the log of its prompts.

A run of recorded traffic wants it only at its end, for the explanation, and then it is Athena as a rule: loading her takes some tenths of a
second, which need not stand between a command and its first visitor. A provider that is to be asked is opened at once, so that
what is wrong with it is told before anything begins.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from trafficflou.ai_models.athena.factory import AthenaSettings
from trafficflou.ai_models.prompt_log import OnPrompt, PromptLog
from trafficflou.ai_models.registry import FactoryRegistry
from trafficflou.ai_models.run_model import RunModel, open_run_model
from trafficflou.ai_models.settings import AiSettings
from trafficflou.config import RunConfig

__all__ = ["RunAi", "open_run_ai"]

_LOCAL: Final = "athena"
CLOSE_LIMIT_S: Final = 0.7
"""For all providers together: whoever hangs then is left behind, so that a run ends when it is over."""


class RunAi:
    """Whom a run may ask; `open_run_ai` makes one.

    Args:
        config: The run's settings.
        settings: The providers'.
        stack: Closes what is opened.
        on_prompt: Told of each prompt that leaves.

    Attributes:
        prompts: The log of what leaves for providers; holds it until a file is named.
    """

    def __init__(
        self, config: RunConfig, settings: AiSettings, stack: AsyncExitStack, on_prompt: OnPrompt | None
    ) -> None:
        self._config = config
        self._settings = settings
        self._stack = stack
        self._model: RunModel | None = None
        self.prompts = PromptLog(on_prompt=on_prompt, holds=True)
        stack.callback(self.prompts.close)

    @property
    def provider(self) -> str:
        """Who is wanted."""
        return self._config.ai or self._settings.provider

    @property
    def athena(self) -> AthenaSettings:
        """How Athena is set up, for those who have one of their own."""
        settings = self._settings.setups[_LOCAL].settings
        return settings if isinstance(settings, AthenaSettings) else AthenaSettings()

    @property
    def is_open(self) -> bool:
        """Whether somebody wanted the model before."""
        return self._model is not None

    async def model(self) -> RunModel:
        """Return the model; the first call blocks for a second at most, while libraries and embeddings are loaded.

        Raises:
            TrafficFlouError: As for `open_run_model`.
        """
        if self._model is None:
            config = self._config
            registry = FactoryRegistry(self._settings.setups, prompt_log=self.prompts)
            self._stack.push_async_callback(registry.aclose, CLOSE_LIMIT_S)
            model = open_run_model(
                registry,
                self.provider,
                record=config.record_ai,
                replay=config.replay_ai,
                max_usd=config.ai_max_usd,
                max_tokens=config.ai_max_tokens,
            )
            self._model = await self._stack.enter_async_context(model)
        return self._model


@asynccontextmanager
async def open_run_ai(
    config: RunConfig, settings: AiSettings, *, on_prompt: OnPrompt | None = None
) -> AsyncIterator[RunAi]:
    """Open what a run may ask, and close it.

    Args:
        config: The run's settings: who is wanted, cassettes, limits.
        settings: The providers' settings and keys.
        on_prompt: Told of each prompt that leaves; must not block.

    Raises:
        ConfigError: The provider that is wanted is not set up, or its settings are wrong.
        UsageError: A cassette cannot be used.
        StoreError: A cassette cannot be written.
    """
    async with AsyncExitStack() as stack:
        ai = RunAi(config, settings, stack, on_prompt)
        if ai.provider != _LOCAL or config.record_ai is not None or config.replay_ai is not None:
            await ai.model()
        yield ai
