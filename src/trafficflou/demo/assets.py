"""The shop's files that are the same for everybody: stylesheet, script, pictures, favicon.

All bytes, their gzip form, their ETags and their headers are made once when the shop starts; answering is a dictionary
look-up. Names with a hash in them may be kept for ever (`immutable`); pictures are kept for some hours and then
revalidated, which is where a log's 304 answers come from.
"""

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from trafficflou.demo.goods import Category, Product
from trafficflou.demo.illustration import draw_hero, draw_icon, draw_product

__all__ = ["IMMUTABLE", "PICTURE_MAX_AGE_S", "Asset", "AssetMiddleware", "build_assets"]

PICTURE_MAX_AGE_S: Final = 6 * 3600
"""How long a browser may use a picture without asking again."""

IMMUTABLE: Final = "public, max-age=31536000, immutable"
_PICTURE: Final = f"public, max-age={PICTURE_MAX_AGE_S}"

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file, ready to be sent.

    Attributes:
        body: The bytes.
        zipped: The bytes under gzip; the plain bytes again where the file is never compressed.
        etags: The ETags of both forms, each in quotes.
        headers: Headers of a 200 with the plain bytes.
        zipped_headers: Headers of a 200 with gzip.
        unchanged_headers: Headers of a 304.
    """

    body: bytes
    zipped: bytes
    etags: tuple[bytes, bytes]
    headers: Headers
    zipped_headers: Headers
    unchanged_headers: Headers


def make_picture(body: bytes, cache_control: str) -> Asset:
    """Precompute everything about a picture; it is never compressed, as a photograph would not be."""
    tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'.encode()
    shared: Headers = [(b"cache-control", cache_control.encode()), (b"etag", tag)]
    headers = [
        *shared,
        (b"content-type", b"image/svg+xml"),
        (b"content-length", str(len(body)).encode()),
    ]
    return Asset(
        body=body,
        zipped=body,
        etags=(tag, tag),
        headers=headers,
        zipped_headers=headers,
        unchanged_headers=shared,
    )


def make_text(body: bytes, media_type: str) -> Asset:
    """Precompute everything about a stylesheet or script, whose name holds its hash."""
    digest = hashlib.blake2b(body, digest_size=8).hexdigest()
    plain_tag, zipped_tag = f'"{digest}"'.encode(), f'"{digest}-gz"'.encode()
    zipped = gzip.compress(body, 9, mtime=0)
    shared: Headers = [(b"cache-control", IMMUTABLE.encode()), (b"vary", b"Accept-Encoding")]
    kind = (b"content-type", f"{media_type}; charset=utf-8".encode())
    return Asset(
        body=body,
        zipped=zipped,
        etags=(plain_tag, zipped_tag),
        headers=[*shared, kind, (b"etag", plain_tag), (b"content-length", str(len(body)).encode())],
        zipped_headers=[
            *shared,
            kind,
            (b"etag", zipped_tag),
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(zipped)).encode()),
        ],
        unchanged_headers=[*shared, (b"etag", plain_tag)],
    )


def _hashed(name: str, body: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"/assets/{stem}.{hashlib.blake2b(body, digest_size=4).hexdigest()}.{suffix}"


def build_assets(
    categories: Iterable[Category], products: Iterable[Product]
) -> tuple[dict[str, Asset], dict[str, str]]:
    """Make all files of the shop.

    Returns:
        The assets by path; and the paths of those with a hash in their name, by plain name (`shop.css`).
    """
    assets: dict[str, Asset] = {}
    names: dict[str, str] = {}
    static = files("trafficflou.demo").joinpath("static")
    for name, media_type in (("shop.css", "text/css"), ("shop.js", "text/javascript")):
        body = static.joinpath(name).read_bytes()
        names[name] = _hashed(name, body)
        assets[names[name]] = make_text(body, media_type)
    hero = draw_hero()
    names["hero.svg"] = _hashed("hero.svg", hero)
    assets[names["hero.svg"]] = make_picture(hero, IMMUTABLE)
    assets["/favicon.ico"] = assets["/favicon.svg"] = make_picture(draw_icon(), _PICTURE)
    shelves = {category.slug: category for category in categories}
    for item in products:
        shelf = shelves[item.category]
        for path, large in ((item.card_image, False), (item.large_image, True)):
            drawn = draw_product(item.id, shelf.motif, shelf.hue, large=large)
            assets[path] = make_picture(drawn, _PICTURE)
    return assets, names


class AssetMiddleware:
    """Answers for the files and passes everything else on; stands before the router because most requests end here."""

    def __init__(self, app: ASGIApp, assets: Mapping[str, Asset]) -> None:
        self._app = app
        self._assets = assets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        asset = self._assets.get(scope["path"]) if scope["type"] == "http" else None
        if asset is None or scope["method"] not in {"GET", "HEAD"}:
            await self._app(scope, receive, send)
            return
        status, headers, body = _answer(asset, scope["headers"])
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _answer(asset: Asset, headers: Iterable[tuple[bytes, bytes]]) -> tuple[int, Headers, bytes]:
    zipped = False
    for name, value in headers:
        if name == b"if-none-match" and _matches(value, asset.etags):
            return 304, asset.unchanged_headers, b""
        if name == b"accept-encoding":
            zipped = b"gzip" in value
    if zipped:
        return 200, asset.zipped_headers, asset.zipped
    return 200, asset.headers, asset.body


def _matches(value: bytes, etags: tuple[bytes, bytes]) -> bool:
    """Compare weakly (RFC 9110, section 13.1.2); the etags hold no comma."""
    return any(tag.strip().removeprefix(b"W/") in {*etags, b"*"} for tag in value.split(b","))
