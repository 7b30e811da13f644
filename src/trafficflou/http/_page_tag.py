"""One tag of a page and all that follows from its text alone; remembered, because the pages of a site repeat their tags."""

import re
from typing import Final, Literal

from trafficflou.http._markup import read_attributes
from trafficflou.http._page_place import area_of, landmark_of
from trafficflou.http.page_content import Place

__all__ = ["KNOWN_TAGS", "VOID_ELEMENTS", "Tag", "known_tag"]

Weight = Literal["block", "light", "void"]

_WANTED_ATTRIBUTES: Final = frozenset(
    {
        "action",
        "alt",
        "aria-hidden",
        "aria-label",
        "checked",
        "class",
        "disabled",
        "download",
        "enctype",
        "for",
        "form",
        "formaction",
        "formenctype",
        "formmethod",
        "hidden",
        "href",
        "id",
        "label",
        "maxlength",
        "method",
        "multiple",
        "name",
        "open",
        "placeholder",
        "required",
        "role",
        "selected",
        "style",
        "title",
        "type",
        "value",
    }
)
VOID_ELEMENTS: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track"}
)
# Inside of lines, or no container at all: these count only where they hide something.
_LIGHT: Final = frozenset(
    {"a", "acronym", "button", "center", "cite", "code", "data", "dfn", "form", "h1", "h2", "h3", "h4", "h5", "h6", "ins", "kbd", "label",
     "legend", "map", "meter", "nobr", "output", "p", "picture", "pre", "progress", "q", "rp", "rt", "ruby", "samp", "span", "time", "var"}
)  # fmt: skip
# Shown by no browser that plays scripts, knows pictures that move, or looks at a closed dialog.
_NEVER_SEEN: Final = frozenset({"audio", "canvas", "datalist", "object", "video"})
_STRUCK: Final = frozenset({"del", "s", "strike"})
_ACTIONS: Final = frozenset(
    {"a", "area", "base", "button", "form", "h1", "h2", "h3", "img", "input", "label", "legend", "optgroup", "option", "select"}
)  # fmt: skip
_RAW: Final = frozenset(
    {
        "iframe",
        "math",
        "noembed",
        "noframes",
        "noscript",
        "script",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "xmp",
    }
)
_CARD_NAMES: Final = frozenset({"article", "li", "tr"})
_CARD_WORD: Final = re.compile(
    r"(?<![a-z])(?:card|product|item|tile|teaser|offer|listing|result|thumbnail|deal|hit)(?![a-rt-z])"
)
_HIDING_STYLE: Final = re.compile(r"(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)")
_FOR_LISTENERS: Final = frozenset({"screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden"})

# Bounds the table to about 15 MB, whatever the pages are.
_LONGEST_KNOWN_TAG_BYTES: Final = 512
_MOST_KNOWN_TAGS: Final = 8192
KNOWN_TAGS: Final[dict[bytes, "Tag"]] = {}
"""The table; `known_tag` fills it."""


class Tag:
    """A start or end tag; never changed, shared by all places where it stands.

    Attributes:
        name: The element, in lower case.
        action: What has to be done about it; empty for a mere container.
        is_end: It is an end tag.
        is_raw: What follows is not markup.
        weight: Whether it holds what follows: a block does, a light one only where `marks` says something, a void one never.
        attributes: The interesting ones.
        landmark: The landmark that it is.
        area: The part of the page that its words say it is.
        is_area_by_id: Its `id` says so.
        is_hidden: What is inside is not seen.
        is_unpriced: Prices inside do not count: struck, or for screen readers only.
        is_card: It may hold one thing with its price.
        is_idle: Outside of what is hidden it means nothing.
        is_marked: One of the above changes what stands inside.
    """

    __slots__ = (
        "action",
        "area",
        "attributes",
        "is_area_by_id",
        "is_card",
        "is_end",
        "is_hidden",
        "is_idle",
        "is_marked",
        "is_raw",
        "is_unpriced",
        "landmark",
        "name",
        "weight",
    )

    def __init__(self, name: str, tag: bytes, *, is_end: bool) -> None:
        self.name = name
        self.is_end = is_end
        self.action = name if name in _ACTIONS else ""
        self.is_raw = name in _RAW and not is_end and not (name in {"svg", "math"} and tag.endswith(b"/>"))
        self.weight: Weight = (
            "void" if name in VOID_ELEMENTS or name in _RAW else "light" if name in _LIGHT else "block"
        )
        attributes: dict[str, str] = {}
        if not is_end and len(tag) > len(name) + 2:
            attributes = read_attributes(tag, len(name) + 1, "utf-8", _WANTED_ATTRIBUTES, len(tag))
        self.attributes = attributes
        classes = attributes.get("class", "")
        self.landmark: Place | None = None
        self.area: Place | None = None
        self.is_area_by_id = False
        if not is_end and self.weight == "block":
            self.landmark = landmark_of(name, attributes.get("role", ""))
            self.area, self.is_area_by_id = area_of(name, attributes.get("id", ""), classes)
        self.is_hidden = _is_hidden(name, attributes)
        self.is_unpriced = name in _STRUCK or not _FOR_LISTENERS.isdisjoint(classes.split())
        self.is_card = name in _CARD_NAMES or (
            self.weight == "block" and _CARD_WORD.search(classes.lower()) is not None
        )
        self.is_marked = bool(
            self.is_hidden
            or self.is_unpriced
            or self.landmark
            or self.area
            or name in {"fieldset", "footer", "header"}
        )
        self.is_idle = not (
            self.weight == "block" or self.action or self.is_raw or self.is_hidden or self.is_unpriced
        )


def known_tag(name: bytes, tag: bytes, *, is_end: bool) -> Tag:
    """Return what is known of a tag; bounded, so tags that differ everywhere cost time and no memory."""
    known = KNOWN_TAGS.get(tag)
    if known is None:
        known = Tag(name.decode("latin-1").lower(), tag, is_end=is_end)
        if len(tag) <= _LONGEST_KNOWN_TAG_BYTES:
            if len(KNOWN_TAGS) >= _MOST_KNOWN_TAGS:
                KNOWN_TAGS.clear()
            KNOWN_TAGS[tag] = known
    return known


def _is_hidden(name: str, attributes: dict[str, str]) -> bool:
    if name in _NEVER_SEEN or (name == "dialog" and "open" not in attributes):
        return True
    if "hidden" in attributes or attributes.get("aria-hidden", "").lower() == "true":
        return True
    style = attributes.get("style", "")
    return bool(style) and _HIDING_STYLE.search(style.lower()) is not None
