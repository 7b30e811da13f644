"""Where settings come from: each source is read into a layer of values that remember their origin.

Theory of operation: a layer knows nothing of the others. It maps fields to `Given` values, exactly as they were written, and
lists what it could not make sense of. The builder lays the layers over one another and has `RunConfig` judge only what is left,
so a value that a higher layer replaces is never complained about. pydantic-settings can layer too, but it forgets which
source a value came from, and stops at the first source that does not parse.
"""

import contextlib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from trafficflou.config.settings import ENV_PREFIX, SECTIONS, SETTINGS, Setting, setting_named
from trafficflou.core import UsageError
from trafficflou.core.problem import Problem, nearest
from trafficflou.traffic import StrategySpec, StrategySwitch

__all__ = [
    "AI_PREFIX",
    "AI_SECTION",
    "CONFIG_VARIABLE",
    "Given",
    "Layer",
    "Lines",
    "read_arguments",
    "read_defaults",
    "read_document",
    "read_environment",
    "read_file",
    "read_flags",
]

MAX_FILE_BYTES = 1024 * 1024
CONFIG_VARIABLE = ENV_PREFIX + "CONFIG"
"""Names the configuration file; read by the command line, so not a setting."""

AI_SECTION = "ai"
AI_PREFIX = ENV_PREFIX + "AI_"
"""The settings of AI models are a matter of `config.ai`; what reads a run's settings passes them over, but for its own
(`TRAFFICFLOU_AI_MAX_USD`)."""

Lines = Mapping[tuple[str, str], int]
"""The line of each key, by table and key; of a table itself by an empty key."""

_MAY_HOLD_A_KEY = re.compile(r"KEY|TOKEN|SECRET|PASS")

# A Kubernetes service called "trafficflou" puts these into every pod of its namespace.
_KUBERNETES = re.compile(
    r"(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP)\w*)?)"
)
_HEADER = re.compile(r"\s*\[\s*\"?([\w.-]+)\"?\s*\]\s*(?:#.*)?")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value as it was written, and where."""

    value: object
    origin: str


@dataclass(slots=True, kw_only=True)
class Layer:
    """The settings of one source, by field, and the mistakes found while reading it."""

    values: dict[str, Given] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_defaults() -> Layer:
    """Return the defaults of the table of settings."""
    return Layer(
        values={
            setting.field: Given(value=setting.default, origin="default")
            for setting in SETTINGS
            if setting.default is not None
        }
    )


def read_flags(flags: Mapping[str, object]) -> Layer:
    """Take values from the command line, by key; `None` and an empty list mean "not given"."""
    return _read_named(flags, lambda _, setting: setting.flag)


def read_arguments(arguments: Mapping[str, object]) -> Layer:
    """Take values from a Python caller, by key or field; a number is taken in the field's own unit."""
    return _read_named(arguments, lambda name, _: f"argument {name}")


def _read_named(values: Mapping[str, object], origin: Callable[[str, Setting], str]) -> Layer:
    layer = Layer()
    for name, value in values.items():
        setting = setting_named(name)
        if setting is None:
            keys = [known.key for known in SETTINGS]
            layer.problems.append(_unknown(name, f"there is no setting {name!r}", value, keys))
        elif value is not None and value not in ([], ()):
            layer.values[setting.field] = Given(value=value, origin=origin(name, setting))
    return layer


def read_environment(environment: Mapping[str, str]) -> Layer:
    """Read the `TRAFFICFLOU_*` variables; empty ones count as not set, others than ours are not looked at."""
    layer = Layer()
    by_variable = {setting.variable: setting for setting in SETTINGS}
    for name in sorted(key for key in environment if key.startswith(ENV_PREFIX)):
        value = environment[name]
        setting = by_variable.get(name)
        is_another_matter = setting is None and (
            name == CONFIG_VARIABLE
            or name.startswith(AI_PREFIX)
            or _KUBERNETES.fullmatch(name.removeprefix(ENV_PREFIX))
        )
        if is_another_matter or not value.strip():
            continue
        if setting is None:
            shown = None if _MAY_HOLD_A_KEY.search(name) else value
            layer.problems.append(_unknown(name, "there is no such setting", shown, by_variable))
        else:
            parts = [part.strip() for part in value.split(";") if part.strip()]
            layer.values[setting.field] = Given(
                value=parts if setting.is_list else value.strip(), origin=name
            )
    return layer


def read_file(path: Path) -> Layer:
    """Read a `trafficflou.toml`; paths in it are relative to its own folder."""
    layer = Layer()
    document, lines, problem = read_document(path)
    if problem is not None:
        layer.problems.append(problem)
    for section, table in document.items():
        if section in SECTIONS and isinstance(table, dict):
            _read_table(layer, path, lines, section, table)
        elif section != AI_SECTION or not isinstance(table, dict):
            layer.problems.append(_misplaced(path, lines, section, table))
    return layer


