"""Runs the shop: in the foreground, or in a process of its own beside a run or a test.

The parent binds the listening socket and hands it down, so the port is known before the child has started and two shops
never race for one. The child watches its standard input: when the parent ends, however it ends, the pipe closes and the
child stops too. It has its own process group, so that Ctrl-C in the terminal reaches the run first and the shop lives
until the run's visitors have left.
"""

import contextlib
import logging
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from typing import IO, Final, Self

import uvicorn

from trafficflou.core import InternalError, UsageError
from trafficflou.demo.app import create_app
from trafficflou.demo.settings import ShopSettings

__all__ = ["DemoShop", "bind", "serve"]

HOST: Final = "127.0.0.1"
_BACKLOG: Final = 2048
_START_TIMEOUT_S: Final = 20.0
_STOP_TIMEOUT_S: Final = 5.0
_DRAIN_S: Final = 2
_ERROR_TAIL_CHARS: Final = 2000
_FAULTS: Final = "faults"


def bind(port: int = 0) -> socket.socket:
    """Listen on the loopback interface.

    Args:
        port: 0 for any free port.

    Raises:
        UsageError: The port is taken, not allowed or not a port.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else "not a port number"
        raise UsageError(
            f"the demo shop cannot listen on {HOST}:{port}: {reason}",
            hint="Choose another port with --port, or leave it out for a free one.",
        ) from error
    return listener


class _Server(uvicorn.Server):
    """Uvicorn's server with a call when it is up."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def serve(
    listener: socket.socket,
    *,
    settings: ShopSettings | None = None,
    on_ready: Callable[[], None] = lambda: None,
    stop: threading.Event | None = None,
) -> None:
    """Serve the shop until SIGINT, SIGTERM or `stop`; blocks, and closes the socket.

    Args:
        listener: A listening socket.
        settings: Limits, pace and faults; the defaults where omitted.
        on_ready: Called once requests are answered.
        stop: Ends the serving when set from another thread.
    """
    shop = create_app(settings)
    config = uvicorn.Config(
        shop,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        backlog=_BACKLOG,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_S,
    )
    server = _Server(config, on_ready)
    if stop is not None:
        threading.Thread(target=_stop_on, args=(stop, server), name="shop-stop", daemon=True).start()
    # Uvicorn repeats the signal that ended it; Ctrl-C is the ordinary end of a shop in the foreground.
    with contextlib.suppress(KeyboardInterrupt), listener:
        server.run(sockets=[listener])
    shop.close()


def _stop_on(stop: threading.Event, server: uvicorn.Server) -> None:
    stop.wait()
    server.should_exit = True


class DemoShop:
    """The shop in a process of its own, as a context manager.

    Args:
        port: Where to listen on the loopback interface; 0 for any free port.
        faults: Plant the weak spots of `demo.faults`.

    Example:
        >>> with DemoShop() as shop:  # doctest: +SKIP
        ...     run_against(shop.url)
    """

    def __init__(self, port: int = 0, *, faults: bool = False) -> None:
        self._wanted_port = port
        self._faults = faults
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where the shop is, such as `http://127.0.0.1:40001`; the port is known once it was started."""
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """Process id of the shop; 0 while it does not run."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the shop and wait until it answers; blocks for less than half a second.

        Raises:
            UsageError: The port cannot be had.
            InternalError: The shop did not come up within 20 s; the message holds the end of its output.
        """
        # Not a pipe: nobody reads it while the shop runs, and a full one would stop the shop.
        with tempfile.TemporaryFile() as said:
            with bind(self._wanted_port) as listener:
                self._port = int(listener.getsockname()[1])
                arguments = [str(listener.fileno()), *([_FAULTS] if self._faults else [])]
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell
                    [sys.executable, "-P", "-m", "trafficflou.demo.server", *arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    pass_fds=[listener.fileno()],
                    start_new_session=True,
                )
            try:
                self._wait_until_ready(self._process, said)
            except BaseException:
                self.stop()
                raise

    def _wait_until_ready(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        # The socket already listens, so the first request waits in its queue until the child answers.
        while (left_s := deadline_s - time.monotonic()) > 0 and process.poll() is None:
            if _is_healthy(self._port, left_s):
                return
        process.kill()
        process.wait()
        said.seek(0)
        tail = said.read()[-_ERROR_TAIL_CHARS:].decode("utf-8", "replace").strip()
        raise InternalError(f"the demo shop did not start: {tail or 'it said nothing'}")

    def stop(self) -> None:
        """Stop the shop: politely, after 5 s by force; does nothing where it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.communicate(timeout=_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _is_healthy(port: int, timeout_s: float) -> bool:
    connection = HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _watch_parent(stop: threading.Event) -> None:
    """Set `stop` once standard input is closed: the parent has ended, or wants the shop to."""
    while sys.stdin.buffer.read(1):
        pass
    stop.set()


def main() -> None:
    """Serve on the socket whose number is the first argument, until SIGTERM or the parent's end.

    A second argument, `faults`, plants the weak spots.
    """
    # Warnings are about what clients sent; a load test's target would write them by the thousand.
    logging.basicConfig(level=logging.ERROR)
    stop = threading.Event()
    threading.Thread(target=_watch_parent, args=(stop,), name="shop-parent", daemon=True).start()
    settings = ShopSettings(faults=_FAULTS in sys.argv[2:])
    serve(socket.socket(fileno=int(sys.argv[1])), settings=settings, stop=stop)


if __name__ == "__main__":
    main()
