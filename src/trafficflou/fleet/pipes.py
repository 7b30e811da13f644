"""A worker's end of its two pipes: frames in from the coordinator, frames out to it."""

import asyncio
import os
import queue
import select
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from trafficflou.fleet.frames import FrameBuffer, pack

__all__ = ["Inbox", "Outbox", "end_with_peer"]

READ_BYTES: Final = 256 * 1024


class Inbox:
    """Reads frames: one at a time while the worker gets ready, and as they come while it plays."""

    def __init__(self, fd: int) -> None:
        """Read a pipe that nobody else reads.

        Args:
            fd: Its descriptor.
        """
        self._fd = fd
        self._frames = FrameBuffer()

    def receive(self) -> Any:
        """Return the next message; blocks until it has come.

        Raises:
            EOFError: The other end is gone, or says no more.
        """
        while (message := self._frames.take()) is None:
            piece = os.read(self._fd, READ_BYTES)
            if not piece:
                raise EOFError
            self._frames.feed(piece)
        return message

    def listen(self, handle: Callable[[Any], None], on_end: Callable[[], None]) -> None:
        """Call `handle` with each message from now on, and `on_end` once when the other end says no more.

        Both are called by the running event loop; what they raise goes to its exception handler.
        """
        loop = asyncio.get_running_loop()

        def read() -> None:
            piece = os.read(self._fd, READ_BYTES)
            if not piece:
                self.close()
                on_end()
                return
            self._frames.feed(piece)
            hand_over()

        def hand_over() -> None:
            while (message := self._frames.take()) is not None:
                handle(message)

        loop.add_reader(self._fd, read)
        loop.call_soon(hand_over)  # what came together with the message before

    def close(self) -> None:
        """Listen no more; idempotent."""
        asyncio.get_running_loop().remove_reader(self._fd)


class Outbox:
    """Writes frames from a thread of its own, so that a slow reader never delays a visitor."""

    def __init__(self, fd: int) -> None:
        """Write to a pipe that nobody else writes to.

        Args:
            fd: Its descriptor.
        """
        self._fd = fd
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, message: object) -> None:
        """Send a message; returns at once."""
        self._queue.put(pack(message))

    def close(self) -> None:
        """Wait until everything is written, or nobody reads any more."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (frame := self._queue.get()) is not None:
            view = memoryview(frame)
            try:
                while view:
                    view = view[os.write(self._fd, view) :]
            except BrokenPipeError:
                return  # the coordinator is gone; standard input ends too and stops the run


def end_with_peer(fd: int, grace_s: float) -> None:
    """End this process when the other end of a pipe has been gone for a while, whatever the process is doing.

    Who reads the pipe ends in order before. Where a user's strategy computes without end nobody does, and the process would burn a processor for
    ever after its coordinator was killed.

    Args:
        fd: The pipe's descriptor.
        grace_s: How long an end in order may take.
    """

    def watch() -> None:
        hang_up = select.poll()
        hang_up.register(fd, 0)  # hang-ups are told without being asked for; what else comes is the reader's
        hang_up.poll()
        time.sleep(grace_s)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-peer", daemon=True).start()
