"""Templates as patterns: which of a site's known templates a path is one of.

The templates form a tree of segments, in which a path is looked for from the root. A segment as it stands goes before a pattern, and of two
patterns the more specific one: more characters of its own, then a narrower form (`{month}` before `{id}` before `{slug}`). What leads
nowhere is taken back, so a path is found if any template fits it.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from trafficflou.behavior._site_words import FUNCTION_WORDS
from trafficflou.behavior.templates import parameter_of, split_extension

__all__ = ["Match", "TemplateTree"]

_RANKS: Final = {
    name: rank
    for rank, name in enumerate(
        (
            "{day}",
            "{month}",
            "{year}",
            "{date}",
            "{uuid}",
            "{id}",
            "{hex}",
            "{key}",
            "{email}",
            "{token}",
            "{page}",
            "{slug}",
        )
    )
}
_DATE_PARTS: Final = {"{year}": (1900, 2100, 4), "{month}": (1, 12, 2), "{day}": (1, 31, 2)}
_FORMS: Final = frozenset(("{date}", "{uuid}", "{id}", "{hex}", "{key}", "{email}", "{token}"))
_KEYS: Final = frozenset(("{hex}", "{key}", "{token}"))
"""Random characters now and then look like another kind of random characters."""

_REST: Final = "{rest}"


class Match(NamedTuple):
    """How far a path is known.

    Attributes:
        template: The template; `None` where the path leads out of the tree.
        names: The segments of templates that were found on the way, as far as possible.
    """

    template: str | None
    names: tuple[str, ...]


class _Node:
    """A segment of templates; `template` is the one that ends here."""

    __slots__ = ("literals", "patterns", "rest", "template")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.patterns: dict[str, tuple[_Pattern, _Node]] = {}
        self.rest: str | None = None
        self.template: str | None = None

    def child(self, segment: str) -> "_Node":
        """Return the node of a template's segment, made where it is new."""
        if "{" not in segment:
            return self.literals.setdefault(segment, _Node())
        if segment not in self.patterns:
            self.patterns[segment] = (_Pattern(segment), _Node())
            self.patterns = dict(sorted(self.patterns.items(), key=lambda item: item[1][0].order))
        return self.patterns[segment][1]


class _Pattern:
    """A segment with a parameter: what stands before it, its name, what stands behind it."""

    __slots__ = ("name", "order", "prefix", "suffix")

    def __init__(self, segment: str) -> None:
        self.prefix, _, rest = segment.partition("{")
        name, _, self.suffix = rest.rpartition("}")
        self.name = f"{{{name}}}"
        literal_chars = len(self.prefix) + len(self.suffix)
        self.order = (-literal_chars, _RANKS.get(self.name, len(_RANKS)), segment)

    def fits(self, segment: str) -> bool:
        """Tell whether a path's segment is one of these."""
        value = segment[len(self.prefix) : len(segment) - len(self.suffix)]
        if not value or self.prefix + value + self.suffix != segment:
            return False
        if self.name in _DATE_PARTS:
            least, most, digits = _DATE_PARTS[self.name]
            return value.isdigit() and len(value) <= digits and least <= int(value) <= most
        form = parameter_of(value)
        if self.name in _FORMS:
            return form == self.name or (form in _KEYS and self.name in _KEYS)
        return form is None and not self._is_other_word(value)

    def _is_other_word(self, value: str) -> bool:
        """Tell words of functions, and documents with an extension, from names of things, as inference does."""
        has_extension = not self.suffix and "." in value and split_extension(value)[1]
        return bool(has_extension) or value.lower() in FUNCTION_WORDS


class TemplateTree:
    """The templates of a site; immutable after construction."""

    __slots__ = ("_root",)

    def __init__(self, templates: Iterable[str]) -> None:
        """Make a tree of templates, in any order."""
        self._root = _Node()
        for template in templates:
            segments = template[1:].split("/")
            is_open = segments[-1] == _REST
            node = self._root
            for segment in segments[:-1] if is_open else segments:
                node = node.child(segment)
            if is_open:
                node.rest = template
            else:
                node.template = template

    def match(self, segments: Sequence[str]) -> Match:
        """Find the template of a path's segments."""
        walk = _Walk(segments)
        template = walk.from_node(self._root, 0)
        return Match(template, tuple(walk.furthest))


class _Walk:
    """One search; it takes back what leads nowhere, and remembers how far it came."""

    __slots__ = ("furthest", "segments", "trail")

    def __init__(self, segments: Sequence[str]) -> None:
        self.segments = segments
        self.trail: list[str] = []
        self.furthest: list[str] = []

    def from_node(self, node: _Node, depth: int) -> str | None:
        if depth == len(self.segments):
            return node.template
        segment = self.segments[depth]
        if segment in node.literals and (found := self._into(segment, node.literals[segment], depth)):
            return found
        for name, (pattern, child) in node.patterns.items():
            if pattern.fits(segment) and (found := self._into(name, child, depth)):
                return found
        return node.rest

    def _into(self, name: str, child: _Node, depth: int) -> str | None:
        self.trail.append(name)
        if len(self.trail) > len(self.furthest):
            self.furthest = self.trail.copy()
        found = self.from_node(child, depth + 1)
        self.trail.pop()
        return found
