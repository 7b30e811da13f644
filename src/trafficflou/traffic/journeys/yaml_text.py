"""Reads YAML that people write by hand, and nothing that could be more than a document: no aliases, no tags, no object of any class.

Theory of operation. The parser's events are taken one by one and put together here, with a stack instead of recursion. What the usual loaders add is what
makes YAML dangerous or surprising: aliases that multiply ("billion laughs"), tags that make objects, dates and octal numbers out of text, a key that is
given twice and counts once. Plain scalars are read by the core schema of YAML 1.2: `no` and `2024-01-01` are text, `012` too. Of everything the line is kept,
so that a mistake can be told with its place.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

__all__ = ["MAX_YAML_BYTES", "Lines", "YamlError", "read_yaml"]

MAX_YAML_BYTES: Final = 512 * 1024
_MAX_DEPTH: Final = 30
_MAX_NODES: Final = 20_000
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})")
_NUMBER: Final = re.compile(r"[-+]?(?:\d{1,20}\.\d{0,20}|\.\d{1,20}|\d{1,20}(?=[eE]))(?:[eE][-+]?\d{1,3})?")
_WORDS: Final[dict[str, object]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

Lines = dict[tuple[str | int, ...], int]
"""Line, 1 first, of each value by its path: `("steps", 2, "click")`."""


class YamlError(ValueError):
    """A text is no YAML, or holds what is not read.

    Args:
        message: What is wrong.
        line: Where, 1 first.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Open:
    """A list or a mapping that is being read."""

    __slots__ = ("at", "key", "value")

    def __init__(self, value: list[Any] | dict[str, Any], at: tuple[str | int, ...]) -> None:
        self.value = value
        self.at = at
        self.key: str | None = None


def read_yaml(text: str) -> tuple[Any, Lines]:
    """Read one document.

    Args:
        text: At most `MAX_YAML_BYTES` of YAML.

    Returns:
        Lists, mappings with text keys, texts, numbers, booleans and `None`; and the line of each.

    Raises:
        YamlError: It is none, or is too large, too deep, or holds aliases, tags, or a key twice.
    """
    if len(text.encode("utf-8", "replace")) > MAX_YAML_BYTES:
        raise YamlError(f"it has more than {MAX_YAML_BYTES // 1024} KiB", 1)
    reader = _Reader()
    for event in _events(text):
        reader.take(event)
    return reader.document, reader.lines


def _events(text: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(error.problem or "it is no YAML", mark.line + 1 if mark else 1) from error
    except yaml.YAMLError as error:
        raise YamlError("it holds characters that YAML cannot", 1) from error


class _Reader:
    """The state of reading a document."""

    def __init__(self) -> None:
        self.document: Any = None
        self.lines: Lines = {}
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlError("aliases (*name) are not read; write it out", line)
        tag = getattr(event, "tag", None)
        if tag:
            raise YamlError(f"the tag {str(tag)[:40]} is not read; leave it out", line)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise YamlError("there is a second document (---)", line)
        elif isinstance(event, yaml.ScalarEvent):
            self._add(_scalar(event), line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin([], line)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin({}, line)
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self._open.pop()

    def _begin(self, value: list[Any] | dict[str, Any], line: int) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise YamlError(f"it is nested more than {_MAX_DEPTH} deep", line)
        at = self._add(value, line)
        if at is None:
            raise YamlError("a key is a list or a mapping", line)
        self._open.append(_Open(value, at))

    def _add(self, value: Any, line: int) -> tuple[str | int, ...] | None:
        """Put a value where it belongs; returns its path, or `None` where it is a key."""
        if len(self.lines) >= _MAX_NODES:
            raise YamlError(f"it has more than {_MAX_NODES} values", line)
        if not self._open:
            self.document = value
            self.lines[()] = line
            return ()
        at: tuple[str | int, ...]
        parent = self._open[-1]
        if isinstance(parent.value, list):
            at = (*parent.at, len(parent.value))
            parent.value.append(value)
        elif parent.key is None:
            return self._take_key(parent, value, line)
        else:
            at = (*parent.at, parent.key)
            parent.value[parent.key] = value
            parent.key = None
        self.lines[at] = line
        return at

    @staticmethod
    def _take_key(parent: _Open, key: Any, line: int) -> None:
        if isinstance(key, list | dict):
            raise YamlError("a key is a list or a mapping", line)
        name = key if isinstance(key, str) else str(key).lower() if isinstance(key, bool) else str(key)
        if name in parent.value:
            raise YamlError(f"{name[:40]} is given twice", line)
        parent.key = name


def _scalar(event: yaml.ScalarEvent) -> Any:
    text: str = event.value
    if event.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
