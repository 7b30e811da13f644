"""The settings of AI models, layered like those of a run: `[ai]` and `[ai.<provider>]`, variables, flags.

Theory of operation: a provider's factory declares its settings as a pydantic model. From its fields this module makes the keys that
people write (`timeout_s` is written `timeout = "20s"`), the variables (`TRAFFICFLOU_AI_OPENAI_TIMEOUT`) and what is said about a mistake,
so a provider of another package gets all of that without a line of its own. A setting of ours wins over the vendor's own variable
(`OPENAI_BASE_URL`). Keys take a way of their own, from the environment, a key file or the keyring into a `KeyRing`; a settings file may
not hold one, since such files are shared.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trafficflou.ai_models.factory import AiModelFactory
from trafficflou.ai_models.registry import known_providers, load_factory_type
from trafficflou.ai_models.settings import (
    API_KEY,
    AiSettings,
    KeySettings,
    ProviderSetup,
    open_key_ring,
    split_keys,
)
from trafficflou.config.ai_setting import AiSetting, ai_settings_of
from trafficflou.config.layers import AI_PREFIX, AI_SECTION, Given, Lines, read_document
from trafficflou.config.problem import as_error
from trafficflou.config.settings import SETTINGS
from trafficflou.core import ConfigError
from trafficflou.core.problem import Problem, in_plain_words, nearest
from trafficflou.core.secret import Secret

__all__ = ["DEFAULT_PROVIDER", "AiSettingsBuilder"]

DEFAULT_PROVIDER = "athena"
_PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A raw table of one provider from one place, and how that place writes things."""

    values: Mapping[str, Given]
    is_text: bool = False
    is_variable: bool = False
    folder: Path | None = None


