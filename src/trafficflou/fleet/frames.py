"""Messages between the coordinator and its own worker processes: a length, then a pickle.

Both ends are the same program on the same machine, joined by pipes that nobody else can open; nothing from the network is
ever unpickled.
"""

import pickle
import struct
from dataclasses import dataclass
from typing import Any, Final

from trafficflou.core import TrafficFlouError
from trafficflou.metrics import Snapshot
from trafficflou.traffic import Answered, Question

__all__ = [
    "MAX_FRAME_BYTES",
    "Advised",
    "Asked",
    "Begin",
    "DropSwitch",
    "Ended",
    "FrameBuffer",
    "Measured",
    "PrepareSwitch",
    "Ready",
    "SwitchPrepared",
    "TakeSwitch",
    "pack",
    "unpack",
    "unpack_length",
]

_LENGTH: Final = struct.Struct(">I")
LENGTH_BYTES: Final = _LENGTH.size
MAX_FRAME_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has loaded everything and waits for the start."""


@dataclass(frozen=True, slots=True)
class Begin:
    """The coordinator starts the run at a monotonic instant, the same for all workers."""

    start_at_ns: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A worker hands over a second of measurements."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class PrepareSwitch:
    """The coordinator wants other strategies made; nothing is switched yet."""

    number: int
    strategy: str


@dataclass(frozen=True, slots=True)
class SwitchPrepared:
    """A worker has made them, or could not."""

    number: int
    error: TrafficFlouError | None


@dataclass(frozen=True, slots=True)
class TakeSwitch:
    """All workers have made them: from an instant of the run on, the same for all workers, they play those who come."""

    number: int
    at_s: float
    over_s: float


@dataclass(frozen=True, slots=True)
class DropSwitch:
    """A worker could not: the others forget what they made."""

    number: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Visitors of a worker would like to know."""

    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Advised:
    """An AI provider has answered a question; whoever has the same hears it."""

    answered: Answered


@dataclass(frozen=True, slots=True)
class Ended:
    """A worker has ended; with an error if it failed."""

    error: TrafficFlouError | None


def pack(message: object) -> bytes:
    """Return the frame of a message."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def unpack_length(header: bytes) -> int:
    """Return how many bytes follow a frame's header of `LENGTH_BYTES`.

    Raises:
        ValueError: More than `MAX_FRAME_BYTES`; the stream is not ours.
    """
    (length,) = _LENGTH.unpack(header)
    if length > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {length} bytes")
    return int(length)


def unpack(body: bytes) -> Any:
    """Return the message of a frame's body."""
    return pickle.loads(body)  # noqa: S301 - from our own worker process, see the module's docstring


class FrameBuffer:
    """Cuts what comes out of a pipe into messages, wherever the pieces were cut."""

    __slots__ = ("_bytes",)

    def __init__(self) -> None:
        """Begin with nothing."""
        self._bytes = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take what came."""
        self._bytes += piece

    def take(self) -> Any:
        """Return the next whole message, or `None` where it has not come yet.

        Raises:
            ValueError: As for `unpack_length`.
        """
        if len(self._bytes) < LENGTH_BYTES:
            return None
        end = LENGTH_BYTES + unpack_length(bytes(self._bytes[:LENGTH_BYTES]))
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[LENGTH_BYTES:end])
        del self._bytes[:end]
        return unpack(body)
