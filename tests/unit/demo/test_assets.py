"""The shop's files and how they may be kept."""

import gzip

import pytest

from trafficflou.demo.app import Shop
from trafficflou.demo.inprocess import Browser, ask


def _path(shop: Shop, start: str) -> str:
    return next(path for path in shop.assets if path.startswith(start))


async def test_hashed_files_may_be_kept_for_ever(shop: Shop) -> None:
    """The stylesheet's name holds its hash, so it is immutable; it is compressed where accepted."""
    path = _path(shop, "/assets/shop.")
    plain = await ask(shop, path)
    packed = await ask(shop, path, headers=[("accept-encoding", "br, gzip")])
    assert "immutable" in plain.header("cache-control")
    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.header("etag") != plain.header("etag")
    assert int(packed.header("content-length")) == len(packed.body)


async def test_pictures_are_kept_for_hours_and_never_compressed(shop: Shop) -> None:
    """A picture has a bounded age and several kB, gzip or not."""
    packed = await ask(shop, "/images/1001-large.svg", headers=[("accept-encoding", "gzip")])
    assert packed.header("cache-control") == "public, max-age=21600"
    assert packed.header("content-encoding") == ""
    assert 5_000 < len(packed.body) < 20_000


@pytest.mark.parametrize("written", ["{}", "W/{}", '"other", {}', "*"])
async def test_unchanged_file_is_not_sent_again(shop: Shop, written: str) -> None:
    """If-None-Match with the file's tag, weak or in a list, gets 304 without a body."""
    tag = (await ask(shop, "/favicon.ico")).header("etag")
    answer = await ask(shop, "/favicon.ico", headers=[("if-none-match", written.format(tag))])
    assert answer.status == 304
    assert answer.body == b""
    assert answer.header("etag") == tag


async def test_other_tag_gets_the_file(shop: Shop) -> None:
    """A tag of another version is answered with the whole file."""
    answer = await ask(shop, "/favicon.svg", headers=[("if-none-match", '"old"')])
    assert answer.status == 200
    assert answer.body


async def test_head_has_headers_only(shop: Shop) -> None:
    """HEAD says how long the file is, and sends none of it."""
    answer = await ask(shop, "/favicon.svg", method="HEAD")
    assert answer.body == b""
    assert int(answer.header("content-length")) > 0


async def test_other_methods_are_not_for_files(browser: Browser) -> None:
    """A form sent to a file is no request that the shop knows."""
    assert (await browser.post("/favicon.svg")).status == 404
