"""What kind of file a path names, told by its extension; the kinds are those of the traffic model's subresources."""

from typing import Final, Literal

__all__ = ["SubresourceKind", "subresource_kind"]

SubresourceKind = Literal["style", "script", "image", "font", "data", "other"]

_KINDS: Final[dict[str, SubresourceKind]] = {
    "css": "style",
    "js": "script",
    "mjs": "script",
    **dict.fromkeys(("png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "bmp"), "image"),
    **dict.fromkeys(("woff", "woff2", "ttf", "otf", "eot"), "font"),
    **dict.fromkeys(("json", "xml"), "data"),
}


def subresource_kind(path: str) -> SubresourceKind:
    """Return the kind of the file that a path (with or without a query) names; `other` where the extension says nothing."""
    name = path.partition("?")[0].rpartition("/")[2]
    _, dot, extension = name.rpartition(".")
    return _KINDS.get(extension.lower(), "other") if dot else "other"
