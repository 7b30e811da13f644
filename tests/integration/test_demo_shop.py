"""The demo shop as a process of its own, over real sockets."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from trafficflou.core import InternalError, UsageError
from trafficflou.demo import server
from trafficflou.demo.server import DemoShop, bind

_PATIENCE_S = 10.0


def _get(url: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def _wait_until(condition: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline_s:
        if condition():
            return True
        time.sleep(0.02)
    return False


def _is_closed(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((urlsplit(url).hostname or "", urlsplit(url).port or 0)) != 0


def test_shop_serves_and_stops() -> None:
    """Inside the block the shop answers on a port of its own; afterwards nothing listens there."""
    with DemoShop() as first, DemoShop() as second:
        assert first.url != second.url
        status, headers, body = _get(first.url, "/")
        assert status == 200
        assert b"Harbour" in body
        assert int(headers["content-length"]) == len(body)
        assert "server" not in headers
        # Ctrl-C reaches the foreground's process group: the shop must outlive it until the run has drained.
        assert os.getpgid(first.pid) != os.getpgid(0)
    assert _is_closed(first.url)
    assert first.pid == 0


def test_shop_has_weak_spots_where_they_were_asked_for() -> None:
    """The word reaches the shop's own process, and only where it was said."""
    with DemoShop(faults=True) as faulty, DemoShop() as sound:
        assert _get(faulty.url, "/journal/autumn-lookbook")[0] == 200
        assert _get(sound.url, "/journal/autumn-lookbook")[0] == 404


def test_report_takes_its_time_and_holds_nobody_up() -> None:
    """The slow page waits about 0.4 s; another page is answered meanwhile."""
    with DemoShop() as shop:
        slow = http.client.HTTPConnection(urlsplit(shop.url).netloc, timeout=_PATIENCE_S)
        begun_s = time.monotonic()
        slow.request("GET", "/reports/sales")
        assert _get(shop.url, "/cart")[0] == 200
        quick_s = time.monotonic() - begun_s
        assert slow.getresponse().status == 200
        assert time.monotonic() - begun_s >= 0.4 > quick_s
        slow.close()


def test_shop_stops_although_a_client_stays_connected() -> None:
    """An idle keep-alive connection does not hold the shop open."""
    shop = DemoShop()
    shop.start()
    idle = http.client.HTTPConnection(urlsplit(shop.url).netloc, timeout=_PATIENCE_S)
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    begun_s = time.monotonic()
    shop.stop()
    shop.stop()
    assert time.monotonic() - begun_s < 4
    assert _is_closed(shop.url)
    idle.close()


def test_shop_survives_garbage() -> None:
    """Bytes that are no HTTP get 400 and leave the shop as it was."""
    with DemoShop() as shop:
        address = (urlsplit(shop.url).hostname or "", urlsplit(shop.url).port or 0)
        with socket.create_connection(address, timeout=_PATIENCE_S) as client:
            client.sendall(b"\x16\x03\x01\x02\x00\r\n\r\n")
            assert b" 400 " in client.recv(200)
        assert _get(shop.url, "/")[0] == 200


def test_shop_ends_when_its_parent_is_killed() -> None:
    """No orphan stays, even when the parent had no chance to say goodbye."""
    code = (
        "import json, os, signal\n"
        "from trafficflou.demo.server import DemoShop\n"
        "shop = DemoShop(); shop.start()\n"
        "print(json.dumps([shop.url, shop.pid]), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, timeout=30, check=False)
    url, pid = json.loads(parent.stdout)
    assert parent.returncode == -signal.SIGKILL
    assert _wait_until(lambda: _is_closed(url))
    assert _wait_until(lambda: _has_ended(pid))


def _has_ended(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    # An orphan whose new parent has not asked for it yet is a zombie: it has ended.
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_stubborn_shop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that does not react to SIGTERM is ended by force."""
    monkeypatch.setattr(server, "_STOP_TIMEOUT_S", 0.2)
    shop = DemoShop()
    shop.start()
    os.kill(shop.pid, signal.SIGSTOP)
    shop.stop()
    assert _is_closed(shop.url)


def test_taken_port_is_the_operators_to_solve() -> None:
    """A port in use is a UsageError that says which one and what to do."""
    with bind() as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port}") as caught:
            DemoShop(port).start()
    assert "--port" in caught.value.hint


def test_impossible_port_is_refused() -> None:
    """A number that is no port is the same kind of error."""
    with pytest.raises(UsageError, match="not a port number"):
        bind(70_000)


def test_shop_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a shop that died holds the last words of its process."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'no such module' >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    shop = DemoShop()
    with pytest.raises(InternalError, match="no such module"):
        shop.start()
    assert shop.pid == 0


def test_foreground_shop_names_its_url_and_ends_on_ctrl_c() -> None:
    """`demo --serve` says where the shop is once it answers, and Ctrl-C ends it without a traceback."""
    code = "from trafficflou.cli.demo import serve_shop; serve_shop(0, faults=True)"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    url = next(word for word in line.split() if word.startswith("http://"))
    assert _get(url, "/product/1001-brass-desk-lamp")[0] == 200
    assert _get(url, "/newsletter")[0] == 200
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=_PATIENCE_S)
    assert process.returncode == 0
    assert rest == "The demo shop is closed.\n"
    assert errors == ""
