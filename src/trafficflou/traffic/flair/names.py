"""Names the template of any path of a site."""

from collections.abc import Iterable
from typing import Final

from trafficflou.behavior.templates import infer_templates
from trafficflou.traffic.flair.lru import LruCache

__all__ = ["TemplateNames"]

_CACHED: Final = 8192


class TemplateNames:
    """Templates of what is known of a site; what is not known is named by its form alone."""

    __slots__ = ("_known", "_met")

    def __init__(self, paths: Iterable[str]) -> None:
        self._known = infer_templates(dict.fromkeys((path.partition("?")[0] for path in paths), 1))
        self._met: LruCache[str, str] = LruCache(_CACHED)

    def template_of(self, path: str) -> str:
        """Return the template of a path, whose query does not count."""
        path = path.partition("?")[0]
        known = self._known.get(path)
        if known is not None:
            return known
        return self._met.find(path) or self._met.keep(path, infer_templates({path: 1})[path])