class AiSettingsBuilder:
    """Collects layers of AI settings, lowest first, and makes `AiSettings` of them; all mistakes are told at once."""

    def __init__(self) -> None:
        self._chosen = Given(value=DEFAULT_PROVIDER, origin="default")
        self._sources: dict[str, list[_Source]] = {}
        self._environment: Mapping[str, str] = {}
        self._problems: list[Problem] = []
        self._tables: list[tuple[str, str, Given]] = []

    def with_file(self, path: Path) -> Self:
        """Add `[ai]` and `[ai.<provider>]` of a TOML file; what else stands there is not looked at."""
        document, lines, problem = read_document(path)
        if problem is not None:
            self._problems.append(problem)
        table = document.get(AI_SECTION)
        if isinstance(table, dict):
            self._read_file_tables(path, lines, table)
        return self

    def with_environment(self, environment: Mapping[str, str]) -> Self:
        """Add the `TRAFFICFLOU_AI_*` variables and remember the rest, for the vendors' own."""
        self._environment = environment
        tables: dict[str, dict[str, Given]] = {}
        prefixes = {
            f"{AI_PREFIX}{name.upper().replace('-', '_')}_": name
            for name in sorted(known_providers(), key=len, reverse=True)
        }
        of_runs = {setting.variable for setting in SETTINGS}
        for variable in sorted(name for name in environment if name.startswith(AI_PREFIX)):
            if variable in of_runs:
                continue
            given = Given(value=environment[variable].strip(), origin=variable)
            prefix = next((prefix for prefix in prefixes if variable.startswith(prefix)), None)
            if not given.value:
                continue
            if variable == AI_PREFIX + "PROVIDER":
                self._choose(given)
            elif prefix is None:
                self._problems.append(_unknown_variable(variable))
            else:
                tables.setdefault(prefixes[prefix], {})[variable.removeprefix(prefix).lower()] = given
        for name, values in tables.items():
            self._add(name, _Source(values=values, is_text=True, is_variable=True))
        return self

    def with_flags(self, provider: str | None, values: Mapping[str, str | None] | None = None) -> Self:
        """Add flags: the provider, and settings of it by key; `None` means "not given"."""
        if provider is not None:
            self._choose(Given(value=provider, origin="--provider"))
        given = {
            key: Given(value=value, origin="--" + key.replace("_", "-"))
            for key, value in (values or {}).items()
            if value is not None
        }
        if given:
            self._add(str(self._chosen.value), _Source(values=given, is_text=True))
        return self

    def shown(self) -> list[tuple[str, str, Given]]:
        """List what was given, as table, key and value with its origin.

        Only settings that are known are among it: under a mistyped name may stand a key.
        """
        known = {(AI_SECTION, _PROVIDER)}
        for name in self._sources:
            with contextlib.suppress(ConfigError):  # `build` says it
                known |= {
                    (f"{AI_SECTION}.{name}", key) for key in ai_settings_of(name, load_factory_type(name))
                }
        return [(table, key, given) for table, key, given in self._tables if (table, key) in known]

    def build(self) -> AiSettings:
        """Set up all providers that are configured, and those that need no configuration.

        Raises:
            ConfigError: Something is wrong; the message lists every mistake with its place, value, what is valid and what was
                probably meant.
        """
        problems = list(self._problems)
        chosen = str(self._chosen.value)
        known = known_providers()
        problems.extend(self._unknown_providers(known))
        setups: dict[str, ProviderSetup] = {}
        errors: list[ConfigError] = []
        for name in known:
            try:
                setup = self._set_up(name, problems, is_wanted=name in (chosen, *self._sources))
            except ConfigError as error:
                errors.append(error)
            else:
                if setup is not None:
                    setups[name] = setup
        if problems:
            raise as_error([*problems, *(Problem(where="ai", message=error.message) for error in errors)])
        if errors:
            raise errors[0]
        warnings = tuple(text for setup in setups.values() if setup.keys for text in setup.keys.warnings)
        return AiSettings(provider=chosen, setups=setups, warnings=warnings)

    def _choose(self, given: Given) -> None:
        self._chosen = given
        self._tables.append((AI_SECTION, _PROVIDER, given))

    def _add(self, name: str, source: _Source) -> None:
        self._sources.setdefault(name, []).append(source)
        self._tables.extend((f"{AI_SECTION}.{name}", key, given) for key, given in source.values.items())

    def _read_file_tables(self, path: Path, lines: Lines, table: Mapping[str, Any]) -> None:
        for key, value in table.items():
            origin = f"{path}{_line(lines, AI_SECTION, key)} [{AI_SECTION}] {key}"
            if key == _PROVIDER:
                self._choose(Given(value=value, origin=origin))
            elif isinstance(value, dict):
                section = f"{AI_SECTION}.{key}"
                values = {
                    name: Given(value=entry, origin=f"{path}{_line(lines, section, name)} [{section}] {name}")
                    for name, entry in value.items()
                }
                self._add(key, _Source(values=values, folder=path.parent))
            else:
                self._problems.append(_unknown_key(origin, key, [_PROVIDER]))

    def _unknown_providers(self, known: tuple[str, ...]) -> Iterator[Problem]:
        chosen = str(self._chosen.value)
        # A table has no value to be shown; a wrong provider of a flag or variable is the value.
        places: list[tuple[str, str, object]] = [(chosen, self._chosen.origin, chosen)]
        places += [(name, f"[{AI_SECTION}.{name}]", None) for name in self._sources if name != chosen]
        for name, where, value in places:
            if name not in known:
                yield Problem(
                    where=where,
                    value=value,
                    message="there is no such AI provider",
                    suggestion=nearest(name, known),
                    valid=", ".join(known),
                )

    def _set_up(self, name: str, problems: list[Problem], *, is_wanted: bool) -> ProviderSetup | None:
        try:
            factory_type = load_factory_type(name)
        except ConfigError:
            if is_wanted:
                raise
            return None
        rows = ai_settings_of(name, factory_type)
        found: list[Problem] = []
        merged = self._merged(name, factory_type, rows, found)
        keys = self._keys(name, factory_type, problems) if factory_type.takes_keys else ()
        is_configured = bool(merged or keys or is_wanted or name == DEFAULT_PROVIDER)
        own = {
            field: given
            for field, given in merged.items()
            if field in factory_type.settings_type.model_fields
        }
        settings = _validated(factory_type.settings_type, own, rows, found)
        if not is_configured:
            # Nobody asked for it, so what it lacks is no mistake: it is merely not there.
            return (
                None
                if settings is None
                else ProviderSetup(name=name, factory_type=factory_type, settings=settings)
            )
        key_settings = self._key_settings(factory_type, merged, rows, found)
        problems.extend(found)
        if settings is None or key_settings is None:
            return None
        ring = open_key_ring(name, keys, key_settings) if factory_type.takes_keys else None
        return ProviderSetup(
            name=name, factory_type=factory_type, settings=settings, keys=ring, is_configured=True
        )

    @staticmethod
    def _key_settings(
        factory_type: type[AiModelFactory],
        merged: Mapping[str, Given],
        rows: Mapping[str, AiSetting],
        found: list[Problem],
    ) -> KeySettings | None:
        fields = KeySettings.model_fields if factory_type.takes_keys else {}
        given = {field: value for field, value in merged.items() if field in fields}
        settings = _validated(KeySettings, given, rows, found)
        return settings if isinstance(settings, KeySettings) else None

    def _merged(
        self,
        name: str,
        factory_type: type[AiModelFactory],
        rows: Mapping[str, AiSetting],
        found: list[Problem],
    ) -> dict[str, Given]:
        vendor = {
            key: Given(value=self._environment[variable].strip(), origin=variable)
            for variable, key in factory_type.vendor_variables.items()
            if key != API_KEY and self._environment.get(variable, "").strip()
        }
        merged: dict[str, Given] = {}
        for source in (_Source(values=vendor, is_text=True), *self._sources.get(name, ())):
            for key, given in source.values.items():
                row = rows.get(key)
                if key == API_KEY and factory_type.takes_keys:
                    if not source.is_text:
                        found.append(_key_in_file(given.origin))
                elif row is None:
                    names = [known.variable for known in rows.values()] if source.is_variable else list(rows)
                    found.append(
                        _unknown_key(given.origin, given.origin if source.is_variable else key, names)
                    )
                else:
                    self._take(merged, row, given, source, found)
        return merged

    @staticmethod
    def _take(
        merged: dict[str, Given], row: AiSetting, given: Given, source: _Source, found: list[Problem]
    ) -> None:
        try:
            value = row.read(given.value, is_text=source.is_text, folder=source.folder)
        except ValueError as error:
            message = str(error) if not isinstance(error, json.JSONDecodeError) else "it is not valid JSON"
            found.append(Problem(where=given.origin, value=given.value, message=message, valid=row.valid))
        else:
            merged[row.field] = Given(value=value, origin=given.origin)

    def _keys(
        self, name: str, factory_type: type[AiModelFactory], found: list[Problem]
    ) -> tuple[Secret, ...]:
        own = f"{AI_PREFIX}{name.upper().replace('-', '_')}_{API_KEY.upper()}"
        theirs = [variable for variable, key in factory_type.vendor_variables.items() if key == API_KEY]
        keys: list[Secret] = []
        for variable in (own, *theirs):
            try:
                keys.extend(split_keys(self._environment.get(variable, ""), variable))
            except ValueError as error:
                found.append(Problem(where=variable, message=str(error)))
        return tuple(keys)


