"""How the bytes of a page are to be read: by what its response says, its first bytes, or its own `<meta>`."""

import codecs
import re
from typing import Final

__all__ = ["encoding_of", "to_utf8", "wide_encoding_of"]

_CHARSET: Final = re.compile(
    r"(?:utf-?8|us-ascii|latin-?1|iso-?8859-\d{1,2}|windows-125\d|cp125\d|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gbk|gb2312|gb18030|big5)"
)
_WIDE_BOMS: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_WIDE_CHARSETS: Final = {"utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
_UTF8_BOM: Final = b"\xef\xbb\xbf"
# Browsers look this far for a declaration (HTML standard, "prescan a byte stream to determine its encoding").
_PRESCANNED_BYTES: Final = 1024
_META_CHARSET: Final = re.compile(
    rb"<meta\s[^>]{0,200}?charset\s*+=\s*+[\"']?\s*+([A-Za-z0-9_-]{1,20})", re.IGNORECASE
)
# The standard reads these labels as the Windows code page, which has letters where ISO has controls.
_AS_WINDOWS_1252: Final = frozenset({"us-ascii", "latin1", "latin-1", "iso-8859-1", "iso8859-1"})


def encoding_of(charset: str | None) -> str:
    """Name the codec of a `charset`; unknown ones are read as UTF-8."""
    name = (charset or "utf-8").strip(" \t\"'").lower()
    if len(name) > 20 or not _CHARSET.fullmatch(name):
        return "utf-8"
    try:
        codecs.lookup(name)
    except LookupError:
        # There is no ISO-8859-12.
        return "utf-8"
    return name


def wide_encoding_of(page: bytes, charset: str | None) -> str:
    """Name the encoding of a page whose characters have two bytes, which has to be converted before it is scanned."""
    for bom, wide in _WIDE_BOMS.items():
        if page.startswith(bom):
            return wide
    return _WIDE_CHARSETS.get((charset or "").strip(" \t\"'").lower(), "")


def to_utf8(page: bytes, charset: str | None) -> bytes:
    """Return the page in UTF-8, without a byte order mark; what is UTF-8 already is not looked at again.

    Args:
        page: Its bytes.
        charset: The `charset` of its `Content-Type`; without one its own `<meta>` counts.
    """
    encoding = wide_encoding_of(page, charset)
    if not encoding:
        if page.startswith(_UTF8_BOM):
            return page[len(_UTF8_BOM) :]
        encoding = encoding_of(charset or _declared_charset(page))
    if encoding in {"utf-8", "utf8"}:
        return page
    text = page.decode("windows-1252" if encoding in _AS_WINDOWS_1252 else encoding, "replace")
    return text.removeprefix("\ufeff").encode("utf-8", "replace")


def _declared_charset(page: bytes) -> str | None:
    match = _META_CHARSET.search(page, 0, _PRESCANNED_BYTES)
    return match[1].decode("ascii") if match else None
