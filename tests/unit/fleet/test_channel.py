"""What is said between whoever steers a run and its workers."""

import time

from trafficflou.fleet import Channel
from trafficflou.fleet.frames import Begin, Ready


def test_channel_keeps_what_was_sent_too_early() -> None:
    """Messages from before the run reach the workers first, in order."""
    channel, posted = Channel(), list[object]()
    channel.send("one")
    channel.send("two")
    assert not channel.is_open
    channel.open(posted.append, time.monotonic_ns(), 1)
    channel.send("three")
    assert channel.is_open
    assert posted == ["one", "two", "three"]


def test_channel_is_silent_when_the_run_is_over() -> None:
    """Nobody hears what comes too late, and it is no error; closing again does nothing."""
    channel, posted = Channel(), list[object]()
    channel.open(posted.append, time.monotonic_ns(), 1)
    channel.close()
    channel.close()
    channel.send("late")
    assert (posted, channel.is_open, channel.is_closed) == ([], False, True)


def test_channel_forgets_what_waits_when_the_run_never_began() -> None:
    """A run that could not begin tells nobody anything."""
    channel, posted = Channel(), list[object]()
    channel.send("early")
    channel.close()
    channel.send("late")
    channel.open(posted.append, time.monotonic_ns(), 1)
    assert posted == []


def test_channel_tells_how_long_the_run_is_on() -> None:
    """From the common start, never below 0."""
    channel = Channel()
    assert channel.elapsed_s == 0.0
    channel.open(lambda _message: None, time.monotonic_ns() - 2_000_000_000, 1)
    assert 2.0 <= channel.elapsed_s < 60.0
    later = Channel()
    later.open(lambda _message: None, time.monotonic_ns() + 60_000_000_000, 1)
    assert later.elapsed_s == 0.0


def test_channel_hands_each_kind_of_message_to_who_wants_it() -> None:
    """By the message's class, with the worker's number; what nobody wants is told apart."""
    channel, taken = Channel(), list[tuple[int, object]]()
    channel.on(Begin, lambda worker, message: taken.append((worker, message)))
    assert channel.take(3, Begin(17))
    assert not channel.take(3, Ready())
    assert taken == [(3, Begin(17))]
