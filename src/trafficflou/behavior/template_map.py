"""Which kind of page a path of a live site is: `/product/{id}` for `/product/17?utm_source=mail`, `/index.php?action=edit&title` for a wiki's.

Strategies that follow links come to pages that no log has named; they measure, remember and choose by kind of page. What is known of the site
decides first, the templates of a traffic model or those inferred from a survey; where that ends, the form of the path does (`_path_forms`).

The template is a pure function of the path: the same on every worker, whatever was seen before it. And there are not more than a bounded number of
templates, even on a site that makes up paths without end.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from trafficflou.behavior._path_forms import QueryWords, segments_by_form
from trafficflou.behavior._template_tree import TemplateTree
from trafficflou.behavior.model import TrafficModel
from trafficflou.behavior.resources import normalise_path
from trafficflou.behavior.templates import infer_templates

__all__ = ["TemplateMap"]

MAX_SURVEYED_PATHS: Final = 20_000
MAX_TEMPLATES: Final = 500
"""Of a survey: those with the most paths; the others are named by form."""

ODD_PATH: Final = "/{rest}"
"""The template of what is no usable path: too long, with control characters, not from the root."""

_MAX_REMEMBERED: Final = 8192
_LONGEST_REMEMBERED: Final = 300
_MAX_SURVEYED_WORDS: Final = 30
_QUERY_WORD: Final = re.compile(r"[a-z][a-z_-]{0,19}")
_COOKIELESS_SESSION: Final = re.compile(r"/\([SXF]\([A-Za-z0-9]{1,64}\)\)")
"""ASP.NET's session in the path, `/(S(lit3py55t21z5v55vlm25s55))/`."""


class TemplateMap:
    """Templates of paths; shared by all visitors of a worker, and safe to send to other processes."""

    __slots__ = ("_known", "_query", "_seen", "_tree")

    def __init__(
        self,
        templates: Iterable[str] = (),
        known: Mapping[str, str] | None = None,
        query_words: QueryWords | None = None,
    ) -> None:
        """Know a site; see `from_model`, `from_paths` and `plain`.

        Args:
            templates: Its templates.
            known: The template of paths that are written without a query.
            query_words: What else its queries say about a page.
        """
        self._tree = TemplateTree(templates)
        self._known = dict(known or {})
        self._query = query_words or QueryWords()
        self._seen: dict[str, str] = {}

    @classmethod
    def from_model(cls, model: TrafficModel) -> Self:
        """Name paths as a traffic model does; its example paths have the templates under which they stand there."""
        known = {
            example.path: template.template for template in model.templates for example in template.paths
        }
        return cls([template.template for template in model.templates], known)

    @classmethod
    def from_paths(cls, paths: Iterable[str]) -> Self:
        """Name paths by what a survey of the site has found.

        Args:
            paths: Paths with or without queries, in any order; of more than `MAX_SURVEYED_PATHS` different ones an even selection counts.
        """
        surveyed = _selection(sorted(set(paths)))
        views: Counter[str] = Counter()
        for path in surveyed:
            normalised = _normalised(path.partition("?")[0])
            if normalised is not None:
                views[normalised] += 1
        known = infer_templates(views)
        ranked = sorted(Counter(known.values()).items(), key=lambda item: (-item[1], item[0]))
        kept = {template for template, _ in ranked[:MAX_TEMPLATES]}
        known = {path: template for path, template in known.items() if template in kept}
        return cls(sorted(kept), known, _query_words(surveyed))

    @classmethod
    def plain(cls) -> Self:
        """Name paths by their form alone."""
        return cls()

    def template_of(self, path: str) -> str:
        """Return the template of a path.

        Args:
            path: Path and query as they would be requested; nothing is asked of them.

        Returns:
            A template, with what of the query names a page behind a question mark: `/index.php?action=edit&title`. What stands before
            it is a template of the model or the survey where the path is one of these.
        """
        known = self._known.get(path) or self._seen.get(path)
        if known is not None:
            return known
        found = self._find(path)
        if len(path) <= _LONGEST_REMEMBERED:
            if len(self._seen) >= _MAX_REMEMBERED:
                self._seen.clear()
            self._seen[path] = found
        return found

    def _find(self, path: str) -> str:
        path, _, query = path.partition("#")[0].partition("?")
        normalised = _normalised(path)
        if normalised is None:
            return ODD_PATH
        template = self._known.get(normalised) or self._match(normalised[1:].split("/"))
        return template + self._query.suffix(query) if query else template

    def _match(self, segments: list[str]) -> str:
        match = self._tree.match(segments)
        if match.template is not None:
            return match.template
        # The same page, one slash more or less: sites answer both.
        other = segments[:-1] if segments[-1] == "" else [*segments, ""]
        near = self._tree.match(other) if other else match
        if near.template is not None:
            return near.template
        names = match.names
        return "/" + "/".join((*names, *segments_by_form(segments[len(names) :], names)))

    def __getstate__(self) -> tuple[Any, ...]:
        """Leave out what was seen: it can be found again."""
        return self._tree, self._known, self._query

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self._tree, self._known, self._query = state
        self._seen = {}


def _normalised(path: str) -> str | None:
    path = _COOKIELESS_SESSION.sub("", path) if "/(" in path else path
    return normalise_path(path or "/")


def _selection(paths: list[str]) -> list[str]:
    step = -(-len(paths) // MAX_SURVEYED_PATHS)
    return paths[::step] if step > 1 else paths


def _query_words(paths: Iterable[str]) -> QueryWords:
    """Return the words that a survey's queries are made of, the most frequent first."""
    keys: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for path in paths:
        pairs = [pair.partition("=") for pair in path.partition("?")[2].split("&")[:_MAX_SURVEYED_WORDS]]
        if len(pairs) == 1:
            keys.update(key.lower() for key, _, _ in pairs if _QUERY_WORD.fullmatch(key.lower()))
        values.update(value for _, _, value in pairs if _QUERY_WORD.fullmatch(value))
    return QueryWords(_most_frequent(keys), _most_frequent(values))


def _most_frequent(words: Counter[str]) -> frozenset[str]:
    ranked = sorted(words.items(), key=lambda item: (-item[1], item[0]))
    return frozenset(word for word, _ in ranked[:_MAX_SURVEYED_WORDS])
