"""Real servers, and the real command, for integration tests."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

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


class FinishedRun(NamedTuple):
    """What `trafficflou run --json` left behind."""

    code: int
    err: str
    wall_s: float
    summary: dict[str, Any]
    report: str


class RunCommand:
    """Starts `trafficflou run --json` in a folder of its own and takes what it says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[asyncio.subprocess.Process] = []
        self._started_at_s = 0.0

    async def start(self, *args: str) -> asyncio.subprocess.Process:
        """Start it with these arguments; `--json` and where to keep the run are added."""
        self._started_at_s = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "trafficflou", "run", *args, "--json", "--out", str(self.folder)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={key: value for key, value in os.environ.items() if not key.startswith("TRAFFICFLOU_")},
        )
        self._started.append(process)
        return process

    async def finish(self, process: asyncio.subprocess.Process) -> FinishedRun:
        """Wait for its end."""
        out, err = await asyncio.wait_for(process.communicate(), 60)
        wall_s = time.monotonic() - self._started_at_s
        assert process.returncode is not None
        pages = [page.read_text() for page in self.folder.glob("*/report.html")]
        return FinishedRun(
            process.returncode, err.decode(), wall_s, json.loads(out or b"{}"), pages[-1] if pages else ""
        )

    async def __call__(self, *args: str) -> FinishedRun:
        """Run it from start to end."""
        return await self.finish(await self.start(*args))

    def stop(self) -> None:
        """Leave nothing running, whatever the test did."""
        for process in self._started:
            if process.returncode is None:
                process.kill()


@pytest.fixture
async def run_command(tmp_path: Path) -> AsyncIterator[RunCommand]:
    """The real command: await it with the arguments of `trafficflou run`, and take what the run left."""
    command = RunCommand(tmp_path / "runs")
    yield command
    command.stop()