def _validated(
    settings_type: type[BaseModel],
    given: Mapping[str, Given],
    rows: Mapping[str, AiSetting],
    found: list[Problem],
) -> BaseModel | None:
    try:
        return settings_type.model_validate({field: entry.value for field, entry in given.items()})
    except ValidationError as error:
        # A union reports once for each branch: the first says enough.
        details = {_field_of(detail): detail for detail in reversed(error.errors(include_url=False))}
    by_field = {row.field: row for row in rows.values()}
    found.extend(_explain(detail, given, by_field) for detail in reversed(details.values()))
    return None


def _field_of(detail: ErrorDetails) -> str:
    return str(detail["loc"][0]) if detail["loc"] else ""


def _explain(detail: ErrorDetails, given: Mapping[str, Given], rows: Mapping[str, AiSetting]) -> Problem:
    field = _field_of(detail)
    row, entry = rows.get(field), given.get(field)
    message = in_plain_words(detail["type"], detail["msg"])
    if row is None:
        return Problem(
            where=", ".join(value.origin for value in given.values()) or AI_SECTION, message=message
        )
    if detail["type"] == "missing":
        ways = f"write {row.key} in [{AI_SECTION}.{row.provider}] of trafficflou.toml, or set {row.variable}"
        return Problem(
            where=f"[{AI_SECTION}.{row.provider}] {row.key}",
            message=f"it is not set; {ways}",
            valid=row.valid,
        )
    value = detail["input"] if entry is None else entry.value
    return Problem(
        where=row.variable if entry is None else entry.origin,
        value=value,
        message=message,
        valid=row.valid,
        suggestion=nearest(value, row.choices) if isinstance(value, str) and row.choices else "",
    )


def _unknown_variable(variable: str) -> Problem:
    shape = f"{AI_PREFIX}PROVIDER, or {AI_PREFIX}, a provider's name and a setting, such as {AI_PREFIX}OPENAI_MODEL"
    return Problem(where=variable, message="there is no such setting", valid=shape)


def _unknown_key(origin: str, key: str, known: list[str]) -> Problem:
    # The value is not shown: it may be a key under a mistyped name.
    meant = nearest(key, known)
    return Problem(
        where=origin,
        message="there is no such setting",
        suggestion=meant,
        valid="" if meant else ", ".join(known),
    )


def _key_in_file(origin: str) -> Problem:
    return Problem(
        where=origin,
        message="keys are not kept in this file, which is shared and copied; put the key into the environment or into a key file",
        valid='key_file = "path" or keyring = "service/user"',
    )


def _line(lines: Lines, section: str, key: str) -> str:
    number = lines.get((section, key))
    return f":{number}" if number else ""
