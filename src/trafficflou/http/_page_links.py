"""The links of a page: found while it is walked through, resolved and judged afterwards."""

from typing import Final

from trafficflou.http._page_card import Card, price_in
from trafficflou.http._page_price import has_price_mark
from trafficflou.http._page_tag import Tag
from trafficflou.http._page_text import PageText, clean
from trafficflou.http._page_veil import UNREACHABLE
from trafficflou.http.page_base import PageBase
from trafficflou.http.page_content import Link, Place

__all__ = ["FoundLink", "LinkCollector"]

_MOST_LINKS: Final = 500
_MOST_FOUND_LINKS: Final = 4000
_MOST_CARDS_AROUND: Final = 3

# What a browser saves, shows or plays and does not open as a page. Nobody links to a script or a font to be read; but a wiki has a page on "Node.js".
_NO_PAGES: Final = frozenset(
    {
        *("7z", "apk", "bz2", "deb", "dmg", "exe", "gz", "iso", "jar", "msi", "rar", "rpm", "tar", "tgz", "xz", "zip"),
        *("avif", "bmp", "eps", "gif", "ico", "jpeg", "jpg", "png", "psd", "svg", "tif", "tiff", "webp"),
        *("aac", "avi", "flac", "m4a", "m4v", "mkv", "mov", "mp3", "mp4", "mpeg", "mpg", "oga", "ogg", "ogv", "wav", "weba", "webm"),
        *("csv", "doc", "docx", "epub", "ics", "mobi", "odp", "ods", "odt", "pdf", "pps", "ppt", "pptx", "rtf", "vcf", "xls", "xlsx"),
        *("atom", "rdf", "rss", "xml"),
    }
)  # fmt: skip
_FEEDS: Final = frozenset({"atom", "feed", "rss"})
_PAGE_TYPES: Final = frozenset({"", "text/html", "application/xhtml+xml"})


class FoundLink:
    """A link as it was found."""

    __slots__ = ("alt", "attributes", "begin", "card", "end", "place", "reference")

    def __init__(self, reference: str, tag: Tag, begin: int, place: Place, card: Card | None) -> None:
        self.reference = reference
        self.attributes = tag.attributes
        self.begin = begin
        self.end = begin
        self.place = place
        self.card = card
        self.alt = ""


class LinkCollector:
    """Keeps the links of one page."""

    __slots__ = ("_found", "_open", "is_complete")

    def __init__(self) -> None:
        self._found: list[FoundLink] = []
        self._open: FoundLink | None = None
        self.is_complete = True

    def begin(self, tag: Tag, at: int, place: Place, card: Card | None) -> None:
        """Take the start of a link; one cannot stand in another."""
        self.end(at)
        attributes = tag.attributes
        reference = attributes.get("href", "").strip()
        if not reference or reference[0] == "#" or tag.veil & UNREACHABLE or "download" in attributes:
            return
        if len(self._found) >= _MOST_FOUND_LINKS:
            self.is_complete = False
            return
        found = FoundLink(reference, tag, at, place, card)
        if card is not None:
            card.links += 1
        self._found.append(found)
        self._open = found

    def picture(self, alternative: str) -> None:
        """Take the words that stand for a picture."""
        if self._open is not None and alternative and not self._open.alt:
            self._open.alt = alternative

    def area(self, tag: Tag, at: int, place: Place) -> None:
        """Take a part of a picture that is a link."""
        link = self._open
        self.begin(tag, at, place, None)
        self.picture(tag.attributes.get("alt", ""))
        self._open = link

    def end(self, at: int) -> None:
        """Take the end of a link."""
        if self._open is not None:
            self._open.end = at
            self._open = None

    def resolved(
        self, base: PageBase, own_path: str, text: PageText, room_chars: int
    ) -> tuple[tuple[Link, ...], int, int]:
        """Return the links that lead to pages of the target, how many lead elsewhere, and how many characters are left.

        Args:
            base: What they are resolved against.
            own_path: The page itself, to which a fragment leads without a request.
            text: The text of the page.
            room_chars: How many characters there may be.
        """
        links: dict[tuple[str, str], Link] = {}
        # Most pages have no price at all.
        has_prices = has_price_mark(b" ".join(text.runs))
        foreign = 0
        for found in self._found:
            resolved = base.resolve(found.reference)
            path = resolved.path
            if path is None:
                foreign += resolved.foreign is not None
                continue
            if not _is_page(path, found.attributes.get("type", "")) or (
                path == own_path and "#" in found.reference
            ):
                continue
            link = _link(path, found, text, has_prices=has_prices)
            if (path, link.text) in links:
                continue
            room_chars -= len(path) + len(link.text) + len(link.title)
            if len(links) >= _MOST_LINKS or room_chars < 0:
                self.is_complete = False
                break
            links[path, link.text] = link
        return tuple(links.values()), foreign, max(room_chars, 0)


def _link(path: str, found: FoundLink, text: PageText, *, has_prices: bool) -> Link:
    attributes = found.attributes
    shown = text.words(found.begin, found.end) if found.end > found.begin else ""
    tooltip = ""
    if "title" in attributes or "aria-label" in attributes:
        tooltip = clean(attributes.get("title", "")) or clean(attributes.get("aria-label", ""))
    if not shown:
        shown = clean(found.alt) or clean(attributes.get("aria-label", "")) or tooltip
    return Link(
        path=path,
        text=shown,
        title=tooltip if tooltip != shown else "",
        place=found.place,
        price=_price(found, text) if has_prices else None,
    )


def _price(found: FoundLink, text: PageText) -> float | None:
    """Return the price in the link, else that of the nearest card around it that has a single one."""
    count, price = price_in(text, found.begin, found.end)
    card = found.card
    for _ in range(_MOST_CARDS_AROUND):
        if count or card is None:
            break
        count, price = card.price(text)
        card = card.parent
    return price


def _is_page(path: str, media_type: str) -> bool:
    if media_type and media_type.partition(";")[0].strip().lower() not in _PAGE_TYPES:
        return False
    directory, _, name = path.partition("?")[0].rpartition("/")
    if not name or name.lower() in _FEEDS:
        return (name or directory.rpartition("/")[2]).lower() not in _FEEDS
    # A wiki has pages about files: "/wiki/File:Map.png".
    _, dot, extension = name.rpartition(".")
    return not dot or extension.lower() not in _NO_PAGES or ":" in name or "%3a" in name.lower()
