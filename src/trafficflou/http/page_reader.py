"""Reads a page as a person sees it: what it is about, what can be clicked, what can be filled in.

No layout and no scripts: what is hidden is what the markup itself hides (`hidden`, `aria-hidden`, an inline `display: none`). How the page is
walked through, and why it is not parsed into a tree: `http/_page_walk.py`.
"""

from typing import Final

from trafficflou.http._charset import to_utf8
from trafficflou.http._page_fields import FormBuilder
from trafficflou.http._page_walk import PageWalk
from trafficflou.http.page_base import PageBase
from trafficflou.http.page_content import PageContent
from trafficflou.http.url import Origin

__all__ = ["read_page"]

_LONGEST_PAGE_BYTES: Final = 2 * 1024 * 1024
# Paths, texts, names and values together: a page without great forms needs a tenth of it.
_MOST_CHARS: Final = 262_144


def read_page(html: bytes, *, path: str, origin: Origin, charset: str | None = None) -> PageContent:
    """Read what a person sees of a page. Never raises; linear in the size of the page.

    Args:
        html: The decoded body; the first 2 MiB are looked at.
        path: Path and query at which it was found; references resolve against it, or against its `<base href>`.
        origin: The visitor's origin; only links and forms that lead there are given.
        charset: The `charset` of its `Content-Type`; without one its own `<meta>` counts, then UTF-8.

    Returns:
        At most 500 links, 30 forms of 100 fields, 40 headings, 262,144 characters in all. `is_complete` says whether that was all.
    """
    is_whole = len(html) <= _LONGEST_PAGE_BYTES
    walk = PageWalk(to_utf8(html if is_whole else html[:_LONGEST_PAGE_BYTES], charset))
    walk.run()
    base = PageBase(path, walk.base, origin)
    links, foreign_links, room_chars = walk.links.resolved(base, path, walk.text, _MOST_CHARS)
    builder = FormBuilder(walk.forms, walk.text, base, path, room_chars)
    forms = builder.build()
    headings = (walk.text.words(begin, end) for begin, end in walk.headings)
    return PageContent(
        title=walk.title or "",
        headings=tuple(heading for heading in headings if heading),
        links=links,
        forms=forms,
        foreign_links=foreign_links,
        is_complete=is_whole and walk.is_complete and walk.links.is_complete and builder.is_complete,
    )
