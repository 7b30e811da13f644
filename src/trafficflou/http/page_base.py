"""What the references of a page are resolved against: its own address, its `<base href>`, the visitor's origin."""

from trafficflou.http.url import NOT_FETCHABLE, Origin, Resolved, resolve

__all__ = ["PageBase"]


class PageBase:
    """Resolves the references of one page; never raises on what a page says."""

    __slots__ = ("_foreign", "_origin", "_path")

    def __init__(self, path: str, base: str | None, origin: Origin) -> None:
        """Take the page's address and what its `<base href>` says.

        Args:
            path: Path and query of the page on `origin`.
            base: The first `<base href>` as written; `None` without one.
            origin: The visitor's origin.
        """
        self._origin = origin
        self._path = path
        self._foreign: Origin | None = None
        if base is not None:
            resolved = resolve(path, base, origin)
            if resolved.foreign is not None:
                self._foreign = Origin.parse(resolved.foreign)
            elif resolved.path is not None:
                self._path = resolved.path

    def resolve(self, reference: str) -> Resolved:
        """Return where a reference of the page leads."""
        if self._foreign is not None:
            there = resolve("/", reference, self._foreign)
            if there == NOT_FETCHABLE:
                return NOT_FETCHABLE
            if there.path is not None:
                return Resolved(None, str(self._foreign))
        return resolve(self._path, reference, self._origin)
