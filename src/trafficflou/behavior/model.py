"""The traffic model: what was learned of a site's visitors, as one small document that people can read.

The document is JSON with the schema name `trafficflou/model@1`. It holds no client address, no query value and no full
user agent: paths appear only where at least `k_anonymity` visitors asked for them.

This module is the document and nothing else; `behavior.learner` makes it, `behavior.sampler` draws from it.
"""

import math
import secrets
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from trafficflou.core import ModelError

__all__ = [
    "EXIT",
    "MODEL_SCHEMA",
    "THINK_QUANTILES",
    "Arrivals",
    "DeviceMix",
    "PathExample",
    "Provenance",
    "Subresource",
    "Template",
    "TrafficModel",
    "load_model",
    "save_model",
]

MODEL_SCHEMA: Final = "trafficflou/model@1"

EXIT = "(exit)"
"""The name of leaving the site in a row of transitions; no path can be called that."""

THINK_QUANTILES = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)
"""The probabilities at which a template's think time is kept."""

MAX_MODEL_BYTES = 16 * 1024 * 1024
"""A model file above this is refused unread; a month of a busy site takes less than 2 MB."""

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]
LocalPath = Annotated[str, Field(pattern=r'^/[!"$->@-~]*$', max_length=2048)]
"""A path as it stands in a request line: printable ASCII, without query and fragment, everything else percent-encoded."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PathExample(_Document):
    """A real path of a template, without its query."""

    path: LocalPath
    weight: Weight = Field(description="how often it was viewed, relative to the template's other paths")


class Subresource(_Document):
    """A file that a browser fetches with a page view: stylesheet, script, image, font."""

    path: LocalPath
    kind: Literal["style", "script", "image", "font", "data", "other"]
    share: Share = Field(
        description="share of the page views that fetched it, among visitors who had not yet"
    )
    body_bytes: int = Field(ge=0, description="median size of the response body, bytes")


class Template(_Document):
    """A URL pattern of pages that visitors treat alike, such as `/product/{id}`."""

    template: LocalPath
    page_views: int = Field(ge=0)
    paths: tuple[PathExample, ...] = Field(
        description="most viewed first; empty where no path was seen from enough visitors"
    )
    think_s: tuple[float, ...] = Field(
        description="think time before the next page view: its quantiles at THINK_QUANTILES, seconds"
    )
    body_bytes: int = Field(ge=0, description="median size of the document's response body, bytes")
    subresources: tuple[Subresource, ...] = ()

    @model_validator(mode="after")
    def _think_time_is_a_quantile_function(self) -> Self:
        if len(self.think_s) != len(THINK_QUANTILES):
            raise ValueError(f"think_s must hold {len(THINK_QUANTILES)} quantiles, got {len(self.think_s)}")
        if not all(math.isfinite(value) and value >= 0 for value in self.think_s):
            raise ValueError("think_s must hold finite seconds >= 0")
        if any(low > high for low, high in pairwise(self.think_s)):
            raise ValueError("think_s must not decrease")
        return self


class Arrivals(_Document):
    """When sessions begin."""

    sessions_per_day: float = Field(ge=0, allow_inf_nan=False)
    by_hour: tuple[Share, ...] = Field(
        min_length=24,
        max_length=24,
        description="share of a day's sessions that begin in each hour of `utc_offset`",
    )
    utc_offset: str = Field(
        pattern=r"^[+-]\d{2}:\d{2}$", description="offset of the log's clock, such as -05:00"
    )

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        if not math.isclose(sum(self.by_hour), 1, abs_tol=0.01):
            raise ValueError(f"by_hour must add up to 1, got {sum(self.by_hour):.3f}")
        return self


class DeviceMix(_Document):
    """Share of sessions by class of device; adds up to 1."""

    desktop: Share
    mobile: Share
    tablet: Share

    @model_validator(mode="after")
    def _shares_add_up(self) -> Self:
        if not math.isclose(self.desktop + self.mobile + self.tablet, 1, abs_tol=0.01):
            raise ValueError("the device mix must add up to 1")
        return self


class Provenance(_Document):
    """What the model was learned from, in counts."""

    kind: Literal["access-log", "synthetic-log", "other"] = "access-log"
    first_at: str = Field(description="stamp of the first line used, ISO 8601 with offset")
    last_at: str = Field(description="stamp of the last line used, ISO 8601 with offset")
    lines: int = Field(ge=0)
    unparsed_lines: int = Field(ge=0)
    skipped: dict[str, int] = Field(default_factory=dict, description="requests left out, by reason")
    visitors: int = Field(ge=0)
    sessions: int = Field(ge=0)
    page_views: int = Field(ge=0)
    subresource_requests: int = Field(ge=0)
    one_page_share: Share = Field(description="share of sessions with a single page view")
    think_s: tuple[float, ...] = Field(
        description="think time over all templates, quantiles at THINK_QUANTILES"
    )


class TrafficModel(_Document):
    """The whole document.

    `entry` maps templates to the share of sessions that begin there, `bounce` to the share of those that end there at once: people
    leave more readily on arrival than later. `transitions` maps each template to its row: the share of its later page views
    followed by each other template, or by leaving (`EXIT`); each row adds up to 1.
    """

    schema_name: Literal["trafficflou/model@1"] = Field(default=MODEL_SCHEMA, alias="schema")
    name: str = Field(max_length=200)
    created_by: str
    provenance: Provenance
    k_anonymity: int = Field(ge=1)
    arrivals: Arrivals
    devices: DeviceMix
    pace_correlation: Share = Field(
        description="how alike the think times of one visitor are: correlation of their normal scores, 0..1"
    )
    entry: dict[str, Share]
    bounce: dict[str, Share] = Field(
        default_factory=dict,
        description="share of the sessions begun at a template that have no other page view; where absent, its row says",
    )
    transitions: dict[str, dict[str, Share]]
    templates: tuple[Template, ...] = Field(min_length=1)
    edits: tuple[Annotated[str, Field(max_length=500)], ...] = Field(
        default=(), max_length=100, description="what-ifs that were applied to what was learned, in words"
    )

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        known = {template.template for template in self.templates}
        if len(known) != len(self.templates):
            raise ValueError("two templates have the same name")
        self._check_row("entry", self.entry, known)
        if not self.bounce.keys() <= known:
            raise ValueError(f"bounce names {min(self.bounce.keys() - known)!r}, which is not a template")
        for source, row in self.transitions.items():
            if source not in known:
                raise ValueError(f"transitions name {source!r}, which is not a template")
            self._check_row(f"transitions[{source!r}]", row, known | {EXIT})
        missing = known - self.transitions.keys()
        if missing:
            raise ValueError(f"transitions have no row for {min(missing)!r}")
        if not any(template.paths for template in self.templates):
            raise ValueError("no template has a path that could be requested")
        return self

    @staticmethod
    def _check_row(where: str, row: dict[str, float], known: set[str]) -> None:
        unknown = row.keys() - known
        if unknown:
            raise ValueError(f"{where} leads to {min(unknown)!r}, which is not a template")
        if not math.isclose(sum(row.values()), 1, abs_tol=0.01):
            raise ValueError(f"{where} must add up to 1, got {sum(row.values()):.3f}")

    def first_row(self, template: str) -> dict[str, float]:
        """Return what follows a session's first page view: the template's row with the share of leaving that `bounce` names.

        Raises:
            KeyError: `template` is not in the model.
        """
        row = self.transitions[template]
        if template not in self.bounce:
            return row
        leave = self.bounce[template]
        onward = {name: share for name, share in row.items() if name != EXIT and share > 0}
        total = sum(onward.values())
        if not total:
            return {EXIT: 1.0}
        return {name: share / total * (1 - leave) for name, share in onward.items()} | {EXIT: leave}

    def to_json(self) -> str:
        """Return the document as indented JSON with a stable key order and a final newline."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"


