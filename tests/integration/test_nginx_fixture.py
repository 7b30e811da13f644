"""The nginx that other integration tests rely on serves what they give it, and leaves nothing behind."""

import ssl
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

import pytest

from tests.support.nginx_server import NginxServer, NginxSettings, write_pages

pytestmark = pytest.mark.service


def fetch(url: str, ca_file: Path | None = None) -> tuple[str, bytes]:
    """Return content type and body."""
    tls = ssl.create_default_context(cafile=ca_file) if ca_file else None
    with urllib.request.urlopen(url, context=tls, timeout=10) as response:  # noqa: S310 - our own loopback URL
        return response.headers["Content-Type"], response.read()


def test_nginx_serves_pages_and_files(nginx: NginxServer) -> None:
    """A path can be a page and the parent of pages; a known file type is served as such; others are not found."""
    write_pages(
        nginx.root, {"/product": b"all", "/product/1": b"one", "/static/a.css": b"p{}", "/a%20b": b"space"}
    )
    assert fetch(nginx.url + "/product") == ("text/html", b"all")
    assert fetch(nginx.url + "/product/1") == ("text/html", b"one")
    assert fetch(nginx.url + "/static/a.css") == ("text/css", b"p{}")
    assert fetch(nginx.url + "/a%20b") == ("text/html", b"space")
    with pytest.raises(HTTPError, match="404") as caught:
        fetch(nginx.url + "/none")
    caught.value.close()


def test_nginx_speaks_tls_of_its_own_authority(nginx: NginxServer) -> None:
    """The certificate is good for 127.0.0.1 and signed by the authority in `ca_file`."""
    assert fetch(nginx.tls_url + "/", nginx.ca_file)[1].endswith(b"home</p>")


def test_nginx_tells_what_it_served(nginx: NginxServer) -> None:
    """Its own count and its log are the judge of what a visitor really sent."""
    before = nginx.requests_served()
    fetch(nginx.url + "/?q=1")
    assert nginx.requests_served() == before + 2
    assert nginx.access_log_lines()[0].split('"')[1] == "GET /?q=1 HTTP/1.1"


def test_several_nginx_run_at_once(start_nginx: Callable[..., NginxServer]) -> None:
    """Each has ports, pages and settings of its own, and stops on its own."""
    first = start_nginx({"/": b"first"})
    second = start_nginx({"/": b"second"}, NginxSettings(access_log=False))
    assert (fetch(first.url)[1], fetch(second.url)[1]) == (b"first", b"second")
    first.stop()
    assert fetch(second.url)[1] == b"second"
    assert second.access_log_lines() == []


@pytest.mark.parametrize("path", ["relative", "/../outside", "/a/%2e%2e/%2e%2e/b"])
def test_pages_stay_below_the_root(tmp_path: Path, path: str) -> None:
    """A page that would be written elsewhere is refused."""
    with pytest.raises(ValueError, match=r"root|subpath"):
        write_pages(tmp_path, {path: b""})
