r"""Journeys in YAML, for those who write no Python, and for what was found to be tried again.

    name: buy
    device: mobile
    weight: 3
    think: 2s..8s
    steps:
      - get: /
      - click: Garden
      - check: has products
        count: a.product
      - extract: {id: 'data-id="(\d+)"'}
      - get: /api/items/{id}
        name: /api/items/{id}
        subresources: false
      - submit: Add to basket
        values: {quantity: 2}

All mistakes of a file are told at once, each with its line.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from trafficflou.core import UsageError
from trafficflou.core.problem import Problem, in_plain_words, nearest
from trafficflou.traffic.journeys.definition import Journey
from trafficflou.traffic.journeys.document_step import ACTIONS, DocumentStep, ThinkRange
from trafficflou.traffic.journeys.mistake import JourneyError
from trafficflou.traffic.journeys.names import names_in
from trafficflou.traffic.journeys.rows import Row, read_rows
from trafficflou.traffic.journeys.visitor import JourneyVisitor
from trafficflou.traffic.journeys.yaml_text import MAX_YAML_BYTES, Lines, YamlError, read_yaml

__all__ = ["load_document", "read_document"]

MAX_STEPS: Final = 1000
_MAX_SHOWN: Final = 30
_BUILT_IN: Final = ("visitor",)

Device = Literal["desktop", "mobile", "tablet"]
Share = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Document(BaseModel):
    """A journey as it is written, but for its steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=100)] = ""
    summary: Annotated[str, Field(max_length=300)] = ""
    weight: Share = 1.0
    device: Device | Annotated[dict[Device, Share], Field(min_length=1)] = "desktop"
    think: ThinkRange | None = None
    data: (
        Annotated[str, Field(min_length=1)]
        | Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10_000)]
        | None
    ) = None
    variables: Annotated[dict[str, str | int | float | bool], Field(max_length=100)] = {}
    steps: Annotated[list[Any], Field(min_length=1, max_length=MAX_STEPS)]


class _Placed:
    """A step and where it stands."""

    __slots__ = ("place", "step")

    def __init__(self, step: DocumentStep, place: str) -> None:
        self.step = step
        self.place = place


