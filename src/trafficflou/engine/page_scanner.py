"""Looks into live documents, for their subresources and for what a person sees of them.

It remembers what it found, because sites serve the same bytes again and again.
"""

from typing import Final, NamedTuple

from trafficflou.http import EMPTY_PAGE, Origin, PageBase, PageContent, decode, read_page, scan

__all__ = ["PageScanner", "ScannedPage"]

MAX_DECODED_BYTES: Final = 8 * 1024 * 1024
# All pages that were read together; one of 100 links takes about 30 KB.
_MOST_READ_BYTES: Final = 32 * 1024 * 1024
_OBJECT_BYTES: Final = 350


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

    __slots__ = ("_known", "_last_body", "_last_decoded", "_max_entries", "_origin", "_read", "_read_bytes")

    def __init__(self, origin: Origin, max_entries: int = 4096) -> None:
        self._origin = origin
        self._max_entries = max_entries
        self._last_body = b""
        self._last_decoded = b""
        self._known: dict[tuple[str, int, int], ScannedPage] = {}
        self._read: dict[tuple[str, int, int, str], PageContent] = {}
        self._read_bytes = 0

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

    def read(self, path: str, body: bytes, content_encoding: bytes, charset: str = "") -> PageContent:
        """Return what a person sees of the document at `path`; equal documents at equal paths are one shared object.

        Args:
            path: Where it was found; relative references resolve against it.
            body: Its bytes as sent.
            content_encoding: How they are encoded.
            charset: What its `Content-Type` names; empty where it names none.

        Raises:
            DecodingError: The body is not what its encoding says, or is too large decoded.
        """
        if not body:
            return EMPTY_PAGE
        key = (path, len(body), hash(body), charset)
        known = self._read.get(key)
        if known is None:
            html = self.decoded(body, content_encoding)
            known = read_page(html, path=path, origin=self._origin, charset=charset)
            size_bytes = _size_bytes(known)
            if len(self._read) >= self._max_entries or self._read_bytes + size_bytes > _MOST_READ_BYTES:
                self._read.clear()
                self._read_bytes = 0
            self._read_bytes += size_bytes
            self._read[key] = known
        return known

    def decoded(self, body: bytes, content_encoding: bytes) -> bytes:
        """Return a body without its content encoding.

        Raises:
            DecodingError: As for `scan`.
        """
        if not content_encoding:
            return body
        # A document is scanned and then read; it is decoded once.
        if body is not self._last_body:
            self._last_decoded = decode(body, content_encoding, MAX_DECODED_BYTES)
            self._last_body = body
        return self._last_decoded

    def _scan(self, path: str, body: bytes, content_encoding: bytes) -> ScannedPage:
        if not body:
            return _EMPTY
        page = scan(self.decoded(body, content_encoding))
        base = PageBase(path, page.base, self._origin)
        subresources: dict[str, str] = {}
        foreign: dict[str, None] = {}
        for reference, kind in page.references:
            resolved = base.resolve(reference)
            if resolved.path is not None:
                subresources.setdefault(resolved.path, kind)
            elif resolved.foreign is not None:
                foreign[resolved.foreign] = None
        return ScannedPage(tuple(subresources.items()), tuple(foreign))


def _size_bytes(page: PageContent) -> int:
    """Estimate what a page takes in memory."""
    chars = sum(len(link.path) + len(link.text) + len(link.title) for link in page.links)
    objects = len(page.links) + len(page.headings)
    for form in page.forms:
        chars += len(form.path)
        objects += len(form.fields) + sum(len(field.options) for field in form.fields)
        for field in form.fields:
            chars += len(field.name) + len(field.label) + len(field.value)
            chars += sum(len(value) + len(label) for value, label in field.options)
    return chars + objects * _OBJECT_BYTES