def read_document(path: Path) -> tuple[dict[str, object], Lines, Problem | None]:
    """Read a file's tables and where everything stands in it; an unreadable one has no tables and a problem."""
    try:
        text = _read_bounded(path)
        return tomllib.loads(text), _find_lines(text), None
    except (OSError, ValueError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        return {}, {}, _unreadable(path, error)


def _unreadable(path: Path, error: OSError | ValueError) -> Problem:
    if isinstance(error, OSError):
        message = f"it cannot be read: {error.strerror or error}"
        hint = "Check the path given with --config or in TRAFFICFLOU_CONFIG; without one ./trafficflou.toml is read if it is there."
    elif isinstance(error, UnicodeDecodeError):
        message, hint = (
            f"it is no text in UTF-8 (byte {error.start})",
            "Mend or remove the file, or name another one with --config.",
        )
    else:
        message, hint = f"it is no TOML: {error}", "Mend that line, or name another file with --config."
    return Problem(where=str(path), message=message, hint=hint)


def _read_bounded(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"it is larger than {MAX_FILE_BYTES // 1024} KiB")
    return content.decode("utf-8")


def _read_table(layer: Layer, path: Path, lines: Lines, section: str, table: Mapping[str, object]) -> None:
    known = {setting.key: setting for setting in SETTINGS if setting.section == section}
    for key, value in table.items():
        where = f"{path}{_at(lines, section, key)} [{section}] {key}"
        setting = known.get(key)
        elsewhere = next((other for other in SETTINGS if other.key == key), None)
        if setting is not None:
            _take(layer, path, setting, Given(value=value, origin=where))
        elif elsewhere is not None:
            message = f"this setting stands in [{elsewhere.section}]"
            layer.problems.append(Problem(where=where, value=value, message=message))
        else:
            layer.problems.append(_unknown(where, "there is no such setting", value, known, word=key))


def _take(layer: Layer, path: Path, setting: Setting, given: Given) -> None:
    value = given.value
    if setting.is_quantity and isinstance(value, int | float):
        layer.problems.append(
            Problem(where=given.origin, value=value, message="its unit is missing", valid=setting.valid)
        )
    elif setting.is_path and isinstance(value, str):
        layer.values[setting.field] = Given(
            value=str(path.parent / value) if value else value, origin=given.origin
        )
    elif setting.is_strategy:
        layer.values[setting.field] = Given(value=_found_from(path.parent, value), origin=given.origin)
    else:
        layer.values[setting.field] = given


def _found_from(folder: Path, value: object) -> object:
    """Have the files that strategies name found from a folder; what cannot be read is left to be judged later."""
    if isinstance(value, list):
        return [_found_from(folder, entry) for entry in value]
    if not isinstance(value, str):
        return value
    for read in (StrategySwitch.parse, StrategySpec.parse):
        with contextlib.suppress(UsageError):
            return str(read(value).found_from(folder))
    return value


def _misplaced(path: Path, lines: Lines, name: str, value: object) -> Problem:
    tables = ", ".join(f"[{section}]" for section in (*SECTIONS, AI_SECTION))
    if isinstance(value, dict):
        where = f"{path}{_at(lines, name, '')} [{name}]"
        meant = nearest(name, (*SECTIONS, AI_SECTION))
        suggestion = f"[{meant}]" if meant else ""
        return Problem(where=where, message="there is no such table", suggestion=suggestion, valid=tables)
    where = f"{path}{_at(lines, '', name)} {name}"
    setting = setting_named(name)
    if setting is not None:
        return Problem(where=where, value=value, message=f"this setting stands in [{setting.section}]")
    return Problem(where=where, value=value, message="it stands outside of any table", valid=tables)


def _unknown(
    where: str, message: str, value: object, known: Mapping[str, object] | list[str], *, word: str = ""
) -> Problem:
    meant = nearest(word or where, known)
    return Problem(
        where=where,
        value=value,
        message=message,
        suggestion=meant,
        valid="" if meant else ", ".join(known),
    )


def _find_lines(text: str) -> dict[tuple[str, str], int]:
    """Find where keys and tables stand; a guess by eye that is right for TOML as people write it."""
    found: dict[tuple[str, str], int] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _HEADER.fullmatch(line), _KEY.match(line)
        if header:
            section = header[1]
            found.setdefault((section, ""), number)
        elif key:
            found.setdefault((section, key[1]), number)
    return found


def _at(lines: Lines, section: str, key: str) -> str:
    number = lines.get((section, key))
    return f":{number}" if number else ""