def load_document(path: Path) -> Journey:
    """Read a YAML journey from a file.

    Raises:
        UsageError: The file cannot be read.
        UsageError: It is no journey; the message tells all mistakes with their lines.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_YAML_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not in UTF-8") from error
    return read_document(text, source=path.name, folder=path.parent)


def read_document(text: str, *, source: str, folder: Path) -> Journey:
    """Read a YAML journey.

    Args:
        text: The YAML.
        source: What to call it in errors.
        folder: Where a file of data is relative to.

    Raises:
        UsageError: Its file of data cannot be read.
        UsageError: It is no journey; the message tells all mistakes with their lines.
    """
    reader = _Reader(source)
    document, steps = reader.read(text)
    rows: Sequence[Row] = ()
    if isinstance(document.data, str):
        rows = read_rows(folder / document.data)
    elif document.data is not None:
        rows = document.data
    reader.check_names(steps, {*_BUILT_IN, *document.variables, *(rows[0] if rows else ())})
    if reader.problems:
        raise _as_error(source, reader.problems)
    device = document.device
    return Journey(
        name=document.name or Path(source).stem,
        play=_player(steps, document.variables),
        summary=document.summary,
        weight=document.weight,
        devices=((device, 1.0),) if isinstance(device, str) else tuple(device.items()),
        think_s=document.think,
        rows=rows,
    )


def _player(steps: Sequence[_Placed], variables: Mapping[str, Any]) -> Any:
    async def play(v: JourneyVisitor) -> None:
        names = {**variables, **v.data, "visitor": v.visitor}
        for placed in steps:
            try:
                await placed.step.play(v, names)
            except JourneyError as error:
                error.place = placed.place
                raise

    return play


class _Reader:
    """Reads a document and collects what is wrong with it."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines: Lines = {}
        self.problems: list[Problem] = []

    def read(self, text: str) -> tuple[_Document, list[_Placed]]:
        """Return what the document says.

        Raises:
            UsageError: It is no YAML, or says too little to go on.
        """
        try:
            written, self._lines = read_yaml(text)
        except YamlError as error:
            raise _as_error(
                self._source, [Problem(where=f"{self._source}:{error.line}", message=str(error))]
            ) from error
        if not isinstance(written, dict):
            raise _as_error(
                self._source,
                [Problem(where=f"{self._source}:1", message="it has no steps", valid="steps: [...]")],
            )
        steps = [placed for at, step in enumerate(_steps_of(written)) if (placed := self._step(at, step))]
        try:
            document = _Document.model_validate(written)
        except ValidationError as error:
            self._note(error, (), _Document, written)
            raise _as_error(self._source, self.problems) from error
        return document, steps

    def check_names(self, steps: Sequence[_Placed], known: set[str]) -> None:
        """Note names that stand for nothing where they are used."""
        for placed in steps:
            for name in names_in(placed.step.written()):
                if name not in known:
                    self.problems.append(
                        Problem(
                            where=placed.place,
                            message=f"{{{name}}} stands for nothing here; a brace is written {{{{",
                            suggestion=nearest(name, known),
                            valid=", ".join(sorted(known)),
                        )
                    )
            known |= set(placed.step.makes)

    def _step(self, at: int, written: Any) -> _Placed | None:
        """Read a step; `None` where it is wrong, with what is wrong noted."""
        where = self._place(("steps", at))
        actions = [key for key in written if key in ACTIONS] if isinstance(written, dict) else []
        if len(actions) != 1:
            keys = list(written) if isinstance(written, dict) else [str(written)[:40]]
            message = f"a step does one thing, not {' and '.join(actions)}" if actions else "it is no step"
            self.problems.append(
                Problem(
                    where=where,
                    message=message,
                    suggestion=""
                    if actions
                    else next(filter(None, (nearest(key, ACTIONS) for key in keys)), ""),
                    valid=f"- one of {', '.join(ACTIONS)}, and what belongs to it",
                )
            )
            return None
        kind = ACTIONS[actions[0]]
        try:
            return _Placed(kind.model_validate(written), where)
        except ValidationError as error:
            self._note(error, ("steps", at), kind, written)
            return None

    def _note(
        self, error: ValidationError, at: tuple[str | int, ...], kind: type[BaseModel], written: Any
    ) -> None:
        noted: set[tuple[Any, ...]] = set()
        for detail in error.errors(include_url=False):
            # A union reports once for each branch: the first says enough.
            location = tuple(part for part in detail["loc"] if _is_in(written, part))
            key = location[:1] if detail["type"] not in {"extra_forbidden", "missing"} else detail["loc"]
            if key not in noted:
                noted.add(key)
                self.problems.append(self._problem(detail, at, kind))

    def _problem(self, detail: ErrorDetails, at: tuple[str | int, ...], kind: type[BaseModel]) -> Problem:
        location = detail["loc"]
        field = str(location[0]) if location else ""
        where = f"{self._place((*at, *location))} {field}".strip()
        known = sorted(info.alias or name for name, info in kind.model_fields.items())
        if detail["type"] == "extra_forbidden" and len(location) == 1:
            return Problem(
                where=where,
                message="it is not known here",
                suggestion=nearest(field, known),
                valid=", ".join(known),
            )
        if detail["type"] == "missing":
            return Problem(where=where, message="it is missing")
        return Problem(where=where, message=in_plain_words(detail["type"], detail["msg"]).removesuffix("."))

    def _place(self, at: tuple[str | int, ...]) -> str:
        """Return the line of a value, or of what it would stand in."""
        while at and at not in self._lines:
            at = at[:-1]
        return f"{self._source}:{self._lines.get(at, 1)}"


def _steps_of(written: Mapping[str, Any]) -> list[Any]:
    steps = written.get("steps")
    return steps[:MAX_STEPS] if isinstance(steps, list) else []


def _is_in(written: Any, part: str | int) -> bool:
    return isinstance(written, dict) and part in written


def _as_error(source: str, problems: Sequence[Problem]) -> UsageError:
    shown = [str(problem) for problem in problems[:_MAX_SHOWN]]
    if len(problems) > _MAX_SHOWN:
        shown.append(f"... and {len(problems) - _MAX_SHOWN} more")
    message = shown[0] if len(shown) == 1 else "\n  ".join((f"{len(problems)} mistakes in {source}:", *shown))
    return UsageError(message, hint="docs/custom-strategies.md says what a journey in YAML may have.")
