"""One tag of a page and all that follows from its text alone; remembered, because the pages of a site repeat their tags."""

import re
from typing import Final, Literal

from trafficflou.http._markup import by_bytes, read_attributes
from trafficflou.http._page_place import area_of, landmark_of
from trafficflou.http._page_text import GLUE_NAMES
from trafficflou.http._page_veil import HIDDEN, SEEN_ONLY, SPOKEN_ONLY, STRUCK
from trafficflou.http.page_content import Place

__all__ = ["COMMENT", "CUT_OFF", "DECLARATION", "KNOWN_TAGS", "VOID_ELEMENTS", "Tag", "known_tag"]

Weight = Literal["block", "light", "void"]

_WANTED_ATTRIBUTES: Final = by_bytes(
    "action", "alt", "aria-hidden", "aria-label", "checked", "class", "disabled", "download", "enctype", "for", "form", "formaction", "formenctype",
    "formmethod", "hidden", "href", "id", "label", "maxlength", "method", "multiple", "name", "open", "placeholder", "required", "role", "selected",
    "size", "style", "title", "type", "value",
)  # fmt: skip
VOID_ELEMENTS: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track"}
)
# Inside of lines, or no container at all: these count only where they hide something.
_LIGHT: Final = frozenset(
    {"a", "acronym", "cite", "code", "data", "dfn", "form", "ins", "kbd", "label",
     "legend", "map", "meter", "nobr", "output", "p", "picture", "progress", "q", "rp", "rt", "ruby", "samp", "span", "time", "var"}
)  # fmt: skip
# Shown by no browser that plays scripts, knows pictures that move, or looks at a closed dialog.
_NEVER_SEEN: Final = frozenset({"audio", "canvas", "datalist", "object", "video"})
_GLUE: Final = frozenset(GLUE_NAMES)
_STRUCK: Final = frozenset({"del", "s", "strike"})
_ACTIONS: Final = frozenset(
    {"a", "area", "base", "button", "form", "h1", "h2", "h3", "img", "input", "label", "legend", "optgroup", "option", "select"}
)  # fmt: skip
_FOREIGN: Final = frozenset({"math", "svg"})
_ALWAYS_MARKED: Final = frozenset({"fieldset", "footer", "header"})
_NO_ATTRIBUTES: Final[dict[str, str]] = {}
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
_CROSSED_OUT: Final = frozenset(
    {"compare-at-price", "line-through", "old-price", "price-old", "price--compare", "strikethrough", "text-decoration-line-through", "was-price"}
)  # fmt: skip

# Bounds the table to about 15 MB, whatever the pages are.
_LONGEST_KNOWN_TAG_BYTES: Final = 512
_MOST_KNOWN_TAGS: Final = 8192
_MOST_KNOWN_ELEMENTS: Final = 512
_ELEMENTS: Final[dict[bytes, "Element"]] = {}
KNOWN_TAGS: Final[dict[bytes, "Tag"]] = {}
"""The table; `known_tag` fills it."""


class Element:
    """What the name of an element alone says.

    Attributes:
        name: In lower case.
        action: What has to be done about its tags; empty for a mere container.
        weight: Whether it holds what follows: a block does, a light one only where it hides something, a void one never.
        is_raw: What follows its start tag is not markup.
        is_card: It may hold one thing with its price.
        veil: Who sees what is inside (`http/_page_veil.py`).
    """

    __slots__ = ("action", "is_card", "is_raw", "name", "veil", "weight")

    def __init__(self, name: str) -> None:
        self.name = name
        self.action = name if name in _ACTIONS else ""
        self.is_raw = name in _RAW
        self.weight: Weight = "light" if name in _LIGHT else "block"
        if self.is_raw or name in VOID_ELEMENTS:
            self.weight = "void"
        self.is_card = name in _CARD_NAMES
        self.veil = HIDDEN if name in _NEVER_SEEN else STRUCK if name in _STRUCK else 0


