"""The pages that a site lists itself: `sitemap.xml` and indexes of several (sitemaps.org), or plain lists of addresses.

The file comes from the site, so it is read without an XML parser: there are no entities to expand and no depth to go down to, only
`<loc>` and what stands in it. Whatever is longer or more than the bounds is left out.
"""

from dataclasses import dataclass
from html import unescape
from typing import Final

__all__ = ["MAX_SITEMAP_BYTES", "Sitemap", "parse_sitemap"]

MAX_SITEMAP_BYTES: Final = 4 * 1024 * 1024
MAX_ADDRESSES: Final = 5000
_MAX_ADDRESS_CHARS: Final = 2048
_OPEN: Final = "<loc>"
_CLOSE: Final = "</loc>"
_CDATA: Final = "<![CDATA["


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """What one file lists.

    Attributes:
        addresses: Of pages, or of further sitemaps; as they stand there, each once, at most `MAX_ADDRESSES`.
        is_index: They are further sitemaps.
        is_complete: Nothing was left out because of a bound.
    """

    addresses: tuple[str, ...] = ()
    is_index: bool = False
    is_complete: bool = True


def parse_sitemap(text: str) -> Sitemap:
    """Read a sitemap; of anything else nothing comes out.

    Args:
        text: The file, decoded; at most `MAX_SITEMAP_BYTES` characters are looked at.
    """
    is_complete = len(text) <= MAX_SITEMAP_BYTES
    text = text[:MAX_SITEMAP_BYTES]
    head = text[:4096].lstrip("\ufeff \t\r\n")
    is_xml = head.startswith("<")
    found = _listed_in_xml(text) if is_xml else _listed_in_lines(text)
    kept = tuple(found)[:MAX_ADDRESSES]
    return Sitemap(
        addresses=kept,
        is_index=is_xml and "<sitemapindex" in head,
        is_complete=is_complete and len(kept) == len(found),
    )


def _listed_in_xml(text: str) -> dict[str, None]:
    found: dict[str, None] = {}
    at = text.find(_OPEN)
    while at >= 0 and len(found) <= MAX_ADDRESSES:
        begin = at + len(_OPEN)
        end = text.find(_CLOSE, begin)
        if end < 0:
            break
        _add(found, text[begin : min(end, begin + 2 * _MAX_ADDRESS_CHARS)])
        at = text.find(_OPEN, end)
    return found


def _listed_in_lines(text: str) -> dict[str, None]:
    found: dict[str, None] = {}
    for line in text.splitlines()[: 2 * MAX_ADDRESSES]:
        if line.startswith(("http://", "https://")):
            _add(found, line)
    return found


def _add(found: dict[str, None], written: str) -> None:
    address = written.strip()
    if address.startswith(_CDATA):
        address = address.removeprefix(_CDATA).partition("]]>")[0]
    else:
        address = unescape(address)
    address = address.strip()
    if address and len(address) <= _MAX_ADDRESS_CHARS and address.isprintable() and " " not in address:
        found[address] = None
