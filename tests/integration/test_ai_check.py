"""`trafficflou ai check` against servers that hang in every phase: one limit from the start of the program to its end."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pydantic_ai")

LIMIT_S = 10.0
"""Instead of 20 s, so that the test is not longer than it must; set in the program itself, before anything else happens."""

PROGRAM = f"""
import sys
from trafficflou.control import ai
ai.CHECK_LIMIT_S = {LIMIT_S}
from trafficflou.cli import main
main()
"""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def unconnectable() -> Iterator[int]:
    """Listen with a queue that is full, so that the system answers no further SYN: connecting hangs."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


@contextlib.contextmanager
def serving(act: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """Accept connections and do this with each, until the block ends."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening, contextlib.ExitStack() as stack:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    peer, _ = listening.accept()
                    stack.callback(peer.close)
                    threading.Thread(target=speak, args=(peer,), daemon=True).start()

        def speak(peer: socket.socket) -> None:
            with contextlib.suppress(OSError):
                act(peer, over)

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listening.getsockname()[1]
        finally:
            over.set()
            listening.shutdown(socket.SHUT_RDWR)


def silent(_peer: socket.socket, over: threading.Event) -> None:
    """Take whatever comes and say nothing: no handshake, no first byte."""
    over.wait()


def dripping(head: bytes, piece: bytes) -> Callable[[socket.socket, threading.Event], None]:
    """Send the head, then a piece now and then for ever."""

    def act(peer: socket.socket, over: threading.Event) -> None:
        peer.recv(65536)
        peer.sendall(head)
        while not over.wait(0.2):
            peer.sendall(piece)

    return act


def answering(peer: socket.socket, over: threading.Event) -> None:
    """Answer well, and then neither close nor read any more."""
    peer.recv(65536)
    call = {"name": "name_groups", "arguments": json.dumps({"names": [{"group": 1, "name": "Buyers"}]})}
    message = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": call}]}
    choices = [{"index": 0, "message": message, "finish_reason": "tool_calls"}]
    document = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}
    body = json.dumps(document).encode()
    peer.sendall(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    over.wait()


def check(folder: Path, variables: dict[str, str], *arguments: str) -> tuple[float, int, dict[str, Any]]:
    """Run the command with these variables.

    Returns:
        Seconds from the start of the program to its end, the exit code, and the results by provider.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TRAFFICFLOU_", "OPENAI_", "ANTHROPIC_"))
    }
    begun_s = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, "ai", "check", "--json", *arguments],
        cwd=folder,
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    taken_s = time.monotonic() - begun_s
    assert ended.stderr == ""
    return taken_s, ended.returncode, {each["provider"]: each for each in json.loads(ended.stdout)["checks"]}


def addresses(openai: str, anthropic: str, compatible: str) -> dict[str, str]:
    """Return the variables that set three providers up; single steps may take longer than the check."""
    return {
        "OPENAI_API_KEY": "sk-canary-0123456789",
        "OPENAI_BASE_URL": f"{openai}/v1",
        "TRAFFICFLOU_AI_OPENAI_CONNECT_TIMEOUT": "60s",
        "ANTHROPIC_API_KEY": "sk-ant-canary-0123456789",
        "ANTHROPIC_BASE_URL": anthropic,
        "TRAFFICFLOU_AI_ANTHROPIC_CONNECT_TIMEOUT": "60s",
        "TRAFFICFLOU_AI_COMPATIBLE_BASE_URL": f"{compatible}/v1",
        "TRAFFICFLOU_AI_COMPATIBLE_MODEL": "m",
        "TRAFFICFLOU_AI_PRIMAL_GENESIS_CACHE": "memory",
    }


def test_check_ends_in_time_where_servers_say_nothing(tmp_path: Path) -> None:
    """No connection, no handshake, no first byte, each at another provider, and a gateway over all of them: one limit."""
    with unconnectable() as full, serving(silent) as port:
        silent_at = f"127.0.0.1:{port}"
        variables = addresses(f"http://127.0.0.1:{full}", f"https://{silent_at}", f"http://{silent_at}")
        taken_s, code, found = check(tmp_path, variables)
    assert taken_s < LIMIT_S
    assert code == 5
    assert {found[name]["fault"] for name in ("openai", "anthropic", "compatible")} == {"timeout"}
    assert found["athena"]["works"]
    assert found["primal-genesis"]["answered_by"] == "athena"


def test_check_ends_in_time_where_servers_say_too_little(tmp_path: Path) -> None:
    """A byte now and then, of a body, of a head, or `100 Continue` for ever, defeats every timeout of a single read."""
    with (
        serving(dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b" ")) as body,
        serving(dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n")) as head,
        serving(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n")) as going_on,
    ):
        variables = addresses(*(f"http://127.0.0.1:{port}" for port in (body, head, going_on)))
        taken_s, code, found = check(tmp_path, variables)
    assert taken_s < LIMIT_S
    assert code == 5
    assert {found[name]["fault"] for name in ("openai", "anthropic", "compatible")} == {"timeout"}


def test_check_does_not_wait_for_a_server_to_close(tmp_path: Path) -> None:
    """A good answer is told at once, whatever becomes of the connection."""
    with serving(answering) as port:
        variables = addresses("http://127.0.0.1:9", "http://127.0.0.1:9", f"http://127.0.0.1:{port}")
        taken_s, code, found = check(tmp_path, variables, "--provider", "compatible")
    assert taken_s < LIMIT_S
    assert (code, found["compatible"]["works"]) == (0, True)