class Tag:
    """A start or end tag; never changed, shared by all places where it stands.

    Attributes:
        name: The element's name.
        action: The element's action.
        is_block: It holds what follows.
        is_void: It holds nothing.
        is_end: It is an end tag.
        is_raw: What follows is not markup.
        attributes: The interesting ones.
        landmark: The landmark that it is.
        area: The part of the page that its words say it is.
        is_area_by_id: Its `id` says so.
        is_card: It may hold one thing with its price.
        is_glue: It is part of the text around it.
        is_idle: Outside of what is hidden it means nothing.
        is_marked: It changes what holds inside (`region_inside`).
        veil: Who sees what is inside (`http/_page_veil.py`).
    """

    __slots__ = (
        "action",
        "area",
        "attributes",
        "is_area_by_id",
        "is_block",
        "is_card",
        "is_end",
        "is_glue",
        "is_idle",
        "is_marked",
        "is_raw",
        "is_void",
        "landmark",
        "name",
        "veil",
    )

    def __init__(self, element: Element, attributes: dict[str, str], *, is_end: bool) -> None:
        self.name = element.name
        self.action = element.action
        self.is_block = element.weight == "block"
        self.is_void = element.weight == "void"
        self.is_end = is_end
        self.is_raw = element.is_raw and not is_end
        self.attributes = attributes
        self.landmark: Place | None = None
        self.area: Place | None = None
        self.is_area_by_id = False
        self.is_card = element.is_card
        self.veil: int = element.veil | _veil_of(attributes)
        self.is_glue = element.name in _GLUE
        if attributes and "class" in attributes:
            self._read_classes(attributes["class"])
        is_placed = self.is_block and not is_end and self._find_place()
        self.is_marked = is_placed or self.veil != 0 or element.name in _ALWAYS_MARKED
        self.is_idle = not (self.is_block or self.action or self.is_raw or self.veil)

    def _read_classes(self, classes: str) -> None:
        words = classes.lower().split()
        if not _FOR_LISTENERS.isdisjoint(words):
            self.veil |= SPOKEN_ONLY
        if not _CROSSED_OUT.isdisjoint(words):
            self.veil |= STRUCK
        self.is_card |= self.is_block and _CARD_WORD.search(classes.lower()) is not None

    def _find_place(self) -> bool:
        """Find out where on a page what is inside stands, if the tag says so."""
        name, attributes = self.name, self.attributes
        if name == "dialog" and "open" not in attributes:
            self.veil |= HIDDEN
        self.landmark = landmark_of(name, attributes.get("role", ""))
        self.area, self.is_area_by_id = area_of(name, attributes.get("id", ""), attributes.get("class", ""))
        return self.landmark is not None or self.area is not None


def known_tag(name: bytes, tag: bytes, *, is_end: bool) -> Tag:
    """Return what is known of a tag; bounded, so tags that differ everywhere cost time and no memory."""
    known = KNOWN_TAGS.get(tag)
    if known is None:
        element = _ELEMENTS.get(name) or _element(name)
        attributes = _NO_ATTRIBUTES
        if not is_end and len(tag) > len(name) + 2:
            attributes = read_attributes(tag, len(name) + 1, "utf-8", _WANTED_ATTRIBUTES, len(tag))
        known = Tag(element, attributes, is_end=is_end)
        if element.name in _FOREIGN and tag.endswith(b"/>"):
            known.is_raw = False
        if len(tag) <= _LONGEST_KNOWN_TAG_BYTES:
            if len(KNOWN_TAGS) >= _MOST_KNOWN_TAGS:
                KNOWN_TAGS.clear()
            KNOWN_TAGS[tag] = known
    return known


def _element(name: bytes) -> Element:
    element = Element(name.decode("latin-1").lower())
    if len(_ELEMENTS) < _MOST_KNOWN_ELEMENTS and len(name) <= _LONGEST_KNOWN_TAG_BYTES:
        _ELEMENTS[name] = element
    return element


def _veil_of(attributes: dict[str, str]) -> int:
    veil = HIDDEN if "hidden" in attributes else 0
    if "aria-hidden" in attributes and attributes["aria-hidden"].strip().lower() == "true":
        veil |= SEEN_ONLY
    if "style" in attributes:
        style = attributes["style"].lower()
        if _HIDING_STYLE.search(style):
            veil |= HIDDEN
        if "line-through" in style:
            veil |= STRUCK
    return veil


def _no_tag(*, is_raw: bool) -> Tag:
    tag = Tag(_element(b"wbr"), _NO_ATTRIBUTES, is_end=False)
    tag.is_glue = False
    tag.is_raw = is_raw
    return tag


COMMENT: Final = _no_tag(is_raw=True)
"""The beginning of a comment."""

CUT_OFF: Final = _no_tag(is_raw=True)
"""Where the page ends inside of a tag: that is no tag."""

DECLARATION: Final = _no_tag(is_raw=False)
"""`<!doctype html>`, `<?xml ... ?>` and the like."""
