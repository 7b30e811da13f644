"""Variables in the texts of a YAML journey: `/product/{id}` is what `{id}` stands for in this session."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["fill_in", "names_in"]

_NAME: Final = re.compile(r"\{\{|\}\}|\{([A-Za-z_]\w{0,60})\}")


def names_in(value: Any) -> Iterator[str]:
    """Yield the names that stand in texts, also inside of lists and mappings."""
    if isinstance(value, str):
        yield from (found[1] for found in _NAME.finditer(value) if found[1])
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from names_in(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from names_in(part)


def fill_in(value: Any, names: Mapping[str, Any]) -> Any:
    """Return a value with its names replaced; `{{` and `}}` stand for a brace. A text that is a name alone becomes the thing itself."""
    if isinstance(value, str):
        if "{" not in value and "}" not in value:
            return value
        return _NAME.sub(lambda found: str(names[found[1]]) if found[1] else found[0][0], value)
    if isinstance(value, Mapping):
        return {key: fill_in(part, names) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [fill_in(part, names) for part in value]
    return value
