"""The syntax of HTML's tags that both readers of pages need: attributes, and where content that is not markup ends.

Every quantifier over the input is possessive, so that the time is linear whatever the page is.
"""

import re
from collections.abc import Mapping
from html import unescape
from html.entities import html5
from itertools import islice
from typing import Final

__all__ = [
    "TAG_REST",
    "by_bytes",
    "end_of_comment",
    "end_of_raw_text",
    "read_attributes",
    "unescape_attribute",
]

TAG_REST: Final = (
    # Text up to "=" or ">", then a value: quoted (to the end of the page where the quote is not closed), or bare.
    rb"(?>[^=>]++|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))*+(>?)"
)
"""What follows the name of a tag, up to and with `>`; its group is empty where the page ends before."""

_MOST_ATTRIBUTES: Final = 256
_ATTRIBUTE: Final = re.compile(
    rb"([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)(?:\"|\Z)|'([^']*+)(?:'|\Z)|([^\s>]*+)))?+"
)
_REFERENCE: Final = re.compile(
    r"&(?:#(?:[0-9]{1,9}+|[xX][0-9A-Fa-f]{1,8}+);?+|([A-Za-z][A-Za-z0-9]{0,31}+)(;|(?!=)))"
)
_TEXT_ENDS: Final = {
    name: re.compile(rb"</(?i:%b)(?=[\s/>])" % name)
    for name in (
        b"script",
        b"style",
        b"noscript",
        b"textarea",
        b"title",
        b"iframe",
        b"noframes",
        b"noembed",
        b"xmp",
        b"svg",
        b"math",
    )
}
_COMMENT_END: Final = re.compile(rb"--!?>")
_TEMPLATE_EDGE: Final = re.compile(rb"<(/?)(?i:template)(?=[\s/>])")


def read_attributes(
    tag: bytes,
    position: int,
    encoding: str,
    wanted: Mapping[bytes, str],
    longest_value_bytes: int = 32_768,
) -> dict[str, str]:
    """Read the attributes of a tag; the first of a name wins, as in the HTML standard.

    Args:
        tag: The whole tag.
        position: Where its name ends.
        encoding: How its values are read.
        wanted: The names that are of interest, in lower case, as they stand in a page and as they are returned.
        longest_value_bytes: Longer values are read as empty.
    """
    found: dict[str, str] = {}
    for match in islice(_ATTRIBUTE.finditer(tag, position, len(tag) - 1), _MOST_ATTRIBUTES):
        name, double, single, bare = match.groups()
        key = wanted.get(name) or wanted.get(name.lower())
        if key is not None and key not in found:
            raw = double or single or bare or b""
            value = raw.decode(encoding, "replace") if len(raw) <= longest_value_bytes else ""
            found[key] = unescape_attribute(value) if "&" in value else value
    return found


def by_bytes(*names: str) -> dict[bytes, str]:
    """Return a table of attributes for `read_attributes`."""
    return {name.encode(): name for name in names}


def unescape_attribute(value: str) -> str:
    """Decode the character references of an attribute's value.

    One without its semicolon is none where a letter, a digit or `=` follows (HTML standard, "named character reference state"): `?a=1&copy=2` and
    `&section=3` are addresses that people write.
    """
    return _REFERENCE.sub(_decoded, value)


def _decoded(match: re.Match[str]) -> str:
    name, end = match.groups()
    if name is None or end:
        return unescape(match[0])
    return html5.get(name, match[0])


def end_of_comment(page: bytes, position: int) -> int:
    """Return where a comment ends whose `<!--` ends at `position`; -1 where it reaches to the end of the page."""
    # "<!-->" and "<!--->" are whole comments.
    if page.startswith((b">", b"->"), position):
        return page.index(b">", position) + 1
    match = _COMMENT_END.search(page, position)
    return match.end() if match else -1


def end_of_raw_text(page: bytes, name: bytes, position: int) -> tuple[int, int]:
    """Find where content that is not read as markup ends.

    Args:
        page: The page.
        name: The element, in lower case.
        position: Where its start tag ends.

    Returns:
        Where its end tag begins, and a place inside that tag from which to go on; -1 twice where it reaches to the end of the page.
    """
    if name != b"template":
        match = _TEXT_ENDS[name].search(page, position)
        return match.span() if match else (-1, -1)
    depth = 1
    for match in _TEMPLATE_EDGE.finditer(page, position):
        depth += -1 if match[1] else 1
        if depth == 0:
            return match.span()
    return -1, -1
