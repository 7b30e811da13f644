"""What all real applications have in common: how one is set up, started, said to be missing, and stopped.

An application is a handful of processes (a database, an interpreter, a web server) that keep everything below one folder and listen
on the loopback interface. Each module here has `start(folder, port) -> App`; a folder that was filled before is used as it is.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Final, Self

__all__ = [
    "BOUND_TO_PARENT",
    "HOST",
    "App",
    "AppError",
    "AppMissingError",
    "claimed",
    "find_program",
    "free_port",
    "install_packages",
    "is_listening",
    "run_to_end",
    "running",
]

HOST: Final = "127.0.0.1"
BOUND_TO_PARENT: Final = ("setpriv", "--pdeathsig", "TERM")
"""Before a command: the kernel ends it with its parent, however the parent ends. Part of util-linux, which every Debian has."""

START_LIMIT_S: Final = 30.0
STOP_LIMIT_S: Final = 10.0
SETUP_LIMIT_S: Final = 300.0
_POLL_S: Final = 0.05
_SAID_CHARS: Final = 2000
_SYSTEM_FOLDERS: Final = "/usr/sbin:/usr/local/sbin:/sbin"
"""Where Debian puts servers; not in the PATH of an ordinary user."""


class AppError(Exception):
    """An application could not be set up or did not start; the message holds the end of what it said."""


class AppMissingError(AppError):
    """Something that an application needs is not on this machine; the message says how to get it."""


class App:
    """A running application; also a context manager.

    Args:
        serving: Begins to serve when entered, says the application's origin, and ends its processes when left.

    Attributes:
        url: Its origin, `http://127.0.0.1:PORT`.
    """

    def __init__(self, serving: AbstractContextManager[str]) -> None:
        self._processes = ExitStack()
        self.url = self._processes.enter_context(serving)

    def stop(self) -> None:
        """End its processes, the last started first; doing it twice is fine."""
        self._processes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """Make a folder and keep it for one application at a time, for the length of a block.

    Yields:
        The marker: a file to be made once the application is filled; where it exists, it was.

    Raises:
        AppError: Another one runs in it; or it holds something, but no application that was filled to the end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AppError(f"an application already runs in {folder}") from error
        filled = folder / "filled"
        if not filled.exists() and any(entry.name != "lock" for entry in folder.iterdir()):
            raise AppError(
                f"{folder} is not empty, and no application was set up in it to the end: delete it"
            )
        yield filled


def install_packages(packages: Sequence[str]) -> None:
    """Install Debian packages, without what they only recommend; needs the right to.

    Raises:
        AppError: apt-get failed; it has said why on standard error.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(["apt-get", "-qq", *words], env=environment, stdout=sys.stderr, check=False)
        if done.returncode:
            raise AppError(f"apt-get could not install {' '.join(packages)}")


def find_program(name: str) -> str:
    """Return the path of a program.

    Raises:
        AppMissingError: There is none of that name.
    """
    found = shutil.which(name) or shutil.which(name, path=_SYSTEM_FOLDERS)
    if found is None:
        raise AppMissingError(f"there is no {name} on this machine")
    return found


def free_port() -> int:
    """Ask the kernel for a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    """Tell whether something accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def run_to_end(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> None:
    """Run one step of a set-up; blocks for at most five minutes.

    Args:
        command: Program and arguments.
        log: Where its output goes; made anew.
        environment: All of its environment; ours where omitted.

    Raises:
        AppError: It failed or took too long.
    """
    with log.open("wb") as said:
        try:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=environment,
                timeout=SETUP_LIMIT_S,
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise AppError(f"{error}\n{_end_of(log)}") from error


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    is_ready: Callable[[], bool],
    environment: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Run a server for the length of a block: politely ended, after 10 s by force.

    Args:
        command: Program and arguments; it must stay in the foreground.
        log: Where its output goes; made anew.
        is_ready: Asked until it says yes; then the block begins.
        environment: All of its environment; ours where omitted.

    Raises:
        AppError: It ended, or was not ready within 30 s.
    """
    with log.open("wb") as said:
        process = subprocess.Popen(
            [*BOUND_TO_PARENT, *command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    try:
        deadline_s = time.monotonic() + START_LIMIT_S
        while not is_ready():
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise AppError(f"{command[0]} did not start\n{_end_of(log)}")
            time.sleep(_POLL_S)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_SAID_CHARS:].strip()
