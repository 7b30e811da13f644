"""One setting that a part declares as a field of its settings' class: how it is written, read and explained.

A number whose field ends with a unit (`patience_s`, `limit_bytes`) is written with its unit under the name without it: `patience = "30s"`.
"""

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from trafficflou.core.units import parse_duration_s, parse_size_bytes

__all__ = ["DeclaredSetting", "declared_settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quantity:
    suffix: str
    parse: Callable[[str], float]
    valid: str


_QUANTITIES: Final = (
    _Quantity(
        suffix="_s", parse=parse_duration_s, valid="a duration with its unit, such as 30s, 1m30s or 250ms"
    ),
    _Quantity(suffix="_bytes", parse=parse_size_bytes, valid="a size with its unit, such as 512KiB or 4MB"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSetting:
    """One setting.

    Attributes:
        field: Its name in the class; carries the unit.
        key: Its name as it is written, without the unit.
        help: What it does.
        valid: What may be written.
        default: The default as one would write it; `None` where there is none.
        choices: The closed set of words, if it is one.
        is_required: It has no default and must be given.
    """

    field: str
    key: str
    help: str
    valid: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    is_required: bool = False
    kinds: frozenset[object] = dataclass_field(default=frozenset(), repr=False)

    def read(self, value: object, *, is_text: bool, folder: Path | None) -> object:
        """Make of what was written what the class takes.

        Args:
            value: As it was written.
            is_text: It comes from a variable or a flag, where everything is text.
            folder: What a path is relative to; the working folder where it is `None`.

        Raises:
            ValueError: It has no unit, or is no quantity, or no JSON where that is needed.
        """
        quantity = _quantity_of(self.field) if self.kinds & {int, float} else None
        if quantity is not None:
            if isinstance(value, int | float):
                raise ValueError("its unit is missing")
            return quantity.parse(value) if isinstance(value, str) else value
        if Path in self.kinds and isinstance(value, str) and value:
            return (folder or Path()) / Path(value).expanduser()
        if is_text and isinstance(value, str):
            return self._from_text(value)
        return value

    def _from_text(self, text: str) -> object:
        if self.kinds & {tuple, list, set, frozenset} and not text.startswith("["):
            return [part.strip() for part in text.split(",") if part.strip()]
        if text.startswith(("[", "{")) and self.kinds & {tuple, list, set, frozenset, dict, Mapping}:
            return json.loads(text)
        return text


def declared_settings(settings_type: type[BaseModel]) -> dict[str, DeclaredSetting]:
    """Return the settings that a class declares, by key, in the order of its fields."""
    schema = settings_type.model_json_schema()
    settings = (_setting(name, info, schema) for name, info in settings_type.model_fields.items())
    return {setting.key: setting for setting in settings}


def _setting(name: str, info: FieldInfo, schema: Mapping[str, Any]) -> DeclaredSetting:
    kinds = frozenset(_kinds(info.annotation))
    quantity = _quantity_of(name) if kinds & {int, float} else None
    described = schema["properties"].get(info.alias or name, {})
    choices = tuple(word for kind in kinds for word in _words_of(kind)) or tuple(described.get("enum", ()))
    return DeclaredSetting(
        field=name,
        key=name.removesuffix(quantity.suffix) if quantity else name,
        help=info.description or "",
        valid=quantity.valid if quantity else _valid(described, schema.get("$defs", {})),
        default=_default(info, quantity),
        choices=choices,
        is_required=info.is_required(),
        kinds=kinds,
    )


def _words_of(kind: object) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return tuple(map(str, get_args(kind)))
    return tuple(map(str, kind)) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()


def _quantity_of(name: str) -> _Quantity | None:
    return next((quantity for quantity in _QUANTITIES if name.endswith(quantity.suffix)), None)


def _kinds(annotation: Any) -> set[object]:
    """Return the plain types that an annotation is made of, unions and `Annotated` opened, containers as such."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kinds(get_args(annotation)[0])
    if origin is Union or origin is types.UnionType:
        return {kind for part in get_args(annotation) for kind in _kinds(part)}
    return {annotation if origin is None or origin is Literal else origin}


def _default(info: FieldInfo, quantity: _Quantity | None) -> str | None:
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined:
        return None
    if quantity is not None and isinstance(value, int | float):
        return _written(value, quantity)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(map(str, value)) or None
    if isinstance(value, dict | BaseModel):
        return None
    return str(value) or None


def _written(value: float, quantity: _Quantity) -> str:
    """Write a default as people would: the unit with the fewest digits, as long as nothing is lost."""
    if quantity.suffix == "_s":
        units: tuple[tuple[str, float], ...] = (("d", 86_400), ("h", 3600))
        whole = [f"{value / size:.0f}{unit}" for unit, size in units if value >= size and value % size == 0]
        return whole[0] if whole else f"{value:g}s"
    units = (("MB", 10**6), ("MiB", 2**20), ("kB", 10**3), ("KiB", 2**10), ("B", 1))
    exact = [f"{value / size:.0f}{unit}" for unit, size in units if value % size == 0]
    return min(exact, key=len)


_WORDS: Final = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a table",
}


def _valid(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> str:
    if "valid" in schema:  # said by the field itself
        return str(schema["valid"])
    if "$ref" in schema:
        return _valid(defs.get(schema["$ref"].rpartition("/")[2], {}), defs)
    if "enum" in schema or "const" in schema:
        return _alternatives([str(word) for word in schema.get("enum", [schema.get("const")])])
    if "anyOf" in schema:
        branches = [_valid(branch, defs) for branch in schema["anyOf"] if branch.get("type") != "null"]
        return _alternatives(list(dict.fromkeys(branches)))
    kind = schema.get("type")
    if kind == "array":
        return f"a list, separated by commas, of: {_valid(schema.get('items', {}), defs)}"
    if kind == "string":
        return "a path" if schema.get("format") == "path" else _valid_text(schema)
    return _WORDS.get(str(kind), "a value") + _bounds(schema)


def _valid_text(schema: Mapping[str, Any]) -> str:
    longest = f" of at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return f"text{longest}"


def _bounds(schema: Mapping[str, Any]) -> str:
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "up to", "exclusiveMaximum": "below"}
    return "".join(f" {word} {schema[key]:.10g}" for key, word in words.items() if key in schema)


def _alternatives(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
