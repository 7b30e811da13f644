"""What a browser would fetch together with a page, found by one pass of one regular expression over the bytes.

Theory of operation. Only a dozen elements name something to fetch with the page, so the page is not parsed into a tree: one
expression finds the start tags of those elements, whole with their attributes, and comments. Content that is text and not
markup (script, style, noscript, template) is jumped over. Each tag is then looked up by its very bytes in a bounded table of
tags that were read before; the pages of a site repeat them, so attributes are seldom read twice.

Every quantifier over the input is possessive and every unfinished construct reaches to the end of the input, as in the HTML
standard, so the time is linear whatever the page is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from trafficflou.http._charset import encoding_of, wide_encoding_of
from trafficflou.http._markup import TAG_REST, by_bytes, end_of_comment, end_of_raw_text, read_attributes
from trafficflou.http._responsive_image import choose_candidate, media_matches

__all__ = ["PageLinks", "ReferenceKind", "scan"]

ReferenceKind = Literal["style", "script", "image", "font", "data", "other"]

_LONGEST_PAGE_BYTES: Final = 2 * 1024 * 1024
_MOST_REFERENCES: Final = 300
_MOST_REFERENCE_CHARS: Final = 65_536
_LONGEST_REFERENCE_CHARS: Final = 8192

# Two letters looked at ahead of the names, each name's first letter out of the case-insensitive group: this makes a page
# with many other tags three times cheaper than a plain list of names.
_TAG: Final = re.compile(
    rb"<(?=[!BILNPSTVbilnpstv][-ACEFIMNORTYacefimnorty])"
    rb"(?:!--|([lL](?i:ink)|[sS](?i:cript|ource|tyle)|[iI](?i:mg|nput|frame)|[vV](?i:ideo)|[bB](?i:ase)"
    rb"|[pP](?i:icture)|[nN](?i:oscript)|[tT](?i:emplate|extarea|itle))(?=[\s/>])" + TAG_REST + rb")"
)
_TEXT_NAMES: Final = frozenset({b"script", b"style", b"noscript", b"textarea", b"title", b"template"})
_PICTURE_END: Final = re.compile(rb"</(?i:picture)(?=[\s/>])")
_NEVER_FETCHED: Final = ("#", "data:", "javascript:", "about:", "blob:", "mailto:")
_SCRIPT_TYPES: Final = frozenset(
    {
        "",
        "module",
        "text/javascript",
        "application/javascript",
        "text/ecmascript",
        "application/ecmascript",
        "application/x-javascript",
    }
)
_IMAGE_TYPES: Final = frozenset(
    {"", "image/avif", "image/webp", "image/png", "image/jpeg", "image/gif", "image/svg+xml"}
)
_PRELOAD_KINDS: Final[dict[str, ReferenceKind]] = {
    "style": "style",
    "script": "script",
    "image": "image",
    "font": "font",
    "fetch": "data",
}
_WANTED_ATTRIBUTES: Final = by_bytes(
    "as", "href", "media", "nomodule", "poster", "rel", "src", "srcset", "type"
)
# Tags and results that were seen before. The bounds keep them under 10 and 20 MB, whatever the pages are.
_LONGEST_KNOWN_TAG_BYTES: Final = 512
_MOST_KNOWN_TAGS: Final = 8192
_MOST_KNOWN_LINKS: Final = 1024
_MOST_SHARED_CHARS: Final = 16_384
_KNOWN_TAGS: Final[dict[bytes, "_Effect"]] = {}
_KNOWN_LINKS: Final[dict["PageLinks", "PageLinks"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """What a page asks a browser to fetch with it.

    Attributes:
        references: The reference as written (entities decoded) and its kind, in document order, each once; 300 at most.
        base: The first `<base href>`, against which the references are to be resolved.
        iframe_count: How many `<iframe src>` the page has; they are counted, not fetched.
        is_complete: Nothing was left out because the page or the number of references was over the limit.
    """

    references: tuple[tuple[str, ReferenceKind], ...] = ()
    base: str | None = None
    iframe_count: int = 0
    is_complete: bool = True


# What a tag means by itself; whether it takes effect can depend on what stood before it.
_Effect = tuple[
    Literal["fetch", "icon", "image", "source", "picture", "base", "iframe", ""],
    str,
    ReferenceKind,
]
_NOTHING: Final[_Effect] = ("", "", "other")


def scan(html: bytes, charset: str | None = None) -> PageLinks:
    """Find what a browser would fetch with a page. Never raises; linear in the size of the page.

    Args:
        html: The decoded body; the first 2 MiB are looked at.
        charset: The `charset` of its `Content-Type`; unknown ones are read as UTF-8.

    Returns:
        The references; equal results are one shared object, so that thousands of visitors can keep theirs.
    """
    page = html[:_LONGEST_PAGE_BYTES] if len(html) > _LONGEST_PAGE_BYTES else html
    encoding = encoding_of(charset)
    if wide := wide_encoding_of(page, charset):
        page, encoding = page.decode(wide, "replace").encode("utf-8", "replace"), "utf-8"
    scanner = _Scanner(page)
    scanner.run(encoding)
    return _shared(
        PageLinks(
            references=tuple(scanner.found.items()),
            base=scanner.base,
            iframe_count=scanner.iframe_count,
            is_complete=len(html) <= _LONGEST_PAGE_BYTES and not scanner.is_full,
        ),
        scanner.chars,
    )


class _Scanner:
    """The state of one pass over a page."""

    __slots__ = (
        "base",
        "chars",
        "found",
        "has_icon",
        "iframe_count",
        "is_full",
        "page",
        "picture_end",
        "picture_is_settled",
    )

    def __init__(self, page: bytes) -> None:
        self.page = page
        self.chars = 0
        self.base: str | None = None
        self.found: dict[str, ReferenceKind] = {}
        self.has_icon = False
        self.iframe_count = 0
        self.is_full = False
        self.picture_end = -1
        self.picture_is_settled = False

    def run(self, encoding: str) -> None:
        """Walk from tag to tag until the page or the room for references ends."""
        page, search = self.page, _TAG.search
        position = 0
        while not self.is_full and (match := search(page, position)) is not None:
            name, closing = match.groups()
            if name is None:
                position = end_of_comment(page, match.end())
                if position < 0:
                    return
                continue
            if not closing:
                # A tag that is cut off by the end of the page is no tag.
                return
            effect = _KNOWN_TAGS.get(match[0]) or _effect_of(name.lower(), match[0], encoding)
            position = match.end()
            if effect[0]:
                self._apply(*effect, position)
            if name in _TEXT_NAMES or name.lower() in _TEXT_NAMES:
                _, position = end_of_raw_text(page, name.lower(), position)
                if position < 0:
                    return

    def _apply(self, action: str, reference: str, kind: ReferenceKind, position: int) -> None:
        in_picture = position <= self.picture_end
        if action == "fetch":
            self._add(reference, kind)
        elif action == "image":
            if not (in_picture and self.picture_is_settled):
                self._add(reference, kind)
        elif action == "source":
            # Outside a picture it belongs to a video or audio; inside, the first that fits wins.
            if in_picture and not self.picture_is_settled:
                self.picture_is_settled = True
                self._add(reference, kind)
        elif action == "picture":
            if not in_picture:
                self._enter_picture(position)
        else:
            self._apply_once(action, reference, kind)

    def _enter_picture(self, position: int) -> None:
        # Looked for only outside a picture, so no part of the page is searched twice.
        end = _PICTURE_END.search(self.page, position)
        self.picture_end = end.start() if end else len(self.page) + 1
        self.picture_is_settled = False

    def _apply_once(self, action: str, reference: str, kind: ReferenceKind) -> None:
        if action == "iframe":
            self.iframe_count += 1
        elif action == "base":
            if self.base is None:
                self.base = reference
        elif not self.has_icon:
            # Of several icons a browser takes one.
            self.has_icon = True
            self._add(reference, kind)

    def _add(self, reference: str, kind: ReferenceKind) -> None:
        if reference in self.found:
            return
        self.chars += len(reference)
        if len(self.found) >= _MOST_REFERENCES or self.chars > _MOST_REFERENCE_CHARS:
            self.is_full = True
            return
        self.found[reference] = kind


def _effect_of(name: bytes, tag: bytes, encoding: str) -> _Effect:
    reader = _READERS.get(name)
    effect = reader(read_attributes(tag, len(name) + 1, encoding, _WANTED_ATTRIBUTES)) if reader else _NOTHING
    if len(tag) <= _LONGEST_KNOWN_TAG_BYTES and tag.isascii():
        if len(_KNOWN_TAGS) >= _MOST_KNOWN_TAGS:
            _KNOWN_TAGS.clear()
        _KNOWN_TAGS[tag] = effect
    return effect


def _link(attributes: dict[str, str]) -> _Effect:
    reference = _fetchable(attributes.get("href", ""))
    tokens = attributes.get("rel", "").lower().split()
    if not reference or "alternate" in tokens:
        return _NOTHING
    if "stylesheet" in tokens:
        return ("fetch", reference, "style")
    if "icon" in tokens:
        return ("icon", reference, "image")
    if "modulepreload" in tokens:
        return ("fetch", reference, "script")
    if "preload" in tokens and (wanted_as := attributes.get("as", "").lower()):
        return ("fetch", reference, _PRELOAD_KINDS.get(wanted_as, "other"))
    return _NOTHING


def _script(attributes: dict[str, str]) -> _Effect:
    reference = _fetchable(attributes.get("src", ""))
    kind = attributes.get("type", "").strip().lower()
    if not reference or "nomodule" in attributes or kind not in _SCRIPT_TYPES:
        return _NOTHING
    return ("fetch", reference, "script")


def _img(attributes: dict[str, str]) -> _Effect:
    reference = _fetchable(choose_candidate(attributes.get("srcset", ""), attributes.get("src", "")))
    return ("image", reference, "image") if reference else _NOTHING


def _source(attributes: dict[str, str]) -> _Effect:
    reference = _fetchable(choose_candidate(attributes.get("srcset", ""), ""))
    if not reference or attributes.get("type", "").strip().lower() not in _IMAGE_TYPES:
        return _NOTHING
    return ("source", reference, "image") if media_matches(attributes.get("media", "")) else _NOTHING


def _video(attributes: dict[str, str]) -> _Effect:
    reference = _fetchable(attributes.get("poster", ""))
    return ("fetch", reference, "image") if reference else _NOTHING


def _input(attributes: dict[str, str]) -> _Effect:
    reference = _fetchable(attributes.get("src", ""))
    is_image = attributes.get("type", "").strip().lower() == "image"
    return ("fetch", reference, "image") if reference and is_image else _NOTHING


def _base(attributes: dict[str, str]) -> _Effect:
    reference = attributes.get("href", "").strip()
    return (
        ("base", reference, "other") if len(reference) <= _LONGEST_REFERENCE_CHARS and reference else _NOTHING
    )


def _iframe(attributes: dict[str, str]) -> _Effect:
    return ("iframe", "", "other") if _fetchable(attributes.get("src", "")) else _NOTHING


_READERS: Final[dict[bytes, Callable[[dict[str, str]], _Effect]]] = {
    b"link": _link,
    b"script": _script,
    b"img": _img,
    b"source": _source,
    b"video": _video,
    b"input": _input,
    b"base": _base,
    b"iframe": _iframe,
    b"picture": lambda _: ("picture", "", "other"),
}


def _fetchable(reference: str) -> str:
    """Trim a reference; empty where it is not worth resolving (`data:` and the like, over 8,192 characters)."""
    trimmed = reference.strip()
    if len(trimmed) > _LONGEST_REFERENCE_CHARS or trimmed[:16].lower().startswith(_NEVER_FETCHED):
        return ""
    return trimmed


def _shared(links: PageLinks, chars: int) -> PageLinks:
    """Return the one object that stands for all equal results, but for pages with unusually much to fetch."""
    if chars > _MOST_SHARED_CHARS:
        return links
    known = _KNOWN_LINKS.get(links)
    if known is not None:
        return known
    if len(_KNOWN_LINKS) >= _MOST_KNOWN_LINKS:
        _KNOWN_LINKS.clear()
    _KNOWN_LINKS[links] = links
    return links
