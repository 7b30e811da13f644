"""What left for AI providers: every prompt of a run as it was sent, to be shown and to be kept.

Theory of operation: the wire is the only way out, so it reports here, and with the very texts that it hands to the vendor's library: keys are
taken out of them before they leave, not only before they are written. One entry is one call: a repair, and a call with another key, are
entries of their own. An entry is written when its call has ended, however it ended, because only then is its outcome known. Athena
sends nothing, so nothing of hers is here.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from trafficflou.ai_models._json_lines import JsonLines
from trafficflou.core import Clock, ProviderError, StoreError, SystemClock, UsageError
from trafficflou.logs import get_logger

__all__ = ["MAX_PROMPT_LOG_BYTES", "OnPrompt", "PromptCall", "PromptLog", "SentPrompt"]

SCHEMA: Final = "trafficflou/prompts@1"
MAX_PROMPT_LOG_BYTES: Final = 32_000_000
MAX_HELD: Final = 200
"""Prompts that wait for a file; what is asked before a run is a handful."""

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPrompt:
    """One call to a provider: what was sent, and how it ended.

    Attributes:
        at: When it was sent, UTC, ISO 8601 with milliseconds.
        task: The kind of question.
        prompt_version: Of that task's prompt.
        provider: Who was asked.
        model: The provider's model.
        system: The orders, as sent.
        user: The question, as sent.
        function: The function that the model was to call; empty where its schema stands in the orders instead.
        is_repair: The provider was asked again because its first answer did not fit.
        outcome: `answered`, `cut` at the limit of tokens, `refused`, the fault (`rate_limited`, `timeout`, ...), or `cancelled`: nobody
            waited any more, or the deadline of the task had come.
        input_tokens: As the provider says; 0 where it says nothing.
        output_tokens: The same.
        latency_ms: How long the call took.
    """

    at: str
    task: str
    prompt_version: int
    provider: str
    model: str
    system: str
    user: str
    function: str = ""
    is_repair: bool = False
    outcome: str = "cancelled"
    input_tokens: int = 0
    output_tokens: int = 0
    latency_ms: float = 0.0

    def text(self) -> str:
        """Return it as people read it; safe for terminals."""
        how = f"function {self.function}" if self.function else "JSON in the text"
        again = ", asked again" if self.is_repair else ""
        told = (
            f"# {self.task} to {self.provider} ({self.model}) at {self.at}{again}\n"
            f"# {self.outcome} after {self.latency_ms:.0f} ms, answer by {how}\n\n## System\n{self.system}\n\n## User\n{self.user}\n"
        )
        return "".join(char if char.isprintable() or char == "\n" else " " for char in told)


OnPrompt = Callable[[SentPrompt], None]
"""Told of each prompt when its call has ended; must not block."""


class PromptCall:
    """A call under way, to which is added how it ended.

    Args:
        prompt: What is sent.
    """

    def __init__(self, prompt: SentPrompt) -> None:
        self.prompt = prompt

    def ended(self, outcome: str, input_tokens: int = 0, output_tokens: int = 0) -> None:
        """Say how it ended."""
        self.prompt = replace(
            self.prompt, outcome=outcome, input_tokens=input_tokens, output_tokens=output_tokens
        )


class PromptLog:
    """Keeps and shows prompts. Neither a full disk nor a broken listener disturbs a run: that is counted, and logged once.

    Args:
        path: The file, made with the first prompt, continued where it is one; `None` for keeping nothing.
        on_prompt: Told of each prompt.
        holds: Without a path: hold the first `MAX_HELD` prompts until `keep_in` says where they go.
        max_bytes: Where the file ends; what comes later is counted.
        clock: Tells the time.
    """

    def __init__(
        self,
        path: Path | None = None,
        on_prompt: OnPrompt | None = None,
        *,
        holds: bool = False,
        max_bytes: int = MAX_PROMPT_LOG_BYTES,
        clock: Clock | None = None,
    ) -> None:
        self._path = path
        self._on_prompt = on_prompt
        self._max_bytes = max_bytes
        self._clock = clock or SystemClock()
        self._lines: JsonLines | None = None
        self._sent = self._stored = 0
        self._held: list[SentPrompt] | None = [] if holds and path is None else None

    @contextmanager
    def call(self, prompt: SentPrompt) -> Iterator[PromptCall]:
        """Note a call around which this stands: what is sent, when, for how long, and how it ends.

        Args:
            prompt: What is sent; the time is set here.
        """
        begun_ns = self._clock.now_ns()
        at = datetime.fromtimestamp(self._clock.wall_s(), UTC).isoformat(timespec="milliseconds")
        call = PromptCall(replace(prompt, at=at))
        try:
            yield call
        except ProviderError as error:
            call.ended(error.fault.value)
            raise
        finally:
            latency_ms = (self._clock.now_ns() - begun_ns) / 1e6
            self._note(replace(call.prompt, latency_ms=round(latency_ms, 3)))

    def keep_in(self, path: Path) -> None:
        """Say where prompts are kept from now on, those that were held among them."""
        self._path = path
        held, self._held = self._held or [], None
        self._stored += sum(map(self._store, held))

    def statistics(self) -> dict[str, int]:
        """Return how many prompts were sent, and how many of them are in the file."""
        return {"sent": self._sent, "stored": self._stored}

    def close(self) -> None:
        """Close the file; idempotent. Later prompts are counted only."""
        self._path = self._held = None
        if self._lines is not None:
            self._lines.close()

    def _note(self, prompt: SentPrompt) -> None:
        self._sent += 1
        self._stored += self._store(prompt)
        if self._on_prompt is not None:
            try:
                self._on_prompt(prompt)
            except Exception as error:  # noqa: BLE001 - somebody else's code; the call goes on without it
                self._on_prompt = None
                _log.warning("a listener to prompts broke and hears no more", exc_info=error)

    def _store(self, prompt: SentPrompt) -> bool:
        if self._held is not None:
            if len(self._held) < MAX_HELD:
                self._held.append(prompt)
            return False
        if self._lines is None:
            if self._path is None:
                return False
            try:
                self._lines = JsonLines(self._path, SCHEMA, what="log of prompts", max_bytes=self._max_bytes)
            except (StoreError, UsageError) as error:
                _log.warning("the prompts of this run are not kept", reason=error.message)
                self._path = None
                return False
        return self._lines.write(json.dumps(asdict(prompt), ensure_ascii=False))
