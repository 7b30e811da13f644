"""Where on a page something stands: landmarks, and the words that sites without landmarks give to their parts.

A landmark is an element of HTML's sections or an ARIA role (HTML Accessibility API Mappings, "section, header, footer"): `<header>` and `<footer>`
are landmarks only outside of what has a heading of its own. Where no landmark is around, the words in `class` and `id` say it.
"""

import re
from typing import Final

from trafficflou.http.page_content import Place

__all__ = ["area_inside", "area_of", "landmark_of"]

_ROLES: Final[dict[str, Place]] = {
    "banner": "header",
    "navigation": "navigation",
    "menu": "navigation",
    "menubar": "navigation",
    "main": "main",
    "complementary": "aside",
    "contentinfo": "footer",
}
_ELEMENTS: Final[dict[str, Place]] = {"nav": "navigation", "main": "main", "aside": "aside"}
_SECTIONS: Final = frozenset({"article", "section"})

_MOST_WORDS: Final = 16
_PARTS: Final = re.compile(r"[-_]+")
_NAVIGATION_PARTS: Final = frozenset(
    {"nav", "navbar", "navigation", "subnav", "menu", "menubar", "breadcrumb", "breadcrumbs", "crumbs", "pagination", "pager", "toc"}
)  # fmt: skip
_NAVIGATION_ENDS: Final = ("menu", "navbar", "breadcrumbs", "pagination")
_ASIDE_PARTS: Final = frozenset({"sidebar", "aside", "complementary"})
# Said of the whole page and not of one part: "has-sidebar", "menu-open".
_STATE_FIRST: Final = frozenset(
    {"has", "with", "without", "no", "is", "not", "show", "hide", "js", "layout", "wp", "theme"}
)
_STATE_LAST: Final = frozenset(
    {"open", "opened", "closed", "active", "fixed", "collapsed", "expanded", "layout", "page"}
)
_WORDS: Final[dict[str, Place]] = {
    **dict.fromkeys(("header", "site-header", "main-header", "global-header", "siteheader", "masthead", "banner", "branding", "topbar",
                     "top-bar", "mw-head", "headerbar"), "header"),
    **dict.fromkeys(("footer", "site-footer", "page-footer", "main-footer", "global-footer", "sitefooter", "pagefooter", "colophon", "site-info"), "footer"),
    **dict.fromkeys(("secondary", "widget-area", "rightcol", "leftcol", "right-column", "left-column"), "aside"),
    **dict.fromkeys(("content", "main", "primary", "main-content", "maincontent", "page-content", "pagecontent", "content-area", "site-content", "site-main",
                     "content-main", "bodycontent", "mw-body", "entry-content", "post-content", "article", "post", "entry", "hentry", "results",
                     "search-results", "product", "products", "topic", "topiclist", "viewtopic"), "main"),
}  # fmt: skip
# The portlets of MediaWiki: "p-personal", "p-tb". As a class such a word would be about padding.
_PORTLET: Final = re.compile(r"mw-panel|p-[a-z]{1,20}+(?:-[a-z]{1,20})?")
# Which part can lie inside of which: a footer's menu is still the footer, an article's "header" still the article.
_INSIDE: Final[dict[Place | None, frozenset[Place]]] = {
    None: frozenset(("header", "navigation", "main", "aside", "footer")),
    "main": frozenset(("navigation", "aside", "footer")),
    "header": frozenset(("navigation",)),
}


def landmark_of(name: str, role: str) -> Place | None:
    """Return the landmark that an element is wherever it stands; `<header>` and `<footer>` are not among them."""
    return _ROLES.get(role.strip().lower()) or (_ELEMENTS.get(name) if not role else None)


def area_of(name: str, identifier: str, classes: str) -> tuple[Place | None, bool]:
    """Return the part of a page that an element seems to be by its words, and whether its `id` says so."""
    if name in {"html", "body"}:
        return None, False
    if identifier:
        word = identifier.strip().lower()
        place = "navigation" if _PORTLET.fullmatch(word) else _place_of_word(word)
        if place is not None:
            return place, True
    for word in classes.lower().split()[:_MOST_WORDS]:
        if (place := _place_of_word(word)) is not None:
            return place, False
    return ("main", False) if name in _SECTIONS else (None, False)


def _place_of_word(word: str) -> Place | None:
    known = _WORDS.get(word)
    if known is not None or len(word) > 40:
        return known
    parts = _PARTS.split(word)
    if parts[0] in _STATE_FIRST or parts[-1] in _STATE_LAST:
        return None
    if not _NAVIGATION_PARTS.isdisjoint(parts) or word.endswith(_NAVIGATION_ENDS):
        return "navigation"
    if not _ASIDE_PARTS.isdisjoint(parts) or word.endswith("sidebar"):
        return "aside"
    return _place_of_part(parts)


def _place_of_part(parts: list[str]) -> Place | None:
    if parts[0] in {"footer", "header"}:
        return "footer" if parts[0] == "footer" else "header"
    return None


def area_inside(outer: Place | None, inner: Place | None, *, is_by_id: bool) -> Place | None:
    """Return the part of the page inside an element that stands in `outer` and says to be `inner`."""
    if inner is None or inner == outer:
        return outer
    if inner in _INSIDE.get(outer, frozenset()) or (inner == "main" and is_by_id and outer != "footer"):
        return inner
    return outer
