"""Finds the subresources of live documents; remembers what it found, because sites serve the same bytes again and again."""

from typing import Final, NamedTuple

from trafficflou.http import EMPTY_PAGE, Origin, PageContent, Resolved, decode, resolve, scan

__all__ = ["PageScanner", "ScannedPage"]

MAX_DECODED_BYTES: Final = 8 * 1024 * 1024


class ScannedPage(NamedTuple):
    """What a document names.

    Attributes:
        subresources: Path (and query) on the target's own origin, and kind, in document order.
        foreign_origins: Origins of the subresources that lie elsewhere; they are never fetched.
    """

    subresources: tuple[tuple[str, str], ...]
    foreign_origins: tuple[str, ...]


_EMPTY: Final = ScannedPage((), ())


class PageScanner:
    """Scans documents; bounded memory, one per worker."""

    __slots__ = ("_known", "_max_entries", "_origin")

    def __init__(self, origin: Origin, max_entries: int = 4096) -> None:
        self._origin = origin
        self._max_entries = max_entries
        self._known: dict[tuple[str, int, int], ScannedPage] = {}

    def scan(self, path: str, body: bytes, content_encoding: bytes) -> ScannedPage:
        """Return what the document at `path` names.

        Args:
            path: Where it was found; relative references resolve against it.
            body: Its bytes as sent.
            content_encoding: How they are encoded.

        Raises:
            DecodingError: The body is not what its encoding says, or is too large decoded.
        """
        # The hash of bytes is keyed and 64 bits wide; with the length beside it a collision is out of reach.
        key = (path, len(body), hash(body))
        known = self._known.get(key)
        if known is None:
            known = self._scan(path, body, content_encoding)
            if len(self._known) >= self._max_entries:
                self._known.clear()
            self._known[key] = known
        return known

    def read(self, path: str, body: bytes, content_encoding: bytes, charset: str) -> PageContent:
        """Return what a person sees of the document at `path`.

        Args:
            path: Where it was found.
            body: Its bytes as sent.
            content_encoding: How they are encoded.
            charset: What its `Content-Type` names.

        Raises:
            DecodingError: As for `scan`.
        """
        return EMPTY_PAGE

    def decoded(self, body: bytes, content_encoding: bytes) -> bytes:
        """Return a body without its content encoding.

        Raises:
            DecodingError: As for `scan`.
        """
        return decode(body, content_encoding, MAX_DECODED_BYTES) if content_encoding else body

    def _scan(self, path: str, body: bytes, content_encoding: bytes) -> ScannedPage:
        if not body:
            return _EMPTY
        html = decode(body, content_encoding, MAX_DECODED_BYTES) if content_encoding else body
        page = scan(html)
        base_path, foreign_base = self._base(path, page.base)
        subresources: dict[str, str] = {}
        foreign: dict[str, None] = {}
        for reference, kind in page.references:
            resolved = self._resolve(base_path, foreign_base, reference)
            if resolved.path is not None:
                subresources.setdefault(resolved.path, kind)
            elif resolved.foreign is not None:
                foreign[resolved.foreign] = None
        return ScannedPage(tuple(subresources.items()), tuple(foreign))

    def _base(self, path: str, base: str | None) -> tuple[str, Origin | None]:
        """Return the path that references resolve against, and the origin where `<base href>` leads elsewhere."""
        if base is None:
            return path, None
        resolved = resolve(path, base, self._origin)
        if resolved.foreign is not None:
            return path, Origin.parse(resolved.foreign)
        return resolved.path or path, None

    def _resolve(self, base_path: str, foreign_base: Origin | None, reference: str) -> Resolved:
        if foreign_base is not None:
            there = resolve("/", reference, foreign_base)
            if there.path is not None:
                return Resolved(None, str(foreign_base))
        return resolve(base_path, reference, self._origin)
