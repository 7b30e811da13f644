"""From what people write to strategies that can be made: each found, its settings validated, its share of the visitors known.

Whatever is wrong in a spec, its form, a name, a setting, a value, is told at once, each mistake with its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from trafficflou.core import UsageError
from trafficflou.core.problem import Problem, in_plain_words, nearest
from trafficflou.settings import DeclaredSetting, declared_settings
from trafficflou.traffic.strategy_kind import StrategyKind
from trafficflou.traffic.strategy_part import PartSetting, StrategyPart, place
from trafficflou.traffic.strategy_registry import find_part, strategy_names
from trafficflou.traffic.strategy_spec import StrategySpec, as_spec_error

__all__ = ["ChosenStrategy", "check_strategies", "choose_strategies"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenStrategy:
    """A strategy of a run, ready to be made.

    Attributes:
        label: The name under which its figures stand.
        kind: What makes it.
        settings: An instance of the kind's `settings_type`.
        share: Its share of the visitors; those of all add up to 1.
    """

    label: str
    kind: StrategyKind
    settings: BaseModel
    share: float


def choose_strategies(
    spec: str, *, defaults: Mapping[str, object] | None = None
) -> tuple[ChosenStrategy, ...]:
    """Find what a spec names and validate its settings; imports code of the user's where it names some.

    Args:
        spec: As people write it.
        defaults: Settings of the whole run: they hold for each strategy that has a setting of that name and is not set otherwise;
            `None` values are passed over.

    Returns:
        The strategies in the order of the spec; what stands in it twice with the same settings is one, with both shares.

    Raises:
        UsageError: All that is wrong with the spec.
    """
    read, problems = StrategySpec.read(spec)
    chosen: dict[str, ChosenStrategy] = {}
    for part, share in read.shares():
        kind = _find(part, problems)
        settings = None if kind is None else _settings_of(kind, part, defaults or {}, problems)
        if kind is not None and settings is not None:
            before = chosen.get(part.label)
            chosen[part.label] = ChosenStrategy(
                label=part.label,
                kind=kind,
                settings=settings,
                share=share if before is None else before.share + share,
            )
    if problems:
        raise as_spec_error(problems)
    return tuple(chosen.values())


def check_strategies(spec: str) -> str:
    """Look for mistakes without importing code of the user's, whose settings are therefore taken as they are.

    Returns:
        The spec in its plain form.

    Raises:
        UsageError: All that is wrong with it.
    """
    read, problems = StrategySpec.read(spec)
    for part, _share in read.shares():
        kind = None if part.is_custom else _find(part, problems)
        if kind is not None:
            _settings_of(kind, part, {}, problems)
    if problems:
        raise as_spec_error(problems)
    return str(read)


def _find(part: StrategyPart, problems: list[Problem]) -> StrategyKind | None:
    """Find a strategy; `None` where there is none, with the mistake added to `problems`."""
    try:
        return find_part(part)
    except UsageError as error:
        problems.append(_not_found(part, error))
        return None


def _not_found(part: StrategyPart, error: UsageError) -> Problem:
    names, where = strategy_names(), place(part.reference, part.at)
    if part.is_custom or part.reference in names:
        return Problem(where=where, message=error.message.removesuffix("."), hint=error.hint)
    return Problem(
        where=where,
        message="there is no such strategy",
        suggestion=nearest(part.reference, names),
        valid=f"{', '.join(names)}, or one of your own such as shop.py:Buyer",
    )


def _settings_of(
    kind: StrategyKind, part: StrategyPart, defaults: Mapping[str, object], problems: list[Problem]
) -> BaseModel | None:
    """Validate the settings of a part; `None` where they are wrong, with the mistakes added to `problems`."""
    declared = declared_settings(kind.settings_type)
    by_field = {setting.field: setting for setting in declared.values()}
    given: dict[str, PartSetting] = {}
    values: dict[str, Any] = {
        name: value for name, value in defaults.items() if value is not None and name in by_field
    }
    mistakes: list[Problem] = []
    for written in part.settings:
        setting = declared.get(written.key) or by_field.get(written.key)
        if setting is None:
            mistakes.append(_unknown(part, written, declared))
            continue
        given[setting.field] = written
        try:
            values[setting.field] = _value_of(setting, written)
        except ValueError as error:
            mistakes.append(_wrong(written, setting, str(error)))
            values.pop(setting.field, None)
    told = {field for field in given if field not in values}
    try:
        settings = kind.settings_type.model_validate(values)
    except ValidationError as error:
        details = _one_each(error)
        mistakes.extend(
            _explain(detail, part, given, by_field) for field, detail in details.items() if field not in told
        )
    problems.extend(mistakes)
    return None if mistakes else settings


def _value_of(setting: DeclaredSetting, written: PartSetting) -> object:
    if written.key == setting.field and setting.field != setting.key and _is_number(written.value):
        return float(written.value)  # patience_s=30: the unit is in the name
    return setting.read(written.value, is_text=True, folder=None)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _one_each(error: ValidationError) -> dict[str, ErrorDetails]:
    """Return one detail for each field: a union reports once for each branch, and the first says enough."""
    found: dict[str, ErrorDetails] = {}
    for detail in error.errors(include_url=False):
        found.setdefault(str(detail["loc"][0]) if detail["loc"] else "", detail)
    return found


def _explain(
    detail: ErrorDetails,
    part: StrategyPart,
    given: Mapping[str, PartSetting],
    by_field: Mapping[str, DeclaredSetting],
) -> Problem:
    field = str(detail["loc"][0]) if detail["loc"] else ""
    setting, written = by_field.get(field), given.get(field)
    message = in_plain_words(detail["type"], detail["msg"]).removesuffix(".")
    if setting is None or written is None:
        where = place(part.reference, part.at)
        if setting is None:
            return Problem(where=where, message=message)
        message = f"its setting {setting.key} is missing" if detail["type"] == "missing" else message
        return Problem(where=where, message=message, valid=f"{setting.key}: {setting.valid}")
    return _wrong(written, setting, message)


def _wrong(written: PartSetting, setting: DeclaredSetting, message: str) -> Problem:
    return Problem(
        where=place(f"{written.key}={written.value}", written.at),
        message=message,
        valid=setting.valid,
        suggestion=nearest(written.value, setting.choices) if setting.choices else "",
    )


def _unknown(part: StrategyPart, written: PartSetting, declared: Mapping[str, DeclaredSetting]) -> Problem:
    known: Sequence[str] = tuple(declared)
    return Problem(
        where=place(written.key, written.at),
        message=f"{part.reference} has no such setting" if known else f"{part.reference} has no settings",
        suggestion=nearest(written.key, known),
        valid=", ".join(known),
    )
