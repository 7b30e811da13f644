"""URL templates out of paths: `/product/{id}`, `/{year}/{month}/{day}/{slug}/`, `/docs/{page}.html`.

Theory of operation
-------------------
The paths form a tree of segments. Going down from the root, the children of each node are put into groups, and each group becomes one
child of the template tree with the subtrees of its members merged:

1. *By form.* A number, a date, a UUID, hexadecimal digits, a token or an e-mail address is a parameter wherever it stands, even when it was
   seen once: such segments name one thing or one person. A segment that ends in a number (`item-17`, `p17.html`) is a parameter
   where at least `MIN_NUMBERED` siblings differ from it only by the number.
2. *By company.* Words become `{slug}` (or `{page}.html`, by extension) where a node has at least `MIN_SIBLINGS` of them. Under a
   *collection*, such as `/product/`, all of them do: even the most popular product is a product. Under a *hub* (the root, a
   language, a node whose children have subtrees unlike one another) only the rare ones do: `/cart` and `/about` stay themselves
   beside three hundred articles. Words that name functions (`search`, `login`) always stay.

The result depends on the paths and their counts only, not on the order in which they came.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from trafficflou.behavior._site_words import FUNCTION_WORDS

__all__ = [
    "coarser",
    "has_secret",
    "infer_templates",
    "is_parametric",
    "number_name",
    "parameter_of",
    "split_extension",
]

MIN_SIBLINGS: Final = 12
"""So many words beside each other are names of things, not of functions: fewer can be read as a list by a person."""

MIN_NUMBERED: Final = 4
MAX_DEPTH: Final = 8
"""Deeper segments are joined into `{rest}`."""

_HUB_WORDS_KEPT: Final = 25
_HUB_SHARE: Final = 0.005
_UNLIKE_SHARE: Final = 0.5
_MIN_UNLIKE: Final = 3

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d")
_HEX = re.compile(r"(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_.~=+,!]")
_LETTER_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_CASE_CHANGE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_TOKEN_CHARS = 16
_RUN_CHARS = 32
_EMAIL = re.compile(r"[^@/]+(?:@|%40)[^@/]+\.[A-Za-z]{2,}")
_NUMBERED = re.compile(r".*[^\d.]\d+")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2})?")
_EXTENSION = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,4}")
_PARAMETER = re.compile(r"\{\w+\}")
_SECRETS = frozenset(("{email}", "{token}", "{key}"))
_DATE_PARTS = {"{year}": ("{month}", 12), "{month}": ("{day}", 31)}


class _Node:
    """A segment in the tree of paths; `paths` end here, `children` go on."""

    __slots__ = ("children", "paths", "views")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.paths: list[str] = []
        self.views = 0

    def absorb(self, other: "_Node") -> None:
        """Merge another node into this one, subtree and all."""
        self.views += other.views
        self.paths += other.paths
        for segment, child in other.children.items():
            own = self.children.get(segment)
            if own is None:
                self.children[segment] = child
            else:
                own.absorb(child)


def infer_templates(views: Mapping[str, int]) -> dict[str, str]:
    """Find the template of each path.

    Args:
        views: Page views by normalised path. Templates of an earlier call may stand among the paths: braces cannot occur in a
            normalised path.

    Returns:
        The template of each path; a path that is alike no other is its own.
    """
    root = _Node()
    for path in sorted(views):
        _insert(root, path, views[path])
    result: dict[str, str] = {}
    # A stack instead of recursion: the depth is bounded, but so the intent is plain.
    waiting = [("", root)]
    while waiting:
        prefix, node = waiting.pop()
        for path in node.paths:
            result[path] = prefix
        is_hub = _is_hub(prefix, node)
        for segment, child in _group(node, prefix, is_hub=is_hub).items():
            waiting.append((f"{prefix}/{segment}", child))
    return result


def _insert(root: _Node, path: str, views: int) -> None:
    segments = path[1:].split("/")
    if len(segments) > MAX_DEPTH:
        segments = [*segments[: MAX_DEPTH - 1], "{rest}"]
    node = root
    node.views += views
    for segment in segments:
        node = node.children.setdefault(segment, _Node())
        node.views += views
    node.paths.append(path)


def _group(node: _Node, prefix: str, *, is_hub: bool) -> dict[str, _Node]:
    """Merge the children that are alike; returns them by the segment of the template."""
    grouped: dict[str, _Node] = {}
    names = _names_by_form(node, prefix.rpartition("/")[2])
    names |= _names_by_company(node, [word for word in node.children if word not in names], is_hub=is_hub)
    for segment in sorted(node.children):
        name = names.get(segment, segment)
        if name in grouped:
            grouped[name].absorb(node.children[segment])
        else:
            grouped[name] = node.children[segment]
    return grouped


def _names_by_form(node: _Node, parent: str) -> dict[str, str]:
    names: dict[str, str] = {}
    numbers: list[str] = []
    numbered: dict[str, list[str]] = {}
    for segment in node.children:
        stem, extension = split_extension(segment)
        name = parameter_of(stem)
        if name == "{id}" and not extension:
            numbers.append(segment)
        if name is not None:
            names[segment] = name + extension
        elif _NUMBERED.fullmatch(stem):
            prefix = stem.rstrip("0123456789")
            numbered.setdefault(f"{prefix}{{id}}{extension}", []).append(segment)
    for name, segments in numbered.items():
        if len(segments) >= MIN_NUMBERED or name in node.children:
            names |= dict.fromkeys(segments, name)
    if numbers:
        names |= dict.fromkeys(numbers, number_name(numbers, parent))
    return names


def number_name(numbers: list[str], parent: str) -> str:
    """Tell years, and months and days below them, from identifiers."""
    if all(len(number) == 4 and 1990 <= int(number) <= 2049 for number in numbers):
        return "{year}"
    name, most = _DATE_PARTS.get(parent, ("{id}", 0))
    return name if all(len(number) <= 2 and 1 <= int(number) <= most for number in numbers) else "{id}"


def parameter_of(stem: str) -> str | None:
    """Name the parameter that a segment is by its form alone, such as `{id}`; `None` where it is a word."""
    letters = stem.replace("-", "")
    if letters.isalpha() and (len(stem) < _TOKEN_CHARS or (letters.islower() and len(stem) < _RUN_CHARS)):
        return None  # nearly all that is asked for: live pages are named while visitors wait
    if not stem:
        return None
    return stem if _PARAMETER.fullmatch(stem) else _parameter_by_characters(stem)


def _parameter_by_characters(stem: str) -> str | None:
    if stem.isdigit():
        return "{id}" if len(stem) <= 12 else "{key}"
    if _UUID.fullmatch(stem):
        return "{uuid}"
    if _DATE.fullmatch(stem):
        return "{date}"
    if _HEX.fullmatch(stem):
        return "{hex}" if len(stem) < 32 else "{key}"
    if ("@" in stem or "%40" in stem) and _EMAIL.fullmatch(stem):
        return "{email}"
    return "{token}" if _is_token(stem) else None


def _is_token(stem: str) -> bool:
    """Tell random characters from words: they switch between letters and digits, or between cases, all the time."""
    if len(stem) < _TOKEN_CHARS:
        return False
    if len(_LETTER_DIGIT.findall(stem)) >= 4 or 2 * len(_CASE_CHANGE.findall(stem)) >= len(stem):
        return True
    return "%" not in stem and max(map(len, _SEPARATORS.split(stem))) >= _RUN_CHARS


def _names_by_company(node: _Node, words: Iterable[str], *, is_hub: bool) -> dict[str, str]:
    companies: dict[str, list[str]] = {}
    for word in words:
        stem, extension = split_extension(word)
        if stem and stem.lower() not in FUNCTION_WORDS and not _PARAMETER.search(word):
            companies.setdefault(extension, []).append(word)
    names: dict[str, str] = {}
    for extension, company in companies.items():
        name = ("{page}" if extension else "{slug}") + extension
        rare = _rare(node, company) if is_hub else company
        if len(rare) >= MIN_SIBLINGS or name in node.children:
            names |= dict.fromkeys(rare, name)
    return names


def _rare(node: _Node, words: Iterable[str]) -> list[str]:
    """Return the words of a hub that are not among its most viewed."""
    ranked = sorted(words, key=lambda word: (-node.children[word].views, word))
    least = node.views * _HUB_SHARE
    kept = sum(1 for word in ranked[:_HUB_WORDS_KEPT] if node.children[word].views >= least)
    return ranked[kept:]


def _is_hub(prefix: str, node: _Node) -> bool:
    if not prefix or (prefix.count("/") == 1 and _LANGUAGE.fullmatch(prefix[1:])):
        return True
    sets = [
        words
        for child in node.children.values()
        if len(words := {word for word in child.children if word and parameter_of(word) is None}) >= 2
    ]
    if len(sets) < _MIN_UNLIKE:
        return False
    return len(set().union(*sets)) > _UNLIKE_SHARE * sum(map(len, sets))


def split_extension(segment: str) -> tuple[str, str]:
    """Split `page.html` into `page` and `.html`; a version or an e-mail address has no extension."""
    stem, dot, extension = segment.rpartition(".")
    if dot and stem and _EXTENSION.fullmatch(dot + extension) and not _EMAIL.fullmatch(segment):
        return stem, dot + extension
    return segment, ""


def coarser(template: str) -> str | None:
    """Make the last word of a template that is none yet a parameter.

    Returns:
        `/docs/{slug}/` for `/docs/intro/`, then `/{slug}/{slug}/`; `None` where nothing is left to hide.
    """
    segments = template.split("/")
    for index in range(len(segments) - 1, 0, -1):
        stem, extension = split_extension(segments[index])
        if stem and not _PARAMETER.fullmatch(stem):
            segments[index] = ("{page}" if extension else "{slug}") + extension
            return "/".join(segments)
        if extension:
            segments[index] = "{slug}"
            return "/".join(segments)
    return None


def has_secret(path: str) -> bool:
    """Tell whether a path holds what may be a secret or a person: an e-mail address, a token, a long key."""
    return any(
        parameter_of(part) in _SECRETS
        for segment in path.split("/")
        for part in {segment, split_extension(segment)[0]}
    )


def is_parametric(template: str) -> bool:
    """Tell a template with parameters from a path that is its own template."""
    return _PARAMETER.search(template) is not None
