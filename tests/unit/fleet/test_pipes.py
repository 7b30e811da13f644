"""A worker's end of its pipes."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from trafficflou.fleet.frames import Begin, Ended, FrameBuffer, Ready, pack
from trafficflou.fleet.pipes import Inbox, Outbox


@pytest.fixture
def pipe() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends that are joined, as asyncio joins a process and its standard input."""
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_inbox_gives_messages_one_at_a_time_until_the_end(pipe: tuple[socket.socket, socket.socket]) -> None:
    """What came in one piece is not lost, and the end is told."""
    reader, writer = pipe
    writer.sendall(pack(Begin(1)) + pack(Begin(2)))
    writer.close()
    inbox = Inbox(reader.fileno())
    assert [inbox.receive(), inbox.receive()] == [Begin(1), Begin(2)]
    with pytest.raises(EOFError):
        inbox.receive()


async def test_inbox_listens_from_where_it_was_read(pipe: tuple[socket.socket, socket.socket]) -> None:
    """Messages that came together with the last one that was waited for are handed over too, each once and in order."""
    reader, writer = pipe
    writer.sendall(pack(Begin(1)) + pack(Begin(2)) + pack(Begin(3))[:5])
    inbox, taken, ended = Inbox(reader.fileno()), list[Any](), asyncio.Event()
    assert inbox.receive() == Begin(1)
    inbox.listen(taken.append, ended.set)
    await asyncio.sleep(0)
    assert taken == [Begin(2)]
    writer.sendall(pack(Begin(3))[5:])
    writer.close()
    await asyncio.wait_for(ended.wait(), 5)
    assert taken == [Begin(2), Begin(3)]
    inbox.close()


def test_outbox_writes_everything_before_it_closes(pipe: tuple[socket.socket, socket.socket]) -> None:
    """A slow reader gets all frames, of any size."""
    reader, writer = pipe
    frames, taken = FrameBuffer(), list[Any]()

    def read() -> None:
        while len(taken) < 2:
            frames.feed(reader.recv(10_000))
            while (message := frames.take()) is not None:
                taken.append(message)

    slow = threading.Thread(target=read)
    slow.start()
    outbox = Outbox(writer.fileno())
    outbox.put("x" * 500_000)
    outbox.put(Ended(None))
    outbox.close()
    slow.join()
    assert taken == ["x" * 500_000, Ended(None)]


def test_outbox_ends_quietly_when_nobody_reads(pipe: tuple[socket.socket, socket.socket]) -> None:
    """A coordinator that is gone is no error of the worker."""
    reader, writer = pipe
    reader.close()
    outbox = Outbox(writer.fileno())
    outbox.put(Ready())
    outbox.close()