def parse_model(text: str | bytes, *, source: str) -> TrafficModel:
    """Read a model document.

    Args:
        text: The JSON document.
        source: Where it came from, for the error.

    Raises:
        ModelError: Not JSON, another schema, or a broken rule; the message names the first offending place.
    """
    try:
        return TrafficModel.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise ModelError(
            f"{source} is not a usable traffic model: {place}: {first['msg']}",
            hint="Make a model with `trafficflou learn LOG -o model.json`.",
        ) from error


def load_model(path: str | PathLike[str]) -> TrafficModel:
    """Read a model file.

    Raises:
        ModelError: The file is missing, unreadable, too large, or not a valid model.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise ModelError(
                f"{path} is larger than {MAX_MODEL_BYTES // 2**20} MiB; this is not a traffic model"
            )
        text = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"cannot read the traffic model {path}: {error.strerror or error}",
            hint="Make one with `trafficflou learn LOG -o model.json`.",
        ) from error
    return parse_model(text, source=str(path))


def save_model(model: TrafficModel, path: str | PathLike[str]) -> None:
    """Write a model file whole or not at all (a temporary file beside it, then a rename).

    A link keeps pointing to its file. What is not a regular file, such as `/dev/null` or a pipe, is written to: a rename
    would put a file in the device's place.

    Raises:
        ModelError: The file cannot be written.
    """
    path = Path(path)
    try:
        if path.exists() and not path.is_file():
            path.write_text(model.to_json(), encoding="utf-8")
            return
        target = path.resolve()
        partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
        try:
            partial.write_text(model.to_json(), encoding="utf-8")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"cannot write the traffic model {path}: {error.strerror or error}") from error
