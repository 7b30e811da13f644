"""Messages between coordinator and workers."""

import io

import pytest

from trafficflou.core import ModelError, TrafficFlouError
from trafficflou.fleet.frames import (
    LENGTH_BYTES,
    MAX_FRAME_BYTES,
    Begin,
    Ended,
    pack,
    read_frame,
    unpack,
    unpack_length,
)


def test_frames_carry_messages_one_after_another() -> None:
    """What is packed comes out again, in order."""
    stream = io.BytesIO(pack(Begin(17)) + pack(Ended(None)))
    assert read_frame(stream) == Begin(17)
    assert read_frame(stream) == Ended(None)
    with pytest.raises(EOFError):
        read_frame(stream)


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
