"""The Builder pattern for a run's settings, shared by the command line and Python callers.

    config = (
        RunConfigBuilder()
        .with_defaults()
        .with_file(Path("trafficflou.toml"))
        .with_environment(os.environ)
        .with_flags({"target": "http://127.0.0.1:8080", "duration": "30s"})
        .build()
    )

A later layer wins. All mistakes of all layers are reported at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from trafficflou.config.layers import (
    Given,
    Layer,
    read_arguments,
    read_defaults,
    read_environment,
    read_file,
    read_flags,
)
from trafficflou.config.problem import GENERAL_HINT, as_error
from trafficflou.config.run_config import RunConfig
from trafficflou.config.settings import SETTINGS, Setting, setting_named
from trafficflou.core.problem import Problem, in_plain_words, nearest

__all__ = ["RunConfigBuilder", "ShownSetting"]

_RIVALS = {"visitors": "arrivals", "arrivals": "visitors"}
"""A layer that chooses one workload takes back the other of the layers below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSetting:
    """A setting as `trafficflou config show` prints it; `given` is `None` where it has no value."""

    setting: Setting
    given: Given | None


class RunConfigBuilder:
    """Collects layers of settings, lowest first, and makes a `RunConfig` of them."""

    def __init__(self) -> None:
        self._layers: list[Layer] = []
        self._hint = GENERAL_HINT

    def with_defaults(self) -> Self:
        """Add the defaults, so that they too have an origin."""
        return self._with(read_defaults())

    def with_file(self, path: Path) -> Self:
        """Add a TOML file; a file that cannot be read is a mistake like any other."""
        return self._with(read_file(path))

    def with_environment(self, environment: Mapping[str, str]) -> Self:
        """Add the `TRAFFICFLOU_*` variables of an environment."""
        return self._with(read_environment(environment))

    def with_flags(self, flags: Mapping[str, object]) -> Self:
        """Add flags of the command line by key (`duration`); `None` means "not given"."""
        return self._with(read_flags(flags))

    def with_arguments(self, arguments: Mapping[str, object]) -> Self:
        """Add a Python caller's values by key (`duration="30s"`) or field (`duration_s=30`)."""
        self._hint = "`help(trafficflou.run)` says what each argument may be."
        return self._with(read_arguments(arguments))

    def build(self) -> RunConfig:
        """Make the settings of a run.

        Raises:
            ConfigError: Something is wrong or missing; the message lists every mistake with its place, its value,
                what is valid, and what was probably meant.
        """
        config, problems = self._judge()
        if config is None or problems:
            raise as_error(problems, self._hint)
        return config

    def check(self) -> None:
        """Look for mistakes without asking for completeness: a target that is not given yet is none.

        Raises:
            ConfigError: As for `build`.
        """
        problems = self._judge(partial=True)[1]
        if problems:
            raise as_error(problems, self._hint)

    def shown(self) -> list[ShownSetting]:
        """List every setting with its value as written and its origin, in the order of the table."""
        merged = self._merged()
        return [ShownSetting(setting=setting, given=merged.get(setting.field)) for setting in SETTINGS]

    def _with(self, layer: Layer) -> Self:
        self._layers.append(layer)
        return self

    def _merged(self) -> dict[str, Given]:
        merged: dict[str, Given] = {}
        for layer in self._layers:
            for field, rival in _RIVALS.items():
                if field in layer.values:
                    merged.pop(rival, None)
            merged.update(layer.values)
        return merged

    def _judge(self, *, partial: bool = False) -> tuple[RunConfig | None, list[Problem]]:
        problems = [problem for layer in self._layers for problem in layer.problems]
        merged = self._merged()
        values: dict[str, Any] = {field: given.value for field, given in merged.items()}
        try:
            return RunConfig.model_validate(values), problems
        except ValidationError as error:
            # A union (int or the word auto) reports once for each branch: the first says enough.
            details = {_field_of(detail): detail for detail in reversed(error.errors(include_url=False))}
        problems.extend(
            _explain(detail, merged)
            for detail in reversed(details.values())
            if not (partial and detail["type"] == "missing")
        )
        return None, problems


def _field_of(detail: ErrorDetails) -> str:
    return str(detail["loc"][0]) if detail["loc"] else ""


def _key_of(field: str) -> str:
    setting = setting_named(field)
    return field if setting is None else setting.key


def _explain(detail: ErrorDetails, merged: Mapping[str, Given]) -> Problem:
    setting = setting_named(_field_of(detail))
    if setting is None:
        fields = detail.get("ctx", {}).get("fields", ())
        origins = (
            f"{_key_of(field)} ({merged[field].origin if field in merged else 'default'})" for field in fields
        )
        return Problem(where=" and ".join(origins), message=detail["msg"])
    if detail["type"] == "missing":
        ways = f"give it as {setting.flag}, as {setting.key} in [{setting.section}] of trafficflou.toml, or in {setting.variable}"
        return Problem(where=setting.key, message=f"it is not set; {ways}", valid=setting.valid)
    given = merged.get(setting.field)
    value = detail["input"] if given is None else given.value
    meant = nearest(value, setting.choices) if isinstance(value, str) and value not in setting.choices else ""
    return Problem(
        where=setting.flag if given is None else given.origin,
        value=value,
        message="it is not a duration"
        if detail["type"] == "float_type"
        else in_plain_words(detail["type"], detail["msg"]),
        valid="" if detail["type"] == "explained" else setting.valid,
        suggestion=meant,
    )
