"""Cassettes: what was asked and answered in a run, so that it can be played again without a key and without a network.

A cassette is a file of JSON lines, one for each question: its name (`question_digest`, in which neither provider nor model nor key has a
part), the question itself for people to read, and the answer. A run that crashes leaves a cassette that ends earlier, and several
processes may record into one (`_json_lines`). Where a question was recorded
several times, the last answer that is not degraded counts, so what a provider said later wins over what the fallback said first.
"""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trafficflou.ai_models._asking import question_digest
from trafficflou.ai_models._json_lines import JsonLines, check_schema
from trafficflou.ai_models._wrapping import WrappingModel
from trafficflou.ai_models.model import AiModel, Answer
from trafficflou.ai_models.tasks import RequestT, ResultT, Task
from trafficflou.core import ProviderError, ProviderFault, UsageError
from trafficflou.core.secret import redact

__all__ = ["MAX_CASSETTE_BYTES", "CassetteWriter", "RecordingModel", "ReplayModel"]

SCHEMA: Final = "trafficflou/cassette@1"
MAX_CASSETTE_BYTES: Final = 64_000_000

_WHAT: Final = "cassette of AI answers"


class _Entry(BaseModel):
    """A line of a cassette."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str = Field(pattern=r"^[0-9a-f]{64}$")
    task: str = Field(max_length=80)
    prompt_version: int
    request: dict[str, Any]
    provider: str = Field(max_length=200)
    model: str = Field(max_length=500)
    is_degraded: bool
    value: dict[str, Any]


class CassetteWriter:
    """Writes answers down; what cannot be written any more is counted and disturbs nobody.

    Args:
        path: The cassette; made where it is missing, continued where it is one.
        max_bytes: Where it ends; what comes later is counted and not recorded.

    Raises:
        UsageError: The file exists and is no cassette.
        StoreError: It cannot be written.
    """

    def __init__(self, path: Path, *, max_bytes: int = MAX_CASSETTE_BYTES) -> None:
        self._lines = JsonLines(path, SCHEMA, what=_WHAT, max_bytes=max_bytes)
        self._last: dict[str, bool] = {}
        self._recorded = self._not_recorded = 0

    def record(self, task: Task[Any, Any], request: BaseModel, answer: Answer[Any]) -> None:
        """Write an answer down, unless it is there already or a better one is."""
        question = question_digest(task, request)
        if question in self._last and (answer.is_degraded or not self._last[question]):
            return  # known already, and no better
        entry = _Entry(
            question=question,
            task=task.name,
            prompt_version=task.prompt_version,
            request=_redacted(request.model_dump(mode="json")),
            provider=answer.provider,
            model=answer.model,
            is_degraded=answer.is_degraded,
            value=_redacted(answer.value.model_dump(mode="json")),
        )
        if self._lines.write(entry.model_dump_json()):
            self._last[question] = answer.is_degraded
            self._recorded += 1
        else:
            self._not_recorded += 1

    def statistics(self) -> dict[str, Any]:
        """Return the counters."""
        return {"recorded": self._recorded, "not_recorded": self._not_recorded}

    def close(self) -> None:
        """Close the file; idempotent."""
        self._lines.close()


class RecordingModel(WrappingModel):
    """Writes down what the inner model answers.

    Args:
        inner: Who is asked.
        path: The cassette; see `CassetteWriter`.
        max_bytes: Where it ends; what comes later is counted and not recorded.

    Raises:
        UsageError: The file exists and is no cassette.
        StoreError: It cannot be written.
    """

    def __init__(self, inner: AiModel, path: Path, *, max_bytes: int = MAX_CASSETTE_BYTES) -> None:
        super().__init__(inner, "ai-cassette")
        self._writer = CassetteWriter(path, max_bytes=max_bytes)

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task and record it.

        Raises:
            ProviderError: The inner model's.
        """
        answer = await self._inner.answer(task, request, deadline_s=deadline_s)
        self._writer.record(task, request, answer)
        return answer

    def statistics(self) -> dict[str, Any]:
        """Return the counters, and the inner model's."""
        return self._writer.statistics() | {"inner": self._inner.statistics()}

    async def aclose(self) -> None:
        """Close the file and the inner model; idempotent."""
        self._writer.close()
        await super().aclose()


class ReplayModel:
    """Answers from a cassette, and nobody else is asked.

    Args:
        path: The cassette.

    Raises:
        UsageError: The file is missing, too large or no cassette.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = _read(path)
        self._answered = self._unknown = 0

    @property
    def providers(self) -> frozenset[str]:
        """The names of those who gave the answers that are not degraded."""
        return frozenset(entry.provider for entry in self._entries.values() if not entry.is_degraded)

    @property
    def provider(self) -> str:
        """`cassette`; each answer names the provider that gave it once."""
        return "cassette"

    @property
    def model(self) -> str:
        """The name of the file."""
        return self._path.name

    async def answer(
        self, task: Task[RequestT, ResultT], request: RequestT, *, deadline_s: float | None = None
    ) -> Answer[ResultT]:
        """Answer a task as it was answered before; the deadline is not needed.

        Raises:
            ProviderError: It was not asked when the cassette was recorded, or the answer does not hold by today's rules.
        """
        entry = self._entries.get(question_digest(task, request))
        if entry is None:
            self._unknown += 1
            raise ProviderError(
                f"the cassette {self._path.name} has no answer to this question of the kind {task.name}",
                fault=ProviderFault.UNAVAILABLE,
                hint="It was recorded with another brief, seed, site or version. Record it again with --record-ai.",
            )
        try:
            value = task.result_type.model_validate_json(json.dumps(entry.value))
        except ValidationError as error:
            self._unknown += 1
            raise ProviderError(
                f"the answer in the cassette {self._path.name} does not fit the task {task.name}",
                fault=ProviderFault.BAD_ANSWER,
                hint="Another version recorded it, or somebody edited it. Record it again with --record-ai.",
            ) from error
        self._answered += 1
        return Answer(
            value=value,
            provider=entry.provider,
            model=entry.model,
            source="cassette",
            is_degraded=entry.is_degraded,
        )

    def statistics(self) -> dict[str, Any]:
        """Return the counters."""
        return {"entries": len(self._entries), "answered": self._answered, "unknown": self._unknown}

    async def aclose(self) -> None:
        """Do nothing: the file was read whole."""


def _read(path: Path) -> dict[str, _Entry]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_CASSETTE_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"the cassette {path} cannot be read: {error.strerror}", hint="Record one with --record-ai."
        ) from error
    if len(data) > MAX_CASSETTE_BYTES:
        raise UsageError(f"the cassette {path} is larger than {MAX_CASSETTE_BYTES // 1_000_000} MB")
    lines = data.split(b"\n")
    check_schema(lines[0], path, SCHEMA, _WHAT)
    entries: dict[str, _Entry] = {}
    for number, line in enumerate(lines[1:], start=2):
        entry = _entry(line, path, number, may_be_cut=number == len(lines))
        if entry is not None and not (entry.is_degraded and entry.question in entries):
            entries[entry.question] = entry
    return entries


def _entry(line: bytes, path: Path, number: int, *, may_be_cut: bool) -> _Entry | None:
    if not line.strip():
        return None
    try:
        return _Entry.model_validate_json(line)
    except ValidationError as error:
        if may_be_cut:
            return None  # no line break follows: the recording process ended there
        raise UsageError(
            f"line {number} of the cassette {path} is damaged", hint="Delete that line, or record it again."
        ) from error


def _redacted(value: Any) -> Any:
    """Take secrets out of all texts: a key must not end in a file that people share."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(key): _redacted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item) for item in value]
    return value
