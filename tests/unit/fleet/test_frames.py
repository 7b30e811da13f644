"""Messages between coordinator and workers."""

import pytest

from trafficflou.core import ModelError, TrafficFlouError
from trafficflou.fleet.frames import (
    LENGTH_BYTES,
    MAX_FRAME_BYTES,
    Begin,
    Ended,
    FrameBuffer,
    pack,
    unpack,
    unpack_length,
)


@pytest.mark.parametrize("piece_bytes", [1, 3, 7, 1000])
def test_frames_carry_messages_one_after_another(piece_bytes: int) -> None:
    """What is packed comes out again, in order, wherever the stream is cut."""
    stream = pack(Begin(17)) + pack(Ended(None)) + pack(Begin(18))[:-1]
    frames, taken = FrameBuffer(), []
    for begin in range(0, len(stream), piece_bytes):
        frames.feed(stream[begin : begin + piece_bytes])
        while (message := frames.take()) is not None:
            taken.append(message)
    assert taken == [Begin(17), Ended(None)]


def test_frames_carry_our_errors_with_their_hints() -> None:
    """An error that a worker met is the same error at the coordinator."""
    frame = pack(Ended(ModelError("it is broken", hint="mend it")))
    assert unpack_length(frame[:LENGTH_BYTES]) == len(frame) - LENGTH_BYTES
    error = unpack(frame[LENGTH_BYTES:]).error
    assert isinstance(error, TrafficFlouError)
    assert (type(error), str(error), error.hint) == (ModelError, "it is broken", "mend it")


def test_frames_are_bounded() -> None:
    """A length that no message of ours has is refused before it is read."""
    with pytest.raises(ValueError, match="frame"):
        unpack_length((MAX_FRAME_BYTES + 1).to_bytes(LENGTH_BYTES, "big"))


def test_frame_buffer_refuses_what_is_not_ours() -> None:
    """A stream of something else is noticed at its first bytes."""
    frames = FrameBuffer()
    frames.feed(b"\xff\xff\xff\xff")
    with pytest.raises(ValueError, match="frame"):
        frames.take()
