"""The template of a path by its form alone, for paths that no log and no survey has named.

Theory of operation
-------------------
A segment is a number or a key of some kind (`{id}`), a date or a part of one, a word of a closed list (`cart`, `edit`), or the name of a
thing (`{slug}`, `{page}.html`). Words of the list stay where they name a part of the site, that is first or second in a path and not
below a collection (`/product/...`), or where they say what is done (`.../edit`). A query adds the names of its keys.

The result is one of a bounded number of templates, whatever the path. Words come out of closed lists, `_MOST_WORDS` of them at most; a word
that is repeated (a relative link that leads ever deeper), a fourth name of a thing and everything beyond `MAX_SEGMENTS` become `{rest}`; of a
query's keys those that only refine a page (facets, sorting) become `{query}`, as do too many at once. Calendars without end, random tokens
and faceted lists therefore make no templates without end.
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote_plus

from trafficflou.behavior._site_words import (
    ACT_WORDS,
    COLLECTION_WORDS,
    LANGUAGES,
    NAMESPACES,
    NAMING_KEYS,
    NOISE_KEYS,
    NOISE_PREFIXES,
    PAGE_EXTENSIONS,
    SECTION_WORDS,
    SPECIAL_PAGES,
    VIEW_KEYS,
    VIEW_VALUES,
)
from trafficflou.behavior.templates import number_name, parameter_of, split_extension

__all__ = ["MAX_SEGMENTS", "QueryWords", "segments_by_form"]

MAX_SEGMENTS: Final = 6
"""Deeper segments are joined into `{rest}`."""

_MOST_WORDS: Final = 3
_MOST_SLUGS: Final = 3
_ACT_REACH: Final = 3
"""What is done stands near the end of a path: `/comments/17/a-title`."""

_MOST_KEYS: Final = 4
_QUERY_CHARS_READ: Final = 4096
_PAIRS_READ: Final = 40
_LANGUAGE: Final = re.compile(r"..(?:[-_][A-Za-z]{2})?")
_NUMBERED: Final = re.compile(r"([a-z]+[-_]?)\d{1,12}")
_TELLING_KEYS: Final = VIEW_KEYS | {"title"}
_ENTRY_SCRIPTS: Final = frozenset(("index.php", "index.html", "index.cfm", "app.php", "default.aspx"))


def segments_by_form(segments: Sequence[str], above: Sequence[str] = ()) -> list[str]:
    """Name segments by their form.

    Args:
        segments: Of a normalised path, as they stand between its slashes; the last may be empty.
        above: Names of the segments above them, where these are known already.

    Returns:
        A name for each segment, shorter where the end is `{rest}`.
    """
    naming = _Naming(above)
    left = len(segments) - segments.count("")
    for segment in segments:
        if segment and len(naming.names) >= MAX_SEGMENTS:
            naming.names.append("{rest}")
        else:
            naming.add(segment, left)
        left -= 1
        if naming.names[-1] == "{rest}":
            break
    return naming.names[len(above) :]


class _Naming:
    """A template that grows by a segment at a time."""

    __slots__ = ("names", "position", "words")

    def __init__(self, above: Sequence[str]) -> None:
        self.names = list(above)
        self.words = {name for name in above if "{" not in name and not _is_transparent(name)}
        self.position = sum(not _is_transparent(name) for name in above)
        """How many segments stand above that say where in the site one is."""

    def add(self, segment: str, left: int) -> None:
        """Name a segment; so many are left, this one included."""
        name = self._name(segment, left)
        if name in self.words or (name == "{slug}" and self.names.count("{slug}") == _MOST_SLUGS):
            name = "{rest}"
        elif name and "{" not in name and not _is_transparent(name):
            self.words.add(name)
        self.names.append(name)
        self.position += not _is_transparent(name)

    def _name(self, segment: str, left: int) -> str:
        if not segment:
            return ""
        if not self.names and segment[:2].lower() in LANGUAGES and _LANGUAGE.fullmatch(segment):
            return "{lang}"
        stem, extension = split_extension(segment) if "." in segment else (segment, "")
        extension = extension.lower()
        if extension not in PAGE_EXTENSIONS:
            stem, extension = segment, ""
        return self._by_form(stem, extension) or self._by_word(stem.lower(), extension, left)

    def _by_form(self, stem: str, extension: str) -> str | None:
        parameter = parameter_of(stem)
        if parameter is None:
            return None
        if parameter == "{id}" and not extension:
            return number_name([stem], self.names[-1] if self.names else "")
        # A key that happens to have digits alone is a number, so telling keys from numbers would part what is alike.
        return ("{date}" if parameter == "{date}" else "{id}") + extension

    def _by_word(self, stem: str, extension: str, left: int) -> str:
        if ":" in stem and (name := namespaced(stem)) is not None:
            return name
        if self._is_word(stem, left):
            return stem + extension
        numbered = _NUMBERED.fullmatch(stem) if stem[-1].isdigit() else None
        if numbered is not None and self._is_word(numbered[1].rstrip("-_"), left):
            return f"{numbered[1]}{{id}}{extension}"
        return "{page}" + extension if extension else "{slug}"

    def _is_word(self, word: str, left: int) -> bool:
        if word in self.words:
            return True
        if len(self.words) >= _MOST_WORDS:
            return False
        if word in ACT_WORDS and left <= _ACT_REACH:
            return True
        parent = self.names[-1] if self.names else ""
        return self.position < 2 and parent not in COLLECTION_WORDS and word in SECTION_WORDS


def _is_transparent(name: str) -> bool:
    """Tell what stands before the first part of a site: a language, a script that everything runs through."""
    return name == "{lang}" or name in _ENTRY_SCRIPTS


def namespaced(title: str) -> str | None:
    """Name a wiki's title that is more than an article, such as `Special:Search` or `Talk:{page}`.

    Args:
        title: Decoded, in any case.
    """
    namespace, _, page = title.lower().partition(":")
    if namespace not in NAMESPACES or not page:
        return None
    known = SPECIAL_PAGES.get(page) if namespace == "special" else None
    return f"{NAMESPACES[namespace]}:{known or '{page}'}"


class QueryWords:
    """What of a query belongs to the template."""

    __slots__ = ("_keys", "_values")

    def __init__(self, keys: frozenset[str] = frozenset(), values: frozenset[str] = frozenset()) -> None:
        """Know further words, found on a site.

        Args:
            keys: Keys that name a page where they stand alone.
            values: Values that name a view.
        """
        self._keys = keys
        self._values = VIEW_VALUES | values

    def suffix(self, query: str) -> str:
        """Return `?action=history&title` for `title=Main_Page&action=history&utm_source=x`; empty where nothing counts."""
        names: set[str] = set()
        others: set[str] = set()
        for pair in query[:_QUERY_CHARS_READ].split("&", _PAIRS_READ)[:_PAIRS_READ]:
            raw_key, _, raw_value = pair.partition("=")
            key = _decoded(raw_key).partition("[")[0].lower()
            if key in NAMING_KEYS:
                names.add(self._named(key, raw_value) if key in _TELLING_KEYS else key)
            elif key and key not in NOISE_KEYS and not key.startswith(NOISE_PREFIXES):
                others.add(key)
        if len(names) + len(others) > _MOST_KEYS:
            names, others = {name for name in names if "=" in name}, others | names
        if others:
            # One such key names a page on this site; two of them filter a list, and lists of filters have no end.
            is_page = len(others) == 1 and not names and others <= self._keys
            names |= others if is_page else {"{query}"}
        return "?" + "&".join(sorted(names)) if names else ""

    def _named(self, key: str, raw_value: str) -> str:
        value = _decoded(raw_value)
        if key in VIEW_KEYS and value in self._values:
            return f"{key}={value}"
        if key == "title" and ":" in value and (name := namespaced(value)) is not None:
            return f"{key}={name}"
        return key


def _decoded(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text
