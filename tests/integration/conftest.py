"""Real servers for integration tests."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.nginx_server import NginxMissingError, NginxServer, NginxSettings, find_nginx


@pytest.fixture
def start_nginx(tmp_path: Path) -> Iterator[Callable[..., NginxServer]]:
    """A function that starts a real nginx with the given pages and settings; all are stopped at the end of the test.

    The test is skipped with a reason where nginx is missing; mark it with `pytest.mark.service`.
    """
    try:
        find_nginx()
    except NginxMissingError as error:
        pytest.skip(str(error))
    with ExitStack() as servers:

        def start(pages: Mapping[str, bytes], settings: NginxSettings | None = None) -> NginxServer:
            folder = tmp_path / f"nginx-{len(list(tmp_path.glob('nginx-*'))) + 1}"
            return servers.enter_context(NginxServer(folder, pages, settings))

        yield start


@pytest.fixture
def nginx(start_nginx: Callable[..., NginxServer]) -> NginxServer:
    """A real nginx with HTTP and HTTPS and the page `/`; more pages come with `write_pages(nginx.root, {...})`."""
    return start_nginx({"/": b"<!doctype html><title>Home</title><p>home</p>"}, NginxSettings(tls=True))
